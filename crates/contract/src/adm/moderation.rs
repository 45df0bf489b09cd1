//! `mod`: what staff impose on people and take back.
//!
//! The sanction is committed first; from then on nothing is let through any more. Then what it cuts off is cut off, and then the house
//! looks what is left of it: [`Effect::left`] says what did not take. What is left is tried again every second until nothing is.

use callboard_domain::{
    CallId, CaseId, DeviceId, MessageId, Millis, RequestId, RoomId, SanctionId, SanctionKind, Scope, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::endpoints;
use crate::sanction::SanctionView;
use crate::{Page, Reason};

endpoints! { Adm "mod" by Moderation {
    Impose = "impose" (changes, Moderate) ImposeRequest => ImposeReply, "Warns, mutes, kicks, bans or suspends somebody, or restricts his payments; says what was cut off and what was not.";
    Lift = "lift" (changes, Moderate) LiftRequest => LiftReply, "Takes a sanction back.";
    LiftOf = "lift_of" (changes, Moderate) LiftOfRequest => LiftOfReply, "Takes back whatever stands of some kinds against somebody in one place.";
    DeleteMessages = "delete_messages" (changes, Moderate) DeleteMessagesRequest => DeleteMessagesReply, "Deletes messages of a room, whoever wrote them.";
    Sanctions = "sanctions" (reads, SeeRooms) SanctionsRequest => Page<SanctionView>, "Lists sanctions, newest first: of a person or of all.";
}}

/// Imposes a sanction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImposeRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Against whom.
    pub uid: Uid,
    /// What.
    pub kind: SanctionKind,
    /// Where: `platform`, `tenant:UID`, `room:ID`.
    pub scope: Scope,
    /// How long: for a mute (1 second to 14 days) and a suspension always, for a ban and a restriction if it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Millis>,
    /// A device that a ban or a suspension of the platform holds for too, whoever uses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The case in which it is decided; the caller must have claimed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_id: Option<CaseId>,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// A sanction was imposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImposeReply {
    /// The sanction.
    pub sanction: SanctionView,
    /// What was cut off by it; in a dry run what would be.
    pub effect: Effect,
    /// Whether nothing was really done.
    pub dry_run: bool,
}

/// What a sanction cut off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// Connections that were cut.
    pub connections: u32,
    /// Live calls that the person was taken out of, or in which his microphone was switched off.
    pub calls: Vec<CallId>,
    /// Rooms that the person was taken out of.
    pub rooms: Vec<RoomId>,
    /// What is left all the same, in words; nothing if it took.
    pub left: Vec<String>,
}

/// Takes a sanction back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The sanction.
    pub sanction_id: SanctionId,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// A sanction was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LiftReply {
    /// The sanction after it.
    pub sanction: SanctionView,
    /// Whether nothing was really done.
    pub dry_run: bool,
}

/// Takes back whatever stands of some kinds against somebody in one place, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftOfRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Against whom.
    pub uid: Uid,
    /// What.
    pub kinds: Vec<SanctionKind>,
    /// Where: `platform`, `tenant:UID`, `room:ID`. What holds elsewhere, or in a wider place, stays.
    pub scope: Scope,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Sanctions were taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LiftOfReply {
    /// The sanctions after it, the oldest first; at least one.
    pub sanctions: Vec<SanctionView>,
    /// Whether nothing was really done.
    pub dry_run: bool,
}

/// Deletes messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteMessagesRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The messages, 1 to 100.
    pub message_ids: Vec<MessageId>,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Messages were deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeleteMessagesReply {
    /// The room.
    pub room_id: RoomId,
    /// The messages that are gone by this act; those that were gone before are not among them.
    pub message_ids: Vec<MessageId>,
    /// Whether nothing was really done.
    pub dry_run: bool,
}

/// Asks for sanctions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SanctionsRequest {
    /// Only those against this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// Only those of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SanctionKind>,
    /// Only those that stand now.
    #[serde(default)]
    pub standing: bool,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
