//! Users as staff see them: who is here, with what devices and connections, and what stands against them. Names of devices are personal
//! data: they are masked unless somebody asks for them with a reason that is logged.

use callboard_contract::adm::people::{ConnectionRow, DeviceRow, LsRequest, PersonRow, SessionsReply};
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, RoomId, StaffName, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

/// So much of a masked name is shown.
const SHOWN: usize = 2;

/// Users by name.
pub async fn ls(conn: &mut PgConnection, request: &LsRequest) -> Result<Page<PersonRow>, StoreError> {
    let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
    let uids = sqlx::query_scalar!(
        "select u.uid from people.users u
         where ($1::text is null or starts_with(u.uid, $1)) and ($2::text is null or u.uid > $2)
             and (not $3 or u.banned_ms is not null or exists (select from people.sanctions s where s.uid = u.uid and s.lifted_ms is null
                 and s.kind in ('ban', 'suspend') and s.scope = 'platform' and (s.until_ms is null or s.until_ms > store.now_ms())))
         order by u.uid limit $4",
        request.prefix,
        request.cursor,
        request.out,
        i64::from(limit)
    )
    .fetch_all(&mut *conn)
    .await?;
    let cursor = (uids.len() == limit as usize).then(|| uids.last().cloned()).flatten();
    Ok(Page { items: rows(conn, &uids).await?, cursor })
}

/// One user, or `not_found`.
pub async fn show(conn: &mut PgConnection, uid: &Uid) -> Result<PersonRow, StoreError> {
    let missing = || ApiError::new(ErrorCode::NotFound, format!("there is no user {uid}")).on_field("uid");
    rows(conn, &[uid.to_string()]).await?.pop().ok_or_else(|| missing().into())
}

async fn rows(conn: &mut PgConnection, uids: &[String]) -> Result<Vec<PersonRow>, StoreError> {
    let rows = sqlx::query!(
        "select u.uid, u.created_ms, u.banned_ms is not null or coalesce(s.outs, 0) > 0 as \"out!\", coalesce(s.n, 0) as \"standing!\",
             (select max(d.last_seen_ms) from people.devices d where d.uid = u.uid) as last_seen_ms,
             (select count(*) from people.connections c where c.kind = 'user' and c.name = u.uid) as \"connections!\",
             (select f.name from people.staff f where f.uid = u.uid and f.revoked_ms is null) as staff
         from people.users u left join lateral (
             select count(*) as n, count(*) filter (where kind in ('ban', 'suspend') and scope = 'platform') as outs from people.sanctions x
             where x.uid = u.uid and x.lifted_ms is null and x.kind not in ('warn', 'kick') and (x.until_ms is null or x.until_ms > store.now_ms())
         ) s on true
         where u.uid = any($1) order by u.uid",
        uids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(PersonRow {
                uid: Uid::new(r.uid).map_err(|e| StoreError::corrupt("a uid", e))?,
                created_at: At::from_ms(r.created_ms),
                last_seen: r.last_seen_ms.map(At::from_ms),
                connections: u32::try_from(r.connections).unwrap_or(u32::MAX),
                standing: u32::try_from(r.standing).unwrap_or(u32::MAX),
                out: r.out,
                staff: r.staff.map(StaffName::new).transpose().map_err(|e| StoreError::corrupt("a staff name", e))?,
            })
        })
        .collect()
}

/// Somebody's devices and live connections.
pub async fn sessions(store: &Store, uid: &Uid, masked: bool) -> Result<SessionsReply, StoreError> {
    let mut conn = store.pool().acquire().await?;
    show(&mut conn, uid).await?;
    let devices = crate::users::devices(store, uid).await?;
    let devices = devices
        .into_iter()
        .map(|d| DeviceRow {
            device: if masked { mask(d.device.as_str()) } else { d.device.to_string() },
            last_seen: d.last_seen,
        })
        .collect();
    let rows = sqlx::query!(
        "select server_id, cid, at_ms, room_id from people.connections where kind = 'user' and name = $1 order by at_ms, cid",
        uid.as_str()
    )
    .fetch_all(&mut *conn)
    .await?;
    let connections = rows
        .into_iter()
        .map(|r| ConnectionRow {
            server_id: r.server_id,
            cid: r.cid.unsigned_abs(),
            since: At::from_ms(r.at_ms),
            room_id: r.room_id.map(RoomId::from_uuid),
        })
        .collect();
    Ok(SessionsReply { uid: uid.clone(), masked, devices, connections })
}

fn mask(name: &str) -> String {
    name.chars().take(SHOWN).chain("…".chars()).collect()
}

/// People who may not be here and have a connection all the same.
pub async fn here_but_out(conn: &mut PgConnection) -> Result<Vec<Uid>, StoreError> {
    let uids = sqlx::query_scalar!(
        "select distinct c.name from people.connections c
         where c.kind = 'user' and (exists (select from people.users u where u.uid = c.name and u.banned_ms is not null)
             or exists (select from people.sanctions s where s.uid = c.name and s.lifted_ms is null and s.kind in ('ban', 'suspend')
                 and s.scope = 'platform' and (s.until_ms is null or s.until_ms > store.now_ms())))"
    )
    .fetch_all(conn)
    .await?;
    uids.into_iter().map(|uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a uid", e))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_name_shows_two_characters_whatever_it_is() {
        assert_eq!(mask("felix-phone"), "fe…");
        assert_eq!(mask("x"), "x…");
    }
}
