//! Users, as staff see them.

use callboard_bus::Caller;
use callboard_contract::adm::people::{LsRequest, PersonDetail, PersonRow, RevealRequest, SessionsReply, WhoRequest};
use callboard_contract::{ApiError, Page, PageQuery};
use callboard_domain::Uid;
use callboard_moderation::{acts, case_lists, reports};
use callboard_people::persons;
use callboard_people::sanctions::{self, Which};
use callboard_rooms::expel;
use callboard_store::StoreError;
use callboard_worker::{answer, attempt};

use super::Desk;

impl Desk {
    pub(super) async fn people(&self, _: Caller, request: LsRequest) -> Result<Page<PersonRow>, ApiError> {
        answer(async { persons::ls(&mut *self.store.pool().acquire().await?, &request).await }.await)
    }

    pub(super) async fn person(&self, _: Caller, request: WhoRequest) -> Result<PersonDetail, ApiError> {
        answer(self.shown(&request.uid).await)
    }

    pub(super) async fn sessions(&self, _: Caller, request: WhoRequest) -> Result<SessionsReply, ApiError> {
        answer(persons::sessions(&self.store, &request.uid, true).await)
    }

    /// Written before it is shown.
    pub(super) async fn reveal(&self, caller: Caller, request: RevealRequest) -> Result<SessionsReply, ApiError> {
        let name = caller.staff()?;
        answer(persons::sessions(&self.store, &request.uid, true).await)?;
        attempt(|| acts::log_revealed(&self.store, name, &request)).await?;
        answer(persons::sessions(&self.store, &request.uid, false).await)
    }

    async fn shown(&self, uid: &Uid) -> Result<PersonDetail, StoreError> {
        let live = self.calls.live_of(std::slice::from_ref(uid)).await?;
        let mut conn = self.store.pool().acquire().await?;
        let which = Which { uid: Some(uid.clone()), ..Which::default() };
        Ok(PersonDetail {
            person: persons::show(&mut conn, uid).await?,
            sanctions: sanctions::ls(&mut conn, &which, &PageQuery::default()).await?.items,
            rooms: expel::rooms_of(&mut conn, uid).await?,
            calls: live.into_iter().map(|c| c.call).collect(),
            cases: case_lists::about(&mut conn, uid).await?,
            reported: reports::count(&mut conn, uid).await?,
        })
    }
}
