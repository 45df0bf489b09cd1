//! What a target says of itself, kept where anyone may read it while its thread works.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callboard_domain::{At, Blame, TargetState};

use super::trouble::Trouble;
use crate::control::{TargetSpec, TargetStatus};

/// The state of one target.
#[derive(Debug)]
pub(super) struct Board {
    status: Mutex<TargetStatus>,
}

fn now() -> At {
    At::from_ms(jiff::Timestamp::now().as_millisecond())
}

impl Board {
    pub(super) fn new(spec: &TargetSpec) -> Self {
        Self {
            status: Mutex::new(TargetStatus {
                name: spec.name.clone(),
                kind: spec.kind,
                state: TargetState::Starting,
                blame: Blame::None,
                reason: String::new(),
                bytes: 0,
                drops: 0,
                reconnects: 0,
                since: now(),
                file: None,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, TargetStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self) -> TargetStatus {
        self.lock().clone()
    }

    /// All is well in this state.
    pub(super) fn well(&self, state: TargetState) {
        self.set(state, Blame::None, "");
    }

    pub(super) fn trouble(&self, state: TargetState, trouble: &Trouble) {
        self.set(state, trouble.blame, &trouble.reason);
    }

    fn set(&self, state: TargetState, blame: Blame, reason: &str) {
        let mut status = self.lock();
        if (status.state, status.blame, status.reason.as_str()) == (state, blame, reason) {
            return;
        }
        if status.state != state {
            status.since = now();
        }
        tracing::info!(target = %status.name, kind = %status.kind, ?state, reason, "a target changed");
        (status.state, status.blame, status.reason) = (state, blame, reason.to_owned());
    }

    pub(super) fn count(&self, bytes: u64, drops: u64) {
        let mut status = self.lock();
        (status.bytes, status.drops) = (bytes, drops);
    }

    pub(super) fn lies_at(&self, file: &Path) {
        self.lock().file = Some(file.to_owned());
    }

    pub(super) fn reconnect(&self) {
        self.lock().reconnects += 1;
    }
}
