//! The queue towards the screen, and errors in words.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use callboard_client::{CallError, ClientError};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::state::msg::{Problem, Update};

/// Where updates go.
#[derive(Clone)]
pub(super) struct Sink {
    updates: Sender<Update>,
    dropped: Arc<AtomicU64>,
}

impl Sink {
    pub(super) fn new(updates: Sender<Update>, dropped: Arc<AtomicU64>) -> Self {
        Self { updates, dropped }
    }

    /// An update that the next look repeats: dropped and counted if the queue is full.
    pub(super) fn send(&self, update: Update) {
        if let Err(TrySendError::Full(_)) = self.updates.try_send(update) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// An update that nothing repeats: waits for room.
    pub(super) async fn must(&self, update: Update) {
        // The screen is gone: nobody is left to tell.
        let _ = self.updates.send(update).await;
    }

    /// Whether the screen is gone.
    pub(super) fn gone(&self) -> bool {
        self.updates.is_closed()
    }
}

/// An error as the screen shows it.
pub(super) fn problem(error: &ClientError) -> Problem {
    let (code, message) = match error {
        ClientError::Call(CallError::Api(api)) => (Some(api.code), api.message.clone()),
        other => (None, other.to_string()),
    };
    let message = error.hint().map_or_else(|| message.clone(), |hint| format!("{message} ({hint})"));
    Problem { code, message }
}
