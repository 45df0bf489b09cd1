//! Refusals, each in one line where it is made.

use callboard_contract::{ApiError, ErrorCode};
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

/// A limit stands against it.
pub(crate) fn limit(message: impl Into<String>) -> StoreError {
    ApiError::new(ErrorCode::Limit, message).into()
}

/// What policy lists have against somebody, if anything.
pub(crate) fn obey(policy: Option<&ApiError>) -> Result<(), StoreError> {
    policy.map_or(Ok(()), |refusal| Err(refusal.clone().into()))
}

/// There is no such thing.
pub(crate) fn missing(field: &str, message: impl Into<String>) -> StoreError {
    ApiError::new(ErrorCode::NotFound, message).on_field(field).into()
}
