//! The figures of one endpoint.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use callboard_contract::ApiError;

/// Counted since the start of the process.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    requests: AtomicU64,
    errors: AtomicU64,
    nanos: AtomicU64,
    last_error: Mutex<String>,
}

/// The figures at one instant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) nanos: u64,
    pub(crate) last_error: String,
}

impl Figures {
    pub(crate) fn count(&self, took: Duration, refused: Option<&ApiError>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        if let Some(error) = refused {
            self.errors.fetch_add(1, Ordering::Relaxed);
            // The code alone: messages can name people, and discovery is read by all staff.
            *self.last_error.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = error.code.to_string();
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            requests: self.requests.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            nanos: self.nanos.load(Ordering::Relaxed),
            last_error: self.last_error.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone(),
        }
    }
}
