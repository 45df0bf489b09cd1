//! People are invited to a room, and let in from its lobby.

use callboard_contract::ApiError;
use callboard_contract::api::rooms::{AdmitRequest, OnPersonRequest};
use callboard_contract::limits::MAX_INVITATIONS;
use callboard_contract::room::RoomMember;
use callboard_domain::{RoomId, RoomMemberState, RoomPower, Uid};
use callboard_people::notices::{self, NewNotice};
use callboard_people::{blocks, users};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use crate::command::{Asked, run};
use crate::entering::{is_there, newcomer};
use crate::refusal::{conflict, forbidden, limit, missing, obey};
use crate::scene::Scene;
use crate::{Did, Standing, fees, mine};

/// Invites somebody to a room. Who is in, waits or is invited already stays where he is; who blocked the caller hears nothing of it. `policy` is
/// what policy lists have against whom he invites.
pub async fn invite(
    store: &Store,
    uid: &Uid,
    request: &OnPersonRequest,
    policy: Option<&ApiError>,
) -> Result<Did<RoomMember>, StoreError> {
    run(store, Asked::by(uid, "rooms.invite", &request.request_id), request, async |conn, actor| {
        let (mut scene, _) = open(&mut *conn, uid, request.room_id, actor, RoomPower::Invite, "invite people").await?;
        let whom = &request.uid;
        let standing = scene.standing(&mut *conn, whom).await?;
        if let Some(member) = standing.member.as_ref().filter(|m| is_there(m.state)) {
            return Ok(Did::quietly(member.view(standing.muted_until)));
        }
        if standing.banned {
            return Err(conflict(format!("{whom} is banned here; take the ban back first")));
        }
        obey(policy)?;
        if !users::is_known(&mut *conn, whom).await? {
            return Err(missing("uid", format!("there is no user {whom}")));
        }
        let mut member = newcomer(&scene, whom, standing.member);
        if !blocks::blockers(&mut *conn, uid, std::slice::from_ref(whom)).await?.is_empty() {
            (member.state, member.since) = (RoomMemberState::Invited, scene.at);
            return Ok(Did::quietly(member.view(standing.muted_until)));
        }
        check_invitations(&mut *conn, scene.room.id).await?;
        scene.place(&mut *conn, &mut member, RoomMemberState::Invited).await?;
        let view = member.view(standing.muted_until);
        notices::add(&mut *conn, &[NewNotice::invited(whom, uid, scene.room.id)]).await?;
        let push = scene.push(&mut *conn, "rooms.invited", whom).await?;
        scene.tell_member(conn, "room.invited", view.clone(), vec![push]).await?;
        Ok(Did { reply: view, told: scene.told })
    })
    .await
}

async fn check_invitations(conn: &mut PgConnection, room: RoomId) -> Result<(), StoreError> {
    let invited = sqlx::query_scalar!(
        "select count(*) as \"count!\" from rooms.members where room_id = $1 and state = 'invited'",
        room.as_uuid()
    )
    .fetch_one(conn)
    .await?;
    if invited < MAX_INVITATIONS {
        return Ok(());
    }
    Err(limit(format!("{invited} invitations to room {room} wait for an answer, no more than {MAX_INVITATIONS} may")))
}

/// Lets somebody in from the lobby, or turns him away; then what he paid goes back. `policy` is what policy lists have against him.
pub async fn admit(
    store: &Store,
    uid: &Uid,
    request: &AdmitRequest,
    policy: Option<&ApiError>,
) -> Result<Did<RoomMember>, StoreError> {
    run(store, Asked::by(uid, "rooms.admit", &request.request_id), request, async |conn, actor| {
        let (mut scene, _) = open(&mut *conn, uid, request.room_id, actor, RoomPower::Admit, "let people in").await?;
        let whom = &request.uid;
        let standing = scene.standing(&mut *conn, whom).await?;
        let waiting = standing.member.filter(|m| m.state == RoomMemberState::Lobby);
        let Some(mut member) = waiting else {
            return Err(conflict(format!("{whom} does not wait in the lobby of room {}", scene.room.id)));
        };
        let event = if request.admit {
            if standing.banned {
                return Err(conflict(format!("{whom} is banned here; take the ban back first")));
            }
            obey(policy)?;
            fees::has_place(&scene)?;
            scene.place(&mut *conn, &mut member, RoomMemberState::Joined).await?;
            "room.joined"
        } else {
            fees::not_let_in(&mut *conn, &scene, &mut member).await?;
            scene.place(&mut *conn, &mut member, RoomMemberState::Removed).await?;
            "room.left"
        };
        let view = member.view(standing.muted_until);
        let push = scene.push(&mut *conn, "rooms.admitted", whom).await?;
        scene.tell_member(conn, event, view.clone(), vec![push]).await?;
        Ok(Did { reply: view, told: scene.told })
    })
    .await
}

/// Locks a room for somebody who needs a power in it.
pub(crate) async fn open(
    conn: &mut PgConnection,
    uid: &Uid,
    id: RoomId,
    actor: String,
    power: RoomPower,
    what: &str,
) -> Result<(Scene, Standing), StoreError> {
    let scene = Scene::open(&mut *conn, id, actor).await?;
    let me = scene.standing(conn, uid).await?;
    mine::check_sees(&scene.room, uid, &me)?;
    fees::not_closed(&scene)?;
    if !me.may(power) {
        return Err(forbidden(format!("you have not the power to {what} in room {id}")));
    }
    Ok((scene, me))
}
