//! `cases`: what people reported, decided by staff, and appeals against what was decided.
//!
//! Who decides a case claims it first. The claim is a lease: it runs out unless he acts on the case, and then anybody may claim it.

use callboard_domain::{
    AppealState, At, CaseId, CaseOutcome, CasePriority, CaseState, MessageId, ProgrammeId, ReportCategory, ReportId,
    RequestId, SanctionId, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::reports::ReportOn;
use crate::catalogue::endpoints;
use crate::sanction::SanctionView;
use crate::{Page, PageQuery, Reason};

endpoints! { Adm "cases" by Moderation {
    Ls = "ls" (reads, SeeRooms) LsRequest => Page<CaseView>, "Lists cases: open ones by how soon they must be decided, or decided ones, newest first.";
    Show = "show" (reads, SeeRooms) CaseRef => CaseDetail, "Shows a case with its reports, notes and sanctions.";
    Evidence = "evidence" (reads, SeeRooms) ReportRef => EvidenceView, "Shows the evidence that was frozen with a report, and whether it is as it was.";
    Still = "still" (reads, SeePictures) ReportRef => KeptStill, "Gives the picture of what was on air when something was reported, and whether it is as it was.";
    Claim = "claim" (changes, Moderate) OnCaseRequest => CaseView, "Claims a case for a quarter of an hour, or renews the claim.";
    Release = "release" (changes, Moderate) OnCaseRequest => CaseView, "Gives a claimed case back to the queue.";
    Note = "note" (changes, Moderate) NoteRequest => CaseView, "Writes a note for whoever takes the case over.";
    Decide = "decide" (changes, Moderate) DecideRequest => CaseView, "Decides a case; everybody who reported it is told.";
    Appeals = "appeals" (reads, SeeRooms) PageQuery => Page<AppealView>, "Lists open appeals, the oldest first.";
    FileAppeal = "file_appeal" (changes, Moderate) FileAppealRequest => AppealView, "Files an appeal for somebody who cannot sign in.";
    DecideAppeal = "decide_appeal" (changes, Moderate) DecideAppealRequest => AppealView, "Decides an appeal; never by who imposed the sanction. Granted, the sanction is lifted.";
}}

/// Names a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseRef {
    /// The case.
    pub case_id: CaseId,
}

/// Names a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportRef {
    /// The report.
    pub report_id: ReportId,
}

/// Asks for cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// Open ones if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<CaseState>,
    /// Only those about this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Uid>,
    /// Only those that the caller has claimed.
    #[serde(default)]
    pub mine: bool,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A case, as a row of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseView {
    /// The case.
    pub case_id: CaseId,
    /// What it is about: `message:ID`, `user:UID`, `room:ID`, `call:ID`.
    pub matter: String,
    /// Whom it is about, where it is somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Uid>,
    /// In whose rooms or calls it is; absent where it is about a person wherever he is, or about what two say to each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Uid>,
    /// The gravest category of its reports.
    pub category: ReportCategory,
    /// How urgent it is.
    pub priority: CasePriority,
    /// Whether it is decided.
    pub state: CaseState,
    /// How many people reported it.
    pub reporters: u32,
    /// When it was first reported.
    pub opened_at: At,
    /// By when it must be decided.
    pub due_at: At,
    /// Who has claimed it; absent where nobody has, or his claim ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<String>,
    /// Until when the claim holds unless he acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_until: Option<At>,
    /// When it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<At>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// What it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<CaseOutcome>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Grows with every change.
    pub version: u64,
}

/// A case with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseDetail {
    /// The server's clock when this was read.
    pub as_of: At,
    /// The case.
    pub case: CaseView,
    /// Its reports, the first first.
    pub reports: Vec<ReportRow>,
    /// Its notes, in order.
    pub notes: Vec<NoteView>,
    /// Sanctions that were decided in it.
    pub sanctions: Vec<SanctionView>,
    /// Messages that were deleted by it.
    pub message_ids: Vec<MessageId>,
}

/// A report, as staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportRow {
    /// The report.
    pub report_id: ReportId,
    /// Who reported.
    pub reporter: Uid,
    /// What it says.
    pub category: ReportCategory,
    /// What it is about.
    pub on: ReportOn,
    /// In the reporter's words.
    pub text: String,
    /// When.
    pub at: At,
    /// The SHA-256 of its evidence, in hexadecimal.
    pub evidence_hash: String,
    /// Whether a picture of what was on air was kept with it.
    #[serde(default)]
    pub still: bool,
}

/// The picture of a programme that was kept with a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeptStill {
    /// The report.
    pub report_id: ReportId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The JPEG, in base64.
    pub jpeg_base64: String,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// When it was taken.
    pub at: At,
    /// The SHA-256 of the JPEG, in hexadecimal, as the evidence has it.
    pub sha256: String,
    /// Whether the picture still has that hash, and the evidence its own.
    pub intact: bool,
}

/// The evidence of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceView {
    /// The report.
    pub report_id: ReportId,
    /// The case.
    pub case_id: CaseId,
    /// What stood there when it was reported: messages around, who was there, device states, facts of the call.
    pub evidence: Value,
    /// The SHA-256 of its canonical form, in hexadecimal, as it was written then.
    pub hash: String,
    /// Whether the evidence still has that hash.
    pub intact: bool,
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoteView {
    /// When.
    pub at: At,
    /// Who wrote it.
    pub author: String,
    /// What.
    pub text: String,
}

/// Acts on a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnCaseRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The case.
    pub case_id: CaseId,
}

/// Writes a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The case.
    pub case_id: CaseId,
    /// The note, at most 2000 characters.
    pub text: String,
}

/// Decides a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The case; the caller must have claimed it.
    pub case_id: CaseId,
    /// What it came to.
    pub outcome: CaseOutcome,
    /// The sanctions that were imposed; at least one where the outcome is `sanctioned`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sanction_ids: Vec<SanctionId>,
    /// The messages that were deleted; at least one where the outcome is `messages_deleted`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message_ids: Vec<MessageId>,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// An appeal, as staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppealView {
    /// The sanction that it is against.
    pub sanction: SanctionView,
    /// In the person's words.
    pub text: String,
    /// When.
    pub at: At,
    /// Who filed it: the person himself, or staff for him.
    pub filed_by: String,
    /// Where it stands.
    pub state: AppealState,
    /// When it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<At>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Files an appeal for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileAppealRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The sanction.
    pub sanction_id: SanctionId,
    /// In the person's words, at most 2000 characters.
    pub text: String,
}

/// Decides an appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideAppealRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The sanction that it is against.
    pub sanction_id: SanctionId,
    /// Whether the sanction is lifted.
    pub grant: bool,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}
