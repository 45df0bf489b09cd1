//! `rooms`: rooms of creators, and conversations of two.
//!
//! A tenant is a creator with his rooms. Each has a primary room that is always there; it is made when it is first asked for.
//! What costs something to enter is paid once per membership and, by the split of entry fees, to the host and the house. Who is kicked
//! or banned gets nothing back; if the host closes the room before the time that he promised, everybody who paid does.

use std::collections::{BTreeMap, BTreeSet};

use callboard_domain::{
    At, CallId, Coins, Millis, RequestId, RoomAccess, RoomId, RoomKind, RoomPower, RoomRole, RoomState, SanctionId,
    SanctionKind, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::catalogue::endpoints;
use crate::room::{MyRoom, RoomMember};
use crate::{Page, Reason};

endpoints! { Api "rooms" by Rooms {
    Ls = "ls" (reads) LsRequest => Page<MyRoom>, "Lists rooms that can be entered, the busiest first: by tenant, category or words.";
    Mine = "mine" (reads) crate::PageQuery => Page<MyRoom>, "Lists the rooms and conversations of the caller with what is unread, the last active first.";
    Show = "show" (reads) RoomRef => MyRoom, "Shows a room and what the caller is to it.";
    Primary = "primary" (reads) PrimaryRequest => MyRoom, "Shows the primary room of a tenant, which is always there.";
    Create = "create" (changes) CreateRequest => MyRoom, "Makes a room of the caller's.";
    Update = "update" (changes) UpdateRequest => MyRoom, "Changes settings, state or powers of a room.";
    Close = "close" (changes) OnRoomRequest => MyRoom, "Closes a room for good; before the promised time entry fees are given back. The host's act.";
    Join = "join" (changes) JoinRequest => MyRoom, "Enters a room, pays the fee if there is one, or waits in the lobby.";
    Leave = "leave" (changes) OnRoomRequest => MyRoom, "Leaves a room, the lobby, or declines an invitation.";
    Members = "members" (reads) MembersRequest => Page<RoomMember>, "Lists the members of a room, those with a role first.";
    Invite = "invite" (changes) OnPersonRequest => RoomMember, "Invites somebody to a room.";
    Lobby = "lobby" (reads) MembersRequest => Page<RoomMember>, "Lists who waits in the lobby, the first first.";
    Admit = "admit" (changes) AdmitRequest => RoomMember, "Lets somebody in from the lobby, or turns him away.";
    SetRole = "role" (changes) RoleRequest => RoomMember, "Gives a member another role, below the caller's own.";
    Sanction = "sanction" (changes) SanctionRequest => SanctionReply, "Warns, mutes, kicks or bans somebody in a room; the act of those who keep order there.";
    Lift = "lift" (changes) LiftRequest => Done, "Takes a mute or a ban of a room back.";
    Ticket = "ticket" (reads) RoomRef => TicketReply, "Gives a ticket for a second connection on which a big room's news come.";
    HoldCall = "hold_call" (changes) HoldCallRequest => MyRoom, "Puts a live group of which the caller is the host into a room, or takes out the call that is in it; needs the power `start_call`.";
    Direct = "direct" (changes) DirectRequest => MyRoom, "Opens the conversation with somebody; it is a request until he answers, unless he knows the caller.";
    AnswerDirect = "answer_direct" (changes) AnswerDirectRequest => MyRoom, "Takes a message request, or declines it.";
    Block = "block" (changes) BlockRequest => Done, "Blocks somebody, or takes that back: no conversation, no mention, no invitation reaches the caller from him.";
    Blocked = "blocked" (reads) crate::PageQuery => Page<Uid>, "Lists whom the caller blocked.";
}}

/// Asks for rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// Only those of one creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Uid>,
    /// Only those of one category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
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

/// Names a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomRef {
    /// The room.
    pub room_id: RoomId,
}

/// Names a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrimaryRequest {
    /// The creator.
    pub tenant: Uid,
}

/// Makes a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
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
    /// Until when the host promises to keep it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_until: Option<At>,
    /// How many may be in it; 500 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
}

/// Changes a room. What is absent stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// What changes.
    #[serde(deserialize_with = "crate::object::only")]
    pub change: RoomSettings,
}

/// Settings of a room. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomSettings {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Its category; an empty text takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// `open` or `locked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RoomState>,
    /// What entering costs from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_fee: Option<Coins>,
    /// How many may be in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// Members wait so long between two messages; nothing switches it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_mode: Option<Millis>,
    /// Only who has been a member for so long may speak; nothing switches it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_only: Option<Millis>,
    /// Whether who comes waits until he is let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lobby: Option<bool>,
    /// What roles may do; only the roles that are named change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub powers: Option<BTreeMap<RoomRole, BTreeSet<RoomPower>>>,
}

/// Acts on a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnRoomRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
}

/// Puts a call into a room, or takes it out. Whoever is in the room watches the call's programme beside the text, and what is imposed on somebody in
/// the room reaches him in the call. The room lets go of a call that is over. Who takes part in it follows from the call: `calls.invite`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldCallRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The call, in place of whichever is in the room; nothing takes that out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
}

/// Enters a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The fee that was shown to the caller: where it costs something and this is absent or less, nothing is paid and the answer is `stale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Coins>,
}

/// Lists members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MembersRequest {
    /// The room.
    pub room_id: RoomId,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Acts on a person in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnPersonRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The person.
    pub uid: Uid,
}

/// Answers somebody who waits in the lobby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmitRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// Who waits.
    pub uid: Uid,
    /// Whether he comes in.
    pub admit: bool,
}

/// Gives a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The member.
    pub uid: Uid,
    /// The role; never `host`.
    pub role: RoomRole,
}

/// Imposes a sanction in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SanctionRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// Against whom.
    pub uid: Uid,
    /// `warn`, `mute`, `kick` or `ban`.
    pub kind: SanctionKind,
    /// How long, for a mute, and for a ban that ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Millis>,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
}

/// A sanction was imposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SanctionReply {
    /// The sanction.
    pub sanction_id: SanctionId,
    /// Until when it holds; absent where it has no end or is over at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<At>,
}

/// Takes a sanction of a room back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// Whose.
    pub uid: Uid,
    /// Which kind: `mute` or `ban`.
    pub kind: SanctionKind,
}

/// A ticket for a room's news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketReply {
    /// The room.
    pub room_id: RoomId,
    /// Sign in with it as NATS `token`, once, before it expires.
    pub token: String,
    /// What may be subscribed to on that connection, and nothing else.
    pub subject: String,
    /// Until when it can be used to sign in.
    pub expires_at: At,
}

/// Opens a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// With whom.
    pub uid: Uid,
}

/// Answers a message request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerDirectRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The conversation.
    pub room_id: RoomId,
    /// Whether the caller takes it.
    pub accept: bool,
}

/// Blocks somebody, or takes that back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Whom.
    pub uid: Uid,
    /// Whether he is blocked.
    pub block: bool,
}
