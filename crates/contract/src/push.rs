//! Pushes to client apps, on `u.<uid>.<service>.<event>` with header `Ev`.

use callboard_domain::{At, CallId, Coins, DeviceId, EventId, LegId, LegState, Uid};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::calls::SignalKind;
use crate::api::gifts::GiftReceived;
use crate::api::notices::NewNotice;
use crate::api::presence::Presence;
use crate::api::reports::{MyAppeal, ReportOutcome};
use crate::api::stage::{OnAir, StageChanged, StageInvitation};
use crate::room::{MyRoom, ReceiptNews, RoomNews, Typing};
use crate::sanction::MySanction;
use crate::view::{CallView, Receipt};

/// A push, as it goes over the wire. Stored pushes carry a `seq` that grows by one per user; relayed signals and presence carry none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Push {
    /// The id of the event; the same event comes with the same id when it is told again.
    pub ev: EventId,
    /// The user's sequence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// When it happened.
    pub at: At,
    /// `calls.active` and so on.
    pub event: String,
    /// What happened; its form depends on `event`.
    pub data: Value,
}

/// A kind of push.
#[derive(Clone, Copy)]
pub struct PushSpec {
    /// `service.event`.
    pub event: &'static str,
    /// Whether it is stored, numbered and given again by `session.sync`.
    pub stored: bool,
    /// One sentence for people.
    pub summary: &'static str,
    /// The form of `data`.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

macro_rules! pushes {
    ($($event:literal $stored:literal $data:ty, $summary:literal;)*) => {
        /// Every kind of push.
        pub static PUSHES: &[PushSpec] = &[$(PushSpec {
            event: $event,
            stored: $stored,
            summary: $summary,
            schema: |g| g.subschema_for::<$data>(),
        }),*];
    };
}

pushes! {
    "calls.requested" true CallView, "Somebody calls, or invites to a group.";
    "calls.accepted" true CallView, "The call was accepted.";
    "calls.rejected" true CallView, "The callee declined.";
    "calls.cancelled" true CallView, "The caller took it back, or it was cancelled before it started.";
    "calls.missed" true CallView, "Nobody answered in time.";
    "calls.expired" true CallView, "It was accepted, but never started in time.";
    "calls.joined" true CallView, "A member's device joined.";
    "calls.invited" true CallView, "One more person was invited.";
    "calls.member_left" true CallView, "A member left or was taken out: drop his tracks.";
    "calls.device" true CallView, "A member's microphone or camera changed, by himself or by staff.";
    "calls.active" true LegPush, "A leg started: content may flow and time counts.";
    "calls.suspended" true LegPush, "A side went silent: stop content, time does not count.";
    "calls.resumed" true LegPush, "Both sides are back: content may flow and time counts.";
    "calls.granted" true LegPush, "Coins were set aside; content may flow until the new instant.";
    "calls.low_balance" true LowBalance, "The coins will run out soon.";
    "calls.ended" true CallView, "The call is over.";
    "calls.receipt" true Receipt, "What a leg came to.";
    "calls.signal" false Signal, "An offer, an answer or a candidate from another member.";
    "session.flooding" false Flooding, "So many requests are refused that all connections of the user are cut now; he may sign in again a while later.";
    "stage.on_air" true OnAir, "The call goes on air: say by `stage.consent` whether to be in it. Also told when the own consent or part changed.";
    "stage.off_air" true OnAir, "The call is off air.";
    "stage.changed" true StageChanged, "Hands, invitations, the stage or the mode of a call on air changed.";
    "stage.invited" true StageInvitation, "The host asks this member to come on the stage: say by `stage.answer` whether he does.";
    "chat.news" false RoomNews, "Something counted happened in a room of the user's: a message, a change of one, a member, a setting.";
    "chat.typing" false Typing, "Somebody types in a room of the user's.";
    "chat.receipt" false ReceiptNews, "How far somebody in a small room got and read.";
    "rooms.invited" true MyRoom, "The user was invited to a room, or somebody wants to talk to him.";
    "rooms.removed" true MyRoom, "The user was taken out of a room, or a room of his was closed.";
    "rooms.admitted" true MyRoom, "The user was let in from the lobby, or turned away.";
    "reports.outcome" true ReportOutcome, "A report of the user's was decided.";
    "reports.sanctioned" true MySanction, "Something was imposed on the user, or taken back.";
    "reports.appeal_decided" true MyAppeal, "An appeal of the user's was decided.";
    "notices.new" true NewNotice, "Something that the user should know of: a mention, a reply, an invitation, a gift, an outcome.";
    "wallet.changed" true WalletChanged, "Coins were added, given back or paid, other than by a call.";
    "gifts.received" true GiftReceived, "The user was given something, or somebody was in a call that the user is in.";
    "presence.changed" false Presence, "A watched user's presence changed.";
}

/// The connections are cut because too much was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Flooding {
    /// How long nobody may sign in as this user, in milliseconds.
    pub retry_after_ms: u64,
}

/// A change of a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LegPush {
    /// The call.
    pub call_id: CallId,
    /// The leg.
    pub leg_id: LegId,
    /// Who pays.
    pub payer: Uid,
    /// Its state now.
    pub state: LegState,
    /// When it changed.
    pub at: At,
    /// Content must stop at this instant unless it is moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_until: Option<At>,
    /// The reconnect budget ends at this instant, while suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_at: Option<At>,
}

/// The coins will run out soon. Only the payer is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LowBalance {
    /// The call.
    pub call_id: CallId,
    /// The leg.
    pub leg_id: LegId,
    /// Connected time left at the present price.
    pub runway_ms: i64,
    /// What can still be spent.
    pub available: Coins,
}

/// Something relayed from another member's device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signal {
    /// The call.
    pub call_id: CallId,
    /// From whom.
    pub from: Uid,
    /// From which device.
    pub from_device: DeviceId,
    /// To which device.
    pub to_device: DeviceId,
    /// What.
    pub kind: SignalKind,
    /// The SDP or the candidate.
    pub payload: String,
}

/// A wallet changed other than by a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalletChanged {
    /// `topup`, `refund`, `entry_fee` or `gift`; more may come.
    pub kind: String,
    /// What was added; negative where it was paid.
    pub amount: Coins,
    /// What can be spent now.
    pub available: Coins,
}
