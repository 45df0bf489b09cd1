//! `money`: how the house earns, now and over the last while.

use callboard_domain::{At, Coins, TransferId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::adm::refund::Posting;
use crate::catalogue::endpoints;
use crate::{Page, PageQuery};

endpoints! { Adm "money" by Billing {
    Summary = "summary" (reads, See) SummaryRequest => MoneySummary, "Gives totals of now and a row for each of the last minutes.";
    Transfers = "transfers" (reads, SeeMoney) PageQuery => Page<TransferView>, "Lists transfers, newest first.";
}}

/// Asks for totals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SummaryRequest {
    /// How many minutes back; 30 if absent, 240 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

/// Totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MoneySummary {
    /// The server's clock when this was read.
    pub as_of: At,
    /// Live calls.
    pub live_calls: u32,
    /// Metered legs.
    pub metered_legs: u32,
    /// Coins per minute that all calls cost now.
    pub burn_per_minute: Coins,
    /// The house's share of it.
    pub platform_per_minute: Coins,
    /// Coins held now.
    pub held: Coins,
    /// The sum of all balances: nothing, or the books are wrong.
    pub ledger_sum: Coins,
    /// One row for each minute, oldest first, the running one last.
    pub minutes: Vec<MinuteRow>,
}

/// What was posted in a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MinuteRow {
    /// When the minute began.
    pub at: At,
    /// Charged by the meter in it.
    pub charged: Coins,
    /// The house's share of what was settled in it.
    pub platform: Coins,
    /// Refunded in it.
    pub refunded: Coins,
    /// Calls that ended in it.
    pub calls_ended: u32,
}

/// A transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferView {
    /// The transfer.
    pub transfer_id: TransferId,
    /// When.
    pub at: At,
    /// `topup`, `settle`, `refund`.
    pub kind: String,
    /// What it is about: a leg, a user.
    pub reference: String,
    /// Who made it.
    pub actor: String,
    /// Why, where staff made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The postings.
    pub postings: Vec<Posting>,
}
