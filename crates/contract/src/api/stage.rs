//! `stage`: being on air. A call that goes on air asks every member; only who agrees is seen and heard there.
//!
//! A member's app talks to the programme as to any other member: offers and candidates go by `calls.signal` to the user `peer` and the
//! device that is the programme's id. The app offers what it sends, the programme answers; changed media is a new offer. It offers once its
//! part ([`OnAir::part`]) is another than `none`, and after a part that was `none` offers anew: the programme kept nothing of it.
//!
//! Who of those who agreed is on the programme follows from the mode, which the host or staff set, and from who is on the stage:
//!
//! | mode | in picture and sound | in sound alone | only watches and listens |
//! |---|---|---|---|
//! | `solo` | the host | | everybody else |
//! | `stage` | the host, those on the stage | | everybody else |
//! | `group` | everybody | | |
//! | `hybrid` | the host, those on the stage | everybody else | |
//!
//! Members come on the stage by an invitation of the host, from the queue of raised hands or without one, that they accept themselves. Who
//! leaves the call has left queue and stage too. A programme that ends takes its stage with it.
//!
//! A guest spot that costs something is a leg like any other: `calls.invite` with `pays`. Places on the stage change nothing about legs.

use callboard_domain::{
    At, BroadcastMode, CallId, Consent, ProgrammeId, ProgrammePart, ProgrammeState, RequestId, StagePlace, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calls::{CallRef, OnCallRequest};
use crate::catalogue::endpoints;

endpoints! { Api "stage" by Signaling {
    GiveConsent = "consent" (changes) ConsentRequest => OnAir, "Agrees to be on air, or takes that back: then picture and sound are out of the programme at once.";
    Programme = "programme" (reads) CallRef => StageView, "Says whether a call of the caller is on air, where it can be watched, and who is on its stage.";
    RaiseHand = "raise_hand" (changes) OnCallRequest => StageBoard, "Asks the host to come on the stage; keeps the place in the queue if the hand is raised already.";
    LowerHand = "lower_hand" (changes) OnMemberRequest => StageBoard, "Takes a raised hand down: the caller's own, or as the host another's.";
    InviteToStage = "invite" (changes) OnMemberRequest => StageBoard, "Asks a member to come on the stage, or whoever raised his hand first; the host's act.";
    AnswerInvitation = "answer" (changes) StageAnswerRequest => StageBoard, "Comes on the stage, which is also consent to be on air, or declines.";
    StepDown = "step_down" (changes) OnMemberRequest => StageBoard, "Goes back to the audience, or as the host sends another there; an invitation is taken back by it.";
    SetMode = "mode" (changes) StageModeRequest => StageBoard, "Sets who of those who agreed is on the programme; the host's act.";
}}

/// Agrees or refuses to be on air. It can be changed at any time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// The programme that was asked for.
    pub programme_id: ProgrammeId,
    /// Whether the caller agrees.
    pub agree: bool,
}

/// Acts on a member of a call on air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnMemberRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// Who. If absent: the caller himself; for `invite` whoever raised his hand first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
}

/// Answers an invitation to the stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageAnswerRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// The programme on whose stage it is.
    pub programme_id: ProgrammeId,
    /// Whether the caller comes.
    pub accept: bool,
}

/// Sets the broadcast mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageModeRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The call.
    pub call_id: CallId,
    /// The mode.
    pub mode: BroadcastMode,
}

/// Whether a call is on air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageView {
    /// The programme, if there is one that is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_air: Option<OnAir>,
    /// Its stage, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageBoard>,
}

/// The stage of a programme, the same for all members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageBoard {
    /// The call.
    pub call_id: CallId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The host, who is always on the stage.
    pub host: Uid,
    /// Who of those who agreed is on the programme.
    pub mode: BroadcastMode,
    /// Who came on the stage, the longest there first.
    pub on_stage: Vec<Uid>,
    /// Who is invited and has not answered yet.
    pub invited: Vec<Uid>,
    /// Who raised his hand, the first first.
    pub queue: Vec<Hand>,
    /// Grows with every change of the programme; an older board must not replace a newer one.
    pub version: u64,
}

impl StageBoard {
    /// Where a member stands. The host has no place of his own.
    pub fn place(&self, uid: &Uid) -> StagePlace {
        if self.on_stage.contains(uid) {
            StagePlace::OnStage
        } else if self.invited.contains(uid) {
            StagePlace::Invited
        } else if self.queue.iter().any(|hand| &hand.uid == uid) {
            StagePlace::Queued
        } else {
            StagePlace::Audience
        }
    }
}

/// A raised hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hand {
    /// Whose.
    pub uid: Uid,
    /// Since when.
    pub since: At,
}

/// What changed on a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StageNews {
    /// A hand was raised.
    HandRaised,
    /// A hand was taken down.
    HandLowered,
    /// Somebody was invited.
    Invited,
    /// Somebody accepted and is on the stage.
    CameOn,
    /// Somebody declined.
    Declined,
    /// Somebody went or was sent back to the audience, or his invitation was taken back.
    SteppedDown,
    /// Somebody who had a hand raised, was invited or on the stage left the call.
    Left,
    /// The mode is another.
    Mode,
}

/// A change on a stage, as all members are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageChanged {
    /// What.
    pub news: StageNews,
    /// Of whom; absent where it is nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// The stage after it.
    pub stage: StageBoard,
}

/// An invitation to the stage. It stands until it is answered or taken back, or the programme is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageInvitation {
    /// The call.
    pub call_id: CallId,
    /// The programme, for the answer.
    pub programme_id: ProgrammeId,
    /// By whom.
    pub host: Uid,
    /// Who of those who agreed is on the programme now.
    pub mode: BroadcastMode,
}

/// A call on air, as one of its members is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OnAir {
    /// The call.
    pub call_id: CallId,
    /// The programme; also its device in `calls.signal`.
    pub programme_id: ProgrammeId,
    /// Where it stands.
    pub state: ProgrammeState,
    /// As whom it is signalled with.
    pub peer: Uid,
    /// Whether this member agreed.
    pub consent: Consent,
    /// What of this member is on the programme now. Signals with it pass only while this is another than `none`.
    #[serde(default = "nothing")]
    pub part: ProgrammePart,
    /// Who of those who agreed is on the programme.
    #[serde(default)]
    pub mode: BroadcastMode,
    /// Where it can be watched, once it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hls_url: Option<String>,
}

const fn nothing() -> ProgrammePart {
    ProgrammePart::None
}
