//! What was read from the house.

use callboard_contract::adm::audit::ActionView;
use callboard_contract::adm::calls::CallRow;
use callboard_contract::adm::cases::CaseView;
use callboard_contract::adm::money::{MoneySummary, TransferView};
use callboard_contract::adm::people::PersonRow;
use callboard_contract::adm::refund::RefundView;
use callboard_contract::adm::staff::StaffMe;
use callboard_contract::adm::wallet::WalletView;

use super::case::OpenedCase;
use super::columns::WorkerRow;
use super::live::Live;
use super::on_air::OpenedProgramme;
use super::opened::Opened;
use super::person::OpenedPerson;
use super::programmes::AirRow;
use super::room::OpenedRoom;
use super::rooms::{Busy, RoomRow};
use super::table::Listing;

/// What was read from the house.
#[derive(Default)]
pub(crate) struct House {
    pub(crate) live: Live,
    pub(crate) me: Option<StaffMe>,
    pub(crate) summary: Option<MoneySummary>,
    pub(crate) opened: Option<Opened>,
    pub(crate) ended: Listing<CallRow>,
    pub(crate) wallets: Listing<WalletView>,
    pub(crate) transfers: Listing<TransferView>,
    pub(crate) refunds: Listing<RefundView>,
    pub(crate) workers: Listing<WorkerRow>,
    pub(crate) programmes: Listing<AirRow>,
    pub(crate) programme: Option<OpenedProgramme>,
    pub(crate) rooms: Listing<RoomRow>,
    pub(crate) busy: Busy,
    pub(crate) room: Option<OpenedRoom>,
    pub(crate) cases: Listing<CaseView>,
    pub(crate) case: Option<OpenedCase>,
    pub(crate) people: Listing<PersonRow>,
    pub(crate) person: Option<OpenedPerson>,
    pub(crate) audit: Listing<ActionView>,
    /// The server's clock less the console's.
    pub(crate) offset: Option<i64>,
}
