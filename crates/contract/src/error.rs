//! Answers and errors as they go over the wire, and the one way in which a body is read.

use std::borrow::Cow;
use std::fmt;

use callboard_domain::terminal_safe;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What went wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The body is not what this request takes.
    BadRequest,
    /// The body has a field that this request does not know.
    UnknownField,
    /// The body or a field is larger than allowed.
    TooLarge,
    /// There is no such thing, or it is not the caller's to see.
    NotFound,
    /// The caller may not do this.
    Forbidden,
    /// It does not fit the present state, or the request id was used for another body.
    Conflict,
    /// The caller acted on a state that has changed since.
    Stale,
    /// The wallet does not hold enough.
    InsufficientFunds,
    /// A limit of the caller's role or of the house stands against it.
    Limit,
    /// Too many requests; try again after `retry_after_ms`.
    RateLimited,
    /// The house cannot answer just now; try again.
    Unavailable,
    /// A fault of the house.
    Internal,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadRequest => "bad_request",
            Self::UnknownField => "unknown_field",
            Self::TooLarge => "too_large",
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::Conflict => "conflict",
            Self::Stale => "stale",
            Self::InsufficientFunds => "insufficient_funds",
            Self::Limit => "limit",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        })
    }
}

/// A refusal: a code for programs and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// What went wrong.
    pub code: ErrorCode,
    /// What failed, on what, and what to do.
    pub message: String,
    /// The field that is wrong, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// When to try again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ApiError {
    /// A refusal with a code and a sentence. What the sentence repeats of a request is made harmless for terminals and logs.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: harmless(message.into()), field: None, retry_after_ms: None }
    }

    /// The same, about a field.
    #[must_use]
    pub fn on_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(harmless(field.into()));
        self
    }

    /// The same, to be tried again after a while.
    #[must_use]
    pub fn retry_after(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }
}

fn harmless(text: String) -> String {
    match terminal_safe(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(safe) => safe,
    }
}

/// The outer form of every reply: `{"ok": …}` or `{"error": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer<T> {
    /// The reply.
    Ok(T),
    /// The refusal.
    Error(ApiError),
}

impl<T> From<Result<T, ApiError>> for Answer<T> {
    fn from(result: Result<T, ApiError>) -> Self {
        match result {
            Ok(value) => Self::Ok(value),
            Err(error) => Self::Error(error),
        }
    }
}

impl<T> From<Answer<T>> for Result<T, ApiError> {
    fn from(answer: Answer<T>) -> Self {
        match answer {
            Answer::Ok(value) => Ok(value),
            Answer::Error(error) => Err(error),
        }
    }
}

/// Reads a body. An empty body counts as `{}`, so that requests without fields can be sent by hand.
///
/// Refuses with `too_large`, `unknown_field` or `bad_request`, naming the field.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if body.len() > crate::limits::MAX_BODY_BYTES {
        return Err(ApiError::new(
            ErrorCode::TooLarge,
            format!("body has {} bytes, at most {} are taken", body.len(), crate::limits::MAX_BODY_BYTES),
        ));
    }
    let body = if body.is_empty() { b"{}" } else { body };
    // A list would be read as the fields in their order.
    if body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[') {
        return Err(ApiError::new(ErrorCode::BadRequest, "cannot read the body: it must be an object, not a list"));
    }
    if has_nul(body) {
        return Err(ApiError::new(ErrorCode::BadRequest, "no text may hold the character NUL (\\u0000)"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let text = inner.to_string();
        let code = if text.starts_with("unknown field") { ErrorCode::UnknownField } else { ErrorCode::BadRequest };
        let refusal = ApiError::new(code, format!("cannot read the body: {text}"));
        if path == "." || path == "?" { refusal } else { refusal.on_field(path) }
    })?;
    deserializer.end().map_err(|e| ApiError::new(ErrorCode::BadRequest, format!("cannot read the body: {e}")))?;
    Ok(value)
}

/// Whether a text in the body holds NUL, which the database cannot keep. In JSON it can stand only as an escape.
fn has_nul(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(at) = rest.iter().position(|b| *b == b'\\') {
        let escape = &rest[at + 1..];
        if escape.starts_with(b"u0000") {
            return true;
        }
        // What is escaped may be another backslash, which begins nothing.
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(default)]
        count: u32,
    }

    #[test]
    fn bodies_are_refused_with_the_fitting_code_and_field() {
        assert_eq!(decode::<Sample>(b"").expect("empty is fine").count, 0);
        let unknown = decode::<Sample>(br#"{"cuont":1}"#).expect_err("unknown field");
        assert_eq!(unknown.code, ErrorCode::UnknownField);
        let wrong = decode::<Sample>(br#"{"count":"x"}"#).expect_err("wrong type");
        assert_eq!((wrong.code, wrong.field.as_deref()), (ErrorCode::BadRequest, Some("count")));
        let deep = format!("{{\"count\":{}", "[".repeat(5000));
        assert_eq!(decode::<Sample>(deep.as_bytes()).expect_err("deep").code, ErrorCode::BadRequest);
        assert_eq!(decode::<Sample>(&vec![b' '; 70_000]).expect_err("huge").code, ErrorCode::TooLarge);
        assert_eq!(decode::<Sample>(&[0xff, 0xfe]).expect_err("bytes").code, ErrorCode::BadRequest);
        assert_eq!(decode::<Sample>(b" [1]").expect_err("a list").code, ErrorCode::BadRequest);
        assert_eq!(decode::<Sample>(b"{} {}").expect_err("two").code, ErrorCode::BadRequest);
    }

    #[test]
    fn nul_is_refused_and_what_only_looks_like_it_is_not() {
        assert_eq!(decode::<String>(br#""a\u0000""#).expect_err("nul").code, ErrorCode::BadRequest);
        assert_eq!(decode::<String>(br#""\\\u0000""#).expect_err("a backslash, then nul").code, ErrorCode::BadRequest);
        assert_eq!(decode::<String>(br#""\\u0000 \u0001""#).expect("a backslash and text"), "\\u0000 \u{1}");
        assert!(decode::<String>(br#""a\"#).is_err());
    }
}
