//! `presence`: who is here. Kept in memory with a time to live: an app that stops saying so is offline.
//!
//! Everybody says who may see that he is here and when he last was. To all others he is offline, as if he had never been here, and they are
//! pushed nothing of him. Contacts are people with whom he is in a room, or in a conversation that both took. One who blocked him, or whom he
//! blocked, sees nothing of him whatever was said.

use callboard_domain::{At, RequestId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Done, Nothing};
use crate::catalogue::endpoints;

endpoints! { Api "presence" by Signaling {
    Set = "set" (reads) SetRequest => Done, "Says that the caller is here; holds for 60 seconds, so repeat it.";
    Get = "get" (reads) WhoRequest => GetReply, "Says who of some users is here.";
    Watch = "watch" (reads) WhoRequest => WatchReply, "As get, and pushes presence.changed for these users until it expires; repeat it before.";
    Privacy = "privacy" (reads) Nothing => PresencePrivacy, "Says who sees the caller's presence.";
    SetPrivacy = "set_privacy" (changes) SetPrivacyRequest => PresencePrivacy, "Sets who sees the caller's presence.";
}}

/// Who sees something of somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Audience {
    /// Every user.
    #[default]
    Everybody,
    /// People with whom he is in a room, or in a conversation that both took.
    Contacts,
    /// He alone.
    Nobody,
}

impl Audience {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Everybody, Self::Contacts, Self::Nobody];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Contacts => "contacts",
            Self::Nobody => "nobody",
        }
    }
}

/// Who sees somebody's presence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PresencePrivacy {
    /// Who sees how he is here.
    pub online: Audience,
    /// Who of those sees when he last was: who does not see that he is here does not see when he was.
    pub last_seen: Audience,
}

/// Sets who sees the caller's presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPrivacyRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Who sees how he is here.
    pub online: Audience,
    /// Who of those sees when he last was.
    pub last_seen: Audience,
}

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
