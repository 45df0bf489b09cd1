//! What staff do about who is on a programme: the mode, how loud a guest is, and sending somebody back to the audience.

use callboard_contract::adm::restream::{GainRequest, ModeRequest, ProgrammeReply, SendBackRequest};
use callboard_contract::api::stage::StageNews;
use callboard_contract::limits::MAX_GAIN_PERMILLE;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{StaffName, StageAct, StagePlace};
use callboard_store::{Action, Begun, Command, Store, StoreError, log_action};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::acts::Act;
use super::scene::Scene;
use crate::open::bad;

/// Sets who of those who agreed is on the programme.
pub async fn mode(store: &Store, staff: &StaffName, request: &ModeRequest) -> Result<ProgrammeReply, StoreError> {
    let act = Act {
        name: "restream.mode",
        request_id: &request.request_id,
        programme: request.programme_id,
        reason: None,
        dry_run: request.dry_run,
    };
    change(store, staff, request, act, async |conn, scene, actor| {
        let before = json!({ "mode": scene.programme.mode });
        if scene.programme.mode != request.mode {
            scene.programme.mode = request.mode;
            scene.tell(conn, "programme.changed", actor, &[(StageNews::Mode, None)], Vec::new()).await?;
        }
        Ok((before, json!({ "mode": request.mode })))
    })
    .await
}

/// Makes a guest louder or softer in the mix. It stays so until it is changed, also while he is not on the programme.
pub async fn gain(store: &Store, staff: &StaffName, request: &GainRequest) -> Result<ProgrammeReply, StoreError> {
    let most = MAX_GAIN_PERMILLE;
    if request.gain_permille > most {
        return Err(bad("gain_permille", format!("gain_permille must be 0 to {most}; 1000 leaves it as it is")));
    }
    let act = Act {
        name: "restream.gain",
        request_id: &request.request_id,
        programme: request.programme_id,
        reason: None,
        dry_run: request.dry_run,
    };
    change(store, staff, request, act, async |conn, scene, actor| {
        let uid = &request.uid;
        let Some(guest) = scene.guests.iter_mut().find(|g| &g.uid == uid) else {
            let text = format!("{uid} is no member of call {}", scene.programme.call);
            return Err(ApiError::new(ErrorCode::NotFound, text).on_field("uid").into());
        };
        let before = std::mem::replace(&mut guest.gain_permille, request.gain_permille);
        sqlx::query!(
            "insert into calls.stage as s (programme_id, uid, place, turn, since_ms, gain_permille) values ($1, $2, $3, $4, store.now_ms(), $5)
             on conflict (programme_id, uid) do update set gain_permille = excluded.gain_permille",
            scene.programme.id.as_uuid(),
            uid.as_str(),
            StagePlace::Audience.as_str(),
            scene.programme.version,
            i32::try_from(request.gain_permille).unwrap_or(i32::MAX)
        )
        .execute(&mut *conn)
        .await?;
        scene.tell(conn, "programme.changed", actor, &[], Vec::new()).await?;
        let now = json!({ "uid": uid, "gain_permille": request.gain_permille });
        Ok((json!({ "uid": uid, "gain_permille": before }), now))
    })
    .await
}

/// Sends somebody back to the audience, whatever he has: a raised hand, an invitation, the stage.
pub async fn send_back(
    store: &Store,
    staff: &StaffName,
    request: &SendBackRequest,
) -> Result<ProgrammeReply, StoreError> {
    request.reason.check().map_err(|e| bad("reason", e))?;
    let act = Act {
        name: "restream.step_down",
        request_id: &request.request_id,
        programme: request.programme_id,
        reason: Some(&request.reason),
        dry_run: request.dry_run,
    };
    change(store, staff, request, act, async |conn, scene, actor| {
        let uid = &request.uid;
        let place = |scene: &Scene| scene.guests.iter().find(|g| &g.uid == uid).map(|g| g.place);
        let before = json!({ "uid": uid, "place": place(scene) });
        let hand = place(scene) == Some(StagePlace::Queued);
        let (what, news) = if hand {
            (StageAct::LowerHand, StageNews::HandLowered)
        } else {
            (StageAct::StepDown, StageNews::SteppedDown)
        };
        if scene.place(&mut *conn, uid, what).await? {
            scene.tell(conn, "programme.stage", actor, &[(news, Some(uid.clone()))], Vec::new()).await?;
        }
        Ok((before, json!({ "uid": uid, "place": place(scene) })))
    })
    .await
}

/// `apply` tells what it changed, and gives how it was and how it is for the log.
async fn change<R: Serialize + Sync>(
    store: &Store,
    staff: &StaffName,
    request: &R,
    act: Act<'_>,
    apply: impl AsyncFnOnce(&mut PgConnection, &mut Scene, &str) -> Result<(Value, Value), StoreError>,
) -> Result<ProgrammeReply, StoreError> {
    let actor = format!("staff:{staff}");
    match Command::begin(store, &actor, act.name, act.request_id, act.dry_run, request).await? {
        Begun::Before(reply) => Ok(reply),
        Begun::New(mut command) => {
            let result = async {
                let conn: &mut PgConnection = &mut command;
                let mut scene = Scene::open(&mut *conn, act.programme).await?;
                let (before, after) = apply(&mut *conn, &mut scene, &actor).await?;
                let action = Action {
                    actor: &actor,
                    act: act.name,
                    target: scene.programme.id.to_string(),
                    reason: act.reason.map(ToString::to_string),
                    before: Some(before),
                    after: Some(after),
                };
                log_action(&mut *conn, &action).await?;
                Ok(ProgrammeReply { programme: scene.programme.detail(conn).await?, dry_run: act.dry_run })
            };
            let result = result.await;
            command.finish(result).await
        }
    }
}
