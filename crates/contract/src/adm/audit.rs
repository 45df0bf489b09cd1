//! `audit`: the log of what staff did. Each row's hash covers the row before it, so that a later change shows.

use callboard_domain::At;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Page;
use crate::api::Nothing;
use crate::catalogue::endpoints;

endpoints! { Adm "audit" by Moderation {
    Ls = "ls" (reads, Audit) LsRequest => Page<ActionView>, "Lists what staff did, newest first: by any id in it, by who did it, by act, by time.";
    Verify = "verify" (reads, Audit) Nothing => AuditReport, "Hashes the whole log anew and names the first row that does not fit.";
    Export = "export" (reads, Audit) ExportRequest => Page<ActionView>, "Gives the log in its order, with the hashes by which anybody can check it.";
}}

/// Asks for acts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// Only those that have this id or name as their target, or in what they changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Only those of this actor: `staff:ines`, or `ines`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Only this act, or acts of this service: `calls.end`, or `calls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// Only since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<At>,
    /// Only before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<At>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActionView {
    /// Its number: rows have no gaps.
    pub no: i64,
    /// When.
    pub at: At,
    /// Who.
    pub actor: String,
    /// What.
    pub act: String,
    /// On what.
    pub target: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// How it is after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The hash of the row before, in hexadecimal.
    pub prev: String,
    /// The SHA-256 of the row before and this one, in hexadecimal.
    pub hash: String,
}

/// Asks for the log in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// Only since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<At>,
    /// Only before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<At>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What the log says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditReport {
    /// Rows that were looked at.
    pub rows: u64,
    /// Whether all fit.
    pub intact: bool,
    /// The first rows that do not fit, at most 100.
    pub faults: Vec<AuditFault>,
}

/// A row that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditFault {
    /// The row.
    pub no: i64,
    /// What is wrong with it.
    pub what: String,
}
