//! `wallet` for staff: what a person has, and adding coins.

use callboard_domain::{Coins, RequestId, TransferId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::wallet::WalletLine;
use crate::catalogue::endpoints;
use crate::{Page, PageQuery, Reason};

endpoints! { Adm "wallet" by Billing {
    Ls = "ls" (reads, SeeMoney) PageQuery => Page<WalletView>, "Lists people who have or had coins.";
    Show = "show" (reads, SeeMoney) WhoRequest => WalletView, "Shows what a person has, holds, earned and owes.";
    History = "history" (reads, SeeMoney) HistoryRequest => Page<WalletLine>, "Lists a person's postings, newest first.";
    Topup = "topup" (changes, TopUp) TopupRequest => TopupReply, "Adds coins to a wallet; one person may do it only on development stacks.";
}}

/// Names a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhoRequest {
    /// The user.
    pub uid: Uid,
}

/// Asks for a person's postings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryRequest {
    /// The user.
    pub uid: Uid,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What a person has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalletView {
    /// The user.
    pub uid: Uid,
    /// All coins in the wallet.
    pub posted: Coins,
    /// Of them held.
    pub held: Coins,
    /// What can be spent.
    pub available: Coins,
    /// Earned and not paid out.
    pub earnings: Coins,
    /// Owed to the house.
    pub owed: Coins,
    /// Coins per minute that running calls cost now.
    pub burn_per_minute: Coins,
}

/// Adds coins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopupRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Whose wallet.
    pub uid: Uid,
    /// How much, more than nothing.
    pub amount: Coins,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a top-up came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TopupReply {
    /// The transfer.
    pub transfer_id: TransferId,
    /// The wallet after it.
    pub wallet: WalletView,
    /// Whether nothing was really done.
    pub dry_run: bool,
}
