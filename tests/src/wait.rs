//! Waiting for conditions.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// How long anything may take that should happen at once: the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks until there is something to see; fails the test when patience is over.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited {patience:?} in vain for {what}");
        sleep(LOOK_EVERY).await;
    }
}

/// Waits for something that ends by itself; fails the test when patience is over.
pub async fn within<T>(what: &str, patience: Duration, work: impl Future<Output = T>) -> T {
    let done = timeout(patience, work).await;
    done.unwrap_or_else(|_| panic!("waited {patience:?} in vain for {what}"))
}
