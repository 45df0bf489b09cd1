//! Who knows whom: people who are in one room, or in a conversation that both took.

use std::collections::BTreeSet;

use callboard_domain::Uid;
use callboard_store::StoreError;
use sqlx::PgConnection;

/// Those of some people who are contacts of somebody.
pub async fn among(conn: &mut PgConnection, uid: &Uid, others: &[Uid]) -> Result<BTreeSet<Uid>, StoreError> {
    if others.is_empty() {
        return Ok(BTreeSet::new());
    }
    let others: Vec<String> = others.iter().map(Uid::to_string).collect();
    let known = sqlx::query_scalar!(
        "select o.uid as \"uid!\" from unnest($2::text[]) o (uid) where exists (
             select from rooms.members a join rooms.members b on b.room_id = a.room_id join rooms.rooms r on r.id = a.room_id
             where a.uid = $1 and a.state = 'joined' and b.uid = o.uid and b.state = 'joined' and r.state <> 'closed')",
        uid.as_str(),
        &others
    )
    .fetch_all(conn)
    .await?;
    known.into_iter().map(|uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a contact", e))).collect()
}
