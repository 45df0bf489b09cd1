//! `restream` for staff: put a call on air, say how it looks and where it goes, and see how it does.
//!
//! Addresses of targets are taken whole and shown masked.

use callboard_domain::{
    At, BroadcastMode, CallId, Consent, Layout, OutputPreset, ProgrammeId, ProgrammePart, ProgrammeState, RequestId,
    Slate, StagePlace, TargetKind, TargetName, TargetSpec, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::endpoints;
use crate::programme::{ProgrammeStatus, Still};
use crate::view::MemberState;
use crate::{Page, Reason};

endpoints! { Adm "restream" by Restream {
    Start = "start" (changes, Restream) StartRequest => ProgrammeReply, "Puts a call on air: every member is asked, and who agrees is in the programme.";
    Stop = "stop" (changes, Slate) StopRequest => ProgrammeReply, "Takes a call off air; the call itself goes on.";
    Ls = "ls" (reads, See) LsRequest => Page<ProgrammeRow>, "Lists programmes, newest first, with how they do.";
    Show = "show" (reads, See) ProgrammeRef => ProgrammeDetail, "Shows a programme with its guests and targets and how each does.";
    ChangeLayout = "layout" (changes, Restream) LayoutRequest => ProgrammeReply, "Changes how the guests stand in the picture.";
    ChangeSlate = "slate" (changes, Slate) SlateRequest => ProgrammeReply, "Covers the picture and the sound with a slate, or takes it away.";
    ChangeMode = "mode" (changes, Restream) ModeRequest => ProgrammeReply, "Sets who of those who agreed is on the programme.";
    ChangeGain = "gain" (changes, Restream) GainRequest => ProgrammeReply, "Makes one guest louder or softer in the mix.";
    SendBack = "step_down" (changes, Slate) SendBackRequest => ProgrammeReply, "Sends somebody from the stage back to the audience, or takes his hand or his invitation away.";
    TargetAdd = "target_add" (changes, Restream) TargetAddRequest => ProgrammeReply, "Adds a target; the others do not notice.";
    TargetRemove = "target_remove" (changes, Restream) TargetRemoveRequest => ProgrammeReply, "Ends a target; the others do not notice.";
    Snapshot = "snapshot" (reads, SeePictures) SnapshotRequest => Still, "Gives a small picture of what a programme or one of its guests shows now.";
}}

/// Puts a call on air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call, which was accepted and is not over.
    pub call_id: CallId,
    /// How the guests stand; `grid` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// Size and rate; `720p30` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<OutputPreset>,
    /// Who of those who agreed is on the programme; `group` (everybody) if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<BroadcastMode>,
    /// What stands on slates and name cards; the host's name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it goes, at most 8; more can be added later.
    #[serde(default, deserialize_with = "crate::object::each")]
    pub targets: Vec<TargetSpec>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::object::maybe")]
    pub reason: Option<Reason>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Takes a call off air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Asks for programmes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// Only those of this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Also those that are over.
    #[serde(default)]
    pub past: bool,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Names a programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeRef {
    /// The programme.
    pub programme_id: ProgrammeId,
}

/// Changes how the guests stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayoutRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// How.
    pub layout: Layout,
    /// Who is in focus, for `stage` and `single`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<Uid>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Covers the picture, or uncovers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlateRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// With what; `none` uncovers.
    pub slate: Slate,
    /// Words of one's own on it, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Sets the broadcast mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModeRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The mode.
    pub mode: BroadcastMode,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Makes a guest louder or softer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GainRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Who.
    pub uid: Uid,
    /// How loud, in thousandths of how it comes in: 1000 leaves it, 0 is silence, 4000 is the most.
    pub gain_permille: u32,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Sends somebody back to the audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendBackRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Who.
    pub uid: Uid,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Adds a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetAddRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The target.
    #[serde(deserialize_with = "crate::object::only")]
    pub target: TargetSpec,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Ends a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetRemoveRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The target's name.
    pub name: TargetName,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Asks for a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotRequest {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Of this guest alone; of the whole programme if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Uid>,
    /// Its width, 32 to 640; 320 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
}

/// A programme as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgrammeRow {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Its call.
    pub call_id: CallId,
    /// What it is called.
    pub title: String,
    /// Where it stands.
    pub state: ProgrammeState,
    /// How the guests stand.
    pub layout: Layout,
    /// What covers the picture.
    pub slate: Slate,
    /// Size and rate.
    pub preset: OutputPreset,
    /// Who of those who agreed is on the programme.
    #[serde(default)]
    pub mode: BroadcastMode,
    /// Members who agreed and are in the call.
    pub guests: u32,
    /// Targets that are wanted.
    pub targets: u32,
    /// Targets to which bytes flow.
    pub targets_live: u32,
    /// Who put it on air.
    pub started_by: String,
    /// When it was ordered.
    pub created_at: At,
    /// When it first was on air.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_air_at: Option<At>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<At>,
    /// Why it stands where it stands, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// Where it can be watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hls_url: Option<String>,
    /// How it does, where its worker reported within the last seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProgrammeStatus>,
    /// Grows with every change.
    pub version: u64,
}

impl ProgrammeRow {
    /// Adds how it does, as its worker reported.
    pub fn report(&mut self, status: ProgrammeStatus) {
        let live = status.targets.iter().filter(|t| t.state == callboard_domain::TargetState::Live).count();
        self.targets_live = u32::try_from(live).unwrap_or_default();
        self.status = Some(status);
    }
}

/// A programme with everything that staff need to judge it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgrammeDetail {
    /// The server's clock when this was read.
    pub as_of: At,
    /// The row.
    pub programme: ProgrammeRow,
    /// Who is in focus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<Uid>,
    /// The slate's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slate_text: Option<String>,
    /// The members of the call.
    pub members: Vec<ProgrammeMember>,
    /// The targets, with masked addresses; how each does, or did in the end, is in `programme.status`.
    pub targets: Vec<TargetRow>,
}

/// A member of a call on air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgrammeMember {
    /// Who.
    pub uid: Uid,
    /// The name to show.
    pub name: String,
    /// Where the member stands in the call.
    pub state: MemberState,
    /// Whether the member agreed.
    pub consent: Consent,
    /// Whether staff muted the member: no sound in the programme.
    pub muted_by_staff: bool,
    /// Whether the member is to be in the programme now.
    pub on_programme: bool,
    /// What of the member is to be in the programme now.
    #[serde(default = "nothing")]
    pub part: ProgrammePart,
    /// Whether the member hosts the call: always on the stage.
    #[serde(default)]
    pub host: bool,
    /// Where the member stands towards the stage.
    #[serde(default)]
    pub place: StagePlace,
    /// The place in the queue of raised hands, from 1; absent where no hand is raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u32>,
    /// How loud, in thousandths of how it comes in.
    #[serde(default = "as_it_is")]
    pub gain_permille: u32,
}

const fn nothing() -> ProgrammePart {
    ProgrammePart::None
}

const fn as_it_is() -> u32 {
    1000
}

/// A target of a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetRow {
    /// Its name.
    pub name: TargetName,
    /// What it is.
    pub kind: TargetKind,
    /// Where to, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What an act came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgrammeReply {
    /// The programme after it.
    pub programme: ProgrammeDetail,
    /// Whether nothing was really done.
    pub dry_run: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_do_not_pass_for_objects() {
        let start = |fields: &str| {
            let call = "019b0f6e-7c00-7a10-8000-4f6d5a3b2c10";
            serde_json::from_str::<StartRequest>(&format!(r#"{{"request_id":"r","call_id":"{call}"{fields}}}"#))
        };
        assert!(start(r#","targets":[{"name":"web","kind":"hls"}],"reason":{"code":"test"}"#).is_ok());
        assert!(start(r#","reason":null"#).is_ok());
        for bad in [r#","targets":[["web","hls",null]]"#, r#","reason":["test",null]"#, r#","reason":[]"#] {
            assert!(start(bad).is_err(), "{bad}");
        }
    }
}
