//! People come into a room and go.

use callboard_contract::ApiError;
use callboard_contract::api::rooms::{JoinRequest, OnRoomRequest};
use callboard_contract::room::MyRoom;
use callboard_domain::{RoomKind, RoomMemberState, RoomRole, RoomState, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use crate::command::{Asked, run};
use crate::member::MemberRow;
use crate::refusal::{conflict, forbidden, obey};
use crate::scene::Scene;
use crate::{Did, Standing, fees, mine};

/// Enters a room, pays the fee if there is one, or waits in the lobby. Who is in already stays and pays nothing. `policy` is what policy
/// lists have against him: whoever may not see the room learns nothing of it.
pub async fn join(
    store: &Store,
    uid: &Uid,
    request: &JoinRequest,
    policy: Option<&ApiError>,
) -> Result<Did<MyRoom>, StoreError> {
    run(store, Asked::by(uid, "rooms.join", &request.request_id), request, async |conn, actor| {
        let mut scene = Scene::open(&mut *conn, request.room_id, actor).await?;
        let me = scene.standing(&mut *conn, uid).await?;
        mine::check_sees(&scene.room, uid, &me)?;
        let inside = matches!(me.state(), Some(RoomMemberState::Joined | RoomMemberState::Lobby));
        if !inside {
            obey(policy)?;
            may_enter(&scene, uid, &me)?;
            enter(&mut *conn, &mut scene, uid, me, request).await?;
        }
        Ok(Did { reply: mine::one(conn, &scene.room, uid).await?, told: scene.told })
    })
    .await
}

fn may_enter(scene: &Scene, uid: &Uid, me: &Standing) -> Result<(), StoreError> {
    let id = scene.room.id;
    if scene.room.kind == RoomKind::Direct {
        return Err(conflict("a conversation is not entered; answer the request with rooms.answer_direct"));
    }
    fees::not_closed(scene)?;
    if me.banned {
        return Err(forbidden(format!("you are banned from room {id}; an appeal can be made with reports.appeal")));
    }
    if scene.room.state == RoomState::Locked && scene.room.tenant.as_ref() != Some(uid) {
        return Err(forbidden(format!("room {id} is locked: nobody enters now; try again later")));
    }
    Ok(())
}

async fn enter(
    conn: &mut PgConnection,
    scene: &mut Scene,
    uid: &Uid,
    me: Standing,
    request: &JoinRequest,
) -> Result<(), StoreError> {
    let waits = scene.room.lobby && scene.room.tenant.as_ref() != Some(uid);
    let to = if waits { RoomMemberState::Lobby } else { RoomMemberState::Joined };
    if !waits {
        fees::has_place(scene)?;
    }
    let mut member = newcomer(scene, uid, me.member);
    fees::charge(&mut *conn, scene, &mut member, request.fee).await?;
    scene.place(&mut *conn, &mut member, to).await?;
    // Who waits is nobody's news but of those who let people in: they see him in the lobby.
    scene.tell_member(conn, "room.joined", member.view(me.muted_until), Vec::new()).await
}

/// The row of who comes: the one that he has, or a new one that has read everything that was said before.
pub(crate) fn newcomer(scene: &Scene, uid: &Uid, row: Option<MemberRow>) -> MemberRow {
    row.unwrap_or_else(|| {
        let mut member = MemberRow::new(&scene.room, uid, RoomMemberState::Left, scene.at);
        (member.read_seq, member.delivered_seq) = (scene.room.head, scene.room.head);
        if scene.room.tenant.as_ref() == Some(uid) {
            member.role = RoomRole::Host;
        }
        member
    })
}

/// Leaves a room or its lobby, or declines an invitation. Who is not in stays out.
pub async fn leave(store: &Store, uid: &Uid, request: &OnRoomRequest) -> Result<Did<MyRoom>, StoreError> {
    run(store, Asked::by(uid, "rooms.leave", &request.request_id), request, async |conn, actor| {
        let mut scene = Scene::open(&mut *conn, request.room_id, actor).await?;
        let me = scene.standing(&mut *conn, uid).await?;
        mine::check_sees(&scene.room, uid, &me)?;
        if scene.room.kind == RoomKind::Direct {
            return Err(conflict(
                "a conversation is not left; decline it with rooms.answer_direct, or block the other",
            ));
        }
        if let Some(mut member) = me.member.filter(|m| is_there(m.state)) {
            fees::not_let_in(&mut *conn, &scene, &mut member).await?;
            scene.place(&mut *conn, &mut member, RoomMemberState::Left).await?;
            scene.tell_member(&mut *conn, "room.left", member.view(me.muted_until), Vec::new()).await?;
        }
        Ok(Did { reply: mine::one(conn, &scene.room, uid).await?, told: scene.told })
    })
    .await
}

/// Whether somebody is in a room, before it, or awaited.
pub(crate) const fn is_there(state: RoomMemberState) -> bool {
    matches!(state, RoomMemberState::Joined | RoomMemberState::Lobby | RoomMemberState::Invited)
}
