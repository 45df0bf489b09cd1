//! Rooms are written here: made, and saved whole after a change. A room that nobody is in knows since when.

use callboard_domain::{At, CallId, Coins, Millis, RoomPowers, Uid};
use callboard_store::StoreError;
use serde_json::Value;
use sqlx::PgConnection;

use crate::Room;

/// Writes a new room. Gives whether it is new: there is one primary room of a tenant and one conversation of two.
pub(crate) async fn insert(conn: &mut PgConnection, room: &Room) -> Result<bool, StoreError> {
    let (a, b) = room.pair.as_ref().map(|(a, b)| (a.as_str(), b.as_str())).unzip();
    let done = sqlx::query!(
        "insert into rooms.rooms (id, tenant, kind, name, topic, category, access, state, entry_fee, promised_ms, capacity, members,
             lobby, direct_a, direct_b, created_ms, head, told, changed, touched_ms, empty_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18, $16,
             case when $12 = 0 then $16::bigint end)
         on conflict do nothing",
        room.id.as_uuid(),
        room.tenant.as_ref().map(Uid::as_str),
        room.kind.as_str(),
        room.name,
        room.topic,
        room.category,
        room.access.as_str(),
        room.state.as_str(),
        room.entry_fee.map(Coins::units),
        room.promised_until.map(At::as_ms),
        room.capacity,
        room.members,
        room.lobby,
        a,
        b,
        room.created.as_ms(),
        room.head,
        room.changed
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes a locked room as it is now. What never changes stays: whose it is, its kind, who may enter, what was promised.
pub(crate) async fn save(conn: &mut PgConnection, room: &Room) -> Result<(), StoreError> {
    sqlx::query!(
        "update rooms.rooms set name = $2, topic = $3, category = $4, state = $5, entry_fee = $6, capacity = $7, members = $8,
             slow_ms = $9, members_only_ms = $10, lobby = $11, powers = $12, call_id = $13, closed_ms = $14, head = $15, changed = $16, watch_url = $17,
             empty_ms = case when $8 = 0 then coalesce(empty_ms, store.now_ms()) end
         where id = $1",
        room.id.as_uuid(),
        room.name,
        room.topic,
        room.category,
        room.state.as_str(),
        room.entry_fee.map(Coins::units),
        room.capacity,
        room.members,
        room.slow_mode.map(Millis::as_ms),
        room.members_only.map(Millis::as_ms),
        room.lobby,
        powers(&room.powers)?,
        room.call.map(CallId::as_uuid),
        room.closed.map(At::as_ms),
        room.head,
        room.changed,
        room.watch_url
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Only what the host changed is kept, so that a better table for all others reaches old rooms too.
fn powers(powers: &RoomPowers) -> Result<Option<Value>, StoreError> {
    if *powers == RoomPowers::default() {
        return Ok(None);
    }
    serde_json::to_value(powers).map(Some).map_err(|e| StoreError::corrupt("a room's powers", e))
}
