//! Rows of a table that run side by side in one house, so that a slow one does not make the others wait.

use std::collections::HashMap;

use tokio::task::{Id, JoinError, JoinSet};

/// Rows under way.
#[derive(Debug, Default)]
pub struct Rows {
    running: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl Rows {
    /// Starts a row.
    pub fn add(&mut self, name: &'static str, row: impl Future<Output = ()> + Send + 'static) {
        let id = self.running.spawn(row).id();
        self.names.insert(id, name);
    }

    /// Waits for all of them, and fails with all that failed.
    pub async fn all_hold(mut self) {
        let mut failed = Vec::new();
        while let Some(done) = self.running.join_next_with_id().await {
            if let Err(error) = done {
                let name = self.names.get(&error.id()).copied().unwrap_or("a row");
                failed.push(format!("{name}: {}", words(error)));
            }
        }
        assert!(failed.is_empty(), "{} of {} rows failed:\n{}", failed.len(), self.names.len(), failed.join("\n"));
    }
}

fn words(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "was cancelled".to_owned() };
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_else(|| "panicked".to_owned())
}
