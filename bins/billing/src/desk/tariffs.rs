//! Tariffs, holds and refunds.

use callboard_bus::Caller;
use callboard_calls::{holds, refunds, tariffs};
use callboard_contract::adm::holds::{HoldView, SweepReply, SweepRequest};
use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundPreview, RefundView};
use callboard_contract::adm::tariff::{SetRequest, ShowRequest, TariffList, TariffView};
use callboard_contract::api::Nothing;
use callboard_contract::{ApiError, Page, PageQuery};
use callboard_ledger::refund;
use callboard_worker::{answer, attempt};

use super::Desk;

impl Desk {
    pub(super) async fn tariffs(&self, _: Caller, _: Nothing) -> Result<TariffList, ApiError> {
        answer(tariffs::ls(&self.store).await)
    }

    pub(super) async fn tariff(&self, _: Caller, request: ShowRequest) -> Result<TariffView, ApiError> {
        answer(tariffs::show(&self.store, &request.name).await)
    }

    pub(super) async fn set_tariff(&self, caller: Caller, request: SetRequest) -> Result<TariffView, ApiError> {
        let name = caller.staff()?;
        attempt(|| tariffs::set(&self.store, name, &request)).await
    }

    pub(super) async fn holds(&self, _: Caller, query: PageQuery) -> Result<Page<HoldView>, ApiError> {
        answer(holds::ls(&self.store, &query).await)
    }

    pub(super) async fn sweep_holds(&self, caller: Caller, request: SweepRequest) -> Result<SweepReply, ApiError> {
        let name = caller.staff()?;
        attempt(|| holds::sweep(&self.store, name, &request)).await
    }

    pub(super) async fn refund_preview(
        &self,
        caller: Caller,
        request: PreviewRequest,
    ) -> Result<RefundPreview, ApiError> {
        let who = self.refunder(&caller).await?;
        answer(refunds::preview(&self.store, &who, &request).await)
    }

    pub(super) async fn refund_create(&self, caller: Caller, request: CreateRequest) -> Result<RefundView, ApiError> {
        let who = self.refunder(&caller).await?;
        attempt(|| refunds::create(&self.store, &who, &request)).await
    }

    pub(super) async fn refunds(&self, _: Caller, query: PageQuery) -> Result<Page<RefundView>, ApiError> {
        answer(refund::ls(&self.store, &query).await)
    }
}
