//! What rooms need to know of the calls that they hold.

use std::collections::BTreeMap;

use callboard_domain::{CallId, CallKind, Uid};
use callboard_store::{Store, StoreError};
use uuid::Uuid;

/// A call that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Going {
    /// Who is called, or the host of a group.
    pub host: Uid,
    /// Its kind.
    pub kind: CallKind,
    /// Where its programme can be watched, while it is on air.
    pub watch_url: Option<String>,
}

/// Those of some calls that are not over.
pub async fn going(store: &Store, calls: &[CallId]) -> Result<BTreeMap<CallId, Going>, StoreError> {
    let ids: Vec<Uuid> = calls.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query!(
        "select c.id, c.payee, c.kind, p.hls_url as \"hls_url?\" from calls.calls c
         left join calls.programmes p on p.call_id = c.id and p.live and p.state = 'on_air'
         where c.id = any($1) and c.state in ('pending', 'accepted', 'active')",
        &ids
    )
    .fetch_all(store.pool())
    .await?;
    rows.into_iter()
        .map(|row| {
            let going = Going {
                host: Uid::new(row.payee).map_err(|e| StoreError::corrupt("a call's host", e))?,
                kind: row.kind.parse().map_err(|e| StoreError::corrupt("a call's kind", e))?,
                watch_url: row.hls_url,
            };
            Ok((CallId::from_uuid(row.id), going))
        })
        .collect()
}
