//! Rooms and their members, put into the database set by set: as if people had come in before.

use callboard_domain::{RoomId, Uid};
use sqlx::PgPool;
use uuid::Uuid;

/// Members of a small room.
pub(super) const MEMBERS: u32 = 20;
/// Everybody is in this many of the small rooms.
const ROOMS_PER_PERSON: u32 = 5;
/// People for each small room.
pub(super) const PEOPLE_PER_ROOM: u32 = MEMBERS / ROOMS_PER_PERSON;

/// Somebody by his number.
pub(super) fn person(kind: &str, n: u32) -> anyhow::Result<Uid> {
    Ok(Uid::new(format!("{kind}{n}"))?)
}

/// The number of a member of a small room, of so many rooms: two rooms have few people in common.
pub(super) fn member(rooms: u32, room: u32, nth: u32) -> u32 {
    let people = rooms * PEOPLE_PER_ROOM;
    (room + nth * (people / MEMBERS).max(1)) % people
}

/// Makes public rooms with members; the first of each is its host.
pub(super) async fn make(owner: &PgPool, rooms: &[(RoomId, Vec<Uid>)]) -> anyhow::Result<()> {
    let ids: Vec<Uuid> = rooms.iter().map(|(id, _)| id.as_uuid()).collect();
    let members = rooms.iter().flat_map(|(id, members)| members.iter().enumerate().map(|(nth, uid)| (*id, nth, uid)));
    let (mut of, mut uids, mut hosts) = (Vec::new(), Vec::new(), Vec::new());
    for (id, nth, uid) in members {
        of.push(id.as_uuid());
        uids.push(uid.to_string());
        hosts.push(nth == 0);
    }
    let mut tx = owner.begin().await?;
    sqlx::query(
        "insert into people.users (uid, created_ms) select distinct uid, store.now_ms() from unnest($1::text[]) u (uid) on conflict do nothing",
    )
    .bind(&uids)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into rooms.rooms (id, tenant, kind, name, access, state, capacity, members, created_ms, touched_ms)
         select r.id, m.uid, 'sub', 'Bench', 'public', 'open', 100000, m.count, store.now_ms(), store.now_ms()
         from unnest($1::uuid[]) r (id)
         join (select room_id, count(*) as count, min(uid) filter (where host) as uid
               from unnest($2::uuid[], $3::text[], $4::boolean[]) m (room_id, uid, host) group by room_id) m on m.room_id = r.id",
    )
    .bind(&ids)
    .bind(&of)
    .bind(&uids)
    .bind(&hosts)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into rooms.members (room_id, uid, role, state, since_ms, changed, entered)
         select room_id, uid, case when host then 'host' else 'member' end, 'joined', store.now_ms(), 0, true
         from unnest($1::uuid[], $2::text[], $3::boolean[]) m (room_id, uid, host)",
    )
    .bind(&of)
    .bind(&uids)
    .bind(&hosts)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    sqlx::query("analyze rooms.rooms, rooms.members, people.users").execute(owner).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn a_room_has_twenty_and_everybody_is_in_five() {
        for rooms in [20, 1_000] {
            let mut of: BTreeMap<u32, u32> = BTreeMap::new();
            for room in 0..rooms {
                let members: BTreeSet<u32> = (0..MEMBERS).map(|nth| member(rooms, room, nth)).collect();
                assert_eq!(members.len(), 20, "room {room} of {rooms}");
                for person in members {
                    *of.entry(person).or_default() += 1;
                }
            }
            assert!(of.len() == (rooms * PEOPLE_PER_ROOM) as usize && of.values().all(|in_rooms| *in_rooms == 5));
        }
    }
}
