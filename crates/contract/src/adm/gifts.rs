//! `gifts`: what can be given, at what price, and what was given.

use callboard_domain::{At, CallId, Coins, GiftId, RequestId, RoomId, Split, TransferId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::Nothing;
use crate::catalogue::endpoints;
use crate::{Page, Reason};

endpoints! { Adm "gifts" by Billing {
    Ls = "ls" (reads, See) Nothing => GiftKindList, "Lists the catalogue of gifts, retired ones too.";
    Set = "set" (changes, Tariffs) SetRequest => GiftKind, "Adds a gift, changes its name, price or split, retires it or brings it back.";
    Given = "given" (reads, SeeMoney) GivenRequest => Page<GivenGift>, "Lists gifts that were given, newest first.";
}}

/// A gift of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GiftKind {
    /// Which one: 1 to 32 of `a-z`, `0-9` and `_`.
    pub gift: String,
    /// Its name for people.
    pub name: String,
    /// What one costs; absent for `tip`, which costs what its giver says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Coins>,
    /// Who shares what is paid for it. The receiver is the first party that is not the house.
    pub split: Split,
    /// Since when it cannot be given any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<At>,
    /// One more for each change.
    pub version: i64,
    /// When it was set.
    pub set_at: At,
    /// By whom.
    pub set_by: String,
}

/// The catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GiftKindList {
    /// The gifts, the cheapest first.
    pub items: Vec<GiftKind>,
}

/// Sets a gift. What is absent stays; a new gift needs a name and a price. Gifts that were given keep what they cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Which one: 1 to 32 of `a-z`, `0-9` and `_`.
    pub gift: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What one costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Coins>,
    /// Who shares what is paid for it; a new gift has creator 0.8, platform 0.2 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// Whether it can be given no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<bool>,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Refuse with `stale` if its version is another by now; 0 for one that is not there yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_version: Option<i64>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Asks what was given. What is absent is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenRequest {
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Uid>,
    /// To whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Uid>,
    /// In which room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A gift that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GivenGift {
    /// The gift.
    pub gift_id: GiftId,
    /// When.
    pub at: At,
    /// Which one of the catalogue.
    pub gift: String,
    /// Who gave it.
    pub from: Uid,
    /// Who got it.
    pub to: Uid,
    /// How many.
    pub count: u32,
    /// What it cost in all.
    pub amount: Coins,
    /// What of it was refunded.
    pub refunded: Coins,
    /// The room in which it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// The call in which it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The transfer that paid for it; a refund names it.
    pub transfer_id: TransferId,
}
