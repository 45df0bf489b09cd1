//! The desk: answers requests about money. Each handler reads the caller, asks the library, and adds what burns just now.

mod books;
mod cached;
mod gifts;
mod money;
mod tariffs;
mod wallet;

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::{Bus, Caller, Host};
use callboard_contract::adm::{
    books as books_adm, events, gifts as gifts_adm, holds, money as money_adm, refund, tariff, wallet as wallet_adm,
};
use callboard_contract::api::{gifts as gifts_api, wallet as wallet_api};
use callboard_contract::{ApiError, ErrorCode};
use callboard_ledger::refund::Refunder;
use callboard_people::staff;
use callboard_store::Store;
use callboard_worker::{House, answer, hosted};

/// A reconciliation may look at a long time.
const DEADLINE: Duration = Duration::from_mins(3);

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Desk {
    store: Store,
    bus: Bus,
    development: bool,
    totals: Arc<money::Totals>,
}

/// The host with all of billing's endpoints.
pub(crate) fn host(house: &House, development: bool) -> Host {
    let desk = Desk { store: house.store.clone(), bus: house.bus.clone(), development, totals: Arc::default() };
    let host = house.host().deadline(DEADLINE);
    hosted!(
        host,
        desk,
        wallet_api::Balance => balance,
        wallet_api::History => own_history,
        wallet_api::Earnings => earnings,
        gifts_api::Catalogue => gift_offers,
        gifts_api::Send => send_gift,
        gifts_api::Leaderboard => leaderboard,
        wallet_adm::Ls => wallets,
        wallet_adm::Show => wallet,
        wallet_adm::History => history,
        wallet_adm::Topup => topup,
        refund::Preview => refund_preview,
        refund::Create => refund_create,
        refund::Ls => refunds,
        gifts_adm::Ls => gift_kinds,
        gifts_adm::Set => set_gift,
        gifts_adm::Given => given_gifts,
        holds::Ls => holds,
        holds::Sweep => sweep_holds,
        tariff::Ls => tariffs,
        tariff::Show => tariff,
        tariff::Set => set_tariff,
        money_adm::Summary => summary,
        money_adm::Transfers => transfers,
        books_adm::Reconcile => reconcile,
        books_adm::Verify => verify,
        events::Ls => events,
    )
}

impl Desk {
    /// The member of staff with the limits that hold now.
    async fn refunder(&self, caller: &Caller) -> Result<Refunder, ApiError> {
        let name = caller.staff()?;
        let member = answer(staff::find(&self.store, name).await)?.filter(|m| m.revoked_at.is_none());
        let member = member.ok_or_else(|| ApiError::new(ErrorCode::Forbidden, "this credential was taken back"))?;
        Ok(Refunder { actor: format!("staff:{name}"), limits: member.refund_limits })
    }
}
