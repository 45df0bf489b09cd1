//! `stage`: being on air. A call that goes on air asks every member; only who agrees is seen and heard there.
//!
//! A member's app talks to the programme as to any other member: offers and candidates go by `calls.signal` to the user `peer` and the
//! device that is the programme's id. The app offers what it sends, the programme answers; changed media is a new offer.

use callboard_domain::{CallId, Consent, ProgrammeId, ProgrammeState, RequestId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calls::CallRef;
use crate::catalogue::endpoints;

endpoints! { Api "stage" by Signaling {
    GiveConsent = "consent" (changes) ConsentRequest => OnAir, "Agrees to be on air, or takes that back: then picture and sound are out of the programme at once.";
    Programme = "programme" (reads) CallRef => StageView, "Says whether a call of the caller is on air, and where it can be watched.";
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

/// Whether a call is on air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageView {
    /// The programme, if there is one that is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_air: Option<OnAir>,
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
    /// Where it can be watched, once it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hls_url: Option<String>,
}
