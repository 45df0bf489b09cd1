//! In whose rooms and calls a member of staff may act and look: checked before he does. Who works for all is held up by none of it.

use callboard_contract::ApiError;
use callboard_contract::sanction::SanctionView;
use callboard_domain::{CaseId, ReportId, RoomId, Scope, StaffName};
use callboard_moderation::case_lists;
use callboard_people::staff;
use callboard_rooms::row;
use callboard_store::StoreError;
use callboard_worker::answer;

use super::Desk;

impl Desk {
    /// Refuses what a sanction of this scope reaches and he does not.
    pub(super) async fn may_in(&self, name: &StaffName, scope: &Scope) -> Result<(), ApiError> {
        let look = async {
            let mut conn = self.store.pool().acquire().await?;
            let tenant = match scope {
                Scope::Platform => None,
                Scope::Tenant(tenant) => Some(tenant.clone()),
                Scope::Room(room) => row::read_one(&mut conn, *room).await?.tenant,
            };
            staff::may_act_for(&mut conn, name, tenant.as_ref()).await
        };
        answer(look.await)
    }

    /// Refuses rooms in which he does not work.
    pub(super) async fn may_in_room(&self, name: &StaffName, room: RoomId) -> Result<(), ApiError> {
        self.may_in(name, &Scope::Room(room)).await
    }

    /// Refuses cases in whose place he does not work.
    pub(super) async fn may_on_case(&self, name: &StaffName, id: CaseId) -> Result<(), ApiError> {
        answer(self.case_is_his(name, id).await)
    }

    /// Refuses what was kept with reports of such cases.
    pub(super) async fn may_see_report(&self, name: &StaffName, id: ReportId) -> Result<(), ApiError> {
        let look = async {
            let case = case_lists::case_of(&mut *self.store.pool().acquire().await?, id).await?;
            self.case_is_his(name, case).await
        };
        answer(look.await)
    }

    /// Of some sanctions those that hold where he works.
    pub(super) async fn his(
        &self,
        name: &StaffName,
        sanctions: Vec<SanctionView>,
    ) -> Result<Vec<SanctionView>, ApiError> {
        let me = answer(staff::find(&self.store, name).await)?;
        if me.is_some_and(|me| me.tenants.is_empty()) {
            return Ok(sanctions);
        }
        let mut his = Vec::new();
        for sanction in sanctions {
            if self.may_in(name, &sanction.scope).await.is_ok() {
                his.push(sanction);
            }
        }
        Ok(his)
    }

    async fn case_is_his(&self, name: &StaffName, id: CaseId) -> Result<(), StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        let tenant = case_lists::tenant_of(&mut conn, id).await?;
        staff::may_act_for(&mut conn, name, tenant.as_ref()).await
    }
}
