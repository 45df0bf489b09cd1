//! Viewer sessions: one per player that was given a ticket of its own and came back with it. In memory: a count, not a book.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_domain::ProgrammeId;
use uuid::Uuid;

/// A player that has not asked for this long is gone.
const GONE_AFTER: Duration = Duration::from_secs(15);

/// Who is watching.
#[derive(Clone, Debug, Default)]
pub(crate) struct Viewers {
    seen: Arc<Mutex<HashMap<Uuid, (ProgrammeId, Instant)>>>,
}

impl Viewers {
    /// A viewer asked for something.
    pub(crate) fn seen(&self, viewer: Uuid, programme: ProgrammeId) {
        self.with(|seen| seen.insert(viewer, (programme, Instant::now())));
    }

    /// How many are watching now, all programmes together.
    pub(crate) fn count(&self) -> usize {
        self.with(|seen| {
            seen.retain(|_, (_, at)| at.elapsed() < GONE_AFTER);
            seen.len()
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Uuid, (ProgrammeId, Instant)>) -> T) -> T {
        act(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
