//! `holds`: coins set aside, and the broom for those left behind.

use callboard_domain::{At, CallId, CallState, Coins, HoldId, LegId, RequestId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::endpoints;
use crate::{Page, PageQuery};

endpoints! { Adm "holds" by Billing {
    Ls = "ls" (reads, SeeMoney) PageQuery => Page<HoldView>, "Lists open holds, oldest first.";
    Sweep = "sweep" (changes, Operate) SweepRequest => SweepReply, "Looks for holds whose call has ended and releases them; it must find none.";
}}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldView {
    /// The hold.
    pub hold_id: HoldId,
    /// The leg that it is for.
    pub leg_id: LegId,
    /// The call.
    pub call_id: CallId,
    /// Where the call stands.
    pub call_state: CallState,
    /// Whose coins.
    pub payer: Uid,
    /// Granted in all.
    pub granted: Coins,
    /// Of it already posted.
    pub settled: Coins,
    /// Still held.
    pub held: Coins,
    /// When it was placed.
    pub placed_at: At,
}

/// Looks for holds left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SweepReply {
    /// Open holds that were looked at.
    pub looked_at: u64,
    /// Holds that were left behind, now released.
    pub released: Vec<HoldView>,
    /// Whether nothing was really done.
    pub dry_run: bool,
}
