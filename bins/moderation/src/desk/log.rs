//! The log of what staff did.

use callboard_bus::Caller;
use callboard_contract::adm::audit::{ActionView, AuditFault, AuditReport, ExportRequest, LsRequest};
use callboard_contract::api::Nothing;
use callboard_contract::{ApiError, Page};
use callboard_store::{StoreError, actions_export, actions_page, verify_actions};
use callboard_worker::answer;

use super::Desk;

/// So many faults are named.
const MOST_FAULTS: usize = 100;

impl Desk {
    pub(super) async fn acts(&self, _: Caller, request: LsRequest) -> Result<Page<ActionView>, ApiError> {
        answer(async { actions_page(&mut *self.store.pool().acquire().await?, &request).await }.await)
    }

    pub(super) async fn verify(&self, _: Caller, _: Nothing) -> Result<AuditReport, ApiError> {
        answer(self.verified().await)
    }

    pub(super) async fn export(&self, _: Caller, request: ExportRequest) -> Result<Page<ActionView>, ApiError> {
        answer(async { actions_export(&mut *self.store.pool().acquire().await?, &request).await }.await)
    }

    async fn verified(&self) -> Result<AuditReport, StoreError> {
        let (rows, faults) = verify_actions(&mut *self.store.pool().acquire().await?).await?;
        let intact = faults.is_empty();
        let faults = faults.into_iter().take(MOST_FAULTS).map(|f| AuditFault { no: f.no, what: f.what }).collect();
        Ok(AuditReport { rows, intact, faults })
    }
}
