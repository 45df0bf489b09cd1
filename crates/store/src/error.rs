//! What can go wrong with a command: it is refused, or the database cannot do it just now.

use callboard_contract::{ApiError, ErrorCode};

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The rules say no. The caller is told so, and the same request id is told the same again.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// The database failed. Nothing was changed; the caller may try again.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database holds something that this program cannot read.
    #[error("the database holds {what} that cannot be read: {why}")]
    Corrupt {
        /// Which thing.
        what: String,
        /// Why.
        why: String,
    },
}

impl StoreError {
    /// Something stored that cannot be read.
    pub fn corrupt(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Corrupt { what: what.into(), why: why.to_string() }
    }

    /// Whether another try may succeed: deadlocks, lost connections, a database that is starting.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Corrupt { .. } => false,
            Self::Database(sqlx::Error::Database(e)) => {
                // Classes 08 (connection), 40 (rollback), 53 (resources), 55 (not available), 57 (operator intervention).
                e.code().is_some_and(|c| ["08", "40", "53", "55", "57"].iter().any(|class| c.starts_with(class)))
            }
            Self::Database(e) => matches!(
                e,
                sqlx::Error::Io(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
                    | sqlx::Error::Tls(_)
                    | sqlx::Error::Protocol(_)
            ),
        }
    }

    /// The form in which a caller on the wire sees it. Faults are not described to strangers; they are logged where they are handled.
    pub fn to_api(&self) -> ApiError {
        match self {
            Self::Refused(e) => e.clone(),
            _ if self.is_transient() => ApiError::new(
                ErrorCode::Unavailable,
                "the database cannot answer just now; try again with the same request id",
            )
            .retry_after(500),
            Self::Database(_) | Self::Corrupt { .. } => {
                ApiError::new(ErrorCode::Internal, "a fault of the house; it was logged")
            }
        }
    }
}

/// A refusal with a code and a sentence.
pub fn refuse<T>(code: ErrorCode, message: impl Into<String>) -> Result<T, StoreError> {
    Err(StoreError::Refused(ApiError::new(code, message)))
}
