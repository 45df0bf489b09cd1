//! What can end a loop of this worker; it is started again.

use callboard_bus::BusError;
use callboard_store::StoreError;

/// The bus or the database failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoopError {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
