//! `rooms` for staff: look into rooms, make them, lock, slow and close them.
//!
//! What two say to each other in a conversation is not read here: only a case about it shows it.

use std::collections::{BTreeMap, BTreeSet};

use callboard_domain::{
    At, Coins, Millis, RequestId, RoomAccess, RoomId, RoomKind, RoomMemberState, RoomPower, RoomRole, RoomState, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::chat::MessagePage;
use crate::api::rooms::RoomRef;
use crate::catalogue::endpoints;
use crate::room::{RoomMember, RoomView};
use crate::{Event, Page, Reason};

endpoints! { Adm "rooms" by Rooms {
    Ls = "ls" (reads, SeeRooms) LsRequest => Page<RoomView>, "Lists rooms, newest first; conversations of two are not among them.";
    Show = "show" (reads, SeeRooms) RoomRef => RoomDetail, "Shows a room with its powers, who keeps order in it and what entering brought in.";
    Members = "members" (reads, SeeRooms) MembersRequest => Page<RoomMember>, "Lists the members of a room, those with a role first.";
    Messages = "messages" (reads, SeeRooms) MessagesRequest => MessagePage, "Gives messages of a room, deleted and held ones too.";
    History = "history" (reads, SeeRooms) HistoryRequest => Page<Event>, "Gives what was done to a room and by whom, newest first.";
    Create = "create" (changes, Rooms) CreateRequest => ActReply, "Makes a room for a creator.";
    Lock = "lock" (changes, Rooms) LockRequest => ActReply, "Locks a room or opens it: nobody enters, only who may lock it speaks.";
    Slow = "slow" (changes, Rooms) SlowRequest => ActReply, "Sets how long members wait between two messages.";
    Close = "close" (changes, Rooms) CloseRequest => ActReply, "Closes a room for good; before the promised time entry fees are given back.";
}}

/// Asks for rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// Only those of one creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Uid>,
    /// Only those in which somebody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// Only those in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RoomState>,
    /// Only those of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RoomKind>,
    /// Only those with these words in name or topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A room as staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoomDetail {
    /// The room.
    pub room: RoomView,
    /// What roles below the host may do.
    pub powers: BTreeMap<RoomRole, BTreeSet<RoomPower>>,
    /// Who keeps order: members with a role, at most 50.
    pub keepers: Vec<RoomMember>,
    /// How many wait in the lobby.
    pub waiting: u32,
    /// How many are invited and have not answered.
    pub invited: u32,
    /// How many paid to enter and were not given it back.
    pub paid: u32,
    /// When somebody last wrote.
    pub touched_at: At,
    /// Since when nobody is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_since: Option<At>,
}

/// Asks for members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MembersRequest {
    /// The room.
    pub room_id: RoomId,
    /// Those who stand there: `joined` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RoomMemberState>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Asks for messages: the newest, or those before a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessagesRequest {
    /// The room.
    pub room_id: RoomId,
    /// Messages before this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// At most so many (1 to 100, 50 if absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Asks for what was done to a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryRequest {
    /// The room.
    pub room_id: RoomId,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Makes a room for a creator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Whose it is to be.
    pub tenant: Uid,
    /// What it is for: `sub`, `event` or `temporary`.
    pub kind: RoomKind,
    /// Its name.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub topic: String,
    /// Its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Who may enter.
    pub access: RoomAccess,
    /// What entering costs, 10 to 50 coins; with access `paid` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_fee: Option<Coins>,
    /// Until when it is promised to stay open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_until: Option<At>,
    /// How many may be in it; 500 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Locks a room or opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// Whether it is locked.
    pub on: bool,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Sets slow mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// Members wait so long between two messages; nothing switches it off.
    pub slow_mode: Millis,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Closes a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// A room after an act of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActReply {
    /// The room as it is now, or would be.
    pub room: RoomDetail,
    /// Whether nothing was really done.
    pub dry_run: bool,
}
