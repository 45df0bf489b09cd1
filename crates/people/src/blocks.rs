//! Whom people blocked. A block is never told to whom it is against.

use std::collections::BTreeSet;

use callboard_domain::Uid;
use callboard_store::StoreError;
use sqlx::PgConnection;

/// Blocks somebody, or takes that back. Said again, it stays as it is.
pub async fn set(conn: &mut PgConnection, uid: &Uid, whom: &Uid, block: bool) -> Result<(), StoreError> {
    if block {
        sqlx::query!(
            "insert into people.blocks (uid, blocked, at_ms) values ($1, $2, store.now_ms()) on conflict do nothing",
            uid.as_str(),
            whom.as_str()
        )
        .execute(conn)
        .await?;
    } else {
        sqlx::query!("delete from people.blocks where uid = $1 and blocked = $2", uid.as_str(), whom.as_str())
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// How many somebody blocked.
pub async fn count(conn: &mut PgConnection, uid: &Uid) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!("select count(*) as \"count!\" from people.blocks where uid = $1", uid.as_str());
    Ok(count.fetch_one(conn).await?)
}

/// Whom somebody blocked, by name, after a name.
pub async fn of(conn: &mut PgConnection, uid: &Uid, after: &str, limit: i64) -> Result<Vec<Uid>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select blocked from people.blocks where uid = $1 and blocked > $2 order by blocked limit $3",
        uid.as_str(),
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(read).collect()
}

/// Which of some people blocked somebody.
pub async fn blockers(conn: &mut PgConnection, of: &Uid, among: &[Uid]) -> Result<BTreeSet<Uid>, StoreError> {
    let among: Vec<String> = among.iter().map(Uid::to_string).collect();
    let rows =
        sqlx::query_scalar!("select uid from people.blocks where blocked = $1 and uid = any($2)", of.as_str(), &among)
            .fetch_all(conn)
            .await?;
    rows.into_iter().map(read).collect()
}

/// Those of some pairs in which one blocked the other, whichever.
pub async fn among(conn: &mut PgConnection, pairs: &[(Uid, Uid)]) -> Result<BTreeSet<(Uid, Uid)>, StoreError> {
    let (one, other): (Vec<String>, Vec<String>) = pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).unzip();
    let rows = sqlx::query!(
        "select distinct n.a as \"a!\", n.b as \"b!\" from unnest($1::text[], $2::text[]) n (a, b)
         join people.blocks k on (k.uid = n.a and k.blocked = n.b) or (k.uid = n.b and k.blocked = n.a)",
        &one,
        &other
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|r| Ok((read(r.a)?, read(r.b)?))).collect()
}

fn read(uid: String) -> Result<Uid, StoreError> {
    Uid::new(uid).map_err(|e| StoreError::corrupt("a block's name", e))
}
