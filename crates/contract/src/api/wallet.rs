//! `wallet`: what the caller has, and where it went.

use callboard_domain::{At, CallId, Coins, LegId, TransferId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Nothing;
use crate::catalogue::endpoints;
use crate::{Page, PageQuery};

endpoints! { Api "wallet" by Billing {
    Balance = "balance" (reads) Nothing => BalanceReply, "Gives the caller's balance, what is held, and what burns just now.";
    History = "history" (reads) PageQuery => Page<WalletLine>, "Lists the caller's postings, newest first.";
    Earnings = "earnings" (reads) Nothing => EarningsReply, "Gives what the caller has earned and owes.";
}}

/// A wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BalanceReply {
    /// All coins in the wallet, held ones included.
    pub posted: Coins,
    /// Coins set aside for calls.
    pub held: Coins,
    /// What can be spent: posted less held.
    pub available: Coins,
    /// Coins per minute that running calls cost now.
    pub burn_per_minute: Coins,
}

/// What a payee has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EarningsReply {
    /// Coins earned and not paid out.
    pub posted: Coins,
    /// Coins owed to the house after refunds; later earnings repay them first.
    pub owed: Coins,
}

/// One posting on a wallet or on earnings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalletLine {
    /// The transfer that it belongs to.
    pub transfer_id: TransferId,
    /// When it was posted.
    pub at: At,
    /// `topup`, `settle`, `refund`, `entry_fee`, `gift`, `give_back`, …
    pub kind: String,
    /// `wallet`, `earnings` or `receivable`.
    pub account: String,
    /// What was added; negative where it was taken.
    pub amount: Coins,
    /// The call that it was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The leg that it was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_id: Option<LegId>,
    /// The reason, where staff made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
