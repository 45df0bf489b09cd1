//! Refusals and checks that all acts share.

use callboard_contract::limits::MAX_REPORT_CHARS;
use callboard_contract::{ApiError, ErrorCode, Reason};
use callboard_domain::clean;
use callboard_store::StoreError;

/// The body is wrong in a field.
pub(crate) fn bad(field: &str, message: impl Into<String>) -> StoreError {
    ApiError::new(ErrorCode::BadRequest, message).on_field(field).into()
}

/// It does not fit how things stand.
pub(crate) fn conflict(message: impl Into<String>) -> StoreError {
    ApiError::new(ErrorCode::Conflict, message).into()
}

/// The caller may not do it.
pub(crate) fn forbidden(message: impl Into<String>) -> StoreError {
    ApiError::new(ErrorCode::Forbidden, message).into()
}

/// There is no such thing.
pub(crate) fn missing(field: &str, message: impl Into<String>) -> StoreError {
    ApiError::new(ErrorCode::NotFound, message).on_field(field).into()
}

/// A reason with a note that is not too long.
pub(crate) fn reason(reason: &Reason) -> Result<String, StoreError> {
    reason.check().map_err(|e| bad("reason", e))?;
    Ok(reason.to_string())
}

/// A text of a report, an appeal or a note: cleaned as messages are, and not too long.
pub(crate) fn text(text: &str, needed: bool) -> Result<String, StoreError> {
    let text = clean(text).unwrap_or_default();
    if needed && text.is_empty() {
        return Err(bad("text", "say it in words"));
    }
    match text.chars().count() {
        0..=MAX_REPORT_CHARS => Ok(text),
        more => {
            let message = format!("the text has {more} characters, at most {MAX_REPORT_CHARS} are taken");
            Err(ApiError::new(ErrorCode::TooLarge, message).on_field("text").into())
        }
    }
}
