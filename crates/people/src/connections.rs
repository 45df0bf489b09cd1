//! Live connections that the sign-in let in: server, number there, and whose. A ban or a revocation cuts them by these.
//!
//! A row may outlive its connection for a while (a server that was killed tells nothing); it is never the other way round.

use callboard_domain::{RoomId, StaffName, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

/// Whose connection it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A user's app.
    User(Uid),
    /// A member of staff.
    Staff(StaffName),
}

impl Holder {
    /// The kind in the database.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Staff(_) => "staff",
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        match self {
            Self::User(uid) => uid.as_str(),
            Self::Staff(name) => name.as_str(),
        }
    }
}

/// A connection, as nats-server numbers it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connection {
    /// The server.
    pub server_id: String,
    /// The number on that server.
    pub cid: u64,
}

/// Remembers a connection that was let in; `room` is the one that it hears, if it came with a ticket.
pub async fn insert(
    store: &Store,
    connection: &Connection,
    holder: &Holder,
    room: Option<RoomId>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into people.connections (server_id, cid, kind, name, room_id, at_ms) values ($1, $2, $3, $4, $5, store.now_ms())
         on conflict (server_id, cid) do update
             set kind = excluded.kind, name = excluded.name, room_id = excluded.room_id, at_ms = excluded.at_ms",
        connection.server_id,
        number(connection.cid),
        holder.kind(),
        holder.name(),
        room.map(RoomId::as_uuid)
    )
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Forgets connections of a server that are no more.
pub async fn delete(store: &Store, gone: &[Connection]) -> Result<(), StoreError> {
    let servers: Vec<String> = gone.iter().map(|c| c.server_id.clone()).collect();
    let cids: Vec<i64> = gone.iter().map(|c| number(c.cid)).collect();
    sqlx::query!(
        "delete from people.connections c using unnest($1::text[], $2::bigint[]) as gone (server_id, cid)
         where c.server_id = gone.server_id and c.cid = gone.cid",
        &servers,
        &cids
    )
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The connections of somebody.
pub async fn of(store: &Store, holder: &Holder) -> Result<Vec<Connection>, StoreError> {
    let rows = sqlx::query!(
        "select server_id, cid from people.connections where kind = $1 and name = $2 order by at_ms",
        holder.kind(),
        holder.name()
    )
    .fetch_all(store.pool())
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Connection { server_id: r.server_id, cid: u64::try_from(r.cid).unwrap_or_default() })
        .collect())
}

/// The connections on which somebody hears a room with a ticket.
pub async fn hearing(store: &Store, uid: &Uid, room: RoomId) -> Result<Vec<Connection>, StoreError> {
    let rows = sqlx::query!(
        "select server_id, cid from people.connections where kind = 'user' and name = $1 and room_id = $2 order by at_ms",
        uid.as_str(),
        room.as_uuid()
    )
    .fetch_all(store.pool())
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Connection { server_id: r.server_id, cid: u64::try_from(r.cid).unwrap_or_default() })
        .collect())
}

/// The connections of somebody that hear a room with a ticket, each with the room.
pub async fn with_tickets(conn: &mut PgConnection, uid: &Uid) -> Result<Vec<(Connection, RoomId)>, StoreError> {
    let rows = sqlx::query!(
        "select server_id, cid, room_id as \"room_id!\" from people.connections
         where kind = 'user' and name = $1 and room_id is not null order by at_ms",
        uid.as_str()
    )
    .fetch_all(conn)
    .await?;
    let read = |server_id, cid: i64| Connection { server_id, cid: u64::try_from(cid).unwrap_or_default() };
    Ok(rows.into_iter().map(|r| (read(r.server_id, r.cid), RoomId::from_uuid(r.room_id))).collect())
}

/// Forgets what can no longer be there: connections of servers that are not among `servers`, and those older than `max_age_ms`.
/// Gives how many. What came within the last minute is kept in any case.
pub async fn sweep(store: &Store, servers: &[String], max_age_ms: i64) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "delete from people.connections
         where at_ms < store.now_ms() - $2 or (server_id <> all($1) and at_ms < store.now_ms() - 60000)",
        servers,
        max_age_ms
    )
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected())
}

fn number(cid: u64) -> i64 {
    i64::try_from(cid).unwrap_or(i64::MAX)
}
