//! What is needed to tell members: who they are, and what was not told yet.

use std::collections::BTreeMap;

use callboard_contract::room::{RoomChange, RoomNews};
use callboard_domain::{RoomId, RoomKind, RoomMemberState, RoomPower, RoomRole, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use super::message::{self, Key, changed, wire};
use crate::{Room, Told, row};

/// Changes of one room that are told one by one; where there are more, members are told that there are.
const MAX_UNTOLD: i64 = 200;

/// Who hears a room's news on the connection that he has, as of one of its changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The number of the room's last change then.
    pub as_of: i64,
    /// Who. Empty where the room is so big that news go to those with a ticket only.
    pub ears: Vec<Ear>,
}

/// Somebody who hears news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ear {
    /// Who.
    pub uid: Uid,
    /// Whether he sees what is held for review.
    pub reviews: bool,
}

/// Reads who hears the news of some rooms; all of it as of one instant.
pub async fn audiences(conn: &mut PgConnection, rooms: &[RoomId]) -> Result<BTreeMap<RoomId, Audience>, StoreError> {
    let ids: Vec<Uuid> = rooms.iter().map(|id| id.as_uuid()).collect();
    // One statement: what it reads is of one instant.
    let rows = sqlx::query!(
        "select r.id as \"id!\", r.kind as \"kind!\", r.head as \"head!\", r.powers, m.uid as \"uid?\", m.role as \"role?\" from rooms.rooms r
         left join rooms.members m on m.room_id = r.id and r.members <= $2
             and (m.state = $3 or (r.kind = 'direct' and m.state = $4))
         where r.id = any($1)",
        &ids,
        i32::try_from(callboard_contract::limits::MAX_DIRECT_FAN_OUT).unwrap_or(i32::MAX),
        RoomMemberState::Joined.as_str(),
        RoomMemberState::Invited.as_str()
    )
    .fetch_all(conn)
    .await?;
    let mut all: BTreeMap<RoomId, Audience> = BTreeMap::new();
    for r in rows {
        let audience =
            all.entry(RoomId::from_uuid(r.id)).or_insert_with(|| Audience { as_of: r.head, ears: Vec::new() });
        let (Some(uid), Some(role)) = (r.uid, r.role) else { continue };
        let role: RoomRole = role.parse().map_err(|e| StoreError::corrupt("a member's role", e))?;
        let powers = r.powers.map(serde_json::from_value::<callboard_domain::RoomPowers>).transpose();
        let powers = powers.map_err(|e| StoreError::corrupt("a room's powers", e))?.unwrap_or_default();
        let reviews = r.kind != RoomKind::Direct.as_str() && powers.may(role, RoomPower::DeleteOthers);
        let uid = Uid::new(uid).map_err(|e| StoreError::corrupt("a member's name", e))?;
        audience.ears.push(Ear { uid, reviews });
    }
    Ok(all)
}

/// What changed in a room after a number and was not told, in the order of its numbers: each change, or where that is not possible that
/// something changed. `after` is what the caller knows to be told, where it is more than what the room's row says.
pub async fn untold(conn: &mut PgConnection, room: RoomId, after: i64) -> Result<Vec<Told>, StoreError> {
    let Some(told) = sqlx::query_scalar!("select told from rooms.rooms where id = $1", room.as_uuid())
        .fetch_optional(&mut *conn)
        .await?
    else {
        return Ok(Vec::new());
    };
    let room = row::read_one(&mut *conn, room).await?;
    let after = told.max(after);
    if after < room.head { of_room(conn, &room, after).await } else { Ok(Vec::new()) }
}

/// Only messages are told one by one: a new one, or one that was changed. Whatever else took a number is for `chat.sync` to tell.
async fn of_room(conn: &mut PgConnection, room: &Room, told: i64) -> Result<Vec<Told>, StoreError> {
    let seqs = sqlx::query_scalar!(
        "select seq from rooms.messages where room_id = $1 and changed > $2 and changed <= $3 order by changed limit $4",
        room.id.as_uuid(),
        told,
        room.head,
        MAX_UNTOLD
    )
    .fetch_all(&mut *conn)
    .await?;
    if i64::try_from(seqs.len()).ok() == Some(room.head - told) {
        let keys: Vec<Key> = seqs.into_iter().map(|seq| (room.id, seq)).collect();
        let views = message::views(conn, &keys).await?;
        // Another one may have been changed in between; then its number is a later one, and the gap is told below.
        if views.iter().zip(told + 1..).all(|(view, number)| view.changed == wire(number)) {
            return Ok(views
                .into_iter()
                .map(|view| if view.seq == view.changed { new(room, view) } else { changed(room, view) })
                .collect());
        }
    }
    Ok(vec![Told::of(room, RoomChange::Sync {})])
}

fn new(room: &Room, message: callboard_contract::room::MessageView) -> Told {
    let news = RoomNews { room_id: room.id, seq: message.seq, what: RoomChange::Message { message } };
    Told { room: room.clone(), news, cut: Vec::new() }
}

/// A room with changes that were not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The number of the last change that was told.
    pub told: i64,
    /// The number of the last change.
    pub head: i64,
}

/// Rooms with changes that were not told. It reads all rooms: an index would have to be kept with every message.
pub async fn lagging(conn: &mut PgConnection) -> Result<BTreeMap<RoomId, Lag>, StoreError> {
    let rows = sqlx::query!("select id, told, head from rooms.rooms where told < head").fetch_all(conn).await?;
    Ok(rows.into_iter().map(|r| (RoomId::from_uuid(r.id), Lag { told: r.told, head: r.head })).collect())
}

/// Notes how far rooms were told. Numbers only grow. What is locked is left for the next time.
pub async fn advance_told(conn: &mut PgConnection, told: &BTreeMap<RoomId, i64>) -> Result<(), StoreError> {
    let (ids, numbers): (Vec<Uuid>, Vec<i64>) = told.iter().map(|(room, number)| (room.as_uuid(), *number)).unzip();
    sqlx::query!(
        "with due as (
             select r.id, least(n.told, r.head) as told from unnest($1::uuid[], $2::bigint[]) n (id, told) join rooms.rooms r using (id)
             where r.told < n.told order by r.id for no key update of r skip locked)
         update rooms.rooms r set told = due.told from due where r.id = due.id",
        &ids,
        &numbers
    )
    .execute(conn)
    .await?;
    Ok(())
}
