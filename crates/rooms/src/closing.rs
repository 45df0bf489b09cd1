//! Rooms are closed for good: by their host, by staff, or because a temporary one was empty for long. What was said can still be read.

use callboard_contract::api::rooms::OnRoomRequest;
use callboard_contract::limits::{EMPTY_ROOM_MS, MAX_DIRECT_FAN_OUT};
use callboard_contract::room::MyRoom;
use callboard_domain::{RoomId, RoomKind, RoomPower, RoomState, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use crate::command::{Asked, run};
use crate::inviting::open;
use crate::refusal::conflict;
use crate::scene::Scene;
use crate::{Did, Told, fees, mine};

/// Rooms that are closed in one look.
const AT_ONCE: i64 = 100;

/// Closes a room for good. Before the promised time all entry fees go back.
pub async fn close(store: &Store, uid: &Uid, request: &OnRoomRequest) -> Result<Did<MyRoom>, StoreError> {
    run(store, Asked::by(uid, "rooms.close", &request.request_id), request, async |conn, actor| {
        let (mut scene, _) = open(&mut *conn, uid, request.room_id, actor, RoomPower::Close, "close it").await?;
        shut(&mut *conn, &mut scene).await?;
        Ok(Did { reply: mine::one(conn, &scene.room, uid).await?, told: scene.told })
    })
    .await
}

/// Closes a locked room, whoever does it.
pub(crate) async fn shut(conn: &mut PgConnection, scene: &mut Scene) -> Result<(), StoreError> {
    fees::not_closed(scene)?;
    match scene.room.kind {
        RoomKind::Primary => return Err(conflict("a primary room is always there; lock it instead")),
        RoomKind::Direct => return Err(conflict("a conversation of two is not closed")),
        RoomKind::Sub | RoomKind::Event | RoomKind::Temporary => {}
    }
    fees::broken_promise(&mut *conn, scene).await?;
    scene.room.state = RoomState::Closed;
    scene.room.closed = Some(scene.at);
    (scene.room.call, scene.room.watch_url) = (None, None);
    scene.count_room(&mut *conn).await?;
    let mut pushes = Vec::new();
    for uid in to_tell(&mut *conn, scene).await? {
        pushes.push(scene.push(&mut *conn, "rooms.removed", &uid).await?);
    }
    scene.tell_room(conn, "room.closed", pushes).await
}

/// Who is told by a push of his own: all who are in a small room or before it. In a big one the news on the room's subject tell, and each who
/// paid hears that his coins are back.
async fn to_tell(conn: &mut PgConnection, scene: &Scene) -> Result<Vec<Uid>, StoreError> {
    let uids = sqlx::query_scalar!(
        "select uid from rooms.members where room_id = $1 and state in ('joined', 'lobby', 'invited') limit $2",
        scene.room.id.as_uuid(),
        i64::from(MAX_DIRECT_FAN_OUT) + 1
    )
    .fetch_all(conn)
    .await?;
    if uids.len() > MAX_DIRECT_FAN_OUT as usize {
        return Ok(Vec::new());
    }
    uids.into_iter().map(|uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a member's name", e))).collect()
}

/// Closes temporary rooms that were empty for long enough; gives what is to be told.
pub async fn close_empty(store: &Store) -> Result<Vec<Told>, StoreError> {
    let ids = sqlx::query_scalar!(
        "select id from rooms.rooms where kind = 'temporary' and state <> 'closed' and empty_ms <= store.now_ms() - $1
         order by empty_ms limit $2",
        EMPTY_ROOM_MS,
        AT_ONCE
    )
    .fetch_all(store.pool())
    .await?;
    let mut told = Vec::new();
    for id in ids {
        told.extend(close_if_empty(store, RoomId::from_uuid(id)).await?);
    }
    Ok(told)
}

async fn close_if_empty(store: &Store, id: RoomId) -> Result<Vec<Told>, StoreError> {
    let mut tx = store.begin().await?;
    let mut scene = Scene::open(&mut tx, id, "house".to_owned()).await?;
    // Somebody may have come, or another worker may have closed it.
    let due = sqlx::query_scalar!(
        "select state <> 'closed' and empty_ms <= $2::bigint - $3 as due from rooms.rooms where id = $1",
        id.as_uuid(),
        scene.at.as_ms(),
        EMPTY_ROOM_MS
    )
    .fetch_one(&mut *tx)
    .await?;
    if due != Some(true) {
        return Ok(Vec::new());
    }
    shut(&mut tx, &mut scene).await?;
    tx.commit().await?;
    store.ring();
    Ok(scene.told)
}
