//! The sign-in: nats-server asks who somebody is, and is answered with exact permissions or a refusal (NATS, Accounts).
//!
//! What must always hold: a login is believed only with a good signature, audience and time; permissions come from the
//! contract alone; with the database away nobody gets in; the issuer's key never leaves this process.

mod answer;
mod callout;
mod decide;
mod jwks;
mod login;
mod nats_jwt;
mod question;
mod queue;
mod staff_token;

use callboard_store::StoreError;

pub(crate) use callout::{Callout, CalloutKeys};
pub(crate) use decide::{listener_named, may_hear};
pub(crate) use login::LoginTokens;

/// The account of client apps.
pub(crate) const EDGE: &str = "EDGE";
/// The account of workers and staff.
pub(crate) const APP: &str = "APP";

/// Why somebody is not let in. Goes to the server's log, never to the caller.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refusal(pub(crate) String);

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self(format!("the house cannot check sign-ins just now: {error}"))
    }
}

impl Refusal {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}
