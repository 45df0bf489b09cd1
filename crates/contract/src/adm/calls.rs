//! `calls` for staff: watch them burn, and act.

use callboard_domain::{
    At, CallId, CallKind, CallState, Coins, DeviceId, DeviceState, EndReason, LegId, LegState, MemberRole, RequestId,
    TariffSpec, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::calls::{CallRef, Line};
use crate::catalogue::endpoints;
use crate::view::{MemberState, SplitPart};
use crate::{Page, PageQuery, Reason};

endpoints! { Adm "calls" by Signaling {
    Live = "live" (reads, See) PageQuery => LivePage, "Lists live calls with what they burn, their runway and their quality.";
    Ls = "ls" (reads, See) LsRequest => Page<CallRow>, "Lists calls, newest first, past ones too.";
    Show = "show" (reads, See) CallRef => CallDetail, "Shows a call with its legs, members and money.";
    Timeline = "timeline" (reads, See) CallRef => CallTimeline, "Gives everything that happened in a call on one line of time.";
    End = "end" (changes, EndCalls) ActRequest => ActReply, "Ends a call now; only what was used is charged.";
    Mute = "mute" (changes, EndCalls) MemberActRequest => ActReply, "Mutes or unmutes a member: every receiver drops the sound.";
    Remove = "remove" (changes, Remove) MemberActRequest => ActReply, "Takes a member out of a call: every receiver drops the tracks.";
}}

/// A page of live calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LivePage {
    /// The server's clock when this was read.
    pub as_of: At,
    /// The calls.
    pub items: Vec<LiveCall>,
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A live call, as a row of the console. Sums run over its legs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LiveCall {
    /// The call.
    pub call_id: CallId,
    /// Its kind.
    pub kind: CallKind,
    /// Where it stands.
    pub state: CallState,
    /// The state of its legs: metered if any is, else suspended, waiting, reserved.
    pub leg_state: LegState,
    /// Who pays.
    pub payers: Vec<Uid>,
    /// Who is paid.
    pub payee: Uid,
    /// Members who are in.
    pub members: u32,
    /// The tariff's name.
    pub tariff_name: String,
    /// When it was made.
    pub created_at: At,
    /// Connected time at `as_of` of the longest leg, in milliseconds.
    pub connected_ms: i64,
    /// Coins per minute now.
    pub burn_per_minute: Coins,
    /// The house's share of the burn.
    pub platform_per_minute: Coins,
    /// Connected time left for the leg that runs dry first, in milliseconds; absent where nothing can run dry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runway_ms: Option<i64>,
    /// Charged so far.
    pub charge: Coins,
    /// Held now.
    pub held: Coins,
    /// What the payer can still spend beside it; absent for several payers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<Coins>,
    /// The worst line of its members.
    pub quality: Quality,
    /// When the reconnect budget ends, while suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_at: Option<At>,
    /// Whether the runway is below the warning.
    pub low_balance: bool,
    /// Whether staff muted somebody.
    pub muted_by_staff: bool,
    /// Grows with every change.
    pub version: u64,
}

/// How a line was at the last beat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// How the line was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
    /// Round trip in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtt_ms: Option<u32>,
    /// Packets lost, per thousand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_permille: Option<u32>,
    /// Jitter in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_ms: Option<u32>,
    /// Received bitrate in kbit/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitrate_kbps: Option<u32>,
    /// How long ago the last beat was, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_ms: Option<i64>,
}

/// Asks for calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// Only calls of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// Only calls in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CallState>,
    /// Only calls made since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<At>,
    /// Only calls made before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<At>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A call as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallRow {
    /// The call.
    pub call_id: CallId,
    /// Its kind.
    pub kind: CallKind,
    /// Where it stands.
    pub state: CallState,
    /// Who called.
    pub caller: Uid,
    /// Who is paid.
    pub payee: Uid,
    /// The tariff's name.
    pub tariff_name: String,
    /// When it was made.
    pub created_at: At,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<At>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<EndReason>,
    /// Legs.
    pub legs: u32,
    /// Connected time of all settled legs, in milliseconds.
    pub connected_ms: i64,
    /// Charged in all, as far as settled.
    pub charge: Coins,
}

/// A call with everything that staff need to judge it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallDetail {
    /// The server's clock when this was read.
    pub as_of: At,
    /// The row.
    pub call: CallRow,
    /// The tariff, as it was when the call was made.
    pub tariff: TariffSpec,
    /// The legs.
    pub legs: Vec<LegDetail>,
    /// The members.
    pub members: Vec<MemberDetail>,
    /// Grows with every change; send it back as `expect_version`.
    pub version: u64,
}

/// A leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LegDetail {
    /// The leg.
    pub leg_id: LegId,
    /// Who pays.
    pub payer: Uid,
    /// Who is paid.
    pub payee: Uid,
    /// Where it stands.
    pub state: LegState,
    /// When time began to count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<At>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<At>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<EndReason>,
    /// Connected time so far, in milliseconds.
    pub connected_ms: i64,
    /// Up to when it is metered: the older last beat of its sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metered_through: Option<At>,
    /// Charged so far.
    pub charge: Coins,
    /// Of it already posted.
    pub settled: Coins,
    /// Granted in all.
    pub granted: Coins,
    /// Still held.
    pub held: Coins,
    /// Given back of it by refunds.
    pub refunded: Coins,
    /// Coins per minute now.
    pub burn_per_minute: Coins,
    /// What the payer can still spend beside the hold.
    pub available: Coins,
    /// When it ends unless more is granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff_at: Option<At>,
    /// Connected time left, counting what is available, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runway_ms: Option<i64>,
    /// When the reconnect budget ends, while suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_at: Option<At>,
    /// Who received how much of what is posted.
    pub split: Vec<SplitPart>,
}

/// A member with his line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberDetail {
    /// The user.
    pub uid: Uid,
    /// What the user is to the call.
    pub role: MemberRole,
    /// Where the member stands.
    pub state: MemberState,
    /// The device that joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Microphone and camera.
    pub device_state: DeviceState,
    /// The line at the last beat.
    pub quality: Quality,
}

/// A call's line of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallTimeline {
    /// The call.
    pub call_id: CallId,
    /// What happened, in order.
    pub items: Vec<TimelineItem>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineItem {
    /// When.
    pub at: At,
    /// `call`, `money`, `line` or `staff`.
    pub track: String,
    /// What, `call.active` and so on.
    pub event: String,
    /// In words.
    pub text: String,
    /// Who did it.
    pub actor: String,
    /// The amount, where coins moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Coins>,
}

/// Acts on a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Refuse with `stale` if the call's version is another by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_version: Option<u64>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Acts on a member of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberActRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// The member.
    pub uid: Uid,
    /// For mute: `false` unmutes. Left out for remove.
    #[serde(default = "on")]
    pub on: bool,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

const fn on() -> bool {
    true
}

/// What an act came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActReply {
    /// The call after it.
    pub call: CallDetail,
    /// Whether nothing was really done.
    pub dry_run: bool,
}
