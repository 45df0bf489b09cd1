//! What can go wrong on the bus, said for people and sorted for programs.

use callboard_contract::{ApiError, ErrorCode};

/// Why something on the bus failed.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address, the seed or another setting cannot be used.
    #[error("cannot use the setting for the connection to nats: {0}")]
    Config(String),
    /// The server turned the connection down.
    #[error("the server refused the connection: {0}; check the credential")]
    Refused(String),
    /// There is no connection.
    #[error("no connection to nats; is the server running and the address right?")]
    Disconnected,
    /// The server did not answer in time.
    #[error("nats did not answer in time: {0}")]
    Timeout(String),
    /// The server refused what was asked, or the connection broke.
    #[error("{what} failed: {cause}")]
    Failed {
        /// What was tried.
        what: String,
        /// What the server or the library said.
        cause: String,
    },
    /// Something could not be written as JSON.
    #[error("cannot write {what} as json: {cause}")]
    Encode {
        /// What it was.
        what: String,
        /// Why.
        cause: serde_json::Error,
    },
    /// A host lacks a handler for an endpoint that its worker owns.
    #[error("no handler for: {0}")]
    Unhosted(String),
}

impl BusError {
    pub(crate) fn failed(what: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self::Failed { what: what.into(), cause: cause.to_string() }
    }
}

/// Why a request got no reply of the wanted form.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The worker refused.
    #[error(transparent)]
    Api(ApiError),
    /// No answer came in time; it may have been done nevertheless: ask again with the same request id.
    #[error("no answer in time; it may have been done nevertheless, so repeat it with the same request id")]
    Timeout,
    /// No worker answers these requests now.
    #[error("no worker answers this request now; is the worker running?")]
    NoResponders,
    /// There is no connection.
    #[error("no connection to nats; is the server running and the address right?")]
    Disconnected,
    /// The answer was not of the agreed form: the versions do not fit.
    #[error("cannot read the answer: {0}; do the versions of worker and caller fit?")]
    Undecodable(String),
    /// The request could not be sent as it is.
    #[error("cannot send the request: {0}")]
    Unsendable(String),
}

/// The kinds of [`CallError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallErrorKind {
    /// The worker refused with this code.
    Api(ErrorCode),
    /// No answer came in time.
    Timeout,
    /// No worker answers.
    NoResponders,
    /// There is no connection.
    Disconnected,
    /// The answer was not of the agreed form.
    Undecodable,
    /// The request could not be sent as it is.
    Unsendable,
}

impl CallError {
    /// What kind of error it is.
    pub fn kind(&self) -> CallErrorKind {
        match self {
            Self::Api(error) => CallErrorKind::Api(error.code),
            Self::Timeout => CallErrorKind::Timeout,
            Self::NoResponders => CallErrorKind::NoResponders,
            Self::Disconnected => CallErrorKind::Disconnected,
            Self::Undecodable(_) => CallErrorKind::Undecodable,
            Self::Unsendable(_) => CallErrorKind::Unsendable,
        }
    }

    /// Whether asking again (with the same request id) may help.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind(),
            CallErrorKind::Timeout
                | CallErrorKind::NoResponders
                | CallErrorKind::Disconnected
                | CallErrorKind::Api(ErrorCode::Unavailable | ErrorCode::RateLimited)
        )
    }
}
