//! The members' side: asked when their call goes on air, heard when they answer.

use callboard_contract::api::stage::{ConsentRequest, OnAir, StageNews, StageView};
use callboard_domain::{CallId, Consent, ProgrammeId, StageAct, Uid};
use callboard_store::{Begun, Command, Store, StoreError};
use sqlx::PgConnection;

use super::scene::{Scene, not_yours};
use super::stored::{self, Stored};

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

/// Whether a call is on air and who is on its stage, for one of its members.
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
    let Some(id) = stored::live_of(&mut conn, call).await? else { return Ok(StageView { on_air: None, stage: None }) };
    let programme = stored::find(&mut conn, id).await?;
    let guests = stored::guests(&mut conn, &programme).await?;
    let me = guests.iter().find(|g| &g.uid == uid).ok_or_else(|| not_yours(call))?;
    let on_air = programme.on_air(me.consent.unwrap_or(Consent::Asked), programme.part_told(me));
    Ok(StageView { on_air: Some(on_air), stage: Some(programme.board(&guests)) })
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
    let push = programme.ask_push(late)?;
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
    let programme = stored::find(&mut *conn, request.programme_id).await.map_err(|error| match error {
        StoreError::Refused(_) => not_there(),
        other => other,
    })?;
    let member = stored::guests(&mut *conn, &programme).await?.iter().any(|g| &g.uid == uid);
    if programme.call != request.call_id || !member {
        return Err(not_there());
    }
    let mut scene = Scene::open(&mut *conn, request.programme_id).await?;
    scene.there(uid)?;
    let consent = if request.agree { Consent::Agreed } else { Consent::Refused };
    if scene.consent(&mut *conn, uid, consent).await? {
        let host = &scene.programme.host == uid;
        let steps_down = !request.agree && !host && scene.place(&mut *conn, uid, StageAct::StepDown).await?;
        let news = steps_down.then(|| (StageNews::SteppedDown, Some(uid.clone())));
        scene.tell(conn, "programme.consent", actor, news.as_slice(), Vec::new()).await?;
    }
    let me = scene.there(uid)?;
    Ok(scene.programme.on_air(consent, scene.programme.part_told(me)))
}
