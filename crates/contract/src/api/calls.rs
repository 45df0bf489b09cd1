//! `calls`: a call from the first ring to the receipt.

use std::collections::BTreeMap;

use callboard_domain::{At, CallId, CallKind, Coins, DeviceId, LegState, Preset, RequestId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Done, Nothing};
use crate::catalogue::endpoints;
use crate::view::CallView;
use crate::{Page, PageQuery};

endpoints! { Api "calls" by Signaling {
    SettingsGet = "settings_get" (reads) Nothing => CreatorSettings, "Gives the caller's settings as somebody who can be called.";
    SettingsSet = "settings_set" (changes) SettingsSetRequest => CreatorSettings, "Changes the caller's settings as somebody who can be called.";
    Available = "available" (reads) AvailableRequest => Page<Creator>, "Lists people who can be called now, with their prices.";
    Initiate = "initiate" (changes) InitiateRequest => CallView, "Calls somebody, or opens a group: the estimate is held and the callee's app rings.";
    Accept = "accept" (changes) OnDeviceRequest => CallView, "Takes a call or an invitation to a group; a paying guest's estimate is held.";
    Reject = "reject" (changes) OnCallRequest => CallView, "Declines a call or an invitation: nothing is charged.";
    Cancel = "cancel" (changes) OnCallRequest => CallView, "Takes back a call that has not started: nothing is charged.";
    Join = "join" (changes) OnDeviceRequest => JoinReply, "Binds a device to the call and gives what it needs to connect.";
    Signal = "signal" (reads) SignalRequest => Done, "Relays an offer, an answer or a candidate to a device of another member.";
    Beat = "beat" (reads) BeatRequest => BeatReply, "Says that the app is still there and how the line is; time counts only while both sides beat.";
    DeviceChange = "device" (changes) DeviceRequest => Done, "Tells the members that microphone or camera were switched.";
    Extend = "extend" (changes) ExtendRequest => CallView, "Sets aside coins for so many more minutes now.";
    Invite = "invite" (changes) InviteRequest => CallView, "Invites one more person to a group; the host's act.";
    Leave = "leave" (changes) OnCallRequest => CallView, "Leaves a call; it ends where nobody is left to talk to.";
    End = "end" (changes) OnCallRequest => CallView, "Ends a call: in a group the host ends it for all, others leave.";
    Pending = "pending" (reads) Nothing => CallList, "Lists calls that ring for the caller.";
    Active = "active" (reads) Nothing => CallList, "Lists the caller's live call.";
    HistoryList = "history" (reads) PageQuery => Page<CallView>, "Lists the caller's past calls, newest first.";
    Show = "show" (reads) CallRef => CallView, "Shows a call of which the caller is a member.";
}}

/// How somebody can be called, and at which price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatorSettings {
    /// Whether calls are taken at all.
    #[serde(default)]
    pub available: bool,
    /// Whether calls are accepted without asking.
    #[serde(default)]
    pub auto_accept: bool,
    /// The tariff: a preset or a tariff of the house, by name. `coin-burn` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tariff: Option<String>,
    /// Coins per minute for each kind; a kind that is absent is not offered. For flat tariffs: the price.
    #[serde(default)]
    pub rates: BTreeMap<CallKind, Coins>,
    /// The least number of minutes that a caller must be able to pay.
    #[serde(default)]
    pub minimum_minutes: u32,
}

impl CreatorSettings {
    /// The tariff's name.
    pub fn tariff_name(&self) -> &str {
        self.tariff.as_deref().unwrap_or(Preset::CoinBurn.as_str())
    }
}

/// Changes settings as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsSetRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The new settings.
    #[serde(deserialize_with = "crate::object::only")]
    pub settings: CreatorSettings,
}

/// Asks who can be called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AvailableRequest {
    /// Only those who offer this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CallKind>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Somebody who can be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Creator {
    /// The user.
    pub uid: Uid,
    /// The name to show.
    pub name: String,
    /// The tariff.
    pub tariff: String,
    /// Coins per minute (or the flat price) for each kind.
    pub rates: BTreeMap<CallKind, Coins>,
    /// Whether the user is in a call now.
    pub in_call: bool,
}

/// Calls somebody or opens a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InitiateRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// What kind of session.
    pub kind: CallKind,
    /// Who is called; absent for a group, which the caller hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callee: Option<Uid>,
    /// The caller's device.
    pub device: DeviceId,
    /// Minutes of the estimate (upfront tariffs) or of the flat session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// Who is invited to a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invite: Vec<Invitee>,
}

/// Somebody who is invited to a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitee {
    /// The user.
    pub uid: Uid,
    /// Whether the user pays; yes if absent.
    #[serde(default = "yes")]
    pub pays: bool,
}

const fn yes() -> bool {
    true
}

/// Acts on a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnCallRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
}

/// Acts on a call from a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnDeviceRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// The device.
    pub device: DeviceId,
}

/// Names a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallRef {
    /// The call.
    pub call_id: CallId,
}

/// What a device needs to connect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JoinReply {
    /// The call, with its members and their devices.
    pub call: CallView,
    /// ICE servers for the peer connection.
    pub ice_servers: Vec<IceServer>,
    /// How often to beat.
    pub beat_ms: u64,
}

/// An ICE server, as `RTCPeerConnection` takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IceServer {
    /// Its addresses.
    pub urls: Vec<String>,
    /// The user name, where it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password, where it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// What is relayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// An SDP offer.
    Offer,
    /// An SDP answer.
    Answer,
    /// An ICE candidate, as JSON text; empty at the end of candidates.
    Candidate,
}

/// Relays something to a member's device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalRequest {
    /// The call.
    pub call_id: CallId,
    /// The sender's device, which must have joined.
    pub device: DeviceId,
    /// To whom.
    pub to: Uid,
    /// To which device, which must have joined.
    pub to_device: DeviceId,
    /// What.
    pub kind: SignalKind,
    /// The SDP or the candidate, at most 14 KiB. The worker does not look into it.
    pub payload: String,
}

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Being set up.
    Connecting,
    /// Media flows. For chat: the app is open.
    Connected,
    /// Broken, being mended.
    Broken,
}

/// A sign of life. The figures are for people to look at; no charge ever depends on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeatRequest {
    /// The call.
    pub call_id: CallId,
    /// The device, which must have joined.
    pub device: DeviceId,
    /// How the line is.
    pub line: Line,
    /// Media packets received since the start.
    #[serde(default)]
    pub packets_received: u64,
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
}

/// What the app should do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BeatReply {
    /// The server's clock.
    pub server_time: At,
    /// The states of the legs that touch this member.
    pub legs: Vec<BeatLeg>,
}

/// A leg, as a beat's answer tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BeatLeg {
    /// Who pays.
    pub payer: Uid,
    /// Whether content may flow: only while `metered`.
    pub state: LegState,
    /// Content must stop at this instant unless it is moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_until: Option<At>,
}

/// Microphone or camera were switched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// The device.
    pub device: DeviceId,
    /// Whether the microphone is muted.
    pub muted: bool,
    /// Whether the camera is on.
    pub camera: bool,
}

/// Sets aside coins for more minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// How many minutes.
    pub minutes: u32,
}

/// Invites one more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// Who.
    #[serde(deserialize_with = "crate::object::only")]
    pub invitee: Invitee,
}

/// A few calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallList {
    /// The calls.
    pub calls: Vec<CallView>,
}
