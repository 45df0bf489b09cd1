//! Cases: claimed by a lease, commented for whoever takes over, decided once; whoever reported is told what came of it.
//!
//! Nobody decides a case that is about himself or that he reported.

use callboard_contract::adm::cases::{CaseView, DecideRequest, NoteRequest, OnCaseRequest};
use callboard_contract::api::reports::ReportOutcome;
use callboard_domain::{At, CASE_LEASE, CaseId, CaseOutcome, CaseState, ReportId, StaffName, Uid};
use callboard_people::notices::{self, NewNotice};
use callboard_people::{sanctions, staff};
use callboard_store::{Begun, Command, Store, StoreError, now};
use sqlx::PgConnection;

use crate::case_rows::{self, Case};
use crate::check::{bad, conflict, forbidden, missing, reason, text};
use crate::told::{self, Logged};

/// Claims a case, or renews the claim.
pub async fn claim(store: &Store, by: &StaffName, request: &OnCaseRequest) -> Result<CaseView, StoreError> {
    match Command::begin(store, &told::staff(by), "cases.claim", &request.request_id, false, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = claim_in(&mut command, by, request.case_id).await;
            command.finish(result).await
        }
    }
}

/// Gives a claimed case back.
pub async fn release(store: &Store, by: &StaffName, request: &OnCaseRequest) -> Result<CaseView, StoreError> {
    match Command::begin(store, &told::staff(by), "cases.release", &request.request_id, false, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = release_in(&mut command, by, request.case_id).await;
            command.finish(result).await
        }
    }
}

/// Writes a note. Anybody may who may act on the case; it renews the claim of who has it.
pub async fn note(store: &Store, by: &StaffName, request: &NoteRequest) -> Result<CaseView, StoreError> {
    match Command::begin(store, &told::staff(by), "cases.note", &request.request_id, false, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = note_in(&mut command, by, request).await;
            command.finish(result).await
        }
    }
}

/// Decides a case.
pub async fn decide(store: &Store, by: &StaffName, request: &DecideRequest) -> Result<CaseView, StoreError> {
    match Command::begin(store, &told::staff(by), "cases.decide", &request.request_id, request.dry_run, request).await?
    {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = decide_in(&mut command, by, request).await;
            command.finish(result).await
        }
    }
}

/// Requires that somebody has claimed a case, and renews his claim.
pub(crate) async fn require_claim(conn: &mut PgConnection, by: &StaffName, id: CaseId) -> Result<(), StoreError> {
    let mut case = open(&mut *conn, by, id).await?;
    require_mine(&case, by)?;
    renew(&mut *conn, &mut case, by).await?;
    changed(conn, &mut case, by).await
}

async fn claim_in(conn: &mut PgConnection, by: &StaffName, id: CaseId) -> Result<CaseView, StoreError> {
    let mut case = open(&mut *conn, by, id).await?;
    let before = case.view.clone();
    if let Some(other) = before.claimed_by.as_ref().filter(|other| **other != told::staff(by)) {
        let until = before.claimed_until.map(|at| at.to_string()).unwrap_or_default();
        return Err(conflict(format!("{other} has claimed this case until {until}; take another one")));
    }
    renew(&mut *conn, &mut case, by).await?;
    changed(&mut *conn, &mut case, by).await?;
    logged(conn, by, "cases.claim", None, &before, &case.view).await?;
    Ok(case.view)
}

async fn release_in(conn: &mut PgConnection, by: &StaffName, id: CaseId) -> Result<CaseView, StoreError> {
    let mut case = open(&mut *conn, by, id).await?;
    require_mine(&case, by)?;
    let before = case.view.clone();
    (case.view.claimed_by, case.view.claimed_until) = (None, None);
    changed(&mut *conn, &mut case, by).await?;
    logged(conn, by, "cases.release", None, &before, &case.view).await?;
    Ok(case.view)
}

async fn note_in(conn: &mut PgConnection, by: &StaffName, request: &NoteRequest) -> Result<CaseView, StoreError> {
    let body = text(&request.text, true)?;
    let mut case = open(&mut *conn, by, request.case_id).await?;
    let before = case.view.clone();
    let author = told::staff(by);
    sqlx::query!(
        "insert into moderation.notes (case_id, no, at_ms, author, body)
         select $1, count(*) + 1, store.now_ms(), $2, $3 from moderation.notes where case_id = $1",
        request.case_id.as_uuid(),
        author,
        body
    )
    .execute(&mut *conn)
    .await?;
    if before.claimed_by.as_ref() == Some(&author) {
        renew(&mut *conn, &mut case, by).await?;
    }
    changed(&mut *conn, &mut case, by).await?;
    logged(conn, by, "cases.note", Some(body), &before, &case.view).await?;
    Ok(case.view)
}

async fn decide_in(conn: &mut PgConnection, by: &StaffName, request: &DecideRequest) -> Result<CaseView, StoreError> {
    let why = reason(&request.reason)?;
    let mut case = open(&mut *conn, by, request.case_id).await?;
    require_mine(&case, by)?;
    proven(&mut *conn, &case, request).await?;
    let before = case.view.clone();
    let at = now(&mut *conn).await?;
    let view = &mut case.view;
    view.state = CaseState::Decided;
    view.decided_at = Some(at);
    view.decided_by = Some(told::staff(by));
    view.outcome = Some(request.outcome);
    view.reason = Some(why.clone());
    (view.claimed_by, view.claimed_until) = (None, None);
    case.sanctions.clone_from(&request.sanction_ids);
    case.messages.clone_from(&request.message_ids);
    case_rows::save(&mut *conn, &mut case).await?;
    let (mut pushes, mut notices) = (Vec::new(), Vec::new());
    for (report_id, reporter) in reporters(&mut *conn, request.case_id).await? {
        let outcome = ReportOutcome { report_id, outcome: request.outcome, decided_at: at };
        pushes.push(told::push_to(&reporter, "reports.outcome", &outcome)?);
        notices.push(NewNotice::outcome(&reporter, request.outcome));
    }
    notices::add(&mut *conn, &notices).await?;
    let version = i64::try_from(case.view.version).unwrap_or(i64::MAX);
    let (entity, data) = (request.case_id.to_string(), told::json(&case.view)?);
    told::tell(&mut *conn, "case.decided", entity, version, &told::staff(by), data, pushes).await?;
    logged(conn, by, "cases.decide", Some(why), &before, &case.view).await?;
    Ok(case.view)
}

/// An outcome comes with what it says: sanctions against the person, or messages that were deleted.
async fn proven(conn: &mut PgConnection, case: &Case, request: &DecideRequest) -> Result<(), StoreError> {
    let sanctions = sanctions::some(conn, &request.sanction_ids).await?;
    if let Some(gone) = request.sanction_ids.iter().find(|id| !sanctions.iter().any(|s| s.sanction_id == **id)) {
        return Err(missing("sanction_ids", format!("there is no sanction {gone}")));
    }
    if let (Some(about), Some(other)) =
        (&case.view.about, sanctions.iter().find(|s| Some(&s.uid) != case.view.about.as_ref()))
    {
        let message = format!("sanction {} is against {}, the case is about {about}", other.sanction_id, other.uid);
        return Err(bad("sanction_ids", message));
    }
    match request.outcome {
        CaseOutcome::Sanctioned if request.sanction_ids.is_empty() => {
            Err(bad("sanction_ids", "name the sanctions that were imposed"))
        }
        CaseOutcome::MessagesDeleted if request.message_ids.is_empty() => {
            Err(bad("message_ids", "name the messages that were deleted"))
        }
        CaseOutcome::NoAction if !request.sanction_ids.is_empty() || !request.message_ids.is_empty() => {
            Err(bad("outcome", "something was done: say `sanctioned` or `messages_deleted`"))
        }
        _ => Ok(()),
    }
}

/// Locks an open case on which somebody may act.
async fn open(conn: &mut PgConnection, by: &StaffName, id: CaseId) -> Result<Case, StoreError> {
    let case = case_rows::lock(&mut *conn, id).await?;
    let case = case.ok_or_else(|| missing("case_id", format!("there is no case {id}")))?;
    if let Some(at) = case.view.decided_at {
        let who = case.view.decided_by.as_deref().unwrap_or("somebody");
        return Err(conflict(format!("case {id} was decided at {at} by {who}")));
    }
    let me = staff::find_in(&mut *conn, by).await?.and_then(|s| s.uid);
    if let Some(me) = me {
        if case.view.about.as_ref() == Some(&me) {
            return Err(forbidden("this case is about yourself; another must look at it"));
        }
        if reporters(conn, id).await?.iter().any(|(_, uid)| *uid == me) {
            return Err(forbidden("you reported this yourself; another must look at it"));
        }
    }
    Ok(case)
}

fn require_mine(case: &Case, by: &StaffName) -> Result<(), StoreError> {
    if case.view.claimed_by.as_ref() == Some(&told::staff(by)) {
        return Ok(());
    }
    Err(conflict(format!("claim case {} first; a claim runs out after a quarter of an hour", case.view.case_id)))
}

async fn renew(conn: &mut PgConnection, case: &mut Case, by: &StaffName) -> Result<(), StoreError> {
    let until: At = now(conn).await?.plus(CASE_LEASE);
    (case.view.claimed_by, case.view.claimed_until) = (Some(told::staff(by)), Some(until));
    Ok(())
}

async fn changed(conn: &mut PgConnection, case: &mut Case, by: &StaffName) -> Result<(), StoreError> {
    case_rows::save(&mut *conn, case).await?;
    let version = i64::try_from(case.view.version).unwrap_or(i64::MAX);
    let (entity, data) = (case.view.case_id.to_string(), told::json(&case.view)?);
    told::tell(conn, "case.changed", entity, version, &told::staff(by), data, Vec::new()).await
}

async fn logged(
    conn: &mut PgConnection,
    by: &StaffName,
    act: &str,
    why: Option<String>,
    before: &CaseView,
    after: &CaseView,
) -> Result<(), StoreError> {
    let act = Logged {
        actor: &told::staff(by),
        act,
        target: told::case(after.case_id),
        reason: why,
        before: Some(told::json(before)?),
        after: Some(told::json(after)?),
    };
    told::log(conn, act).await
}

async fn reporters(conn: &mut PgConnection, id: CaseId) -> Result<Vec<(ReportId, Uid)>, StoreError> {
    let rows = sqlx::query!("select id, reporter from moderation.reports where case_id = $1 order by id", id.as_uuid())
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|r| {
            let uid = Uid::new(r.reporter).map_err(|e| StoreError::corrupt("a reporter", e))?;
            Ok((ReportId::from_uuid(r.id), uid))
        })
        .collect()
}
