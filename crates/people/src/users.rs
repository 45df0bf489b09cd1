//! Users, as the platform names them, and the devices on which they said hello.

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
