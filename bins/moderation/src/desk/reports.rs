//! Reports of users, and what they may know of what was imposed on them.

use callboard_bus::Caller;
use callboard_contract::api::reports::{AppealRequest, CreateRequest, MyAppeal, MyReport};
use callboard_contract::sanction::MySanction;
use callboard_contract::{ApiError, Page, PageQuery};
use callboard_domain::Uid;
use callboard_moderation::{appeals, reports};
use callboard_store::{Begun, Command, StoreError};
use callboard_worker::{answer, attempt};

use super::still::Frozen;
use super::{Desk, evidence};

impl Desk {
    pub(super) async fn report(&self, caller: Caller, request: CreateRequest) -> Result<MyReport, ApiError> {
        let uid = caller.user()?;
        let frozen = self.frozen(uid, &request).await;
        attempt(|| self.filed(uid, &request, frozen.as_ref())).await
    }

    pub(super) async fn my_reports(&self, caller: Caller, query: PageQuery) -> Result<Page<MyReport>, ApiError> {
        let uid = caller.user()?;
        answer(async { reports::mine(&mut *self.store.pool().acquire().await?, uid, &query).await }.await)
    }

    pub(super) async fn my_sanctions(&self, caller: Caller, query: PageQuery) -> Result<Page<MySanction>, ApiError> {
        let uid = caller.user()?;
        answer(async { appeals::sanctions_of(&mut *self.store.pool().acquire().await?, uid, &query).await }.await)
    }

    pub(super) async fn appeal(&self, caller: Caller, request: AppealRequest) -> Result<MyAppeal, ApiError> {
        let uid = caller.user()?;
        attempt(|| appeals::appeal(&self.store, uid, &request)).await
    }

    /// The evidence is read in the transaction that keeps it.
    async fn filed(&self, uid: &Uid, request: &CreateRequest, frozen: Option<&Frozen>) -> Result<MyReport, StoreError> {
        let actor = format!("user:{uid}");
        let begun = Command::begin(&self.store, &actor, "reports.create", &request.request_id, false, request).await?;
        let mut command = match begun {
            Begun::Before(reply) => return Ok(reply),
            Begun::New(command) => command,
        };
        let result = match evidence::found(&mut command, &self.calls, uid, request).await {
            Ok(mut found) => {
                if let Some(frozen) = frozen {
                    frozen.keep(&mut found);
                }
                reports::file(&mut command, uid, request, &found).await
            }
            Err(error) => Err(error),
        };
        command.finish(result).await
    }
}
