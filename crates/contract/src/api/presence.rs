//! `presence`: who is here. Kept in memory with a time to live: an app that stops saying so is offline.

use callboard_domain::{At, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::catalogue::endpoints;

endpoints! { Api "presence" by Signaling {
    Set = "set" (reads) SetRequest => Done, "Says that the caller is here; holds for 60 seconds, so repeat it.";
    Get = "get" (reads) WhoRequest => GetReply, "Says who of some users is here.";
    Watch = "watch" (reads) WhoRequest => WatchReply, "As get, and pushes presence.changed for these users until it expires; repeat it before.";
}}

/// How somebody is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    /// Here.
    Online,
    /// Here, but not looking.
    Away,
    /// In a call. Set by the house.
    InCall,
    /// Not here.
    Offline,
}

/// Says how the caller is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRequest {
    /// `online`, `away` or `offline`.
    pub state: PresenceState,
}

/// Asks about users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhoRequest {
    /// The users, at most 200.
    pub uids: Vec<Uid>,
}

/// Who is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetReply {
    /// One for each user that was asked for.
    pub users: Vec<Presence>,
}

/// Who is here, and how long changes will be pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WatchReply {
    /// One for each user that was asked for.
    pub users: Vec<Presence>,
    /// Pushes end after this long.
    pub expires_ms: u64,
}

/// One user's presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Presence {
    /// The user.
    pub uid: Uid,
    /// How.
    pub state: PresenceState,
    /// When that was said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<At>,
}
