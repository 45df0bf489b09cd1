//! What can go wrong for those outside, sorted as the CLI's exit codes want it (STAFF).

use std::path::PathBuf;

use callboard_bus::{BusError, CallError, CallErrorKind};
use callboard_contract::ErrorCode;

/// Why something failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A request got no reply.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The connection failed.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The context may only look.
    #[error("context `{context}` ({environment}) is read-only")]
    ReadOnly {
        /// The context.
        context: String,
        /// Its environment.
        environment: String,
    },
    /// There is no such context.
    #[error("there is no context `{0}`")]
    NoContext(String),
    /// No context was named and none can be assumed.
    #[error("no context is selected and no stack runs on this machine")]
    NothingSelected,
    /// A file cannot be used.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A setting cannot be used.
    #[error("{0}")]
    Setting(String),
}

/// The kinds of failure, as exit codes and JSON errors tell them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// It failed.
    Failed,
    /// There is no such thing.
    NotFound,
    /// It is not allowed.
    NotAllowed,
    /// It does not fit the present state.
    Conflict,
    /// The house cannot be reached.
    Unreachable,
}

impl Category {
    /// The word in JSON errors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NotFound => "not_found",
            Self::NotAllowed => "not_allowed",
            Self::Conflict => "conflict",
            Self::Unreachable => "unreachable",
        }
    }

    /// The exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::NotFound => 3,
            Self::NotAllowed => 4,
            Self::Conflict => 5,
            Self::Unreachable => 6,
        }
    }
}

impl ClientError {
    pub(crate) fn file(path: impl Into<PathBuf>, why: impl std::fmt::Display) -> Self {
        Self::File { path: path.into(), why: why.to_string() }
    }

    /// What kind of failure it is.
    pub fn category(&self) -> Category {
        match self {
            Self::Call(error) => match error.kind() {
                CallErrorKind::Api(code) => of_code(code),
                CallErrorKind::Timeout | CallErrorKind::NoResponders | CallErrorKind::Disconnected => {
                    Category::Unreachable
                }
                CallErrorKind::Undecodable | CallErrorKind::Unsendable => Category::Failed,
            },
            Self::Bus(BusError::Refused(_)) | Self::ReadOnly { .. } => Category::NotAllowed,
            Self::Bus(BusError::Disconnected | BusError::Timeout(_)) | Self::NothingSelected => Category::Unreachable,
            Self::NoContext(_) => Category::NotFound,
            Self::Bus(_) | Self::File { .. } | Self::Setting(_) => Category::Failed,
        }
    }

    /// The exit code: not found 3, not allowed 4, conflict or stale 5, cannot reach 6, else 1.
    pub fn exit_code(&self) -> u8 {
        self.category().exit_code()
    }

    /// The code for programs.
    pub fn code(&self) -> String {
        match self {
            Self::Call(CallError::Api(error)) => error.code.to_string(),
            Self::Call(CallError::Timeout) => "timeout".to_owned(),
            Self::Call(CallError::NoResponders) => "no_responders".to_owned(),
            Self::Call(CallError::Disconnected) | Self::Bus(BusError::Disconnected) => "disconnected".to_owned(),
            Self::Call(CallError::Undecodable(_)) => "undecodable".to_owned(),
            Self::Bus(BusError::Refused(_)) => "refused".to_owned(),
            Self::ReadOnly { .. } => "read_only".to_owned(),
            Self::NoContext(_) | Self::NothingSelected => "no_context".to_owned(),
            Self::File { .. } => "file".to_owned(),
            Self::Setting(_) => "setting".to_owned(),
            Self::Call(CallError::Unsendable(_)) | Self::Bus(_) => "failed".to_owned(),
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::ReadOnly { context, .. } => Some(format!(
                "if this context may change things, put `allow_changes = true` into its file (context show {context})"
            )),
            Self::NoContext(_) => Some("`callboard context ls` lists them".to_owned()),
            Self::NothingSelected => Some("start one with `callboard up`, or add a context and select it".to_owned()),
            Self::Bus(BusError::Refused(_)) => {
                Some("the credential may be revoked, this machine's clock wrong, or no callboard-signaling there to check it".to_owned())
            }
            Self::Call(CallError::NoResponders) => Some("`callboard workers` shows which workers run".to_owned()),
            Self::Call(CallError::Api(error)) => match (error.code, error.retry_after_ms) {
                (_, Some(ms)) => Some(format!("try again in {ms} ms")),
                (ErrorCode::Stale, None) => Some("look again and decide anew".to_owned()),
                _ => None,
            },
            _ => None,
        }
    }
}

const fn of_code(code: ErrorCode) -> Category {
    match code {
        ErrorCode::NotFound => Category::NotFound,
        ErrorCode::Forbidden | ErrorCode::Limit => Category::NotAllowed,
        ErrorCode::Conflict | ErrorCode::Stale => Category::Conflict,
        ErrorCode::Unavailable => Category::Unreachable,
        ErrorCode::BadRequest
        | ErrorCode::UnknownField
        | ErrorCode::TooLarge
        | ErrorCode::InsufficientFunds
        | ErrorCode::RateLimited
        | ErrorCode::Internal => Category::Failed,
    }
}
