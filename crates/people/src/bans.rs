//! Who may not be here.

use std::collections::HashSet;

use callboard_domain::Uid;
use callboard_store::{Store, StoreError};

/// Whether a user is banned.
pub async fn is_banned(store: &Store, uid: &Uid) -> Result<bool, StoreError> {
    let banned = sqlx::query_scalar!(
        "select banned_ms is not null as \"banned!\" from people.users where uid = $1",
        uid.as_str()
    )
    .fetch_optional(store.pool())
    .await?;
    Ok(banned.unwrap_or(false))
}

/// Everybody who is banned.
pub async fn all(store: &Store) -> Result<HashSet<Uid>, StoreError> {
    let uids =
        sqlx::query_scalar!("select uid from people.users where banned_ms is not null").fetch_all(store.pool()).await?;
    uids.into_iter().map(|uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a uid", e))).collect()
}
