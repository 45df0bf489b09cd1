//! `books`: do they add up.

use callboard_domain::{At, Coins};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::Nothing;
use crate::catalogue::endpoints;

endpoints! { Adm "books" by Billing {
    Reconcile = "reconcile" (reads, Books) ReconcileRequest => BooksReport, "Checks entries, balances, holds, journal, meter and events against each other.";
    Verify = "verify" (reads, Books) Nothing => BooksReport, "Checks the ledger alone: entries, balances, and the chains of the journal and the action log.";
}}

/// Asks for a reconciliation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReconcileRequest {
    /// Legs and events since; all if absent. Balances are always checked as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<At>,
    /// Legs and events before; now if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<At>,
}

/// What was checked and what differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BooksReport {
    /// When.
    pub as_of: At,
    /// Whether nothing differs.
    pub balanced: bool,
    /// The checks, each with how much it looked at.
    pub checks: Vec<Check>,
    /// What differs, at most 200.
    pub differences: Vec<Difference>,
}

/// A check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// `entries`, `balances`, `holds`, `journal`, `meter`, `events`, `actions`.
    pub name: String,
    /// What it says, in words.
    pub what: String,
    /// How many things it looked at.
    pub looked_at: u64,
    /// How many differ.
    pub differences: u64,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The check that found it.
    pub check: String,
    /// On what: an account, a leg, a transfer, a round.
    pub on: String,
    /// What one side says.
    pub expected: String,
    /// What the other says.
    pub found: String,
    /// By how much, where it is an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Coins>,
    /// The command that mends or explains it.
    pub mend: String,
}
