//! Wallets, for their owners and for staff.

use callboard_bus::Caller;
use callboard_calls::burn_of;
use callboard_contract::adm::wallet::{HistoryRequest, TopupReply, TopupRequest, WalletView, WhoRequest};
use callboard_contract::api::Nothing;
use callboard_contract::api::wallet::{BalanceReply, EarningsReply, WalletLine};
use callboard_contract::{ApiError, Page, PageQuery};
use callboard_ledger::{history, topup};
use callboard_store::StoreError;
use callboard_worker::{answer, attempt};

use super::Desk;

impl Desk {
    pub(super) async fn balance(&self, caller: Caller, _: Nothing) -> Result<BalanceReply, ApiError> {
        let uid = caller.user()?;
        let mut reply = answer(history::balance(&self.store, uid).await)?;
        if reply.held.is_positive() {
            reply.burn_per_minute = answer(burn_of(&self.store, uid).await)?;
        }
        Ok(reply)
    }

    pub(super) async fn own_history(&self, caller: Caller, query: PageQuery) -> Result<Page<WalletLine>, ApiError> {
        answer(history::lines(&self.store, caller.user()?, &query).await)
    }

    pub(super) async fn earnings(&self, caller: Caller, _: Nothing) -> Result<EarningsReply, ApiError> {
        answer(history::earnings(&self.store, caller.user()?).await)
    }

    pub(super) async fn wallets(&self, _: Caller, query: PageQuery) -> Result<Page<WalletView>, ApiError> {
        let mut page = answer(history::wallets(&self.store, &query).await)?;
        for view in &mut page.items {
            self.add_burn(view).await?;
        }
        Ok(page)
    }

    pub(super) async fn wallet(&self, _: Caller, request: WhoRequest) -> Result<WalletView, ApiError> {
        let view = async {
            history::wallet(&mut *self.store.pool().acquire().await.map_err(StoreError::from)?, &request.uid).await
        };
        let mut view = answer(view.await)?;
        self.add_burn(&mut view).await?;
        Ok(view)
    }

    pub(super) async fn history(&self, _: Caller, request: HistoryRequest) -> Result<Page<WalletLine>, ApiError> {
        let query = PageQuery { limit: request.limit, cursor: request.cursor };
        answer(history::lines(&self.store, &request.uid, &query).await)
    }

    pub(super) async fn topup(&self, caller: Caller, request: TopupRequest) -> Result<TopupReply, ApiError> {
        let name = caller.staff()?;
        let mut reply = attempt(|| topup::topup(&self.store, name, self.development, &request)).await?;
        // The stored answer says what the wallet held then; what burns is of now.
        self.add_burn(&mut reply.wallet).await?;
        Ok(reply)
    }

    /// Only a wallet that holds coins can burn.
    async fn add_burn(&self, view: &mut WalletView) -> Result<(), ApiError> {
        if view.held.is_positive() {
            view.burn_per_minute = answer(burn_of(&self.store, &view.uid).await)?;
        }
        Ok(())
    }
}
