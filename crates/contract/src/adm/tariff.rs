//! `tariff`: prices of the house. Presets are always there; tariffs set here stand beside them, or in their place.

use callboard_domain::{At, RequestId, TariffSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Reason;
use crate::api::Nothing;
use crate::catalogue::endpoints;

endpoints! { Adm "tariff" by Billing {
    Ls = "ls" (reads, See) Nothing => TariffList, "Lists the tariffs.";
    Show = "show" (reads, See) ShowRequest => TariffView, "Shows a tariff.";
    Set = "set" (changes, Tariffs) SetRequest => TariffView, "Sets a tariff; calls that are under way keep theirs.";
}}

/// A tariff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TariffView {
    /// Its name.
    pub name: String,
    /// What it says.
    pub tariff: TariffSpec,
    /// Whether it is a preset as it came.
    pub preset: bool,
    /// 0 for an untouched preset, then one more for each change.
    pub version: i64,
    /// When it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_at: Option<At>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_by: Option<String>,
}

/// All tariffs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TariffList {
    /// The tariffs.
    pub items: Vec<TariffView>,
}

/// Names a tariff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowRequest {
    /// Its name.
    pub name: String,
}

/// Sets a tariff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Its name: 1 to 64 letters, digits, `_` or `-`.
    pub name: String,
    /// What it says.
    #[serde(deserialize_with = "crate::object::only")]
    pub tariff: TariffSpec,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Refuse with `stale` if its version is another by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_version: Option<i64>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}
