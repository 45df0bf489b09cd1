//! Events on the stream `EVT`: what happened, told after it was committed, at least once and in order per entity.

use callboard_domain::{At, EventId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event, as the outbox keeps it and the stream carries it on `evt.<domain>.<event>.<entity>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Its id, which is also the message id on the stream.
    pub id: EventId,
    /// `call.active` and so on.
    pub event: String,
    /// The id of the entity that it is about.
    pub entity: String,
    /// The version of the entity after it. Versions of one entity grow by one.
    pub version: i64,
    /// When it happened.
    pub at: At,
    /// Who did it: `user:maya`, `staff:ines`, `house`.
    pub actor: String,
    /// What happened; its form depends on `event`.
    pub data: Value,
    /// To whom it is pushed, and as what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pushes: Vec<EventPush>,
}

/// A push that follows from an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventPush {
    /// To whom.
    pub uids: Vec<Uid>,
    /// As what, `service.event`.
    pub event: String,
    /// The form of the push, where it is not the event's own data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// A kind of event.
#[derive(Clone, Copy, Debug)]
pub struct EventSpec {
    /// `domain.event`.
    pub event: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
}

macro_rules! events {
    ($($event:literal, $summary:literal;)*) => {
        /// Every kind of event.
        pub static EVENTS: &[EventSpec] = &[$(EventSpec { event: $event, summary: $summary }),*];
    };
}

events! {
    "call.requested", "A call was made, or a group opened.";
    "call.accepted", "It was accepted.";
    "call.rejected", "It was declined.";
    "call.cancelled", "It was taken back.";
    "call.missed", "Nobody answered.";
    "call.expired", "It never started.";
    "call.joined", "A member's device joined.";
    "call.invited", "Somebody was invited to a group.";
    "call.member_left", "A member left, declined or was taken out.";
    "call.device", "A member's devices changed.";
    "call.active", "A leg started.";
    "call.suspended", "A leg was suspended.";
    "call.resumed", "A leg was resumed.";
    "call.granted", "A leg's hold was extended.";
    "call.low_balance", "A leg's coins will run out soon.";
    "call.leg_ended", "A leg was settled for good.";
    "call.ended", "A call is over.";
    "ledger.transfer", "Coins moved.";
    "programme.started", "A call was ordered on air.";
    "programme.changed", "A programme's state, layout, slate, mode, gains or targets changed.";
    "programme.consent", "A member agreed or refused to be on air, or is asked.";
    "programme.stage", "A hand was raised or taken down, or somebody was invited to the stage, came on it or went from it.";
    "programme.finished", "A programme is over.";
    "programme.failed", "A programme was given up.";
    "room.created", "A room was made.";
    "room.changed", "A room's settings, state or roles changed.";
    "room.joined", "Somebody entered a room.";
    "room.left", "Somebody left a room or was taken out.";
    "room.invited", "Somebody was invited to a room, or asked for a conversation.";
    "room.closed", "A room was closed.";
    "user.sanctioned", "Something was imposed on somebody.";
    "user.sanction_lifted", "What was imposed on somebody was taken back.";
    "case.opened", "Somebody reported something that nobody had reported.";
    "case.changed", "One more person reported it, or staff claimed, gave back or commented it.";
    "case.decided", "A case was decided.";
    "case.appealed", "Somebody appealed against a sanction.";
    "case.appeal_decided", "An appeal was decided.";
    "notice.written", "People were told of something.";
    "gift.given", "Somebody gave a gift or a tip.";
    "gift.set", "The catalogue of gifts was changed.";
    "tariff.set", "A tariff was changed.";
    "staff.added", "A credential was given out.";
    "staff.revoked", "A credential was taken back.";
    "house.outage", "The house was not listening for a while.";
}
