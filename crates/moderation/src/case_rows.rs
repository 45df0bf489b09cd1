//! The rows of cases.

use callboard_contract::adm::cases::CaseView;
use callboard_domain::{At, CaseId, CaseOutcome, CasePriority, CaseState, MessageId, ReportCategory, SanctionId, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

/// A case, as it stands in the database.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) view: CaseView,
    pub(crate) sanctions: Vec<SanctionId>,
    pub(crate) messages: Vec<MessageId>,
}

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) matter: String,
    pub(crate) about: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) category: String,
    pub(crate) priority: String,
    pub(crate) state: String,
    pub(crate) reporters: i32,
    pub(crate) opened_ms: i64,
    pub(crate) due_ms: i64,
    pub(crate) claimed_by: Option<String>,
    pub(crate) lease_ms: Option<i64>,
    pub(crate) decided_ms: Option<i64>,
    pub(crate) decided_by: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) sanctions: Vec<Uuid>,
    pub(crate) messages: Vec<Uuid>,
    pub(crate) version: i64,
    pub(crate) now_ms: i64,
}

impl TryFrom<Row> for Case {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let word = |what: &str, e: String| StoreError::corrupt(format!("a case's {what}"), e);
        let state: CaseState = row.state.parse().map_err(|e| word("state", e))?;
        // A claim that ran out is none.
        let claimed = state == CaseState::Open && row.lease_ms.is_some_and(|lease| lease > row.now_ms);
        let view = CaseView {
            case_id: CaseId::from_uuid(row.id),
            matter: row.matter,
            about: row.about.map(Uid::new).transpose().map_err(|e| StoreError::corrupt("whom a case is about", e))?,
            tenant: row.tenant.map(Uid::new).transpose().map_err(|e| StoreError::corrupt("a case's tenant", e))?,
            category: row.category.parse::<ReportCategory>().map_err(|e| word("category", e))?,
            priority: row.priority.parse::<CasePriority>().map_err(|e| word("priority", e))?,
            state,
            reporters: row.reporters.unsigned_abs(),
            opened_at: At::from_ms(row.opened_ms),
            due_at: At::from_ms(row.due_ms),
            claimed_by: row.claimed_by.filter(|_| claimed),
            claimed_until: row.lease_ms.filter(|_| claimed).map(At::from_ms),
            decided_at: row.decided_ms.map(At::from_ms),
            decided_by: row.decided_by,
            outcome: row.outcome.map(|o| o.parse()).transpose().map_err(|e| word("outcome", e))?,
            reason: row.reason,
            version: row.version.unsigned_abs(),
        };
        let sanctions = row.sanctions.into_iter().map(SanctionId::from_uuid).collect();
        Ok(Self { view, sanctions, messages: row.messages.into_iter().map(MessageId::from_uuid).collect() })
    }
}

/// One case, or nothing.
pub(crate) async fn read(conn: &mut PgConnection, id: CaseId) -> Result<Option<Case>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select id, matter, about, tenant, category, priority, state, reporters, opened_ms, due_ms, claimed_by, lease_ms, decided_ms, decided_by,
             outcome, reason, sanctions, messages, version, store.now_ms() as \"now_ms!\" from moderation.cases where id = $1",
        id.as_uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Case::try_from).transpose()
}

/// As [`read`], locked until the end of the transaction.
pub(crate) async fn lock(conn: &mut PgConnection, id: CaseId) -> Result<Option<Case>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select id, matter, about, tenant, category, priority, state, reporters, opened_ms, due_ms, claimed_by, lease_ms, decided_ms, decided_by,
             outcome, reason, sanctions, messages, version, store.now_ms() as \"now_ms!\" from moderation.cases where id = $1
         for no key update",
        id.as_uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Case::try_from).transpose()
}

/// The open case on a matter, locked; made where there is none. Gives whether it is new.
pub(crate) async fn open_on(
    conn: &mut PgConnection,
    matter: &str,
    about: Option<&Uid>,
    tenant: Option<&Uid>,
    category: ReportCategory,
) -> Result<(Case, bool), StoreError> {
    let priority = CasePriority::of(category, 1);
    loop {
        let made = sqlx::query!(
            "insert into moderation.cases (id, matter, about, tenant, category, priority, opened_ms, due_ms)
             select $1, $2, $3, $4, $5, $6, now_ms, now_ms + $7 from store.now_ms() as now_ms
             on conflict (matter) where state = 'open' do nothing",
            CaseId::generate().as_uuid(),
            matter,
            about.map(Uid::as_str),
            tenant.map(Uid::as_str),
            category.as_str(),
            priority.as_str(),
            priority.within().as_ms()
        )
        .execute(&mut *conn)
        .await?;
        let row = sqlx::query_as!(
            Row,
            "select id, matter, about, tenant, category, priority, state, reporters, opened_ms, due_ms, claimed_by, lease_ms, decided_ms, decided_by,
                 outcome, reason, sanctions, messages, version, store.now_ms() as \"now_ms!\" from moderation.cases
             where matter = $1 and state = 'open' for no key update",
            matter
        )
        .fetch_optional(&mut *conn)
        .await?;
        // It may have been decided in between; then the matter is open anew.
        if let Some(row) = row {
            return Ok((Case::try_from(row)?, made.rows_affected() == 1));
        }
    }
}

/// Writes what changes of a locked case.
pub(crate) async fn save(conn: &mut PgConnection, case: &mut Case) -> Result<(), StoreError> {
    case.view.version += 1;
    let view = &case.view;
    let sanctions: Vec<Uuid> = case.sanctions.iter().map(|id| id.as_uuid()).collect();
    let messages: Vec<Uuid> = case.messages.iter().map(|id| id.as_uuid()).collect();
    sqlx::query!(
        "update moderation.cases set category = $2, priority = $3, state = $4, reporters = $5, due_ms = $6, claimed_by = $7, lease_ms = $8,
             decided_ms = $9, decided_by = $10, outcome = $11, reason = $12, sanctions = $13, messages = $14, version = $15
         where id = $1",
        view.case_id.as_uuid(),
        view.category.as_str(),
        view.priority.as_str(),
        view.state.as_str(),
        i32::try_from(view.reporters).unwrap_or(i32::MAX),
        view.due_at.as_ms(),
        view.claimed_by,
        view.claimed_until.map(At::as_ms),
        view.decided_at.map(At::as_ms),
        view.decided_by,
        view.outcome.map(CaseOutcome::as_str),
        view.reason,
        &sanctions,
        &messages,
        i64::try_from(view.version).unwrap_or(i64::MAX)
    )
    .execute(conn)
    .await?;
    Ok(())
}
