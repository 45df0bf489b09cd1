//! What is kept of a room when something in it is reported: messages as they stand in the database, the deleted ones too, and who wrote them.

use callboard_domain::{MessageId, RoomId, Uid};
use callboard_store::StoreError;
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::row;

/// The author of a message, unless there is no such message in the room.
pub async fn author(conn: &mut PgConnection, room: RoomId, message: MessageId) -> Result<Option<Uid>, StoreError> {
    let author = sqlx::query_scalar!(
        "select author from rooms.messages where room_id = $1 and id = $2",
        room.as_uuid(),
        message.as_uuid()
    )
    .fetch_optional(conn)
    .await?;
    author.map(|uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a message's author", e))).transpose()
}

/// A room with the messages around one of it: so many before, so many after, and the one itself.
pub async fn around(
    conn: &mut PgConnection,
    room: RoomId,
    message: MessageId,
    before: i64,
    after: i64,
) -> Result<Value, StoreError> {
    let messages = sqlx::query!(
        "with one as (select seq from rooms.messages where room_id = $1 and id = $2),
             earlier as (select seq from rooms.messages where room_id = $1 and seq < (select seq from one) order by seq desc limit $3),
             later as (select seq from rooms.messages where room_id = $1 and seq > (select seq from one) order by seq limit $4)
         select to_jsonb(m) - 'body_hash' as \"message!\", m.author from rooms.messages m
         where m.room_id = $1 and m.seq in (select seq from one union all select seq from earlier union all select seq from later)
         order by m.seq",
        room.as_uuid(),
        message.as_uuid(),
        before,
        after
    )
    .fetch_all(&mut *conn)
    .await?;
    let (messages, authors) = messages.into_iter().map(|r| (r.message, r.author)).unzip();
    whole(conn, room, messages, authors).await
}

/// A room with its newest messages.
pub async fn newest(conn: &mut PgConnection, room: RoomId, most: i64) -> Result<Value, StoreError> {
    let messages = sqlx::query!(
        "select to_jsonb(m) - 'body_hash' as \"message!\", m.author from rooms.messages m where m.room_id = $1 order by m.seq desc limit $2",
        room.as_uuid(),
        most
    )
    .fetch_all(&mut *conn)
    .await?;
    let (messages, authors) = messages.into_iter().rev().map(|r| (r.message, r.author)).unzip();
    whole(conn, room, messages, authors).await
}

/// The conversation of two people.
pub async fn conversation(conn: &mut PgConnection, one: &Uid, other: &Uid) -> Result<Option<RoomId>, StoreError> {
    let (a, b) = if one < other { (one, other) } else { (other, one) };
    let id = sqlx::query_scalar!(
        "select id from rooms.rooms where kind = 'direct' and direct_a = $1 and direct_b = $2",
        a.as_str(),
        b.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(RoomId::from_uuid))
}

async fn whole(
    conn: &mut PgConnection,
    room: RoomId,
    messages: Vec<Value>,
    authors: Vec<String>,
) -> Result<Value, StoreError> {
    let participants = sqlx::query_scalar!(
        "select jsonb_build_object('uid', uid, 'role', role, 'state', state, 'since_ms', since_ms) as \"member!\"
         from rooms.members where room_id = $1 and uid = any($2) order by uid",
        room.as_uuid(),
        &authors
    )
    .fetch_all(&mut *conn)
    .await?;
    let room = row::read_one(conn, room).await?;
    Ok(json!({ "room": room.view(), "messages": messages, "participants": participants }))
}
