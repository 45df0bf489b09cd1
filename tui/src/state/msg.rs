//! What goes between the state and the connection: asks one way, updates the other. Neither side knows how the other works.

use callboard_contract::adm::audit::{self, ActionView, AuditReport};
use callboard_contract::adm::calls::{ActRequest, CallDetail, CallRow, CallTimeline, LivePage, MemberActRequest};
use callboard_contract::adm::cases::{
    self, CaseDetail, CaseView, DecideRequest, EvidenceView, NoteRequest, OnCaseRequest,
};
use callboard_contract::adm::moderation::{
    DeleteMessagesReply, DeleteMessagesRequest, ImposeReply, ImposeRequest, LiftReply, LiftRequest,
};
use callboard_contract::adm::money::{MoneySummary, TransferView};
use callboard_contract::adm::people::{self, PersonDetail, PersonRow, RevealRequest, SessionsReply};
use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundPreview, RefundView};
use callboard_contract::adm::restream::{LayoutRequest, ProgrammeDetail, ProgrammeRow, SlateRequest, StopRequest};
use callboard_contract::adm::rooms::{self, CloseRequest, LockRequest, RoomDetail, SlowRequest};
use callboard_contract::adm::staff::StaffMe;
use callboard_contract::adm::wallet::WalletView;
use callboard_contract::room::RoomView;
use callboard_contract::{ErrorCode, Event};
use callboard_domain::{CallId, CaseId, ProgrammeId, ReportId, RequestId, RoomId, Uid};

use super::columns::WorkerRow;
use super::room::RoomLook;
use crate::picture::{Look, Picture};

/// How the line to the house is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Being made for the first time.
    Connecting,
    /// Up.
    Up,
    /// Broken, being mended.
    Lost,
    /// The house said no.
    Refused(String),
}

/// Why something failed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What the house said, where it was the house.
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: String,
}

/// A list that the console can look at, with what of a filter the house itself applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Ended,
    Wallets,
    Transfers,
    Refunds,
    Programmes,
    Rooms(rooms::LsRequest),
    Cases(cases::LsRequest),
    Users(people::LsRequest),
    Audit(audit::LsRequest),
}

/// A room, a case or a user that is on the screen, and followed while it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    Room(RoomId),
    /// With the report whose evidence is looked at, once it is known.
    Case(CaseId, Option<ReportId>),
    Person(Uid),
}

impl Followed {
    /// Whether it is the same thing, whatever of it is looked at.
    pub(crate) fn same(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Case(a, _), Self::Case(b, _)) if a == b) || self == other
    }
}

/// An act that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    End(ActRequest),
    Mute(MemberActRequest),
    Remove(MemberActRequest),
    Refund(CreateRequest),
    Layout(LayoutRequest),
    Slate(SlateRequest),
    Stop(StopRequest),
    Impose(ImposeRequest),
    Lift(LiftRequest),
    Reveal(RevealRequest),
    Delete(DeleteMessagesRequest),
    Lock(LockRequest),
    Slow(SlowRequest),
    Close(CloseRequest),
    Claim(OnCaseRequest),
    Release(OnCaseRequest),
    Note(NoteRequest),
    Decide(DecideRequest),
}

impl Deed {
    pub(crate) fn request_id(&self) -> &RequestId {
        match self {
            Self::Impose(request) => &request.request_id,
            Self::Lift(request) => &request.request_id,
            Self::Reveal(request) => &request.request_id,
            Self::Delete(request) => &request.request_id,
            Self::Lock(request) => &request.request_id,
            Self::Slow(request) => &request.request_id,
            Self::Close(request) => &request.request_id,
            Self::Claim(request) | Self::Release(request) => &request.request_id,
            Self::Note(request) => &request.request_id,
            Self::Decide(request) => &request.request_id,
            Self::End(request) => &request.request_id,
            Self::Mute(request) | Self::Remove(request) => &request.request_id,
            Self::Refund(request) => &request.request_id,
            Self::Layout(request) => &request.request_id,
            Self::Slate(request) => &request.request_id,
            Self::Stop(request) => &request.request_id,
        }
    }
}

/// What the state asks of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Follow this call's details, or none.
    Watch(Option<CallId>),
    /// Follow this programme, or none.
    Programme(Option<ProgrammeId>),
    /// Give this picture again and again, or none.
    Look(Option<Look>),
    /// Keep this list current, or none.
    List(Option<List>),
    /// Follow this room, case or user, or none.
    Follow(Option<Followed>),
    /// Hash the log of acts anew.
    Verify,
    /// What would this refund do? Answered with the same number.
    Preview(u64, PreviewRequest),
    /// Do it.
    Do(Deed),
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Done {
    /// The call after it.
    Call(Box<CallDetail>),
    /// The refund.
    Refund(RefundView),
    /// The programme after it.
    Programme(Box<ProgrammeDetail>),
    /// What was imposed, and what it cut off.
    Imposed(Box<ImposeReply>),
    Lifted(Box<LiftReply>),
    /// What was masked.
    Revealed(SessionsReply),
    Deleted(DeleteMessagesReply),
    /// The room after it.
    Room(Box<RoomDetail>),
    /// The case after it.
    Case(Box<CaseView>),
}

/// What the connection tells the state.
#[derive(Clone, Debug)]
pub(crate) enum Update {
    Link(Link),
    Me(StaffMe),
    /// A page of a round over the live calls.
    Live {
        page: LivePage,
        round: u64,
        first: bool,
    },
    /// A call to which something just happened.
    Touched(Box<CallDetail>),
    Event(Event),
    Summary(MoneySummary),
    Detail(Box<CallDetail>, Option<CallTimeline>),
    /// The followed call cannot be read.
    NoDetail(CallId, Problem),
    Workers(Vec<WorkerRow>),
    Ended(Vec<CallRow>),
    Wallets(Vec<WalletView>),
    Transfers(Vec<TransferView>),
    Refunds(Vec<RefundView>),
    /// Calls on air, and those that were until a while ago.
    Programmes(Vec<ProgrammeRow>),
    Programme(Box<ProgrammeDetail>),
    /// The followed programme cannot be read.
    NoProgramme(ProgrammeId, Problem),
    Rooms(Vec<RoomView>),
    Cases(Vec<CaseView>),
    /// The open cases, looked at on whatever screen.
    OpenCases(Vec<CaseView>),
    Users(Vec<PersonRow>),
    Audit(Vec<ActionView>),
    Room(Box<RoomLook>),
    Case(Box<CaseDetail>),
    Evidence(Box<EvidenceView>),
    Person(Box<PersonDetail>, Box<SessionsReply>),
    /// What is followed cannot be read.
    NoFollowed(Followed, Problem),
    /// What the log says of itself.
    Verified(Result<AuditReport, Problem>),
    /// A picture, or why there is none.
    Picture(Box<Result<Picture, (Look, Problem)>>),
    Preview(u64, Result<RefundPreview, Problem>),
    Outcome(RequestId, Result<Done, Problem>),
    /// Something could not be read; the next look may mend it.
    Trouble(String),
}
