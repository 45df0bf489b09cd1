//! What goes between the state and the connection: asks one way, updates the other. Neither side knows how the other works.

use callboard_contract::adm::calls::{ActRequest, CallDetail, CallRow, CallTimeline, LivePage, MemberActRequest};
use callboard_contract::adm::money::{MoneySummary, TransferView};
use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundPreview, RefundView};
use callboard_contract::adm::restream::{LayoutRequest, ProgrammeDetail, ProgrammeRow, SlateRequest, StopRequest};
use callboard_contract::adm::staff::StaffMe;
use callboard_contract::adm::wallet::WalletView;
use callboard_contract::{ErrorCode, Event};
use callboard_domain::{CallId, ProgrammeId, RequestId};

use super::columns::WorkerRow;
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

/// A list that the console can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Ended,
    Wallets,
    Transfers,
    Refunds,
    Programmes,
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
}

impl Deed {
    pub(crate) fn request_id(&self) -> &RequestId {
        match self {
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
    /// A picture, or why there is none.
    Picture(Box<Result<Picture, (Look, Problem)>>),
    Preview(u64, Result<RefundPreview, Problem>),
    Outcome(RequestId, Result<Done, Problem>),
    /// Something could not be read; the next look may mend it.
    Trouble(String),
}
