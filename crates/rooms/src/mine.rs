//! Rooms as one person sees them, and who may see which.

use std::collections::BTreeMap;

use callboard_contract::limits::MAX_UNREAD_MESSAGES;
use callboard_contract::room::{MyMembership, MyRoom, RoomView};
use callboard_domain::{RoomAccess, RoomId, RoomKind, RoomMemberState, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::row::no_room;
use crate::{Room, Standing};

/// Whether somebody may see a room: what is private only who has to do with it, a conversation only its two.
pub fn may_see(room: &Room, uid: &Uid, state: Option<RoomMemberState>) -> bool {
    let has_to_do = state.is_some_and(|state| state != RoomMemberState::Removed);
    match (room.kind, room.access) {
        (RoomKind::Direct, _) => room.pair.as_ref().is_some_and(|(a, b)| a == uid || b == uid),
        (_, RoomAccess::Public | RoomAccess::Paid) => true,
        (_, RoomAccess::Private) => has_to_do || room.tenant.as_ref() == Some(uid),
    }
}

/// Refuses with `not_found` who may not see a room.
pub(crate) fn check_sees(room: &Room, uid: &Uid, standing: &Standing) -> Result<(), StoreError> {
    if may_see(room, uid, standing.state()) { Ok(()) } else { Err(no_room(room.id)) }
}

/// One room as somebody sees it, as written in this transaction.
pub(crate) async fn one(conn: &mut PgConnection, room: &Room, uid: &Uid) -> Result<MyRoom, StoreError> {
    let mut all = many(conn, std::slice::from_ref(room), uid).await?;
    all.pop().ok_or_else(|| StoreError::corrupt("a room", "it was read and is not there"))
}

/// Rooms as somebody sees them, in the order given.
pub(crate) async fn many(conn: &mut PgConnection, rooms: &[Room], uid: &Uid) -> Result<Vec<MyRoom>, StoreError> {
    let who: Vec<(RoomId, Uid)> = rooms.iter().map(|room| (room.id, uid.clone())).collect();
    let mut standings = Standing::of_many(&mut *conn, rooms, &who).await?;
    let unread = unread(conn, &standings, uid).await?;
    rooms
        .iter()
        .map(|room| {
            let standing = standings
                .remove(&(room.id, uid.clone()))
                .ok_or_else(|| StoreError::corrupt("a standing", "it was asked for and is not there"))?;
            let unread = unread.get(&room.id).copied().unwrap_or_default();
            // What is on air is for those who are in.
            let watch_url = room.watch_url.clone().filter(|_| standing.is_joined());
            Ok(MyRoom {
                room: RoomView { watch_url, ..room.view() },
                me: membership(room, uid, &standing, unread),
                peer: room.peer_of(uid).cloned(),
            })
        })
        .collect()
}

fn membership(room: &Room, uid: &Uid, standing: &Standing, unread: u32) -> MyMembership {
    let pays = room.tenant.as_ref() != Some(uid) && !standing.member.as_ref().is_some_and(crate::MemberRow::has_paid);
    MyMembership {
        state: standing.state(),
        role: standing.role,
        powers: standing.powers.iter().copied().collect(),
        muted_until: standing.muted_until,
        fee_due: room.entry_fee.filter(|_| pays && !standing.is_joined()),
        read_seq: standing.member.as_ref().map_or(0, |m| m.read_seq.unsigned_abs()),
        unread,
    }
}

/// What others said after the last message that somebody read, in the rooms in which he may read.
async fn unread(
    conn: &mut PgConnection,
    standings: &BTreeMap<(RoomId, Uid), Standing>,
    uid: &Uid,
) -> Result<BTreeMap<RoomId, u32>, StoreError> {
    let reads = |s: &Standing| matches!(s.state(), Some(RoomMemberState::Joined | RoomMemberState::Invited));
    let reading = standings.iter().filter(|(_, s)| reads(s) && !s.banned);
    let (ids, read): (Vec<Uuid>, Vec<i64>) =
        reading.filter_map(|((id, _), s)| s.member.as_ref().map(|m| (id.as_uuid(), m.read_seq))).unzip();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query!(
        "select n.room_id as \"room_id!\", c.count as \"count!\" from unnest($1::uuid[], $2::bigint[]) n (room_id, read_seq)
         cross join lateral (select count(*) from (select from rooms.messages m where m.room_id = n.room_id and m.seq > n.read_seq
             and m.author <> $3 and m.deleted_ms is null and not m.held limit $4) u) c",
        &ids,
        &read,
        uid.as_str(),
        MAX_UNREAD_MESSAGES
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (RoomId::from_uuid(r.room_id), u32::try_from(r.count).unwrap_or(u32::MAX))).collect())
}
