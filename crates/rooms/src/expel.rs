//! What sanctions of staff do to rooms: whoever may not be in a room is taken out of it, and a mute shows. The sanction is committed before
//! any of this and read by every command of a room, so that what is done here can be repeated at will.

use callboard_contract::adm::people::PersonRoom;
use callboard_contract::api::chat::Deleted;
use callboard_domain::{CallId, MessageId, RoomId, Scope, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use crate::entering::is_there;
use crate::refusal::{conflict, missing};
use crate::scene::Scene;
use crate::{chat, order, row};

/// Rooms of one person that are looked at.
const MOST: i64 = 1_000;

/// The rooms in which somebody is, is invited or waits, as far as a scope reaches. Conversations of two and his own are not among them.
pub async fn within(conn: &mut PgConnection, uid: &Uid, scope: &Scope) -> Result<Vec<RoomId>, StoreError> {
    let (tenant, room) = match scope {
        Scope::Platform => (None, None),
        Scope::Tenant(tenant) => (Some(tenant.as_str()), None),
        Scope::Room(room) => (None, Some(room.as_uuid())),
    };
    let ids = sqlx::query_scalar!(
        "select m.room_id from rooms.members m join rooms.rooms r on r.id = m.room_id
         where m.uid = $1 and m.state in ('joined', 'invited', 'lobby') and m.role <> 'host' and r.kind <> 'direct'
             and ($2::text is null or r.tenant = $2) and ($3::uuid is null or r.id = $3)
         order by m.room_id limit $4",
        uid.as_str(),
        tenant,
        room,
        MOST
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(RoomId::from_uuid).collect())
}

/// The calls that rooms of a scope hold; nothing for the platform.
pub async fn call_in(conn: &mut PgConnection, scope: &Scope) -> Result<Option<CallId>, StoreError> {
    match scope {
        Scope::Room(room) => Ok(row::read_one(conn, *room).await?.call),
        Scope::Platform | Scope::Tenant(_) => Ok(None),
    }
}

/// Takes somebody out of a room because of a sanction; gives whether he was in it, invited or waiting. What he paid stays paid, unless he
/// never was in. Members are told when the worker of rooms is asked to.
pub async fn expel(store: &Store, room: RoomId, uid: &Uid, actor: &str) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let mut scene = Scene::open(&mut tx, room, actor.to_owned()).await?;
    let standing = scene.standing(&mut tx, uid).await?;
    let own = scene.room.tenant.as_ref() == Some(uid) || scene.room.pair.is_some();
    let Some(member) = standing.member.filter(|m| is_there(m.state) && !own) else { return Ok(false) };
    order::remove(&mut tx, &mut scene, member).await?;
    tx.commit().await?;
    store.ring();
    Ok(true)
}

/// Counts in a room that somebody's mute began, changed or ended, so that it shows.
pub async fn hushed(store: &Store, room: RoomId, uid: &Uid, actor: &str) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let mut scene = Scene::open(&mut tx, room, actor.to_owned()).await?;
    let standing = scene.standing(&mut tx, uid).await?;
    let Some(member) = standing.member.filter(|m| is_there(m.state)) else { return Ok(()) };
    order::tell_mute(&mut tx, &mut scene, member).await?;
    tx.commit().await?;
    store.ring();
    Ok(())
}

/// Deletes messages of a room, whoever wrote them, in the caller's transaction; gives those that were not gone before.
pub async fn delete(conn: &mut PgConnection, room: RoomId, ids: &[MessageId], by: &str) -> Result<Deleted, StoreError> {
    let mut room = row::lock_one(&mut *conn, room).await?;
    let uuids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    let there = sqlx::query!(
        "select id, deleted_ms from rooms.messages where room_id = $1 and id = any($2)",
        room.id.as_uuid(),
        &uuids
    )
    .fetch_all(&mut *conn)
    .await?;
    if let Some(id) = ids.iter().find(|id| !there.iter().any(|m| m.id == id.as_uuid())) {
        return Err(missing("message_ids", format!("there is no message {id} in room {}", room.id)));
    }
    let left: Vec<MessageId> =
        there.iter().filter(|m| m.deleted_ms.is_none()).map(|m| MessageId::from_uuid(m.id)).collect();
    if left.is_empty() {
        return Err(conflict("these messages are gone already"));
    }
    chat::remove(conn, &mut room, &left, by).await?;
    Ok(Deleted { message_ids: left })
}

/// Which of some messages are not deleted, or not there.
pub async fn undeleted(conn: &mut PgConnection, ids: &[MessageId]) -> Result<Vec<MessageId>, StoreError> {
    let uuids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    let gone =
        sqlx::query_scalar!("select id from rooms.messages where id = any($1) and deleted_ms is not null", &uuids)
            .fetch_all(conn)
            .await?;
    Ok(ids.iter().copied().filter(|id| !gone.contains(&id.as_uuid())).collect())
}

/// The rooms that somebody has to do with, for staff; conversations of two are not among them.
pub async fn rooms_of(conn: &mut PgConnection, uid: &Uid) -> Result<Vec<PersonRoom>, StoreError> {
    let rows = sqlx::query!(
        "select r.id, r.name, r.tenant as \"tenant!\", m.role, m.state from rooms.members m join rooms.rooms r on r.id = m.room_id
         where m.uid = $1 and r.kind <> 'direct' order by m.state in ('joined', 'invited', 'lobby') desc, m.since_ms desc limit 100",
        uid.as_str()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(PersonRoom {
                room_id: RoomId::from_uuid(r.id),
                name: r.name,
                tenant: Uid::new(r.tenant).map_err(|e| StoreError::corrupt("a tenant", e))?,
                role: r.role.parse().map_err(|e| StoreError::corrupt("a member's role", e))?,
                state: r.state.parse().map_err(|e| StoreError::corrupt("a member's state", e))?,
            })
        })
        .collect()
}
