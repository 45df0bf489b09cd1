//! From what the database says to what the caller is told.

use std::time::Duration;

use callboard_contract::ApiError;
use callboard_store::StoreError;

const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(30);

/// Gives a result the form that goes over the wire. Faults are logged here and not described to strangers.
pub fn answer<T>(result: Result<T, StoreError>) -> Result<T, ApiError> {
    result.map_err(|error| {
        match &error {
            StoreError::Refused(_) => {}
            _ if error.is_transient() => tracing::warn!(%error, "the database cannot do it just now"),
            _ => tracing::error!(%error, "a fault"),
        }
        error.to_api()
    })
}

/// Runs a command again where the database broke it off (deadlock, lost connection), a few times; then as [`answer`].
///
/// Only for commands that can arrive twice.
pub async fn attempt<T, Fut>(mut command: impl FnMut() -> Fut) -> Result<T, ApiError>
where
    Fut: Future<Output = Result<T, StoreError>>,
{
    let mut tries = 1;
    loop {
        match command().await {
            Err(error) if error.is_transient() && tries < TRIES => {
                tracing::debug!(%error, tries, "trying again");
                tokio::time::sleep(PAUSE * tries).await;
                tries += 1;
            }
            result => return answer(result),
        }
    }
}
