//! `refund`: giving coins back.

use callboard_domain::{At, CallId, Coins, LegId, RequestId, TransferId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::endpoints;
use crate::{Page, PageQuery, Reason};

endpoints! { Adm "refund" by Billing {
    Preview = "preview" (reads, Refund) PreviewRequest => RefundPreview, "Says who would give and get how much, and what the caller's limits leave.";
    Create = "create" (changes, Refund) CreateRequest => RefundView, "Gives coins of a settled leg, an entry fee or a gift back, up to the limit of the role.";
    Ls = "ls" (reads, SeeMoney) PageQuery => Page<RefundView>, "Lists refunds, newest first.";
}}

/// Who bears a refund.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundFrom {
    /// Those who received the coins, each his part.
    #[default]
    Receivers,
    /// The house.
    Platform,
}

/// Asks what a refund would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// The call whose coins are refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The leg; may be left out where the call has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_id: Option<LegId>,
    /// Instead of a call: the transfer by which an entry fee or a gift was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_id: Option<TransferId>,
    /// How much; all that is left if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Coins>,
    /// Who bears it.
    #[serde(default)]
    pub from: RefundFrom,
}

/// What a refund would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundPreview {
    /// The call, if coins of one are refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_id: Option<LegId>,
    /// The transfer by which an entry fee or a gift was paid, if that is refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_transfer: Option<TransferId>,
    /// Who gets it.
    pub payer: Uid,
    /// What was charged for the leg, or paid.
    pub charged: Coins,
    /// Of it refunded before.
    pub refunded_before: Coins,
    /// What this refund gives back.
    pub amount: Coins,
    /// Who bears it.
    pub from: RefundFrom,
    /// The postings, one for each account.
    pub postings: Vec<Posting>,
    /// The caller's limit for one act.
    pub limit_per_act: Coins,
    /// The caller's limit for a day.
    pub limit_per_day: Coins,
    /// Of it used already: the largest of the sums per person, per beneficiary and per leg or payment.
    pub used_today: Coins,
    /// Whether the caller may do it alone.
    pub within_limits: bool,
}

/// A posting, as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posting {
    /// Whose account: `maya wallet`, `platform revenue`.
    pub account: String,
    /// What is added; negative where it is taken.
    pub amount: Coins,
}

/// Refunds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call whose coins are refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The leg; may be left out where the call has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_id: Option<LegId>,
    /// Instead of a call: the transfer by which an entry fee or a gift was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_id: Option<TransferId>,
    /// How much; all that is left if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Coins>,
    /// Who bears it.
    #[serde(default)]
    pub from: RefundFrom,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Refuse with `stale` if more than this had been refunded before by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_refunded_before: Option<Coins>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundView {
    /// The transfer.
    pub transfer_id: TransferId,
    /// When.
    pub at: At,
    /// The call, if coins of one are refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_id: Option<LegId>,
    /// The transfer by which an entry fee or a gift was paid, if that is refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_transfer: Option<TransferId>,
    /// Who got it.
    pub payer: Uid,
    /// How much.
    pub amount: Coins,
    /// The postings.
    pub postings: Vec<Posting>,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Whether nothing was really done.
    #[serde(default)]
    pub dry_run: bool,
}
