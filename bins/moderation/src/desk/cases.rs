//! Cases and appeals.

use callboard_bus::Caller;
use callboard_contract::adm::cases::{
    AppealView, CaseDetail, CaseRef, CaseView, DecideAppealRequest, DecideRequest, EvidenceView, FileAppealRequest,
    KeptStill, LsRequest, NoteRequest, OnCaseRequest, ReportRef,
};
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::AppealState;
use callboard_moderation::{appeals, case_lists, cases, stills};
use callboard_rooms::expel;
use callboard_worker::{answer, attempt};

use super::Desk;

impl Desk {
    pub(super) async fn cases(&self, caller: Caller, request: LsRequest) -> Result<Page<CaseView>, ApiError> {
        let name = caller.staff()?;
        answer(async { case_lists::ls(&mut *self.store.pool().acquire().await?, name, &request).await }.await)
    }

    pub(super) async fn case(&self, caller: Caller, request: CaseRef) -> Result<CaseDetail, ApiError> {
        self.may_on_case(caller.staff()?, request.case_id).await?;
        answer(async { case_lists::show(&mut *self.store.pool().acquire().await?, request.case_id).await }.await)
    }

    pub(super) async fn still(&self, caller: Caller, request: ReportRef) -> Result<KeptStill, ApiError> {
        self.may_see_report(caller.staff()?, request.report_id).await?;
        answer(async { stills::show(&mut *self.store.pool().acquire().await?, request.report_id).await }.await)
    }

    pub(super) async fn evidence(&self, caller: Caller, request: ReportRef) -> Result<EvidenceView, ApiError> {
        self.may_see_report(caller.staff()?, request.report_id).await?;
        answer(async { case_lists::evidence(&mut *self.store.pool().acquire().await?, request.report_id).await }.await)
    }

    pub(super) async fn claim(&self, caller: Caller, request: OnCaseRequest) -> Result<CaseView, ApiError> {
        let name = caller.staff()?;
        self.may_on_case(name, request.case_id).await?;
        attempt(|| cases::claim(&self.store, name, &request)).await
    }

    pub(super) async fn release(&self, caller: Caller, request: OnCaseRequest) -> Result<CaseView, ApiError> {
        let name = caller.staff()?;
        self.may_on_case(name, request.case_id).await?;
        attempt(|| cases::release(&self.store, name, &request)).await
    }

    pub(super) async fn note(&self, caller: Caller, request: NoteRequest) -> Result<CaseView, ApiError> {
        let name = caller.staff()?;
        self.may_on_case(name, request.case_id).await?;
        attempt(|| cases::note(&self.store, name, &request)).await
    }

    pub(super) async fn decide(&self, caller: Caller, request: DecideRequest) -> Result<CaseView, ApiError> {
        let name = caller.staff()?;
        self.may_on_case(name, request.case_id).await?;
        let look = async { expel::undeleted(&mut *self.store.pool().acquire().await?, &request.message_ids).await };
        if let Some(id) = answer(look.await)?.first() {
            let text = format!("message {id} is not deleted; delete it first");
            return Err(ApiError::new(ErrorCode::Conflict, text).on_field("message_ids"));
        }
        attempt(|| cases::decide(&self.store, name, &request)).await
    }

    pub(super) async fn appeals(&self, _: Caller, query: PageQuery) -> Result<Page<AppealView>, ApiError> {
        answer(async { appeals::ls(&mut *self.store.pool().acquire().await?, &query).await }.await)
    }

    pub(super) async fn file_appeal(&self, caller: Caller, request: FileAppealRequest) -> Result<AppealView, ApiError> {
        let name = caller.staff()?;
        attempt(|| appeals::file_for(&self.store, name, &request)).await
    }

    pub(super) async fn decide_appeal(
        &self,
        caller: Caller,
        request: DecideAppealRequest,
    ) -> Result<AppealView, ApiError> {
        let name = caller.staff()?;
        let appeal = attempt(|| appeals::decide(&self.store, name, &request)).await?;
        if appeal.state == AppealState::Granted && !request.dry_run {
            self.after_lift(&appeal.sanction).await;
        }
        Ok(appeal)
    }
}
