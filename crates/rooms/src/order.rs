//! Order is kept by those who have a role in the room: roles, warnings, mutes, kicks and bans. Nobody acts on who does not stand below him.

use callboard_contract::EventPush;
use callboard_contract::api::Done;
use callboard_contract::api::rooms::{LiftRequest, RoleRequest, SanctionReply, SanctionRequest};
use callboard_contract::room::RoomMember;
use callboard_domain::{RoomMemberState, RoomPower, RoomRole, SanctionId, SanctionKind, Scope, Uid};
use callboard_people::sanctions::{self, NewSanction};
use callboard_people::users;
use callboard_store::{NewEvent, Store, StoreError, emit};
use serde_json::Value;
use sqlx::PgConnection;

use crate::command::{Asked, run};
use crate::entering::is_there;
use crate::inviting::open;
use crate::member::MemberRow;
use crate::refusal::{bad, conflict, forbidden, missing};
use crate::scene::Scene;
use crate::{Did, Standing, fees};

/// Gives a member another role, below the caller's own.
pub async fn role(store: &Store, uid: &Uid, request: &RoleRequest) -> Result<Did<RoomMember>, StoreError> {
    run(store, Asked::by(uid, "rooms.role", &request.request_id), request, async |conn, actor| {
        let (mut scene, me) = open(&mut *conn, uid, request.room_id, actor, RoomPower::Roles, "give roles").await?;
        let whom = &request.uid;
        let standing = scene.standing(&mut *conn, whom).await?;
        let Some(mut member) = standing.member.filter(MemberRow::is_joined) else {
            return Err(conflict(format!("{whom} is not in room {}; only members have a role", scene.room.id)));
        };
        below(&me, member.role, whom)?;
        if !me.role.is_some_and(|mine| mine.outranks(request.role)) {
            return Err(forbidden(format!("only roles below your own are yours to give; {} is not", request.role)));
        }
        if member.role == request.role {
            return Ok(Did::quietly(member.view(standing.muted_until)));
        }
        member.role = request.role;
        scene.count(&mut *conn, &mut member).await?;
        let view = member.view(standing.muted_until);
        scene.tell_member(conn, "room.changed", view.clone(), Vec::new()).await?;
        Ok(Did { reply: view, told: scene.told })
    })
    .await
}

/// Warns, mutes, kicks or bans somebody in a room. A ban and a mute may come before he does, and hold when he comes back.
pub async fn sanction(store: &Store, uid: &Uid, request: &SanctionRequest) -> Result<Did<SanctionReply>, StoreError> {
    let (power, what) = needed(request.kind)?;
    request.reason.check().map_err(|e| bad("reason", e))?;
    let scope = Scope::Room(request.room_id);
    request.kind.check(&scope, request.length).map_err(|e| bad("length", e.to_string()))?;
    run(store, Asked::by(uid, "rooms.sanction", &request.request_id), request, async |conn, actor| {
        let (mut scene, me) = open(&mut *conn, uid, request.room_id, actor.clone(), power, what).await?;
        let whom = &request.uid;
        let standing = scene.standing(&mut *conn, whom).await?;
        below(&me, rank(&scene, &standing, whom), whom)?;
        let there = standing.state().is_some_and(is_there);
        match request.kind {
            SanctionKind::Kick | SanctionKind::Warn if !there => {
                return Err(conflict(format!("{whom} is not in room {}", scene.room.id)));
            }
            _ if !users::is_known(&mut *conn, whom).await? => {
                return Err(missing("uid", format!("there is no user {whom}")));
            }
            _ => {}
        }
        let new = NewSanction {
            uid: whom.clone(),
            kind: request.kind,
            scope,
            length: request.length,
            actor,
            reason: request.reason.to_string(),
        };
        let (sanction_id, until) = sanctions::impose(&mut *conn, &new).await?;
        tell_sanction(&mut *conn, &scene, sanction_id, "user.sanctioned", 1).await?;
        carry_out(&mut *conn, &mut scene, standing, request.kind).await?;
        Ok(Did { reply: SanctionReply { sanction_id, until }, told: scene.told })
    })
    .await
}

/// What follows in the room: who is kicked or banned is out of it, who is muted shows as that.
async fn carry_out(
    conn: &mut PgConnection,
    scene: &mut Scene,
    standing: Standing,
    kind: SanctionKind,
) -> Result<(), StoreError> {
    match (kind, standing.member) {
        (SanctionKind::Kick | SanctionKind::Ban, Some(member)) if is_there(member.state) => {
            remove(conn, scene, member).await
        }
        (SanctionKind::Mute, Some(member)) => tell_mute(conn, scene, member).await,
        _ => Ok(()),
    }
}

/// Takes somebody out of a locked room. What he paid stays paid, unless he never was in.
pub(crate) async fn remove(
    conn: &mut PgConnection,
    scene: &mut Scene,
    mut member: MemberRow,
) -> Result<(), StoreError> {
    fees::not_let_in(&mut *conn, scene, &mut member).await?;
    scene.place(&mut *conn, &mut member, RoomMemberState::Removed).await?;
    let muted_until = scene.standing(&mut *conn, &member.uid).await?.muted_until;
    let push = scene.push(&mut *conn, "rooms.removed", &member.uid).await?;
    scene.tell_member(conn, "room.left", member.view(muted_until), vec![push]).await
}

/// Counts and tells that a member's mute began, changed or ended.
pub(crate) async fn tell_mute(
    conn: &mut PgConnection,
    scene: &mut Scene,
    mut member: MemberRow,
) -> Result<(), StoreError> {
    scene.count(&mut *conn, &mut member).await?;
    let muted_until = scene.standing(&mut *conn, &member.uid).await?.muted_until;
    scene.tell_member(conn, "room.changed", member.view(muted_until), Vec::new()).await
}

/// Takes a mute or a ban of a room back. What staff of the house imposed is theirs to take back.
pub async fn lift(store: &Store, uid: &Uid, request: &LiftRequest) -> Result<Did<Done>, StoreError> {
    let (power, what) = match request.kind {
        SanctionKind::Mute | SanctionKind::Ban => needed(request.kind)?,
        kind => return Err(bad("kind", format!("a {kind} is not taken back here; mute and ban are"))),
    };
    run(store, Asked::by(uid, "rooms.lift", &request.request_id), request, async |conn, actor| {
        let (mut scene, me) = open(&mut *conn, uid, request.room_id, actor.clone(), power, what).await?;
        let whom = &request.uid;
        let standing = scene.standing(&mut *conn, whom).await?;
        below(&me, rank(&scene, &standing, whom), whom)?;
        let scope = Scope::Room(request.room_id);
        let standing_now = sanctions::standing(&mut *conn, std::slice::from_ref(whom)).await?;
        let mut here = standing_now.iter().filter(|s| s.kind == request.kind && s.scope == scope);
        if here.any(|s| !s.actor.starts_with("user:")) {
            return Err(forbidden(format!(
                "this {} of {whom} is the platform's; its staff alone take it back",
                request.kind
            )));
        }
        let lifted = sanctions::lift(&mut *conn, whom, request.kind, &scope, &actor).await?;
        for id in &lifted {
            tell_sanction(&mut *conn, &scene, *id, "user.sanction_lifted", 2).await?;
        }
        if let (SanctionKind::Mute, false, Some(member)) = (request.kind, lifted.is_empty(), standing.member) {
            tell_mute(&mut *conn, &mut scene, member).await?;
        }
        Ok(Did { reply: Done {}, told: scene.told })
    })
    .await
}

fn needed(kind: SanctionKind) -> Result<(RoomPower, &'static str), StoreError> {
    match kind {
        SanctionKind::Warn => Ok((RoomPower::Mute, "warn people")),
        SanctionKind::Mute => Ok((RoomPower::Mute, "mute people")),
        SanctionKind::Kick => Ok((RoomPower::Kick, "take people out")),
        SanctionKind::Ban => Ok((RoomPower::Ban, "ban people")),
        SanctionKind::Suspend | SanctionKind::RestrictPayments => {
            Err(bad("kind", format!("a {kind} is the platform's; in a room there are warn, mute, kick and ban")))
        }
    }
}

/// What somebody is in a room as far as others may act on him: the tenant is its host, also while he is out.
fn rank(scene: &Scene, standing: &Standing, uid: &Uid) -> RoomRole {
    if scene.room.tenant.as_ref() == Some(uid) { RoomRole::Host } else { standing.role.unwrap_or(RoomRole::Member) }
}

fn below(me: &Standing, role: RoomRole, whom: &Uid) -> Result<(), StoreError> {
    if me.role.is_some_and(|mine| mine.outranks(role)) {
        return Ok(());
    }
    Err(forbidden(format!("{whom} is {role} here; you act only on those who stand below you")))
}

/// Tells of a sanction: the house, and the person whom it meets.
async fn tell_sanction(
    conn: &mut PgConnection,
    scene: &Scene,
    id: SanctionId,
    event: &'static str,
    version: i64,
) -> Result<(), StoreError> {
    let view = sanctions::show(&mut *conn, id).await?;
    let json = |value: Result<Value, serde_json::Error>| value.map_err(|e| StoreError::corrupt("a sanction", e));
    let push = EventPush {
        uids: vec![view.uid.clone()],
        event: "reports.sanctioned".to_owned(),
        data: Some(json(serde_json::to_value(view.of_mine()))?),
    };
    let event = NewEvent {
        event,
        entity: id.to_string(),
        version,
        at: scene.at,
        actor: scene.actor.clone(),
        data: json(serde_json::to_value(&view))?,
        pushes: vec![push],
    };
    emit(conn, &event).await
}
