//! The call that a room holds, and where its programme is watched beside the text.
//!
//! Whose a call is and whether it goes on is known to whoever keeps calls: the worker asks there, and says it here.

use callboard_contract::ApiError;
use callboard_contract::api::rooms::HoldCallRequest;
use callboard_contract::room::MyRoom;
use callboard_domain::{CallId, RoomId, RoomPower, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use crate::command::{Asked, run};
use crate::inviting::open;
use crate::refusal::conflict;
use crate::scene::Scene;
use crate::{Did, Told, mine};

/// A room with the call that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The room.
    pub room: RoomId,
    /// The call.
    pub call: CallId,
    /// Where members were told that its programme is watched.
    pub watch_url: Option<String>,
}

/// Puts a call into a room, or takes out the one that is in it. `refusal` is why the caller cannot put this call into any room, if he cannot.
pub async fn hold(
    store: &Store,
    uid: &Uid,
    request: &HoldCallRequest,
    refusal: Option<&ApiError>,
) -> Result<Did<MyRoom>, StoreError> {
    run(store, Asked::by(uid, "rooms.hold_call", &request.request_id), request, async |conn, actor| {
        let what = "start a call";
        let (mut scene, _) = open(&mut *conn, uid, request.room_id, actor, RoomPower::StartCall, what).await?;
        if scene.room.pair.is_some() {
            return Err(conflict("a conversation of two holds no call; call each other"));
        }
        if let Some(call) = request.call_id {
            if let Some(refusal) = refusal {
                return Err(refusal.clone().into());
            }
            alone(&mut *conn, scene.room.id, call).await?;
        }
        // Put in again, it is watched where it was.
        let url = scene.room.watch_url.clone().filter(|_| scene.room.call == request.call_id);
        set(&mut *conn, &mut scene, request.call_id, url).await?;
        Ok(Did { reply: mine::one(conn, &scene.room, uid).await?, told: scene.told })
    })
    .await
}

/// All rooms that hold a call.
pub async fn all(store: &Store) -> Result<Vec<Held>, StoreError> {
    let rows = sqlx::query!("select id, call_id as \"call_id!\", watch_url from rooms.rooms where call_id is not null")
        .fetch_all(store.pool())
        .await?;
    Ok(rows
        .into_iter()
        .map(|r| Held { room: RoomId::from_uuid(r.id), call: CallId::from_uuid(r.call_id), watch_url: r.watch_url })
        .collect())
}

/// Takes a call that is over out of its room.
pub async fn over(store: &Store, held: &Held) -> Result<Vec<Told>, StoreError> {
    follow(store, held, None, None).await
}

/// Writes where the programme of a call that goes on is watched, if anywhere.
pub async fn watched(store: &Store, held: &Held, url: Option<String>) -> Result<Vec<Told>, StoreError> {
    follow(store, held, Some(held.call), url).await
}

/// Nothing is to be told where it is so already, or the room holds another call by now.
async fn follow(
    store: &Store,
    held: &Held,
    call: Option<CallId>,
    url: Option<String>,
) -> Result<Vec<Told>, StoreError> {
    let mut tx = store.begin().await?;
    let mut scene = Scene::open(&mut tx, held.room, "house".to_owned()).await?;
    if scene.room.call != Some(held.call) {
        return Ok(Vec::new());
    }
    set(&mut tx, &mut scene, call, url).await?;
    tx.commit().await?;
    store.ring();
    Ok(scene.told)
}

async fn set(
    conn: &mut PgConnection,
    scene: &mut Scene,
    call: Option<CallId>,
    url: Option<String>,
) -> Result<(), StoreError> {
    if (scene.room.call, &scene.room.watch_url) == (call, &url) {
        return Ok(());
    }
    (scene.room.call, scene.room.watch_url) = (call, url);
    scene.count_room(&mut *conn).await?;
    scene.tell_room(conn, "room.changed", Vec::new()).await
}

async fn alone(conn: &mut PgConnection, room: RoomId, call: CallId) -> Result<(), StoreError> {
    let other = sqlx::query_scalar!(
        "select id from rooms.rooms where call_id = $1 and id <> $2",
        call.as_uuid(),
        room.as_uuid()
    )
    .fetch_optional(conn)
    .await?;
    match other {
        Some(_) => Err(conflict(format!("call {call} is held in another room; take it out there first"))),
        None => Ok(()),
    }
}
