//! What members do about the stage of their call: hands, invitations, coming and going, and the host's mode. And that who leaves the call has
//! left the stage.

use callboard_contract::api::calls::OnCallRequest;
use callboard_contract::api::stage::{OnMemberRequest, StageAnswerRequest, StageBoard, StageModeRequest, StageNews};
use callboard_domain::{CallId, Consent, ProgrammeId, RequestId, StageAct, StagePlace, Uid};
use callboard_store::{Begun, Command, Store, StoreError};
use serde::Serialize;
use sqlx::PgConnection;

use super::scene::{Scene, not_yours};
use super::told::in_turn;
use crate::open::conflict;

const EVENT: &str = "programme.stage";

/// A member asks to come on the stage.
pub async fn raise_hand(store: &Store, uid: &Uid, request: &OnCallRequest) -> Result<StageBoard, StoreError> {
    let act = Act { name: "stage.raise_hand", request_id: &request.request_id, call: request.call_id };
    command(store, uid, request, act, async |conn, scene, actor| {
        move_one(conn, scene, uid, StageAct::RaiseHand, StageNews::HandRaised, actor).await
    })
    .await
}

/// A member takes his hand down, or the host another's.
pub async fn lower_hand(store: &Store, uid: &Uid, request: &OnMemberRequest) -> Result<StageBoard, StoreError> {
    let act = Act { name: "stage.lower_hand", request_id: &request.request_id, call: request.call_id };
    command(store, uid, request, act, async |conn, scene, actor| {
        let whose = own_or_hosts(scene, uid, request.uid.as_ref(), "take another's hand down")?;
        move_one(conn, scene, whose, StageAct::LowerHand, StageNews::HandLowered, actor).await
    })
    .await
}

/// The host asks a member to come on the stage: the one who is named, or whoever raised his hand first.
pub async fn invite(store: &Store, uid: &Uid, request: &OnMemberRequest) -> Result<StageBoard, StoreError> {
    let act = Act { name: "stage.invite", request_id: &request.request_id, call: request.call_id };
    command(store, uid, request, act, async |conn, scene, actor| {
        scene.only_host(uid, "invite to the stage")?;
        let first = || in_turn(&scene.guests, StagePlace::Queued).first().map(|g| g.uid.clone());
        let whom = request.uid.clone().or_else(first);
        let whom = whom.ok_or_else(|| conflict("nobody has raised a hand; say who is invited"))?;
        if !scene.place(&mut *conn, &whom, StageAct::Invite).await? {
            return Ok(scene.board());
        }
        let invitation = scene.programme.invitation(&whom)?;
        scene.tell(conn, EVENT, actor, &[(StageNews::Invited, Some(whom))], vec![invitation]).await
    })
    .await
}

/// A member comes on the stage, which is consent to be on air too, or declines.
pub async fn answer(store: &Store, uid: &Uid, request: &StageAnswerRequest) -> Result<StageBoard, StoreError> {
    let act = Act { name: "stage.answer", request_id: &request.request_id, call: request.call_id };
    command(store, uid, request, act, async |conn, scene, actor| {
        if scene.programme.id != request.programme_id {
            return Err(not_yours(request.call_id));
        }
        if !request.accept {
            return move_one(conn, scene, uid, StageAct::Decline, StageNews::Declined, actor).await;
        }
        let came = scene.place(&mut *conn, uid, StageAct::Accept).await?;
        let agreed = scene.consent(&mut *conn, uid, Consent::Agreed).await?;
        if !came && !agreed {
            return Ok(scene.board());
        }
        scene.tell(conn, EVENT, actor, &[(StageNews::CameOn, Some(uid.clone()))], Vec::new()).await
    })
    .await
}

/// A member goes back to the audience, or the host sends another there.
pub async fn step_down(store: &Store, uid: &Uid, request: &OnMemberRequest) -> Result<StageBoard, StoreError> {
    let act = Act { name: "stage.step_down", request_id: &request.request_id, call: request.call_id };
    command(store, uid, request, act, async |conn, scene, actor| {
        let whose = own_or_hosts(scene, uid, request.uid.as_ref(), "send another back to the audience")?;
        move_one(conn, scene, whose, StageAct::StepDown, StageNews::SteppedDown, actor).await
    })
    .await
}

/// The host sets who of those who agreed is on the programme.
pub async fn set_mode(store: &Store, uid: &Uid, request: &StageModeRequest) -> Result<StageBoard, StoreError> {
    let act = Act { name: "stage.mode", request_id: &request.request_id, call: request.call_id };
    command(store, uid, request, act, async |conn, scene, actor| {
        scene.only_host(uid, "set the mode")?;
        if scene.programme.mode == request.mode {
            return Ok(scene.board());
        }
        scene.programme.mode = request.mode;
        scene.tell(conn, "programme.changed", actor, &[(StageNews::Mode, None)], Vec::new()).await
    })
    .await
}

/// Which act on which call.
struct Act<'a> {
    name: &'static str,
    request_id: &'a RequestId,
    call: CallId,
}

async fn command<R: Serialize + Sync>(
    store: &Store,
    uid: &Uid,
    request: &R,
    act: Act<'_>,
    apply: impl AsyncFnOnce(&mut PgConnection, &mut Scene, &str) -> Result<StageBoard, StoreError>,
) -> Result<StageBoard, StoreError> {
    let actor = format!("user:{uid}");
    match Command::begin(store, &actor, act.name, act.request_id, false, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = async {
                let mut scene = Scene::of_member(&mut command, act.call, uid).await?;
                apply(&mut command, &mut scene, &actor).await
            };
            let result = result.await;
            command.finish(result).await
        }
    }
}

async fn move_one(
    conn: &mut PgConnection,
    scene: &mut Scene,
    uid: &Uid,
    act: StageAct,
    news: StageNews,
    actor: &str,
) -> Result<StageBoard, StoreError> {
    if scene.place(&mut *conn, uid, act).await? {
        return scene.tell(conn, EVENT, actor, &[(news, Some(uid.clone()))], Vec::new()).await;
    }
    Ok(scene.board())
}

/// Whose place it is about: the caller's own, or another's if the caller is the host.
fn own_or_hosts<'a>(scene: &Scene, me: &'a Uid, named: Option<&'a Uid>, what: &str) -> Result<&'a Uid, StoreError> {
    match named {
        Some(other) if other != me => scene.only_host(me, what).map(|()| other),
        _ => Ok(me),
    }
}

/// Members have left a call: their places are gone with that, in the same transaction. The call's row must be locked.
pub(crate) async fn left(conn: &mut PgConnection, call: CallId, uids: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "update calls.stage s set place = 'audience', told = false from calls.programmes p
         where p.id = s.programme_id and p.call_id = $1 and p.live and s.uid = any($2) and s.place <> 'audience'",
        call.as_uuid(),
        uids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tells the others whose places are gone because they left; gives how many programmes had such. Call it once a second.
pub async fn tell_who_left(store: &Store) -> Result<usize, StoreError> {
    let due = sqlx::query_scalar!(
        "select distinct s.programme_id from calls.stage s join calls.programmes p on p.id = s.programme_id where not s.told and p.live limit 200"
    )
    .fetch_all(store.pool())
    .await?;
    for id in &due {
        tell_one(store, ProgrammeId::from_uuid(*id)).await?;
    }
    Ok(due.len())
}

async fn tell_one(store: &Store, id: ProgrammeId) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let mut scene = match Scene::open(&mut tx, id).await {
        Ok(scene) => scene,
        // It ended meanwhile.
        Err(StoreError::Refused(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let left = sqlx::query_scalar!(
        "update calls.stage set told = true where programme_id = $1 and not told returning uid",
        id.as_uuid()
    )
    .fetch_all(&mut *tx)
    .await?;
    let uids = left.into_iter().map(crate::load::uid).collect::<Result<Vec<_>, _>>()?;
    let news: Vec<_> = uids.into_iter().map(|uid| (StageNews::Left, Some(uid))).collect();
    if news.is_empty() {
        return Ok(());
    }
    scene.tell(&mut tx, EVENT, "house", &news, Vec::new()).await?;
    tx.commit().await?;
    store.ring();
    Ok(())
}
