//! What is imposed on people: written by whoever may, read by everybody who must obey it, in his own transaction.

use callboard_contract::sanction::SanctionView;
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, CaseId, DeviceId, Millis, SanctionId, SanctionKind, Scope, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::notices::{self, NewNotice};

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

/// Which sanctions are listed. What is absent is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Those against somebody.
    pub uid: Option<Uid>,
    /// Those of a kind.
    pub kind: Option<SanctionKind>,
    /// Those that stand now.
    pub standing: bool,
}

/// A sanction that staff impose is carried out by whoever answers them, within this time.
const LEFT_TO_STAFF_MS: i64 = 1_500;

/// Everybody against whom something stands that takes him out of calls: bans and suspensions, of the platform or of a creator, and
/// restricted payments.
pub async fn out_of_calls(conn: &mut PgConnection) -> Result<Vec<SanctionView>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select id, uid, kind, scope, device, from_ms, until_ms, actor, reason, case_id, lifted_ms, lifted_by, enforced_ms, true as \"stands!\"
         from people.sanctions where lifted_ms is null and kind in ('ban', 'suspend', 'restrict_payments')
             and (until_ms is null or until_ms > store.now_ms()) and scope not like 'room:%'"
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(SanctionView::try_from).collect()
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

/// Refuses where somebody may not spend: his payments are restricted, or he may not be here at all. To be asked in the transaction that
/// sets the coins aside or moves them.
pub async fn may_spend(conn: &mut PgConnection, uid: &Uid) -> Result<(), StoreError> {
    for sanction in standing(conn, std::slice::from_ref(uid)).await? {
        match sanction.kind {
            SanctionKind::RestrictPayments => {
                return Err(refusal("your payments are restricted", sanction.until, "coins cannot be spent"));
            }
            SanctionKind::Ban | SanctionKind::Suspend if sanction.scope == Scope::Platform => {
                return Err(out(&sanction));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses where somebody may not take part in a creator's calls: he is out of the platform, or banned by that creator.
pub async fn may_call(conn: &mut PgConnection, uid: &Uid, creator: &Uid) -> Result<(), StoreError> {
    for sanction in standing(conn, std::slice::from_ref(uid)).await? {
        match (sanction.kind, &sanction.scope) {
            (SanctionKind::Ban | SanctionKind::Suspend, Scope::Platform) => return Err(out(&sanction)),
            (SanctionKind::Ban, Scope::Tenant(of)) if of == creator => {
                let what = format!("you are banned from the calls and rooms of {creator}");
                return Err(refusal(&what, sanction.until, "an appeal can be made with reports.appeal"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether somebody may not be heard in a creator's calls.
pub async fn is_muted(conn: &mut PgConnection, uid: &Uid, creator: &Uid) -> Result<bool, StoreError> {
    let standing = standing(conn, std::slice::from_ref(uid)).await?;
    Ok(standing.iter().any(|s| s.kind == SanctionKind::Mute && s.scope.covers(creator, None)))
}

/// Refuses a device that stands under a ban or a suspension of the whole platform, whoever uses it.
pub async fn may_use(conn: &mut PgConnection, device: &DeviceId) -> Result<(), StoreError> {
    if is_device_out(conn, device).await? {
        return Err(refusal(&format!("the device {device} is banned"), None, "use another one"));
    }
    Ok(())
}

pub(crate) async fn is_device_out(conn: &mut PgConnection, device: &DeviceId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        "select exists (select from people.sanctions where device = $1 and lifted_ms is null and kind in ('ban', 'suspend')
             and scope = 'platform' and (until_ms is null or until_ms > store.now_ms())) as \"out!\"",
        device.as_str()
    )
    .fetch_one(conn)
    .await?)
}

fn out(sanction: &Standing) -> StoreError {
    let what =
        if sanction.kind == SanctionKind::Suspend { "this account is suspended" } else { "this account is banned" };
    refusal(what, sanction.until, "nothing can be done with it")
}

fn refusal(what: &str, until: Option<At>, then: &str) -> StoreError {
    let until = until.map(|at| format!(" until {at}")).unwrap_or_default();
    ApiError::new(ErrorCode::Forbidden, format!("{what}{until}; {then}")).into()
}

/// Writes a sanction and the notice that tells of it. Its kind, scope and length must have been checked (`SanctionKind::check`).
pub async fn impose(conn: &mut PgConnection, sanction: &NewSanction) -> Result<(SanctionId, Option<At>), StoreError> {
    impose_on(conn, sanction, None, None).await
}

/// As [`impose`], on a device too, and in a case.
pub async fn impose_on(
    conn: &mut PgConnection,
    sanction: &NewSanction,
    device: Option<&DeviceId>,
    case: Option<CaseId>,
) -> Result<(SanctionId, Option<At>), StoreError> {
    let id = SanctionId::generate();
    let until = sqlx::query_scalar!(
        "insert into people.sanctions (id, uid, kind, scope, from_ms, until_ms, actor, reason, device, case_id)
         select $1, $2, $3, $4, now_ms, now_ms + $5::bigint, $6, $7, $8, $9 from store.now_ms() as now_ms returning until_ms",
        id.as_uuid(),
        sanction.uid.as_str(),
        sanction.kind.as_str(),
        sanction.scope.to_string(),
        sanction.length.map(Millis::as_ms),
        sanction.actor,
        sanction.reason,
        device.map(DeviceId::as_str),
        case.map(CaseId::as_uuid)
    )
    .fetch_one(&mut *conn)
    .await?;
    let written = some(&mut *conn, &[id]).await?;
    notices::add(conn, &written.iter().map(NewNotice::sanctioned).collect::<Vec<_>>()).await?;
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
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<SanctionId> = rows.into_iter().map(SanctionId::from_uuid).collect();
    tell_lifted(conn, &ids).await?;
    Ok(ids)
}

async fn tell_lifted(conn: &mut PgConnection, ids: &[SanctionId]) -> Result<(), StoreError> {
    let lifted = some(&mut *conn, ids).await?;
    notices::add(conn, &lifted.iter().map(NewNotice::lifted).collect::<Vec<_>>()).await.map(|_| ())
}

/// Takes one sanction back; nothing where it does not stand (any more). Its row is locked by it.
pub async fn lift_one(conn: &mut PgConnection, id: SanctionId, actor: &str) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update people.sanctions set lifted_ms = store.now_ms(), lifted_by = $2
         where id = $1 and lifted_ms is null and kind not in ('warn', 'kick') and (until_ms is null or until_ms > store.now_ms())",
        id.as_uuid(),
        actor
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    tell_lifted(conn, &[id]).await?;
    Ok(true)
}

/// One sanction, or `not_found`.
pub async fn show(conn: &mut PgConnection, id: SanctionId) -> Result<SanctionView, StoreError> {
    let missing = || ApiError::new(ErrorCode::NotFound, format!("there is no sanction {id}")).on_field("sanction_id");
    some(conn, &[id]).await?.pop().ok_or_else(|| missing().into())
}

/// Some sanctions, in the order of their ids. Those that are not there are left out.
pub async fn some(conn: &mut PgConnection, ids: &[SanctionId]) -> Result<Vec<SanctionView>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        "select id, uid, kind, scope, device, from_ms, until_ms, actor, reason, case_id, lifted_ms, lifted_by, enforced_ms,
             kind not in ('warn', 'kick') and lifted_ms is null and (until_ms is null or until_ms > store.now_ms()) as \"stands!\"
         from people.sanctions where id = any($1) order by id",
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(SanctionView::try_from).collect()
}

/// Sanctions, newest first.
pub async fn ls(conn: &mut PgConnection, which: &Which, query: &PageQuery) -> Result<Page<SanctionView>, StoreError> {
    let limit = query.limit()?;
    let bad = || ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor");
    let before = query.cursor.as_deref().map(str::parse::<SanctionId>).transpose().map_err(|_| bad())?;
    let rows = sqlx::query_as!(
        Row,
        "select id, uid, kind, scope, device, from_ms, until_ms, actor, reason, case_id, lifted_ms, lifted_by, enforced_ms,
             kind not in ('warn', 'kick') and lifted_ms is null and (until_ms is null or until_ms > store.now_ms()) as \"stands!\"
         from people.sanctions
         where ($1::text is null or uid = $1) and ($2::text is null or kind = $2) and ($3::uuid is null or id < $3)
             and (not $4 or (kind not in ('warn', 'kick') and lifted_ms is null and (until_ms is null or until_ms > store.now_ms())))
         order by id desc limit $5",
        which.uid.as_ref().map(Uid::as_str),
        which.kind.map(SanctionKind::as_str),
        before.map(SanctionId::as_uuid),
        which.standing,
        i64::from(limit)
    )
    .fetch_all(conn)
    .await?;
    let cursor = (rows.len() == limit as usize).then(|| rows.last().map(|r| r.id.to_string())).flatten();
    let items = rows.into_iter().map(SanctionView::try_from).collect::<Result<_, _>>()?;
    Ok(Page { items, cursor })
}

/// Sanctions that are not carried out yet, the oldest first. Whoever imposes one as staff carries it out himself: it is left to him for a
/// moment.
pub async fn to_enforce(conn: &mut PgConnection, limit: i64) -> Result<Vec<SanctionView>, StoreError> {
    let ids = sqlx::query_scalar!(
        "select id from people.sanctions where enforced_ms is null and lifted_ms is null
             and (actor not like 'staff:%' or from_ms < store.now_ms() - $2) order by from_ms limit $1",
        limit,
        LEFT_TO_STAFF_MS
    )
    .fetch_all(&mut *conn)
    .await?;
    some(conn, &ids.into_iter().map(SanctionId::from_uuid).collect::<Vec<_>>()).await
}

/// Mutes that are over or lifted and whose end is not carried out yet.
pub async fn to_release(conn: &mut PgConnection, limit: i64) -> Result<Vec<SanctionView>, StoreError> {
    let ids = sqlx::query_scalar!(
        "select id from people.sanctions where released_ms is null and kind = 'mute'
             and (lifted_ms is not null or until_ms <= store.now_ms()) order by until_ms limit $1",
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    some(conn, &ids.into_iter().map(SanctionId::from_uuid).collect::<Vec<_>>()).await
}

/// Notes that what follows from a sanction was carried out.
pub async fn enforced(conn: &mut PgConnection, id: SanctionId) -> Result<(), StoreError> {
    sqlx::query!(
        "update people.sanctions set enforced_ms = store.now_ms() where id = $1 and enforced_ms is null",
        id.as_uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that what follows from the end of a mute was carried out.
pub async fn released(conn: &mut PgConnection, id: SanctionId) -> Result<(), StoreError> {
    sqlx::query!(
        "update people.sanctions set released_ms = store.now_ms() where id = $1 and released_ms is null",
        id.as_uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    uid: String,
    kind: String,
    scope: String,
    device: Option<String>,
    from_ms: i64,
    until_ms: Option<i64>,
    actor: String,
    reason: String,
    case_id: Option<Uuid>,
    lifted_ms: Option<i64>,
    lifted_by: Option<String>,
    enforced_ms: Option<i64>,
    stands: bool,
}

impl TryFrom<Row> for SanctionView {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let device = row.device.map(DeviceId::new).transpose();
        Ok(Self {
            sanction_id: SanctionId::from_uuid(row.id),
            uid: Uid::new(row.uid).map_err(|e| StoreError::corrupt("a sanction's user", e))?,
            kind: row.kind.parse().map_err(|e| StoreError::corrupt("a sanction's kind", e))?,
            scope: row.scope.parse().map_err(|e| StoreError::corrupt("a sanction's scope", e))?,
            device: device.map_err(|e| StoreError::corrupt("a sanction's device", e))?,
            from: At::from_ms(row.from_ms),
            until: row.until_ms.map(At::from_ms),
            stands: row.stands,
            actor: row.actor,
            reason: row.reason,
            case_id: row.case_id.map(CaseId::from_uuid),
            lifted_at: row.lifted_ms.map(At::from_ms),
            lifted_by: row.lifted_by,
            enforced_at: row.enforced_ms.map(At::from_ms),
        })
    }
}
