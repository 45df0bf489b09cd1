//! What is said about a programme inside the house: its job, signals to and from it, what its worker reports once a second, stills.
//!
//! None of these carry the address of a target: it may hold a secret.

use callboard_domain::{
    At, Blame, CallId, DeviceId, ProgrammeId, ProgrammeState, TargetKind, TargetName, TargetState, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::Done;
use crate::api::calls::SignalKind;
use crate::catalogue::endpoints;

endpoints! { Svc "programme" by Signaling {
    Relay = "signal" (reads) FromProgramme => Done, "Relays an answer or a candidate of a programme to a member's device.";
}}

/// A programme that wants a worker, in the job stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgrammeJob {
    /// The programme.
    pub programme_id: ProgrammeId,
}

/// Something relayed from a member's device to a programme. The relay has checked that the member agreed and is in the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToProgramme {
    /// The call.
    pub call_id: CallId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// From whom.
    pub from: Uid,
    /// From which device.
    pub from_device: DeviceId,
    /// What.
    pub kind: SignalKind,
    /// The SDP or the candidate.
    pub payload: String,
}

/// Something from a programme for a member's device. The member must have agreed and be in the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FromProgramme {
    /// The call.
    pub call_id: CallId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// To whom.
    pub to: Uid,
    /// To which device.
    pub to_device: DeviceId,
    /// What.
    pub kind: SignalKind,
    /// The SDP or the candidate.
    pub payload: String,
}

/// How a programme does, as its worker reports it once a second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgrammeStatus {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Its call.
    pub call_id: CallId,
    /// Which copy of the worker runs it.
    pub worker: String,
    /// When this was measured.
    pub at: At,
    /// Where it stands.
    pub state: ProgrammeState,
    /// How long its process has been running, in milliseconds.
    pub running_ms: u64,
    /// Frames a second that went out, in tenths.
    pub fps_tenths: u32,
    /// What goes out to each target, in kbit/s.
    pub bitrate_kbps: u32,
    /// Frames that the mixer or the encoder left out.
    pub frames_dropped: u64,
    /// What it costs, in thousandths of a core.
    pub cpu_permille: u32,
    /// Memory of its process, in KiB.
    pub memory_kib: u64,
    /// How often its process was started anew.
    pub restarts: u32,
    /// The loudness of the mix, in decibels below full scale: -60 is silence.
    pub level_db: i32,
    /// How many players watch it at this house's own address.
    #[serde(default)]
    pub viewers: u32,
    /// Who is in it.
    pub guests: Vec<GuestStatus>,
    /// Where it goes.
    pub targets: Vec<TargetStatus>,
}

/// How a guest of a programme does.
#[expect(clippy::struct_excessive_bools, reason = "each is a light of its own in front of staff")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GuestStatus {
    /// Who.
    pub uid: Uid,
    /// From which device.
    pub device: DeviceId,
    /// Whether the connection stands.
    pub connected: bool,
    /// Whether a picture comes in.
    pub picture: bool,
    /// Whether sound comes in.
    pub sound: bool,
    /// Whether the picture is shown: not while the guest is on the programme in sound alone, or has no tile in the layout.
    #[serde(default)]
    pub shown: bool,
    /// Whether the sound is left out of the mix.
    pub muted: bool,
    /// The loudness, in decibels below full scale: -60 is silence.
    pub level_db: i32,
    /// Frames a second that come in, in tenths.
    pub fps_tenths: u32,
    /// Packets lost, per thousand.
    pub loss_permille: u32,
    /// What is wrong, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// How a target does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetStatus {
    /// Its name.
    pub name: TargetName,
    /// What it is.
    pub kind: TargetKind,
    /// Where it stands.
    pub state: TargetState,
    /// Whose fault it is where it does not do.
    pub blame: Blame,
    /// What is wrong, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Bytes that went out.
    pub bytes: u64,
    /// Frames that it had to leave out.
    pub drops: u64,
    /// How often it was connected anew.
    pub reconnects: u32,
    /// Since when it stands so.
    pub since: At,
    /// Where its worker keeps the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Asks the worker that runs a programme for a picture of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StillRequest {
    /// Of this guest alone; of the whole programme if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Uid>,
    /// Its width.
    pub width: u32,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Still {
    /// The JPEG, in base64.
    pub jpeg_base64: String,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// When it was taken.
    pub at: At,
}
