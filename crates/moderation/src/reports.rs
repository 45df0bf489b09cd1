//! Reports of users. The evidence is frozen in the transaction that files the report; reports about one matter join the case on it.

use callboard_contract::api::reports::{CreateRequest, MyReport, ReportOn};
use callboard_contract::limits::MAX_REPORTS_PER_DAY;
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, CasePriority, ReportCategory, ReportId, Uid};
use callboard_store::{StoreError, now, refuse};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::check::{bad, conflict, text};
use crate::evidence::{canonical, hash};
use crate::{case_rows, told};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Whom and what a report is about, and what stands there now.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Whom it is about, where it is somebody.
    pub about: Option<Uid>,
    /// In whose rooms or calls.
    pub tenant: Option<Uid>,
    /// What stands there now.
    pub evidence: Value,
    /// The JPEG of what is on air there; its hash is in the evidence.
    pub still: Option<Vec<u8>>,
}

/// What a report is about, in one word: reports with the same word join one case.
pub fn matter(on: &ReportOn) -> String {
    match on {
        ReportOn::Message { message_id, .. } => format!("message:{message_id}"),
        ReportOn::User { uid } => format!("user:{uid}"),
        ReportOn::Room { room_id } => format!("room:{room_id}"),
        ReportOn::Call { call_id, uid: None } => format!("call:{call_id}"),
        ReportOn::Call { call_id, uid: Some(uid) } => format!("call:{call_id}:{uid}"),
    }
}

/// Files a report in the caller's transaction, which also found the evidence.
pub async fn file(
    conn: &mut PgConnection,
    reporter: &Uid,
    request: &CreateRequest,
    found: &Found,
) -> Result<MyReport, StoreError> {
    let body = text(&request.text, request.category == ReportCategory::Other)?;
    if found.about.as_ref() == Some(reporter) {
        return Err(bad("on", "this is your own; nobody can report himself"));
    }
    let at = now(&mut *conn).await?;
    not_too_many(&mut *conn, reporter, at).await?;
    let (about, tenant) = (found.about.as_ref(), found.tenant.as_ref());
    let (mut case, new) = case_rows::open_on(&mut *conn, &matter(&request.on), about, tenant, request.category).await?;
    let id = ReportId::generate();
    let evidence = canonical(&found.evidence);
    let filed = sqlx::query!(
        "insert into moderation.reports (id, case_id, reporter, category, what, body, at_ms, evidence, evidence_hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (case_id, reporter) do nothing",
        id.as_uuid(),
        case.view.case_id.as_uuid(),
        reporter.as_str(),
        request.category.as_str(),
        told::json(&request.on)?,
        body,
        at.as_ms(),
        evidence,
        hash(&evidence)
    )
    .execute(&mut *conn)
    .await?;
    if filed.rows_affected() == 0 {
        return Err(conflict("you have reported this already; it is being looked at"));
    }
    if let Some(jpeg) = &found.still {
        sqlx::query!("insert into moderation.stills (report_id, jpeg) values ($1, $2)", id.as_uuid(), jpeg)
            .execute(&mut *conn)
            .await?;
    }
    let view = &mut case.view;
    view.reporters += 1;
    if CasePriority::of(request.category, 1) > CasePriority::of(view.category, 1) {
        view.category = request.category;
    }
    view.priority = view.priority.max(CasePriority::of(view.category, view.reporters));
    view.due_at = view.due_at.min(view.opened_at.plus(view.priority.within()));
    case_rows::save(&mut *conn, &mut case).await?;
    let event = if new { "case.opened" } else { "case.changed" };
    let view = &case.view;
    let (entity, version) = (view.case_id.to_string(), i64::try_from(view.version).unwrap_or(i64::MAX));
    told::tell(conn, event, entity, version, &format!("user:{reporter}"), told::json(view)?, Vec::new()).await?;
    Ok(MyReport {
        report_id: id,
        on: request.on.clone(),
        category: request.category,
        text: body,
        at,
        outcome: None,
        decided_at: None,
    })
}

async fn not_too_many(conn: &mut PgConnection, reporter: &Uid, at: At) -> Result<(), StoreError> {
    let since = at.as_ms() - DAY_MS;
    let times = sqlx::query_scalar!(
        "select at_ms from moderation.reports where reporter = $1 and at_ms > $2 order by at_ms desc limit $3",
        reporter.as_str(),
        since,
        MAX_REPORTS_PER_DAY
    )
    .fetch_all(conn)
    .await?;
    match times.last() {
        Some(oldest) if i64::try_from(times.len()).unwrap_or(i64::MAX) >= MAX_REPORTS_PER_DAY => {
            let wait = u64::try_from(oldest - since).unwrap_or_default();
            let message = format!("at most {MAX_REPORTS_PER_DAY} reports a day are taken from one user");
            Err(ApiError::new(ErrorCode::RateLimited, message).retry_after(wait).into())
        }
        _ => Ok(()),
    }
}

/// Somebody's reports with what came of them, newest first.
pub async fn mine(conn: &mut PgConnection, uid: &Uid, query: &PageQuery) -> Result<Page<MyReport>, StoreError> {
    let limit = query.limit()?;
    let before = match query.cursor.as_deref().map(str::parse::<ReportId>) {
        None => None,
        Some(Ok(id)) => Some(id.as_uuid()),
        Some(Err(_)) => {
            return refuse(ErrorCode::BadRequest, "cursor is not one of ours");
        }
    };
    let rows = sqlx::query!(
        "select r.id, r.what, r.category, r.body, r.at_ms, c.outcome, c.decided_ms from moderation.reports r
         join moderation.cases c on c.id = r.case_id
         where r.reporter = $1 and ($2::uuid is null or r.id < $2) order by r.id desc limit $3",
        uid.as_str(),
        before as Option<Uuid>,
        i64::from(limit)
    )
    .fetch_all(conn)
    .await?;
    let cursor = (rows.len() == limit as usize).then(|| rows.last().map(|r| r.id.to_string())).flatten();
    let items = rows
        .into_iter()
        .map(|r| {
            Ok(MyReport {
                report_id: ReportId::from_uuid(r.id),
                on: serde_json::from_value(r.what).map_err(|e| StoreError::corrupt("what a report is about", e))?,
                category: r.category.parse().map_err(|e| StoreError::corrupt("a report's category", e))?,
                text: r.body,
                at: At::from_ms(r.at_ms),
                outcome: r
                    .outcome
                    .map(|o| o.parse())
                    .transpose()
                    .map_err(|e: String| StoreError::corrupt("a case's outcome", e))?,
                decided_at: r.decided_ms.map(At::from_ms),
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Page { items, cursor })
}

/// How many reports somebody made.
pub async fn count(conn: &mut PgConnection, uid: &Uid) -> Result<u32, StoreError> {
    let count =
        sqlx::query_scalar!("select count(*) as \"n!\" from moderation.reports where reporter = $1", uid.as_str())
            .fetch_one(conn)
            .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
