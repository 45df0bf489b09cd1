//! Users, as the platform names them, and the devices on which they said hello.

use std::collections::BTreeMap;

use callboard_contract::api::session::Device;
use callboard_domain::{At, DeviceId, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

/// Devices of one user that are remembered; the longest unseen are forgotten.
const MAX_DEVICES: i64 = 20;

/// Makes sure that a user is known.
pub async fn ensure(store: &Store, uid: &Uid) -> Result<(), StoreError> {
    let mut conn = store.pool().acquire().await?;
    ensure_in(&mut conn, uid).await
}

/// As [`ensure`], in the caller's transaction.
pub async fn ensure_in(conn: &mut PgConnection, uid: &Uid) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into people.users (uid, created_ms) values ($1, store.now_ms()) on conflict do nothing",
        uid.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether somebody is a user here: he signed in once, or the house was told of him.
pub async fn is_known(conn: &mut PgConnection, uid: &Uid) -> Result<bool, StoreError> {
    let known =
        sqlx::query_scalar!("select exists (select from people.users where uid = $1) as \"known!\"", uid.as_str());
    Ok(known.fetch_one(conn).await?)
}

/// Makes others who do the same for this user wait until the caller's transaction is over. He must be known.
pub async fn lock(conn: &mut PgConnection, uid: &Uid) -> Result<(), StoreError> {
    sqlx::query!("select uid from people.users where uid = $1 for no key update", uid.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(())
}

/// Since when some users are known. Who never was is left out.
pub async fn known_since(conn: &mut PgConnection, uids: &[Uid]) -> Result<BTreeMap<Uid, At>, StoreError> {
    let names: Vec<String> = uids.iter().map(Uid::to_string).collect();
    let rows =
        sqlx::query!("select uid, created_ms from people.users where uid = any($1)", &names).fetch_all(conn).await?;
    let read = |uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a user", e));
    rows.into_iter().map(|r| Ok((read(r.uid)?, At::from_ms(r.created_ms)))).collect()
}

/// Users whose names are like one of some patterns of SQL, by name.
pub async fn like(conn: &mut PgConnection, patterns: &[String], limit: i64) -> Result<Vec<Uid>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select uid from people.users where uid ilike any($1) order by uid limit $2",
        patterns,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a user", e))).collect()
}

/// Users who said hello on a device whose name is like one of some patterns of SQL, by name.
pub async fn on_devices_like(
    conn: &mut PgConnection,
    patterns: &[String],
    limit: i64,
) -> Result<Vec<(Uid, String)>, StoreError> {
    let rows = sqlx::query!(
        "select uid, device from people.devices where device ilike any($1) order by uid, device limit $2",
        patterns,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|r| Ok((Uid::new(r.uid).map_err(|e| StoreError::corrupt("a user", e))?, r.device))).collect()
}

/// Notes that a device of a user is here.
pub async fn device_seen(store: &Store, uid: &Uid, device: &DeviceId) -> Result<(), StoreError> {
    let mut conn = store.pool().acquire().await?;
    ensure_in(&mut conn, uid).await?;
    sqlx::query!(
        "insert into people.devices (uid, device, last_seen_ms) values ($1, $2, store.now_ms())
         on conflict (uid, device) do update set last_seen_ms = excluded.last_seen_ms",
        uid.as_str(),
        device.as_str()
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from people.devices where uid = $1 and device in
         (select device from people.devices where uid = $1 order by last_seen_ms desc, device offset $2)",
        uid.as_str(),
        MAX_DEVICES
    )
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// The devices of a user, the last seen first.
pub async fn devices(store: &Store, uid: &Uid) -> Result<Vec<Device>, StoreError> {
    let rows = sqlx::query!(
        "select device, last_seen_ms from people.devices where uid = $1 order by last_seen_ms desc, device",
        uid.as_str()
    )
    .fetch_all(store.pool())
    .await?;
    rows.into_iter()
        .map(|r| {
            let device = DeviceId::new(r.device).map_err(|e| StoreError::corrupt("a device", e))?;
            Ok(Device { device, last_seen: At::from_ms(r.last_seen_ms) })
        })
        .collect()
}
