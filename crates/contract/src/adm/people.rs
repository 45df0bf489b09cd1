//! `people`: the users of the platform, as staff see them. What names a person's devices is masked until it is revealed, and that is
//! logged.

use callboard_domain::{
    At, CallId, CaseId, CasePriority, RequestId, RoomId, RoomMemberState, RoomRole, StaffName, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::endpoints;
use crate::sanction::SanctionView;
use crate::{Page, Reason};

endpoints! { Adm "people" by Moderation {
    Ls = "ls" (reads, SeeRooms) LsRequest => Page<PersonRow>, "Lists users by name: all, those whose name begins so, or those who may not be here.";
    Show = "show" (reads, SeeRooms) WhoRequest => PersonDetail, "Shows a user with his sanctions, rooms and the cases about him; no money.";
    Sessions = "sessions" (reads, SeeRooms) WhoRequest => SessionsReply, "Shows a user's devices, masked, and his live connections.";
    Reveal = "reveal" (changes, Reveal) RevealRequest => SessionsReply, "Shows a user's devices unmasked; it is logged.";
}}

/// Asks for users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// Only those whose name begins so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Only those who are banned or suspended on the whole platform.
    #[serde(default)]
    pub out: bool,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonRow {
    /// The name.
    pub uid: Uid,
    /// When he first came.
    pub created_at: At,
    /// When one of his devices was last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<At>,
    /// Live connections.
    pub connections: u32,
    /// Sanctions that stand against him.
    pub standing: u32,
    /// Whether he is banned or suspended on the whole platform.
    pub out: bool,
    /// The member of staff that he is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffName>,
}

/// Names a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhoRequest {
    /// The user.
    pub uid: Uid,
}

/// A user with what staff need to judge him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonDetail {
    /// The user.
    pub person: PersonRow,
    /// His sanctions, the newest first, at most 50.
    pub sanctions: Vec<SanctionView>,
    /// Rooms that he has to do with, at most 100; conversations of two are not among them.
    pub rooms: Vec<PersonRoom>,
    /// Live calls that he is in.
    pub calls: Vec<CallId>,
    /// Open cases about him.
    pub cases: Vec<PersonCase>,
    /// Reports that he made.
    pub reported: u32,
}

/// A room that somebody has to do with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonRoom {
    /// The room.
    pub room_id: RoomId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub tenant: Uid,
    /// His role.
    pub role: RoomRole,
    /// Where he stands.
    pub state: RoomMemberState,
}

/// A case about somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonCase {
    /// The case.
    pub case_id: CaseId,
    /// What it is about.
    pub matter: String,
    /// How urgent it is.
    pub priority: CasePriority,
    /// By when it must be decided.
    pub due_at: At,
}

/// Where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsReply {
    /// The user.
    pub uid: Uid,
    /// Whether names of devices are masked.
    pub masked: bool,
    /// His devices, the last seen first.
    pub devices: Vec<DeviceRow>,
    /// His live connections, the oldest first.
    pub connections: Vec<ConnectionRow>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceRow {
    /// Its name; masked, it shows its first two characters and `…`.
    pub device: String,
    /// When it was last seen.
    pub last_seen: At,
}

/// A live connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionRow {
    /// The server, by its id.
    pub server_id: String,
    /// The number on that server.
    pub cid: u64,
    /// Since when.
    pub since: At,
    /// The room whose news it hears, for a connection with a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
}

/// Asks for what is masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Whose.
    pub uid: Uid,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
}
