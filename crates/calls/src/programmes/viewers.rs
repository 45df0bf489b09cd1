//! Viewers whom staff ended. That a viewer is there knows only the worker that serves it; that it is to be refused is written here, so that it stays
//! so when another worker takes the programme over.

use callboard_contract::adm::viewers::{EndRequest, Ended};
use callboard_domain::{ProgrammeId, StaffName, ViewerId};
use callboard_store::{Action, Begun, Command, Store, StoreError, log_action, now};
use serde_json::json;
use sqlx::PgConnection;

use super::{check, stored};
use crate::open::{bad, conflict};

/// Ends a viewer. The caller then tells the worker that serves it.
pub async fn end_viewer(store: &Store, staff: &StaffName, request: &EndRequest) -> Result<Ended, StoreError> {
    request.reason.check().map_err(|e| bad("reason", e))?;
    let actor = format!("staff:{staff}");
    match Command::begin(store, &actor, "viewers.end", &request.request_id, request.dry_run, request).await? {
        Begun::Before(reply) => Ok(reply),
        Begun::New(mut command) => {
            let result = do_end(&mut command, &actor, request).await;
            command.finish(result).await
        }
    }
}

async fn do_end(conn: &mut PgConnection, actor: &str, request: &EndRequest) -> Result<Ended, StoreError> {
    let EndRequest { programme_id, viewer_id, dry_run, .. } = *request;
    let programme = stored::find(&mut *conn, programme_id).await?;
    check::still_live(&programme)?;
    let at = now(&mut *conn).await?;
    let inserted = sqlx::query!(
        "insert into calls.ended_viewers (programme_id, viewer_id, at_ms, ended_by) values ($1, $2, $3, $4) on conflict do nothing",
        programme_id.as_uuid(),
        viewer_id.as_uuid(),
        at.as_ms(),
        actor
    )
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(conflict(format!("viewer {viewer_id} was ended already")));
    }
    let action = Action {
        actor,
        act: "viewers.end",
        target: viewer_id.to_string(),
        reason: Some(request.reason.to_string()),
        before: None,
        after: Some(json!({ "programme_id": programme_id, "call_id": programme.call })),
    };
    log_action(conn, &action).await?;
    Ok(Ended { programme_id, viewer_id, dry_run })
}

/// Who is to be refused.
pub async fn ended_viewers(store: &Store, programme: ProgrammeId) -> Result<Vec<ViewerId>, StoreError> {
    let ids =
        sqlx::query_scalar!("select viewer_id from calls.ended_viewers where programme_id = $1", programme.as_uuid())
            .fetch_all(store.pool())
            .await?;
    Ok(ids.into_iter().map(ViewerId::from_uuid).collect())
}
