//! `reports`: what users report, what came of it, and appeals against what was imposed on them.

use callboard_domain::{
    AppealState, At, CallId, CaseOutcome, MessageId, ReportCategory, ReportId, RequestId, RoomId, SanctionId, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::endpoints;
use crate::sanction::MySanction;
use crate::{Page, PageQuery};

endpoints! { Api "reports" by Moderation {
    Create = "create" (changes) CreateRequest => MyReport, "Reports a message, a user, a room or a call; what stands there now is kept as evidence.";
    Mine = "mine" (reads) PageQuery => Page<MyReport>, "Lists the caller's reports with what came of them, newest first.";
    Sanctions = "sanctions" (reads) PageQuery => Page<MySanction>, "Lists what was imposed on the caller, newest first.";
    Appeal = "appeal" (changes) AppealRequest => MyAppeal, "Appeals against a sanction: somebody else than who imposed it looks at it again. Once for each.";
}}

/// Reports something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// What is reported.
    #[serde(deserialize_with = "crate::object::only")]
    pub on: ReportOn,
    /// What somebody did.
    pub category: ReportCategory,
    /// In the reporter's words, at most 2000 characters; needed where the category is `other`.
    #[serde(default)]
    pub text: String,
    /// For an encrypted message: what opens it, so that the house can check what was said without reading anything else.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::object::maybe")]
    pub proof: Option<Proof>,
}

/// What opens an encrypted message: the key that came in it, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The key of its commitment, in base64.
    pub key: String,
    /// The plain text.
    pub plain_text: String,
}

/// What is reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReportOn {
    /// A message in a room that the reporter can read.
    Message {
        /// The room.
        room_id: RoomId,
        /// The message.
        message_id: MessageId,
    },
    /// Somebody.
    User {
        /// The user.
        uid: Uid,
    },
    /// A room that the reporter can see.
    Room {
        /// The room.
        room_id: RoomId,
    },
    /// A call that the reporter is or was in.
    Call {
        /// The call.
        call_id: CallId,
        /// Who in it, where it is somebody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uid: Option<Uid>,
    },
}

/// A report, as its author sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MyReport {
    /// The report.
    pub report_id: ReportId,
    /// What is reported.
    pub on: ReportOn,
    /// What somebody did.
    pub category: ReportCategory,
    /// In the reporter's words.
    pub text: String,
    /// When.
    pub at: At,
    /// What came of it, once it is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<CaseOutcome>,
    /// When it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<At>,
}

/// What came of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportOutcome {
    /// The report.
    pub report_id: ReportId,
    /// What came of it.
    pub outcome: CaseOutcome,
    /// When it was decided.
    pub decided_at: At,
}

/// Appeals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The sanction.
    pub sanction_id: SanctionId,
    /// Why it should be lifted, at most 2000 characters.
    pub text: String,
}

/// An appeal, as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MyAppeal {
    /// The sanction that it is against.
    pub sanction_id: SanctionId,
    /// When it was made.
    pub at: At,
    /// Where it stands.
    pub state: AppealState,
    /// When it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<At>,
}
