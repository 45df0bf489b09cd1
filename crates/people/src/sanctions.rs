//! What is imposed on people: written by whoever may, read by everybody who must obey it, in his own transaction.

use callboard_domain::{At, Millis, SanctionId, SanctionKind, Scope, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;

/// A sanction that stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The sanction.
    pub id: SanctionId,
    /// Against whom.
    pub uid: Uid,
    /// What.
    pub kind: SanctionKind,
    /// Where it holds.
    pub scope: Scope,
    /// Until when; absent where it has no end.
    pub until: Option<At>,
    /// Who imposed it: `staff:ines`, `user:maya`.
    pub actor: String,
}

/// A sanction to be imposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSanction {
    /// Against whom.
    pub uid: Uid,
    /// What.
    pub kind: SanctionKind,
    /// Where it holds.
    pub scope: Scope,
    /// How long.
    pub length: Option<Millis>,
    /// Who imposes it.
    pub actor: String,
    /// Why, for people.
    pub reason: String,
}

/// What stands against some people now: mutes, bans, suspensions, restrictions.
pub async fn standing(conn: &mut PgConnection, uids: &[Uid]) -> Result<Vec<Standing>, StoreError> {
    let uids: Vec<String> = uids.iter().map(Uid::to_string).collect();
    let rows = sqlx::query!(
        "select id, uid, kind, scope, until_ms, actor from people.sanctions
         where uid = any($1) and lifted_ms is null and kind not in ('warn', 'kick') and (until_ms is null or until_ms > store.now_ms())
         order by from_ms",
        &uids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Standing {
                id: SanctionId::from_uuid(r.id),
                uid: Uid::new(r.uid).map_err(|e| StoreError::corrupt("a sanction's user", e))?,
                kind: r.kind.parse().map_err(|e| StoreError::corrupt("a sanction's kind", e))?,
                scope: r.scope.parse().map_err(|e| StoreError::corrupt("a sanction's scope", e))?,
                until: r.until_ms.map(At::from_ms),
                actor: r.actor,
            })
        })
        .collect()
}

/// Writes a sanction. Its kind, scope and length must have been checked (`SanctionKind::check`).
pub async fn impose(conn: &mut PgConnection, sanction: &NewSanction) -> Result<(SanctionId, Option<At>), StoreError> {
    let id = SanctionId::generate();
    let until = sqlx::query_scalar!(
        "insert into people.sanctions (id, uid, kind, scope, from_ms, until_ms, actor, reason)
         select $1, $2, $3, $4, now_ms, now_ms + $5::bigint, $6, $7 from store.now_ms() as now_ms returning until_ms",
        id.as_uuid(),
        sanction.uid.as_str(),
        sanction.kind.as_str(),
        sanction.scope.to_string(),
        sanction.length.map(Millis::as_ms),
        sanction.actor,
        sanction.reason
    )
    .fetch_one(conn)
    .await?;
    Ok((id, until.map(At::from_ms)))
}

/// Takes back what stands of one kind in one scope; gives the ids of what was taken back.
pub async fn lift(
    conn: &mut PgConnection,
    uid: &Uid,
    kind: SanctionKind,
    scope: &Scope,
    actor: &str,
) -> Result<Vec<SanctionId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "update people.sanctions set lifted_ms = store.now_ms(), lifted_by = $4
         where uid = $1 and kind = $2 and scope = $3 and lifted_ms is null and (until_ms is null or until_ms > store.now_ms()) returning id",
        uid.as_str(),
        kind.as_str(),
        scope.to_string(),
        actor
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(SanctionId::from_uuid).collect())
}
