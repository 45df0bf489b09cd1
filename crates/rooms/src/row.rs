//! The row of a room: the first lock of whatever changes the room, a member or a message.

use callboard_contract::limits::MAX_DIRECT_FAN_OUT;
use callboard_contract::room::{FanOut, RoomView};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, CallId, Coins, Millis, RoomAccess, RoomId, RoomKind, RoomPowers, RoomState, Uid};
use callboard_store::StoreError;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// A room, as it stands in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The room.
    pub id: RoomId,
    /// Whose it is; nobody's for a conversation of two.
    pub tenant: Option<Uid>,
    /// What it is for.
    pub kind: RoomKind,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub topic: String,
    /// Its category.
    pub category: Option<String>,
    /// Who may enter.
    pub access: RoomAccess,
    /// Open, locked or closed.
    pub state: RoomState,
    /// What entering costs.
    pub entry_fee: Option<Coins>,
    /// Until when the host promised to keep it open.
    pub promised_until: Option<At>,
    /// How many may be in it.
    pub capacity: i32,
    /// How many are.
    pub members: i32,
    /// Members wait so long between two messages.
    pub slow_mode: Option<Millis>,
    /// Only who has been a member for so long may speak.
    pub members_only: Option<Millis>,
    /// Whether who comes waits until he is let in.
    pub lobby: bool,
    /// What roles may do.
    pub powers: RoomPowers,
    /// The call that it holds.
    pub call: Option<CallId>,
    /// Where the programme of that call is watched, while it is on air.
    pub watch_url: Option<String>,
    /// The two of a conversation.
    pub pair: Option<(Uid, Uid)>,
    /// When it was made.
    pub created: At,
    /// When it was closed.
    pub closed: Option<At>,
    /// The number of its last change.
    pub head: i64,
    /// The number of the last change of this row.
    pub changed: i64,
}

impl Room {
    /// Counts one more change and gives its number. The row must be locked, and [`save_heads`] or an update of the row must follow.
    pub fn advance(&mut self) -> i64 {
        self.head += 1;
        self.head
    }

    /// How members hear of its news.
    pub fn fan_out(&self) -> FanOut {
        if self.members.unsigned_abs() <= MAX_DIRECT_FAN_OUT { FanOut::Direct } else { FanOut::Ticket }
    }

    /// The other one of a conversation.
    pub fn peer_of(&self, uid: &Uid) -> Option<&Uid> {
        self.pair.as_ref().map(|(a, b)| if a == uid { b } else { a })
    }

    /// The room as its members see it.
    pub fn view(&self) -> RoomView {
        RoomView {
            room_id: self.id,
            tenant: self.tenant.clone(),
            kind: self.kind,
            name: self.name.clone(),
            topic: self.topic.clone(),
            category: self.category.clone(),
            access: self.access,
            state: self.state,
            entry_fee: self.entry_fee,
            promised_until: self.promised_until,
            capacity: self.capacity.unsigned_abs(),
            members: self.members.unsigned_abs(),
            slow_mode: self.slow_mode,
            members_only: self.members_only,
            lobby: self.lobby,
            call_id: self.call,
            watch_url: self.watch_url.clone(),
            fan_out: self.fan_out(),
            created_at: self.created,
            closed_at: self.closed,
            seq: self.head.unsigned_abs(),
        }
    }
}

/// The refusal where there is no such room for the caller. It does not tell whether there is one that he may not see.
pub fn no_room(id: RoomId) -> StoreError {
    StoreError::Refused(
        ApiError::new(ErrorCode::NotFound, format!("there is no room {id}, or it is not yours to see"))
            .on_field("room_id"),
    )
}

/// Reads rooms without locking them, in no order. Those that are not there are left out.
pub async fn read(conn: &mut PgConnection, ids: &[RoomId]) -> Result<Vec<Room>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query_as!(Row, "select id, tenant, kind, name, topic, category, access, state, entry_fee, promised_ms, capacity, members, slow_ms,
         members_only_ms, lobby, powers, call_id, watch_url, direct_a, direct_b, created_ms, closed_ms, head, changed
         from rooms.rooms where id = any($1)", &ids).fetch_all(conn).await?;
    rows.into_iter().map(Room::try_from).collect()
}

/// Locks rooms in the order of their ids and reads them. Those that are not there are left out.
pub async fn lock(conn: &mut PgConnection, ids: &[RoomId]) -> Result<Vec<Room>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query_as!(Row, "select id, tenant, kind, name, topic, category, access, state, entry_fee, promised_ms, capacity, members, slow_ms,
         members_only_ms, lobby, powers, call_id, watch_url, direct_a, direct_b, created_ms, closed_ms, head, changed
         from rooms.rooms where id = any($1) order by id for no key update", &ids).fetch_all(conn).await?;
    rows.into_iter().map(Room::try_from).collect()
}

/// Locks one room, or refuses with `not_found`.
pub async fn lock_one(conn: &mut PgConnection, id: RoomId) -> Result<Room, StoreError> {
    lock(conn, &[id]).await?.pop().ok_or_else(|| no_room(id))
}

/// Reads one room, or refuses with `not_found`.
pub async fn read_one(conn: &mut PgConnection, id: RoomId) -> Result<Room, StoreError> {
    read(conn, &[id]).await?.pop().ok_or_else(|| no_room(id))
}

/// Writes how far locked rooms have counted.
pub async fn save_heads(conn: &mut PgConnection, rooms: &[Room]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = rooms.iter().map(|r| r.id.as_uuid()).collect();
    let heads: Vec<i64> = rooms.iter().map(|r| r.head).collect();
    sqlx::query!(
        "update rooms.rooms r set head = n.head from unnest($1::uuid[], $2::bigint[]) n (id, head) where r.id = n.id",
        &ids,
        &heads
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    tenant: Option<String>,
    kind: String,
    name: String,
    topic: String,
    category: Option<String>,
    access: String,
    state: String,
    entry_fee: Option<i64>,
    promised_ms: Option<i64>,
    capacity: i32,
    members: i32,
    slow_ms: Option<i64>,
    members_only_ms: Option<i64>,
    lobby: bool,
    powers: Option<Value>,
    call_id: Option<Uuid>,
    watch_url: Option<String>,
    direct_a: Option<String>,
    direct_b: Option<String>,
    created_ms: i64,
    closed_ms: Option<i64>,
    head: i64,
    changed: i64,
}

impl TryFrom<Row> for Room {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let uid = |text: String| Uid::new(text).map_err(|e| StoreError::corrupt("a room's user", e));
        let pair = match (row.direct_a, row.direct_b) {
            (Some(a), Some(b)) => Some((uid(a)?, uid(b)?)),
            _ => None,
        };
        let powers = row.powers.map(serde_json::from_value).transpose();
        Ok(Self {
            id: RoomId::from_uuid(row.id),
            tenant: row.tenant.map(uid).transpose()?,
            kind: row.kind.parse().map_err(|e| StoreError::corrupt("a room's kind", e))?,
            name: row.name,
            topic: row.topic,
            category: row.category,
            access: row.access.parse().map_err(|e| StoreError::corrupt("a room's access", e))?,
            state: row.state.parse().map_err(|e| StoreError::corrupt("a room's state", e))?,
            entry_fee: row.entry_fee.map(Coins::from_units),
            promised_until: row.promised_ms.map(At::from_ms),
            capacity: row.capacity,
            members: row.members,
            slow_mode: row.slow_ms.map(Millis::from_ms),
            members_only: row.members_only_ms.map(Millis::from_ms),
            lobby: row.lobby,
            powers: powers.map_err(|e| StoreError::corrupt("a room's powers", e))?.unwrap_or_default(),
            call: row.call_id.map(CallId::from_uuid),
            watch_url: row.watch_url,
            pair,
            created: At::from_ms(row.created_ms),
            closed: row.closed_ms.map(At::from_ms),
            head: row.head,
            changed: row.changed,
        })
    }
}
