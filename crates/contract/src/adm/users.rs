//! `users`: tokens for development.

use callboard_domain::{At, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::endpoints;

endpoints! { Adm "users" by Signaling {
    Token = "token" (reads, Staff) TokenRequest => TokenReply, "Makes a login token for a user; refused unless the house is a development one.";
}}

/// Asks for a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// Whose.
    pub uid: Uid,
    /// How long it holds, in seconds; an hour if absent, a day at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u32>,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenReply {
    /// Whose.
    pub uid: Uid,
    /// The token: sign in with it as NATS `token`.
    pub token: String,
    /// Until when it holds.
    pub expires_at: At,
}
