//! `gifts`: what people give each other in rooms, in calls and directly.
//!
//! A gift is paid at once, from the giver's wallet to the receiver's earnings, and divided as the catalogue says. Given in a room, it is
//! a message of that room (`kind` `gift`); given in a call, all its members are told. The same gift given again to the same person in
//! the same place within [`crate::limits::STREAK_MS`] goes on a streak.

use callboard_domain::{CallId, Coins, MessageId, RequestId, RoomId, TransferId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Nothing;
use crate::catalogue::endpoints;
use crate::room::GiftView;

endpoints! { Api "gifts" by Billing {
    Catalogue = "catalogue" (reads) Nothing => GiftList, "Lists what can be given, the cheapest first.";
    Send = "send" (changes) SendRequest => GiftSent, "Gives a gift or a tip, in a room, in a call or directly.";
    Leaderboard = "leaderboard" (reads) LeaderboardRequest => LeaderboardReply, "Gives who gave most to somebody or in a room.";
}}

/// The gift that costs what its giver says.
pub const TIP: &str = "tip";

/// Something that can be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GiftOffer {
    /// Which one: a lower-case word.
    pub gift: String,
    /// Its name for people.
    pub name: String,
    /// What one costs; absent for `tip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Coins>,
}

/// What can be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GiftList {
    /// The gifts.
    pub items: Vec<GiftOffer>,
}

/// Gives. At most one of `room_id` and `call_id` is given; with neither it is given directly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Who gets it.
    pub to: Uid,
    /// The room, or the conversation of two, in which it is given: both must be in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// The call in which it is given: both must be in it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Which one of the catalogue, or `tip`.
    pub gift: String,
    /// What a tip comes to; for nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Coins>,
    /// How many (1 to 99, 1 if absent). A tip is always one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Refuse with `stale` if one costs more than this by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_price: Option<Coins>,
}

/// A gift that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GiftSent {
    /// The gift.
    pub gift: GiftView,
    /// The transfer that paid for it; a refund names it.
    pub transfer_id: TransferId,
    /// The message that tells of it, if it was given in a room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// What the giver can spend now.
    pub available: Coins,
}

/// A gift, as its receiver hears of it, and everybody else in the call in which it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GiftReceived {
    /// Who gave it.
    pub from: Uid,
    /// The gift.
    pub gift: GiftView,
    /// The room in which it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// The message of that room that tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The call in which it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
}

/// How far a leaderboard goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Span {
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    #[default]
    Week,
    /// The last 30 days.
    Month,
    /// As long as there is anything.
    All,
}

/// Asks who gave most. Exactly one of `to` and `room_id` is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaderboardRequest {
    /// To whom, wherever it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Uid>,
    /// In which room, to whomever; the caller must be in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// How far back; a week if absent.
    #[serde(default)]
    pub span: Span,
    /// At most so many (1 to 100, 10 if absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Who gave most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeaderboardReply {
    /// The givers, who gave most first.
    pub items: Vec<Giver>,
    /// The caller among them, if he gave anything, however far down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<Giver>,
}

/// Somebody who gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Giver {
    /// His place, from 1; who gave the same has the same place.
    pub place: u64,
    /// He.
    pub uid: Uid,
    /// What he gave in all, less what was refunded.
    pub amount: Coins,
    /// How many gifts.
    pub gifts: u64,
}
