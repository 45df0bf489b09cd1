//! Policy lists: what they are, who follows them, and whom they would hit.

use callboard_bus::Caller;
use callboard_contract::adm::policy::{
    ImportReply, ImportRequest, PolicyHit, PolicyView, ShowRequest, SimulateReply, SimulateRequest, SubscribeRequest,
};
use callboard_contract::{ApiError, Page, PageQuery};
use callboard_domain::{PolicyEntry, PolicyKind, Scope, policy_rules};
use callboard_moderation::policy;
use callboard_people::users;
use callboard_rooms::judged;
use callboard_store::StoreError;
use callboard_worker::{answer, attempt};

use super::Desk;
use super::automod::checked_days;

/// People that are shown of those whom a list would hit.
const MAX_PEOPLE: i64 = 200;
/// How far back messages are looked at where nothing is said, in days.
const DAYS: u32 = 7;

impl Desk {
    pub(super) async fn policies(&self, _: Caller, query: PageQuery) -> Result<Page<PolicyView>, ApiError> {
        let mut conn = answer(self.store.pool().acquire().await.map_err(StoreError::from))?;
        answer(policy::ls(&mut conn, &query).await)
    }

    pub(super) async fn policy(&self, _: Caller, request: ShowRequest) -> Result<Page<PolicyEntry>, ApiError> {
        let mut conn = answer(self.store.pool().acquire().await.map_err(StoreError::from))?;
        answer(policy::show(&mut conn, &request).await)
    }

    pub(super) async fn import_policy(&self, caller: Caller, request: ImportRequest) -> Result<ImportReply, ApiError> {
        let name = caller.staff()?;
        attempt(|| policy::import(&self.store, name, &request)).await
    }

    pub(super) async fn subscribe(&self, caller: Caller, request: SubscribeRequest) -> Result<PolicyView, ApiError> {
        let name = caller.staff()?;
        attempt(|| policy::subscribe(&self.store, name, &request)).await
    }

    pub(super) async fn simulate_policy(&self, _: Caller, request: SimulateRequest) -> Result<SimulateReply, ApiError> {
        let days = checked_days(request.days.unwrap_or(DAYS))?;
        // That there is such a list.
        let first = ShowRequest { name: request.name.clone(), limit: Some(1), cursor: None };
        let mut conn = answer(self.store.pool().acquire().await.map_err(StoreError::from))?;
        answer(policy::show(&mut conn, &first).await)?;
        let entries = answer(policy::entries(&mut conn, &request.name).await)?;
        drop(conn);
        let (people, more_people) = answer(self.people_hit(&request.scope, &entries).await)?;
        let tested = answer(self.test_days(&request.scope, &policy_rules(&request.name, &entries), days).await)?;
        Ok(SimulateReply { people, more_people, looked_at: tested.looked_at, more: tested.more, rules: tested.rules })
    }

    /// Who is on a list: users of the platform, or members of the rooms of a scope; those whose device is on it too.
    async fn people_hit(&self, scope: &Scope, entries: &[PolicyEntry]) -> Result<(Vec<PolicyHit>, bool), StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        let of = |kind| entries.iter().filter(|e| e.kind == kind).map(|e| like(&e.entity)).collect::<Vec<String>>();
        let (names, devices) = (of(PolicyKind::User), of(PolicyKind::Device));
        let found = match scope {
            Scope::Platform => users::like(&mut conn, &names, MAX_PEOPLE + 1).await?,
            scope => judged::members_like(&mut conn, scope, &names, MAX_PEOPLE + 1).await?,
        };
        let mut hits: Vec<PolicyHit> = Vec::new();
        for uid in found {
            let strictest =
                entries.iter().filter(|e| e.is_about(PolicyKind::User, uid.as_str())).max_by_key(|e| e.recommendation);
            hits.extend(strictest.map(|entry| hit(uid, entry)));
        }
        // A device is not of one room: only the platform can be rid of it.
        if *scope == Scope::Platform {
            for (uid, device) in users::on_devices_like(&mut conn, &devices, MAX_PEOPLE + 1).await? {
                let entry =
                    entries.iter().filter(|e| e.is_about(PolicyKind::Device, &device)).max_by_key(|e| e.recommendation);
                hits.extend(entry.map(|entry| hit(uid, entry)));
            }
        }
        let most = usize::try_from(MAX_PEOPLE).unwrap_or_default();
        let more = hits.len() > most;
        hits.truncate(most);
        Ok((hits, more))
    }
}

fn hit(uid: callboard_domain::Uid, entry: &PolicyEntry) -> PolicyHit {
    let entry = entry.clone();
    PolicyHit {
        uid,
        kind: entry.kind,
        entity: entry.entity,
        recommendation: entry.recommendation,
        reason: entry.reason,
    }
}

/// A pattern of a list as one of SQL.
fn like(entity: &str) -> String {
    let part = |c: char| match c {
        '*' => "%".to_owned(),
        '?' => "_".to_owned(),
        '%' | '_' | '\\' => format!("\\{c}"),
        c => c.to_string(),
    };
    entity.chars().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_lists_are_those_of_sql() {
        assert_eq!(like("spam_*-?"), "spam\\_%-_");
    }
}
