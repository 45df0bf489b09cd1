//! Who may not be here: those who were banned or suspended on the whole platform.

use std::collections::HashSet;

use callboard_domain::{DeviceId, Uid};
use callboard_store::{Store, StoreError};

/// Whether a user is banned or suspended.
pub async fn is_banned(store: &Store, uid: &Uid) -> Result<bool, StoreError> {
    let banned = sqlx::query_scalar!(
        "select exists (select from people.users where uid = $1 and banned_ms is not null)
             or exists (select from people.sanctions where uid = $1 and lifted_ms is null and kind in ('ban', 'suspend')
                 and scope = 'platform' and (until_ms is null or until_ms > store.now_ms())) as \"banned!\"",
        uid.as_str()
    )
    .fetch_one(store.pool())
    .await?;
    Ok(banned)
}

/// Whether a device stands under a ban or a suspension of the whole platform, whoever uses it.
pub async fn is_device_banned(store: &Store, device: &DeviceId) -> Result<bool, StoreError> {
    let mut conn = store.pool().acquire().await?;
    crate::sanctions::is_device_out(&mut conn, device).await
}

/// Everybody who is banned or suspended.
pub async fn all(store: &Store) -> Result<HashSet<Uid>, StoreError> {
    let uids = sqlx::query_scalar!(
        "select uid as \"uid!\" from people.users where banned_ms is not null
         union select uid from people.sanctions where lifted_ms is null and kind in ('ban', 'suspend')
             and scope = 'platform' and (until_ms is null or until_ms > store.now_ms())"
    )
    .fetch_all(store.pool())
    .await?;
    uids.into_iter().map(|uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a uid", e))).collect()
}
