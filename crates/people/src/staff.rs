//! Staff: who they are by public key, what they may do, and how they come and go.
//!
//! The seed of a key never comes here. A name is given once: what was revoked stays, so that the log of acts stays readable.

use callboard_contract::ErrorCode;
use callboard_contract::adm::staff::{AddRequest, LinkRequest, RevokeReply, RevokeRequest, StaffMember};
use callboard_domain::{At, RefundLimits, Role, StaffName, Uid};
use callboard_store::{Action, Begun, Command, NewEvent, Store, StoreError, emit, log_action, now, refuse};
use serde_json::json;
use sqlx::PgConnection;

pub use crate::staff_rows::Staff;
use crate::staff_rows::{self as rows, NewStaff};

/// The most creators for whom alone a member of staff works.
const MAX_TENANTS: usize = 50;
/// Who made the first admin.
pub const BOOTSTRAP: &str = "bootstrap";

/// A member of staff by name, revoked ones too.
pub async fn find(store: &Store, name: &StaffName) -> Result<Option<Staff>, StoreError> {
    let mut conn = store.pool().acquire().await?;
    rows::by_name(&mut conn, name).await
}

/// As [`find`], on the caller's connection.
pub async fn find_in(conn: &mut PgConnection, name: &StaffName) -> Result<Option<Staff>, StoreError> {
    rows::by_name(conn, name).await
}

/// The member of staff who is a user of the platform, unless his credential was taken back.
pub async fn by_uid(conn: &mut PgConnection, uid: &Uid) -> Result<Option<Staff>, StoreError> {
    rows::by_uid(conn, uid).await
}

/// Refuses where a member of staff may not act on a user: on himself, and on who is staff of his own rank or above. Gives who acts.
pub async fn may_act_on(conn: &mut PgConnection, by: &StaffName, uid: &Uid) -> Result<Staff, StoreError> {
    let Some(me) = rows::by_name(conn, by).await?.filter(|s| s.revoked_at.is_none()) else {
        return refuse(ErrorCode::Forbidden, "this credential was taken back");
    };
    if me.uid.as_ref() == Some(uid) {
        return refuse(ErrorCode::Forbidden, format!("you are {uid}; another must act on that"));
    }
    match rows::by_uid(conn, uid).await? {
        Some(other) if me.role != Role::Admin && other.role.rank() >= me.role.rank() => refuse(
            ErrorCode::Forbidden,
            format!("{uid} is staff with the role {}; only somebody of a higher role may act on that user", other.role),
        ),
        _ => Ok(me),
    }
}

/// Refuses where a member of staff works for some creators alone, and what he wants to act on or see is not of their rooms and calls. `tenant`
/// is whose it is; nobody where it reaches further.
pub async fn may_act_for(conn: &mut PgConnection, by: &StaffName, tenant: Option<&Uid>) -> Result<(), StoreError> {
    let Some(me) = rows::by_name(conn, by).await?.filter(|s| s.revoked_at.is_none()) else {
        return refuse(ErrorCode::Forbidden, "this credential was taken back");
    };
    if me.tenants.is_empty() || tenant.is_some_and(|tenant| me.tenants.contains(tenant)) {
        return Ok(());
    }
    let of_whom = tenant.map_or_else(|| "this reaches further".to_owned(), |tenant| format!("this is {tenant}'s"));
    let mine = me.tenants.iter().map(Uid::as_str).collect::<Vec<_>>().join(", ");
    refuse(ErrorCode::Forbidden, format!("you work in the rooms and calls of {mine} alone; {of_whom}"))
}

/// The member of staff who holds a key, unless it was taken back.
pub async fn by_key(store: &Store, public_key: &str) -> Result<Option<Staff>, StoreError> {
    let mut conn = store.pool().acquire().await?;
    Ok(rows::by_key(&mut conn, public_key).await?.filter(|s| s.revoked_at.is_none()))
}

/// All members of staff, revoked ones too, by name.
pub async fn ls(store: &Store) -> Result<Vec<StaffMember>, StoreError> {
    let live = rows::connections_of_all(store).await?;
    let shown = |s: &Staff| s.shown(live.get(s.name.as_str()).copied().unwrap_or_default());
    Ok(rows::all(store).await?.iter().map(shown).collect())
}

/// Registers a new member of staff. `alone` says whether one person may do that in this environment; the first admin always may.
pub async fn add(store: &Store, by: &StaffName, alone: bool, request: &AddRequest) -> Result<StaffMember, StoreError> {
    let actor = format!("staff:{by}");
    let begun = Command::begin(store, &actor, "staff.add", &request.request_id, request.dry_run, request).await?;
    let mut command = match begun {
        Begun::Before(member) => return Ok(member),
        Begun::New(command) => command,
    };
    let result = add_in(&mut command, by, &actor, alone, request).await;
    command.finish(result).await
}

/// Takes a credential back. The caller then cuts the connections.
pub async fn revoke(store: &Store, by: &StaffName, request: &RevokeRequest) -> Result<RevokeReply, StoreError> {
    let actor = format!("staff:{by}");
    let begun = Command::begin(store, &actor, "staff.revoke", &request.request_id, request.dry_run, request).await?;
    let mut command = match begun {
        Begun::Before(reply) => return Ok(reply),
        Begun::New(command) => command,
    };
    let result = revoke_in(&mut command, &actor, request).await;
    command.finish(result).await
}

/// Says which user a member of staff is.
pub async fn link(store: &Store, by: &StaffName, request: &LinkRequest) -> Result<StaffMember, StoreError> {
    let actor = format!("staff:{by}");
    let begun = Command::begin(store, &actor, "staff.link", &request.request_id, request.dry_run, request).await?;
    let mut command = match begun {
        Begun::Before(member) => return Ok(member),
        Begun::New(command) => command,
    };
    let result = link_in(&mut command, &actor, request).await;
    command.finish(result).await
}

/// Makes the first admin; gives nothing, and changes nothing, where there is an admin already.
pub async fn bootstrap(store: &Store, name: &StaffName, public_key: &str) -> Result<Option<Staff>, StoreError> {
    let mut tx = store.pool().begin().await?;
    rows::lock_all(&mut tx).await?;
    if rows::active_admins(&mut tx).await? > 0 {
        return Ok(None);
    }
    if rows::by_name(&mut tx, name).await?.is_some() {
        return refuse(
            ErrorCode::Conflict,
            format!("the name {name} was given before and taken back; choose another for the admin"),
        );
    }
    let new = NewStaff { name, role: Role::Admin, public_key, limits: None, tenants: &[], added_by: BOOTSTRAP };
    let member = rows::insert(&mut tx, &new).await?;
    told_added(&mut tx, &member, "house").await?;
    tx.commit().await?;
    store.ring();
    Ok(Some(member))
}

async fn add_in(
    conn: &mut PgConnection,
    by: &StaffName,
    actor: &str,
    alone: bool,
    request: &AddRequest,
) -> Result<StaffMember, StoreError> {
    rows::lock_all(conn).await?;
    let first = rows::by_name(conn, by).await?.is_some_and(|s| s.added_by == BOOTSTRAP);
    if !alone && !first {
        return refuse(
            ErrorCode::Limit,
            "outside development a second person must confirm new staff; ask the first admin to do it",
        );
    }
    if rows::by_name(conn, &request.name).await?.is_some() {
        return refuse(ErrorCode::Conflict, format!("the name {} was given before; choose another", request.name));
    }
    if rows::by_key(conn, &request.public_key).await?.is_some() {
        return refuse(ErrorCode::Conflict, "this key was registered before; make a new one");
    }
    check_limits(request)?;
    check_tenants(request)?;
    let new = NewStaff {
        name: &request.name,
        role: request.role,
        public_key: &request.public_key,
        limits: request.refund_limits,
        tenants: &request.tenants,
        added_by: by.as_str(),
    };
    let member = rows::insert(conn, &new).await?;
    told_added(conn, &member, actor).await?;
    Ok(member.shown(0))
}

fn check_limits(request: &AddRequest) -> Result<(), StoreError> {
    let Some(RefundLimits { per_act, per_day }) = request.refund_limits else { return Ok(()) };
    if per_act.is_negative() || per_day.is_negative() || per_act > per_day {
        return refuse(ErrorCode::BadRequest, "refund limits must not be negative, and one act's not above a day's");
    }
    Ok(())
}

fn check_tenants(request: &AddRequest) -> Result<(), StoreError> {
    let count = request.tenants.len();
    if count > MAX_TENANTS {
        let text = format!("a member of staff works for at most {MAX_TENANTS} creators or for all, not for {count}");
        return refuse(ErrorCode::BadRequest, text);
    }
    if count > 0 && request.role != Role::Moderator {
        let text =
            format!("only a moderator works for some creators alone; the role {} is the whole house's", request.role);
        return refuse(ErrorCode::BadRequest, text);
    }
    Ok(())
}

async fn revoke_in(conn: &mut PgConnection, actor: &str, request: &RevokeRequest) -> Result<RevokeReply, StoreError> {
    request.reason.check().or_else(|e| refuse(ErrorCode::BadRequest, e))?;
    rows::lock_all(conn).await?;
    let Some(before) = rows::by_name_locked(conn, &request.name).await? else {
        return refuse(ErrorCode::NotFound, format!("there is no member of staff {}", request.name));
    };
    if let Some(at) = before.revoked_at {
        return refuse(ErrorCode::Conflict, format!("the credential of {} was taken back at {at}", request.name));
    }
    if before.role == Role::Admin && rows::active_admins(conn).await? == 1 {
        return refuse(ErrorCode::Conflict, "this is the last admin; add another first");
    }
    let at = now(&mut *conn).await?;
    rows::revoke(conn, &request.name, at).await?;
    let live = rows::connections(conn, &request.name).await?;
    let member = Staff { revoked_at: Some(at), ..before }.shown(live);
    let data = json!({ "name": member.name, "role": member.role, "reason": request.reason.to_string() });
    tell(conn, "staff.revoked", 2, at, actor, &member.name, data).await?;
    let action = Action {
        actor,
        act: "staff.revoke",
        target: request.name.to_string(),
        reason: Some(request.reason.to_string()),
        before: Some(json!({ "role": member.role, "revoked_at": null })),
        after: Some(json!({ "role": member.role, "revoked_at": at })),
    };
    log_action(conn, &action).await?;
    Ok(RevokeReply { connections_cut: member.connections, member })
}

async fn link_in(conn: &mut PgConnection, actor: &str, request: &LinkRequest) -> Result<StaffMember, StoreError> {
    request.reason.check().or_else(|e| refuse(ErrorCode::BadRequest, e))?;
    rows::lock_all(conn).await?;
    let before = rows::by_name_locked(conn, &request.name).await?.filter(|s| s.revoked_at.is_none());
    let Some(before) = before else {
        return refuse(ErrorCode::NotFound, format!("there is no member of staff {}", request.name));
    };
    if let Some(uid) = &request.uid
        && let Some(other) = rows::by_uid(conn, uid).await?.filter(|other| other.name != request.name)
    {
        return refuse(ErrorCode::Conflict, format!("{uid} is {} already", other.name));
    }
    rows::link(conn, &request.name, request.uid.as_ref()).await?;
    let action = Action {
        actor,
        act: "staff.link",
        target: request.name.to_string(),
        reason: Some(request.reason.to_string()),
        before: Some(json!({ "uid": before.uid })),
        after: Some(json!({ "uid": request.uid })),
    };
    log_action(conn, &action).await?;
    let live = rows::connections(conn, &request.name).await?;
    Ok(Staff { uid: request.uid.clone(), ..before }.shown(live))
}

async fn told_added(conn: &mut PgConnection, member: &Staff, actor: &str) -> Result<(), StoreError> {
    let data = json!({ "name": member.name, "role": member.role, "public_key": member.public_key, "refund_limits": member.refund_limits,
        "tenants": member.tenants });
    tell(conn, "staff.added", 1, member.added_at, actor, &member.name, data.clone()).await?;
    let action = Action {
        actor,
        act: "staff.add",
        target: member.name.to_string(),
        reason: None,
        before: None,
        after: Some(data),
    };
    log_action(conn, &action).await?;
    Ok(())
}

/// A name is given once, so its versions are: added, revoked.
async fn tell(
    conn: &mut PgConnection,
    event: &'static str,
    version: i64,
    at: At,
    actor: &str,
    name: &StaffName,
    data: serde_json::Value,
) -> Result<(), StoreError> {
    let event = NewEvent {
        event,
        entity: format!("staff-{name}"),
        version,
        at,
        actor: actor.to_owned(),
        data,
        pushes: Vec::new(),
    };
    emit(conn, &event).await
}
