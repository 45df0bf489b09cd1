//! What staff impose on people and take back. The sanction is committed here, with its event and its line in the log; whoever calls then
//! cuts off what it cuts off. Nobody acts on himself, nor on who is staff of his own rank or above.

use callboard_contract::adm::moderation::{
    Effect, ImposeReply, ImposeRequest, LiftOfReply, LiftOfRequest, LiftReply, LiftRequest,
};
use callboard_contract::adm::people::RevealRequest;
use callboard_contract::sanction::SanctionView;
use callboard_contract::{ApiError, ErrorCode, Reason};
use callboard_domain::{MessageId, RoomId, SanctionError, SanctionKind, Scope, StaffName};
use callboard_people::sanctions::{self, NewSanction};
use callboard_people::{staff, users};
use callboard_store::{Begun, Command, Store, StoreError, refuse};
use serde_json::json;
use sqlx::PgConnection;

use crate::cases;
use crate::check::{bad, conflict, reason};
use crate::told::{self, Logged};

/// Imposes a sanction. What is cut off by it is not in the answer yet.
pub async fn impose(store: &Store, by: &StaffName, request: &ImposeRequest) -> Result<ImposeReply, StoreError> {
    let actor = told::staff(by);
    match Command::begin(store, &actor, "mod.impose", &request.request_id, request.dry_run, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = impose_in(&mut command, by, request).await;
            command.finish(result).await
        }
    }
}

/// Takes a sanction back.
pub async fn lift(store: &Store, by: &StaffName, request: &LiftRequest) -> Result<LiftReply, StoreError> {
    let actor = told::staff(by);
    match Command::begin(store, &actor, "mod.lift", &request.request_id, request.dry_run, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = lift_in(&mut command, by, request).await;
            command.finish(result).await
        }
    }
}

/// Takes back whatever stands of some kinds against somebody in one place; `not_found` where nothing does.
pub async fn lift_of(store: &Store, by: &StaffName, request: &LiftOfRequest) -> Result<LiftOfReply, StoreError> {
    let actor = told::staff(by);
    match Command::begin(store, &actor, "mod.lift_of", &request.request_id, request.dry_run, request).await? {
        Begun::Before(answer) => Ok(answer),
        Begun::New(mut command) => {
            let result = lift_of_in(&mut command, by, request).await;
            command.finish(result).await
        }
    }
}

/// Writes into the log that messages were deleted, in the transaction that deletes them.
pub async fn log_deleted(
    conn: &mut PgConnection,
    by: &StaffName,
    room: RoomId,
    messages: &[MessageId],
    why: &Reason,
) -> Result<(), StoreError> {
    let act = Logged {
        actor: &told::staff(by),
        act: "mod.delete_messages",
        target: format!("room:{room}"),
        reason: Some(reason(why)?),
        before: None,
        after: Some(json!({ "message_ids": messages })),
    };
    told::log(conn, act).await
}

/// Writes into the log that somebody's personal data were shown, before they are.
pub async fn log_revealed(store: &Store, by: &StaffName, request: &RevealRequest) -> Result<(), StoreError> {
    let actor = told::staff(by);
    match Command::begin(store, &actor, "people.reveal", &request.request_id, false, request).await? {
        Begun::Before(()) => Ok(()),
        Begun::New(mut command) => {
            let result = revealed(&mut command, &actor, request).await;
            command.finish(result).await
        }
    }
}

async fn revealed(conn: &mut PgConnection, actor: &str, request: &RevealRequest) -> Result<(), StoreError> {
    let act = Logged {
        actor,
        act: "people.reveal",
        target: format!("user:{}", request.uid),
        reason: Some(reason(&request.reason)?),
        before: None,
        after: None,
    };
    told::log(conn, act).await
}

async fn impose_in(
    conn: &mut PgConnection,
    by: &StaffName,
    request: &ImposeRequest,
) -> Result<ImposeReply, StoreError> {
    let why = reason(&request.reason)?;
    check(request)?;
    staff::may_act_on(&mut *conn, by, &request.uid).await?;
    if !users::is_known(&mut *conn, &request.uid).await? {
        let text = format!("there is no user {}; who never came yet is kept out by a policy list", request.uid);
        return Err(ApiError::new(ErrorCode::NotFound, text).on_field("uid").into());
    }
    if let Some(case) = request.case_id {
        cases::require_claim(&mut *conn, by, case).await?;
    }
    let actor = told::staff(by);
    let before = sanctions::standing(&mut *conn, std::slice::from_ref(&request.uid)).await?;
    let before: Vec<_> = before.iter().map(|s| json!({ "id": s.id, "kind": s.kind, "scope": s.scope })).collect();
    let new = NewSanction {
        uid: request.uid.clone(),
        kind: request.kind,
        scope: request.scope.clone(),
        length: request.length,
        actor: actor.clone(),
        reason: why.clone(),
    };
    let (id, _) = sanctions::impose_on(&mut *conn, &new, request.device.as_ref(), request.case_id).await?;
    let sanction = sanctions::show(&mut *conn, id).await?;
    told::tell_sanction(&mut *conn, "user.sanctioned", 1, &actor, &sanction).await?;
    let act = Logged {
        actor: &actor,
        act: &format!("mod.{}", request.kind),
        target: format!("user:{}", request.uid),
        reason: Some(why),
        before: Some(json!({ "standing": before })),
        after: Some(told::json(&sanction)?),
    };
    told::log(conn, act).await?;
    Ok(ImposeReply { sanction, effect: Effect::default(), dry_run: request.dry_run })
}

fn check(request: &ImposeRequest) -> Result<(), StoreError> {
    request.kind.check(&request.scope, request.length).map_err(|e| match e {
        SanctionError::PlatformOnly(_) | SanctionError::KickWhere => bad("scope", e.to_string()),
        SanctionError::MuteLength | SanctionError::SuspendLength | SanctionError::NoLength(_) => {
            bad("length", e.to_string())
        }
    })?;
    if matches!(&request.scope, Scope::Tenant(tenant) if *tenant == request.uid) {
        return Err(bad(
            "scope",
            format!("{} cannot be kept out of his own rooms and calls; take the platform", request.uid),
        ));
    }
    let out = matches!(request.kind, SanctionKind::Ban | SanctionKind::Suspend) && request.scope == Scope::Platform;
    if request.device.is_some() && !out {
        return Err(bad("device", "a device is banned or suspended on the whole platform, and in no other way"));
    }
    Ok(())
}

async fn lift_in(conn: &mut PgConnection, by: &StaffName, request: &LiftRequest) -> Result<LiftReply, StoreError> {
    let why = reason(&request.reason)?;
    let before = sanctions::show(&mut *conn, request.sanction_id).await?;
    staff::may_act_on(&mut *conn, by, &before.uid).await?;
    let sanction = take_back(conn, &told::staff(by), "mod.lift", before, why).await?;
    Ok(LiftReply { sanction, dry_run: request.dry_run })
}

async fn lift_of_in(
    conn: &mut PgConnection,
    by: &StaffName,
    request: &LiftOfRequest,
) -> Result<LiftOfReply, StoreError> {
    let LiftOfRequest { uid, kinds, scope, dry_run, .. } = request;
    let why = reason(&request.reason)?;
    staff::may_act_on(&mut *conn, by, uid).await?;
    let standing = sanctions::standing(&mut *conn, std::slice::from_ref(uid)).await?;
    let ids: Vec<_> = standing.iter().filter(|s| kinds.contains(&s.kind) && s.scope == *scope).map(|s| s.id).collect();
    let mut lifted = Vec::new();
    for before in sanctions::some(&mut *conn, &ids).await? {
        lifted.push(take_back(conn, &told::staff(by), "mod.lift", before, why.clone()).await?);
    }
    if lifted.is_empty() {
        return refuse(ErrorCode::NotFound, format!("nothing of this kind stands against {uid} there"));
    }
    Ok(LiftOfReply { sanctions: lifted, dry_run: *dry_run })
}

/// Lifts a sanction that stands, tells of it and logs it.
pub(crate) async fn take_back(
    conn: &mut PgConnection,
    actor: &str,
    act: &str,
    before: SanctionView,
    why: String,
) -> Result<SanctionView, StoreError> {
    let id = before.sanction_id;
    if !before.kind.lasts() {
        return Err(conflict(format!("a {} is over at once; there is nothing to take back", before.kind)));
    }
    if !sanctions::lift_one(&mut *conn, id, actor).await? {
        return refuse(ErrorCode::Conflict, format!("sanction {id} does not stand any more"));
    }
    let after = sanctions::show(&mut *conn, id).await?;
    told::tell_sanction(&mut *conn, "user.sanction_lifted", 2, actor, &after).await?;
    let act = Logged {
        actor,
        act,
        target: format!("user:{}", after.uid),
        reason: Some(why),
        before: Some(told::json(&before)?),
        after: Some(told::json(&after)?),
    };
    told::log(conn, act).await?;
    Ok(after)
}
