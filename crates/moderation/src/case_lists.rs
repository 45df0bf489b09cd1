//! Cases as staff look at them: the queue, one case with all that belongs to it, the evidence of a report.

use callboard_contract::adm::cases::{CaseDetail, CaseView, EvidenceView, LsRequest, NoteView, ReportRow};
use callboard_contract::adm::people::PersonCase;
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, CaseId, CaseState, ReportId, StaffName, Uid};
use callboard_people::{sanctions, staff};
use callboard_store::{StoreError, hex, now};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::case_rows::{self, Case, Row};
use crate::check::missing;
use crate::evidence::hash;
use crate::told;

/// Open cases, the one that must be decided soonest first; or decided ones, newest first. Who works for some creators alone is shown those in
/// their rooms and calls.
pub async fn ls(conn: &mut PgConnection, by: &StaffName, request: &LsRequest) -> Result<Page<CaseView>, StoreError> {
    let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
    let (place, id) = cursor(request.cursor.as_deref())?;
    let about = request.about.as_ref().map(Uid::as_str);
    let tenants = staff::find_in(&mut *conn, by).await?.map(|me| me.tenants).filter(|mine| !mine.is_empty());
    let tenants: Option<Vec<String>> = tenants.map(|mine| mine.iter().map(Uid::to_string).collect());
    let mine = request.mine.then(|| told::staff(by));
    let decided = request.state == Some(CaseState::Decided);
    let rows = if decided {
        sqlx::query_as!(
            Row,
            "select id, matter, about, tenant, category, priority, state, reporters, opened_ms, due_ms, claimed_by, lease_ms, decided_ms, decided_by,
                 outcome, reason, sanctions, messages, version, store.now_ms() as \"now_ms!\" from moderation.cases
             where state = 'decided' and ($1::text is null or about = $1) and ($2::text is null or decided_by = $2)
                 and ($3::bigint is null or (decided_ms, id) < ($3, $4::uuid)) and ($6::text[] is null or tenant = any($6))
             order by decided_ms desc, id desc limit $5",
            about,
            mine,
            place,
            id,
            i64::from(limit),
            tenants.as_deref()
        )
        .fetch_all(conn)
        .await?
    } else {
        sqlx::query_as!(
            Row,
            "select id, matter, about, tenant, category, priority, state, reporters, opened_ms, due_ms, claimed_by, lease_ms, decided_ms, decided_by,
                 outcome, reason, sanctions, messages, version, store.now_ms() as \"now_ms!\" from moderation.cases
             where state = 'open' and ($1::text is null or about = $1)
                 and ($2::text is null or (claimed_by = $2 and lease_ms > store.now_ms()))
                 and ($3::bigint is null or (due_ms, id) > ($3, $4::uuid)) and ($6::text[] is null or tenant = any($6))
             order by due_ms, id limit $5",
            about,
            mine,
            place,
            id,
            i64::from(limit),
            tenants.as_deref()
        )
        .fetch_all(conn)
        .await?
    };
    let full = rows.len() == limit as usize;
    let cursor = rows.last().filter(|_| full).map(|r| {
        let place = if decided { r.decided_ms.unwrap_or_default() } else { r.due_ms };
        format!("{place}_{}", r.id)
    });
    let items = rows.into_iter().map(|r| Case::try_from(r).map(|c| c.view)).collect::<Result<_, _>>()?;
    Ok(Page { items, cursor })
}

fn cursor(text: Option<&str>) -> Result<(Option<i64>, Option<Uuid>), StoreError> {
    let Some(text) = text else { return Ok((None, None)) };
    let parts = text.split_once('_').and_then(|(place, id)| Some((place.parse().ok()?, id.parse::<CaseId>().ok()?)));
    let bad = || ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor");
    let (place, id) = parts.ok_or_else(bad)?;
    Ok((Some(place), Some(id.as_uuid())))
}

/// A case with all that belongs to it.
pub async fn show(conn: &mut PgConnection, id: CaseId) -> Result<CaseDetail, StoreError> {
    let case = case_rows::read(&mut *conn, id).await?;
    let case = case.ok_or_else(|| missing("case_id", format!("there is no case {id}")))?;
    let reports = sqlx::query!(
        "select id, reporter, category, what, body, at_ms, evidence_hash,
             exists (select from moderation.stills s where s.report_id = r.id) as \"still!\"
         from moderation.reports r where case_id = $1 order by id",
        id.as_uuid()
    )
    .fetch_all(&mut *conn)
    .await?;
    let reports = reports
        .into_iter()
        .map(|r| {
            Ok(ReportRow {
                report_id: ReportId::from_uuid(r.id),
                reporter: Uid::new(r.reporter).map_err(|e| StoreError::corrupt("a reporter", e))?,
                category: r.category.parse().map_err(|e| StoreError::corrupt("a report's category", e))?,
                on: serde_json::from_value(r.what).map_err(|e| StoreError::corrupt("what a report is about", e))?,
                text: r.body,
                at: At::from_ms(r.at_ms),
                evidence_hash: hex(&r.evidence_hash),
                still: r.still,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    let notes =
        sqlx::query!("select at_ms, author, body from moderation.notes where case_id = $1 order by no", id.as_uuid())
            .fetch_all(&mut *conn)
            .await?;
    let notes =
        notes.into_iter().map(|n| NoteView { at: At::from_ms(n.at_ms), author: n.author, text: n.body }).collect();
    let sanctions = sanctions::some(&mut *conn, &case.sanctions).await?;
    let as_of = now(conn).await?;
    Ok(CaseDetail { as_of, case: case.view, reports, notes, sanctions, message_ids: case.messages })
}

/// The evidence of a report, with whether it is as it was written.
pub async fn evidence(conn: &mut PgConnection, id: ReportId) -> Result<EvidenceView, StoreError> {
    let row =
        sqlx::query!("select case_id, evidence, evidence_hash from moderation.reports where id = $1", id.as_uuid())
            .fetch_optional(conn)
            .await?;
    let row = row.ok_or_else(|| missing("report_id", format!("there is no report {id}")))?;
    Ok(EvidenceView {
        report_id: id,
        case_id: CaseId::from_uuid(row.case_id),
        intact: hash(&row.evidence) == row.evidence_hash,
        evidence: serde_json::from_str(&row.evidence).map_err(|e| StoreError::corrupt("evidence", e))?,
        hash: hex(&row.evidence_hash),
    })
}

/// In whose rooms or calls a case is.
pub async fn tenant_of(conn: &mut PgConnection, id: CaseId) -> Result<Option<Uid>, StoreError> {
    let case = case_rows::read(conn, id).await?;
    Ok(case.ok_or_else(|| missing("case_id", format!("there is no case {id}")))?.view.tenant)
}

/// The case of a report.
pub async fn case_of(conn: &mut PgConnection, id: ReportId) -> Result<CaseId, StoreError> {
    let case = sqlx::query_scalar!("select case_id from moderation.reports where id = $1", id.as_uuid());
    let case = case.fetch_optional(conn).await?;
    case.map(CaseId::from_uuid).ok_or_else(|| missing("report_id", format!("there is no report {id}")))
}

/// Open cases about somebody.
pub async fn about(conn: &mut PgConnection, uid: &Uid) -> Result<Vec<PersonCase>, StoreError> {
    let rows = sqlx::query!(
        "select id, matter, priority, due_ms from moderation.cases where about = $1 and state = 'open' order by due_ms limit 50",
        uid.as_str()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(PersonCase {
                case_id: CaseId::from_uuid(r.id),
                matter: r.matter,
                priority: r.priority.parse().map_err(|e| StoreError::corrupt("a case's priority", e))?,
                due_at: At::from_ms(r.due_ms),
            })
        })
        .collect()
}
