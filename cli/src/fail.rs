//! Failures as people and scripts see them: a sentence with a hint, or one JSON object, and an exit code.
//!
//! The exit code follows from the category alone, so that a script can rely on it.

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{RequestId, terminal_safe};
use serde::Serialize;

use crate::report::json::escaped;

/// What kind of failure it is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Category {
    /// It was tried and did not work.
    Failed,
    /// The command line or a file is wrong.
    Usage,
    /// There is no such thing.
    NotFound,
    /// The caller may not do it.
    NotAllowed,
    /// It does not fit the present state.
    Conflict,
    /// The house cannot be reached.
    Unreachable,
    /// Ended by the person at the keyboard.
    Interrupted,
}

impl Category {
    /// The exit code.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::NotAllowed => 4,
            Self::Conflict => 5,
            Self::Unreachable => 6,
            Self::Interrupted => 130,
        }
    }
}

/// How a command ended, if it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// Done, and two things that should be equal are not.
    Differences,
}

impl Outcome {
    /// `Differences` unless everything is equal.
    pub(crate) const fn equal(equal: bool) -> Self {
        if equal { Self::Done } else { Self::Differences }
    }

    /// The exit code.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Differences => 7,
        }
    }
}

/// A failure. Its JSON form is what `-o json` prints on stderr.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    /// For programs.
    pub(crate) code: String,
    /// What kind.
    pub(crate) category: Category,
    /// What failed, on what.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// The request that failed; the same one may be sent again.
    pub(crate) request_id: Option<String>,
}

/// What commands return.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure of a category, with a code for programs.
    pub(crate) fn new(category: Category, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), category, message: message.into(), hint: None, request_id: None }
    }

    /// It was tried and did not work.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Category::Failed, "failed", message)
    }

    /// The command line or a file is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Category::Usage, "usage", message)
    }

    /// There is no such thing.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Category::NotFound, "not_found", message)
    }

    /// Ended by Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(Category::Interrupted, "interrupted", "interrupted")
    }

    /// The same, saying what to do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, about a request.
    #[must_use]
    pub(crate) fn on_request(mut self, id: &RequestId) -> Self {
        self.request_id = Some(id.to_string());
        self
    }

    /// The exit code.
    pub(crate) const fn exit_code(&self) -> u8 {
        self.category.exit_code()
    }

    /// The text for people, ready for stderr.
    pub(crate) fn for_people(&self, colour: bool) -> String {
        let (on, off) = if colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let hint = self.hint.iter().map(|hint| format!("hint: {hint}\n"));
        let request = self.request_id.iter().map(|id| format!("request id: {id}\n"));
        // What the house says may name what people wrote.
        let message = self.message.lines().map(terminal_safe).collect::<Vec<_>>().join("\n");
        std::iter::once(format!("{on}error:{off} {message}\n")).chain(hint).chain(request).collect()
    }

    /// One JSON object on one line.
    pub(crate) fn for_programs(&self) -> String {
        let mut text = escaped(serde_json::to_string(self).expect("plain texts always serialise"));
        text.push('\n');
        text
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let category = match error.code {
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
        };
        let message = match &error.field {
            Some(field) => format!("{} (field {field})", error.message),
            None => error.message.clone(),
        };
        let failure = Self::new(category, error.code.to_string(), message);
        match (error.code, error.retry_after_ms) {
            (_, Some(ms)) => failure.hint(format!("try again in {ms} ms")),
            (ErrorCode::Stale, None) => failure.hint("look again at what it is now, then decide again"),
            (ErrorCode::Forbidden, None) => failure.hint("`callboard staff me` shows what your role may do"),
            _ => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_for_programs_have_all_fields_on_one_line() {
        let id = RequestId::new("r-1").unwrap();
        let text =
            Failure::from(ApiError::new(ErrorCode::Stale, "the call has changed")).on_request(&id).for_programs();
        assert_eq!(text.lines().count(), 1);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["code"], "stale");
        assert_eq!(value["category"], "conflict");
        assert_eq!(value["message"], "the call has changed");
        assert_eq!(value["request_id"], "r-1");
        assert!(value["hint"].is_string());
    }

    #[test]
    fn every_code_of_the_wire_has_its_exit_code() {
        let exit = |code| Failure::from(ApiError::new(code, "x")).exit_code();
        assert_eq!(exit(ErrorCode::NotFound), 3);
        assert_eq!(exit(ErrorCode::Forbidden), 4);
        assert_eq!(exit(ErrorCode::Limit), 4);
        assert_eq!(exit(ErrorCode::Conflict), 5);
        assert_eq!(exit(ErrorCode::Stale), 5);
        assert_eq!(exit(ErrorCode::Unavailable), 6);
        assert_eq!(exit(ErrorCode::Internal), 1);
        assert_eq!(Outcome::Differences.exit_code(), 7);
        assert_eq!(Failure::interrupted().exit_code(), 130);
    }
}
