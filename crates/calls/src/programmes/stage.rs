//! The members' side: asked when their call goes on air, heard when they answer.

use callboard_contract::api::stage::{ConsentRequest, OnAir, StageView};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{CallId, Consent, ProgrammeId, Uid};
use callboard_store::{Begun, Command, Store, StoreError, now};
use sqlx::PgConnection;

use super::check;
use super::stored::{self, Stored};
use crate::open::conflict;

/// A member agrees to be on air, or does not, or takes it back.
pub async fn consent(store: &Store, uid: &Uid, request: &ConsentRequest) -> Result<OnAir, StoreError> {
    let actor = format!("user:{uid}");
    match Command::begin(store, &actor, "stage.consent", &request.request_id, false, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = do_consent(&mut command, uid, &actor, request).await;
            command.finish(result).await
        }
    }
}

/// Whether a call is on air, for one of its members.
pub async fn of_call(store: &Store, uid: &Uid, call: CallId) -> Result<StageView, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let member = sqlx::query_scalar!(
        "select exists (select 1 from calls.members where call_id = $1 and uid = $2) as \"there!\"",
        call.as_uuid(),
        uid.as_str()
    )
    .fetch_one(&mut *conn)
    .await?;
    if !member {
        return Err(not_yours(call));
    }
    let Some(id) = stored::live_of(&mut conn, call).await? else { return Ok(StageView { on_air: None }) };
    let programme = stored::find(&mut conn, id).await?;
    let guests = stored::guests(&mut conn, &programme).await?;
    let consent = guests.into_iter().find(|g| &g.uid == uid).and_then(|g| g.consent).unwrap_or(Consent::Asked);
    Ok(StageView { on_air: Some(programme.on_air(consent)) })
}

/// Notes that some are asked. Whoever answered keeps his answer.
pub(super) async fn ask(conn: &mut PgConnection, programme: &Stored, uids: &[Uid]) -> Result<(), StoreError> {
    let uids: Vec<String> = uids.iter().map(Uid::to_string).collect();
    sqlx::query!(
        "insert into calls.consents (programme_id, uid, consent, asked_ms)
         select $1, uid, 'asked', store.now_ms() from unnest($2::text[]) as uid on conflict do nothing",
        programme.id.as_uuid(),
        &uids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Asks those who came to the call after its programme began.
pub(super) async fn ask_late(store: &Store, id: ProgrammeId, uids: &[Uid]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let mut programme = stored::lock(&mut tx, id).await?;
    let guests = stored::guests(&mut tx, &programme).await?;
    let late = guests.into_iter().filter(|g| g.is_there() && g.consent.is_none() && uids.contains(&g.uid));
    let late: Vec<Uid> = late.map(|g| g.uid).collect();
    if programme.state.is_over() || late.is_empty() {
        return Ok(());
    }
    ask(&mut tx, &programme, &late).await?;
    programme.write(&mut tx).await?;
    let push = programme.push("stage.on_air", late, Consent::Asked)?;
    programme.tell(&mut tx, "programme.consent", "house", vec![push]).await?;
    tx.commit().await?;
    store.ring();
    Ok(())
}

async fn do_consent(
    conn: &mut PgConnection,
    uid: &Uid,
    actor: &str,
    request: &ConsentRequest,
) -> Result<OnAir, StoreError> {
    let not_there = || not_yours(request.call_id);
    let found = stored::lock(&mut *conn, request.programme_id).await;
    let mut programme = found.map_err(|error| match error {
        StoreError::Refused(_) => not_there(),
        other => other,
    })?;
    if programme.call != request.call_id {
        return Err(not_there());
    }
    let guests = stored::guests(&mut *conn, &programme).await?;
    let me = guests.into_iter().find(|g| &g.uid == uid).ok_or_else(not_there)?;
    check::still_live(&programme)?;
    if !me.is_there() {
        return Err(conflict(format!("you are not in call {} any more, or did not take it yet", programme.call)));
    }
    let consent = if request.agree { Consent::Agreed } else { Consent::Refused };
    if me.consent == Some(consent) {
        return Ok(programme.on_air(consent));
    }
    let at = now(&mut *conn).await?.as_ms();
    sqlx::query!(
        "insert into calls.consents (programme_id, uid, consent, asked_ms, answered_ms) values ($1, $2, $3, $4, $4)
         on conflict (programme_id, uid) do update set consent = excluded.consent, answered_ms = excluded.answered_ms",
        programme.id.as_uuid(),
        uid.as_str(),
        consent.as_str(),
        at
    )
    .execute(&mut *conn)
    .await?;
    programme.write(&mut *conn).await?;
    let push = programme.push("stage.on_air", vec![uid.clone()], consent)?;
    programme.tell(conn, "programme.consent", actor, vec![push]).await?;
    Ok(programme.on_air(consent))
}

fn not_yours(call: CallId) -> StoreError {
    let text = format!("there is no call {call} of yours that is on air");
    ApiError::new(ErrorCode::NotFound, text).on_field("call_id").into()
}
