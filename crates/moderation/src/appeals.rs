//! Appeals: once for each sanction, decided by somebody else than who imposed it. Granted, the sanction is lifted.

use std::collections::BTreeMap;

use callboard_contract::adm::cases::{AppealView, DecideAppealRequest, FileAppealRequest};
use callboard_contract::api::reports::{AppealRequest, MyAppeal};
use callboard_contract::sanction::MySanction;
use callboard_contract::{Page, PageQuery};
use callboard_domain::{AppealState, At, SanctionId, StaffName, Uid};
use callboard_people::notices::{self, NewNotice};
use callboard_people::sanctions::{self, Which};
use callboard_people::staff;
use callboard_store::{Begun, Command, Store, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::acts::take_back;
use crate::check::{bad, conflict, forbidden, missing, reason, text};
use crate::told::{self, Logged};

/// Somebody appeals against a sanction that stands against him.
pub async fn appeal(store: &Store, uid: &Uid, request: &AppealRequest) -> Result<MyAppeal, StoreError> {
    let actor = format!("user:{uid}");
    match Command::begin(store, &actor, "reports.appeal", &request.request_id, false, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = file(&mut command, Some(uid), request.sanction_id, &request.text, &actor).await;
            command.finish(result.map(|a| mine_of(&a))).await
        }
    }
}

/// Staff file an appeal for somebody who cannot sign in.
pub async fn file_for(store: &Store, by: &StaffName, request: &FileAppealRequest) -> Result<AppealView, StoreError> {
    let actor = told::staff(by);
    match Command::begin(store, &actor, "cases.file_appeal", &request.request_id, false, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = file_and_log(&mut command, &actor, request).await;
            command.finish(result).await
        }
    }
}

/// Decides an appeal.
pub async fn decide(store: &Store, by: &StaffName, request: &DecideAppealRequest) -> Result<AppealView, StoreError> {
    let actor = told::staff(by);
    let begun =
        Command::begin(store, &actor, "cases.decide_appeal", &request.request_id, request.dry_run, request).await?;
    match begun {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = decide_in(&mut command, by, request).await;
            command.finish(result).await
        }
    }
}

async fn file_and_log(
    conn: &mut PgConnection,
    actor: &str,
    request: &FileAppealRequest,
) -> Result<AppealView, StoreError> {
    let appeal = file(&mut *conn, None, request.sanction_id, &request.text, actor).await?;
    let act = Logged {
        actor,
        act: "cases.file_appeal",
        target: format!("user:{}", appeal.sanction.uid),
        reason: None,
        before: None,
        after: Some(told::json(&appeal)?),
    };
    told::log(conn, act).await?;
    Ok(appeal)
}

async fn file(
    conn: &mut PgConnection,
    of: Option<&Uid>,
    id: SanctionId,
    body: &str,
    filed_by: &str,
) -> Result<AppealView, StoreError> {
    let body = text(body, true)?;
    let none = || missing("sanction_id", format!("there is no sanction {id} of yours"));
    let sanction = sanctions::some(&mut *conn, &[id]).await?.pop().ok_or_else(none)?;
    if of.is_some_and(|uid| *uid != sanction.uid) {
        return Err(none());
    }
    if !sanction.stands {
        return Err(conflict(format!("sanction {id} does not stand any more; there is nothing to appeal against")));
    }
    let filed = sqlx::query!(
        "insert into moderation.appeals (id, sanction_id, uid, body, at_ms, filed_by) values ($1, $2, $3, $4, store.now_ms(), $5)
         on conflict (sanction_id) do nothing",
        Uuid::now_v7(),
        id.as_uuid(),
        sanction.uid.as_str(),
        body,
        filed_by
    )
    .execute(&mut *conn)
    .await?;
    if filed.rows_affected() == 0 {
        return Err(conflict(format!("an appeal against sanction {id} was made already; there is one for each")));
    }
    let appeal = one(&mut *conn, id).await?;
    told::tell(conn, "case.appealed", format!("appeal-{id}"), 1, filed_by, told::json(&appeal)?, Vec::new()).await?;
    Ok(appeal)
}

async fn decide_in(
    conn: &mut PgConnection,
    by: &StaffName,
    request: &DecideAppealRequest,
) -> Result<AppealView, StoreError> {
    let (id, actor, why) = (request.sanction_id, told::staff(by), reason(&request.reason)?);
    sqlx::query!("select from moderation.appeals where sanction_id = $1 for update", id.as_uuid())
        .fetch_optional(&mut *conn)
        .await?;
    let before = one(&mut *conn, id).await?;
    if before.state != AppealState::Open {
        return Err(conflict(format!("the appeal against sanction {id} is {} already", before.state)));
    }
    if before.sanction.actor == actor {
        return Err(forbidden("you imposed this sanction yourself; another must decide the appeal"));
    }
    staff::may_act_on(&mut *conn, by, &before.sanction.uid).await?;
    let state = if request.grant { AppealState::Granted } else { AppealState::Denied };
    sqlx::query!(
        "update moderation.appeals set state = $2, decided_ms = store.now_ms(), decided_by = $3, reason = $4 where sanction_id = $1",
        id.as_uuid(),
        state.as_str(),
        actor,
        why
    )
    .execute(&mut *conn)
    .await?;
    // It may have run out while the appeal waited.
    if request.grant && before.sanction.stands {
        take_back(&mut *conn, &actor, "mod.lift", before.sanction.clone(), why.clone()).await?;
    }
    let after = one(&mut *conn, id).await?;
    let push = told::push_to(&after.sanction.uid, "reports.appeal_decided", &mine_of(&after))?;
    let (entity, data) = (format!("appeal-{id}"), told::json(&after)?);
    told::tell(&mut *conn, "case.appeal_decided", entity, 2, &actor, data, vec![push]).await?;
    let notice = NewNotice::appeal(&after.sanction.uid, after.sanction.kind, after.state);
    notices::add(&mut *conn, &Vec::from_iter(notice)).await?;
    let act = Logged {
        actor: &actor,
        act: "cases.decide_appeal",
        target: format!("user:{}", after.sanction.uid),
        reason: Some(why),
        before: Some(told::json(&before)?),
        after: Some(told::json(&after)?),
    };
    told::log(conn, act).await?;
    Ok(after)
}

fn mine_of(appeal: &AppealView) -> MyAppeal {
    let AppealView { sanction, at, state, decided_at, .. } = appeal;
    MyAppeal { sanction_id: sanction.sanction_id, at: *at, state: *state, decided_at: *decided_at }
}

async fn one(conn: &mut PgConnection, id: SanctionId) -> Result<AppealView, StoreError> {
    let none = || missing("sanction_id", format!("there is no appeal against sanction {id}"));
    read(conn, &[id]).await?.pop().ok_or_else(none)
}

/// Appeals against some sanctions, the oldest first.
async fn read(conn: &mut PgConnection, ids: &[SanctionId]) -> Result<Vec<AppealView>, StoreError> {
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query!(
        "select sanction_id, body, at_ms, filed_by, state, decided_ms, decided_by, reason from moderation.appeals
         where sanction_id = any($1) order by id",
        &uuids
    )
    .fetch_all(&mut *conn)
    .await?;
    let sanctions = sanctions::some(conn, ids).await?;
    let sanctions: BTreeMap<Uuid, _> = sanctions.into_iter().map(|s| (s.sanction_id.as_uuid(), s)).collect();
    rows.into_iter()
        .map(|r| {
            let sanction = sanctions.get(&r.sanction_id).cloned();
            Ok(AppealView {
                sanction: sanction.ok_or_else(|| StoreError::corrupt("an appeal", "its sanction is not there"))?,
                text: r.body,
                at: At::from_ms(r.at_ms),
                filed_by: r.filed_by,
                state: r.state.parse().map_err(|e| StoreError::corrupt("an appeal's state", e))?,
                decided_at: r.decided_ms.map(At::from_ms),
                decided_by: r.decided_by,
                reason: r.reason,
            })
        })
        .collect()
}

/// Open appeals, the oldest first.
pub async fn ls(conn: &mut PgConnection, query: &PageQuery) -> Result<Page<AppealView>, StoreError> {
    let limit = query.limit()?;
    let after = query.cursor.as_deref().map(str::parse::<SanctionId>).transpose();
    let after = after.map_err(|_| bad("cursor", "cursor is not one of ours"))?;
    let rows = sqlx::query!(
        "select id, sanction_id from moderation.appeals where state = 'open' and ($1::uuid is null or id > $1) order by id limit $2",
        after.map(SanctionId::as_uuid),
        i64::from(limit)
    )
    .fetch_all(&mut *conn)
    .await?;
    let cursor = (rows.len() == limit as usize).then(|| rows.last().map(|r| r.id.to_string())).flatten();
    let ids: Vec<SanctionId> = rows.into_iter().map(|r| SanctionId::from_uuid(r.sanction_id)).collect();
    Ok(Page { items: read(conn, &ids).await?, cursor })
}

/// What was imposed on somebody, as he sees it, newest first.
pub async fn sanctions_of(
    conn: &mut PgConnection,
    uid: &Uid,
    query: &PageQuery,
) -> Result<Page<MySanction>, StoreError> {
    let which = Which { uid: Some(uid.clone()), ..Which::default() };
    let page = sanctions::ls(&mut *conn, &which, query).await?;
    let ids: Vec<SanctionId> = page.items.iter().map(|s| s.sanction_id).collect();
    let appeals: BTreeMap<SanctionId, AppealState> =
        read(conn, &ids).await?.into_iter().map(|a| (a.sanction.sanction_id, a.state)).collect();
    let seen = |s: &callboard_contract::sanction::SanctionView| MySanction {
        appeal: appeals.get(&s.sanction_id).copied(),
        ..s.of_mine()
    };
    Ok(Page { items: page.items.iter().map(seen).collect(), cursor: page.cursor })
}
