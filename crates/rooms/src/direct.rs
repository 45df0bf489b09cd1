//! Conversations of two. Who writes to somebody who does not know him asks for it first: until the other answers, he is only invited.

use callboard_contract::api::Done;
use callboard_contract::api::rooms::{AnswerDirectRequest, BlockRequest, DirectRequest};
use callboard_contract::limits::MAX_BLOCKS;
use callboard_contract::room::MyRoom;
use callboard_contract::{ApiError, Page, PageQuery};
use callboard_domain::{At, RoomAccess, RoomId, RoomKind, RoomMemberState, RoomPowers, RoomState, Uid};
use callboard_people::notices::{self, NewNotice};
use callboard_people::{blocks, users};
use callboard_store::{Store, StoreError, now};
use sqlx::PgConnection;

use crate::command::{Asked, run};
use crate::member::{self, MemberRow};
use crate::refusal::{bad, conflict, forbidden, limit, obey};
use crate::row::no_room;
use crate::scene::Scene;
use crate::{Did, Room, lists, mine, stored};

/// Opens the conversation with somebody; it is a request until he answers, unless he knows the caller. `policy` is what policy
/// lists of the platform have against the caller.
pub async fn direct(
    store: &Store,
    uid: &Uid,
    request: &DirectRequest,
    policy: Option<&ApiError>,
) -> Result<Did<MyRoom>, StoreError> {
    let peer = &request.uid;
    if peer == uid {
        return Err(bad("uid", "a conversation is with somebody else"));
    }
    run(store, Asked::by(uid, "rooms.direct", &request.request_id), request, async |conn, actor| {
        obey(policy)?;
        check_blocks(&mut *conn, uid, peer).await?;
        let at = now(&mut *conn).await?;
        let room = blank(uid, peer, at);
        let mut scene = if stored::insert(&mut *conn, &room).await? {
            let mut scene = Scene { room, at, actor, told: Vec::new() };
            begin(&mut *conn, &mut scene, uid, peer).await?;
            scene
        } else {
            let id = id_of(&mut *conn, &room).await?;
            Scene::open(&mut *conn, id, actor).await?
        };
        let me = scene.standing(&mut *conn, uid).await?;
        // Who was asked, or had declined, and asks himself now wants to talk.
        if let Some(mut member) = me.member.filter(|m| !m.is_joined()) {
            scene.place(&mut *conn, &mut member, RoomMemberState::Joined).await?;
            scene.tell_member(&mut *conn, "room.joined", member.view(me.muted_until), Vec::new()).await?;
        }
        Ok(Did { reply: mine::one(conn, &scene.room, uid).await?, told: scene.told })
    })
    .await
}

/// Nobody learns that he is blocked: who is not there is refused in the same words.
async fn check_blocks(conn: &mut PgConnection, uid: &Uid, peer: &Uid) -> Result<(), StoreError> {
    if !blocks::blockers(&mut *conn, peer, std::slice::from_ref(uid)).await?.is_empty() {
        return Err(conflict(format!("you blocked {peer}; take that back with rooms.block first")));
    }
    let blocked = !blocks::blockers(&mut *conn, uid, std::slice::from_ref(peer)).await?.is_empty();
    if blocked || !users::is_known(conn, peer).await? {
        return Err(forbidden(format!("no conversation with {peer} can be opened")));
    }
    Ok(())
}

async fn begin(conn: &mut PgConnection, scene: &mut Scene, uid: &Uid, peer: &Uid) -> Result<(), StoreError> {
    let knows = knows(&mut *conn, peer, uid).await?;
    let there = if knows { RoomMemberState::Joined } else { RoomMemberState::Invited };
    for (who, state) in [(uid, RoomMemberState::Joined), (peer, there)] {
        let member = MemberRow::new(&scene.room, who, state, scene.at);
        scene.room.members += i32::from(member.is_joined());
        member::write(&mut *conn, &member).await?;
    }
    stored::save(&mut *conn, &scene.room).await?;
    notices::add(&mut *conn, &[NewNotice::invited(peer, uid, scene.room.id)]).await?;
    let push = scene.push(&mut *conn, "rooms.invited", peer).await?;
    scene.tell_room(conn, "room.invited", vec![push]).await
}

/// Whether somebody knows another: he is in one of his rooms.
async fn knows(conn: &mut PgConnection, uid: &Uid, whom: &Uid) -> Result<bool, StoreError> {
    let knows = sqlx::query_scalar!(
        "select exists (select from rooms.rooms r join rooms.members m on m.room_id = r.id
             where r.tenant = $2 and r.state <> 'closed' and m.uid = $1 and m.state = 'joined') as \"knows!\"",
        uid.as_str(),
        whom.as_str()
    );
    Ok(knows.fetch_one(conn).await?)
}

async fn id_of(conn: &mut PgConnection, room: &Room) -> Result<RoomId, StoreError> {
    let (a, b) = room.pair.as_ref().ok_or_else(|| StoreError::corrupt("a conversation", "it is nobody's"))?;
    let id = sqlx::query_scalar!(
        "select id from rooms.rooms where kind = 'direct' and direct_a = $1 and direct_b = $2",
        a.as_str(),
        b.as_str()
    );
    Ok(RoomId::from_uuid(id.fetch_one(conn).await?))
}

/// Takes a message request, or declines it; then the other is not told, and may not write any more. `policy` is what policy
/// lists have against who answers: he may still decline.
pub async fn answer(
    store: &Store,
    uid: &Uid,
    request: &AnswerDirectRequest,
    policy: Option<&ApiError>,
) -> Result<Did<MyRoom>, StoreError> {
    run(store, Asked::by(uid, "rooms.answer_direct", &request.request_id), request, async |conn, actor| {
        let mut scene = Scene::open(&mut *conn, request.room_id, actor).await?;
        let me = scene.standing(&mut *conn, uid).await?;
        mine::check_sees(&scene.room, uid, &me)?;
        let (RoomKind::Direct, Some(mut member)) = (scene.room.kind, me.member) else {
            return Err(no_room(request.room_id));
        };
        match (member.state, request.accept) {
            (RoomMemberState::Joined, true) | (RoomMemberState::Left, false) => {}
            (RoomMemberState::Joined, false) => {
                return Err(conflict("this conversation was taken already; block the other to end it"));
            }
            (_, true) => {
                obey(policy)?;
                if me.blocked {
                    return Err(conflict("one of the two wants no conversation with the other"));
                }
                scene.place(&mut *conn, &mut member, RoomMemberState::Joined).await?;
                scene.tell_member(&mut *conn, "room.joined", member.view(me.muted_until), Vec::new()).await?;
            }
            (_, false) => {
                // Not counted: nothing that the other can see changes.
                (member.state, member.since) = (RoomMemberState::Left, scene.at);
                member::write(&mut *conn, &member).await?;
            }
        }
        Ok(Did { reply: mine::one(conn, &scene.room, uid).await?, told: scene.told })
    })
    .await
}

/// Blocks somebody, or takes that back.
pub async fn block(store: &Store, uid: &Uid, request: &BlockRequest) -> Result<Did<Done>, StoreError> {
    if &request.uid == uid {
        return Err(bad("uid", "nobody blocks himself"));
    }
    run(store, Asked::by(uid, "rooms.block", &request.request_id), request, async |conn, _| {
        if request.block && blocks::count(&mut *conn, uid).await? >= MAX_BLOCKS {
            return Err(limit(format!("no more than {MAX_BLOCKS} can be blocked; take one back first")));
        }
        blocks::set(conn, uid, &request.uid, request.block).await?;
        Ok(Did::quietly(Done {}))
    })
    .await
}

/// Lists whom somebody blocked, by name.
pub async fn blocked(store: &Store, uid: &Uid, query: &PageQuery) -> Result<Page<Uid>, StoreError> {
    let limit = lists::limit(query.limit)?;
    let mut conn = store.pool().acquire().await?;
    let items = blocks::of(&mut conn, uid, query.cursor.as_deref().unwrap_or_default(), limit).await?;
    let full = i64::try_from(items.len()) == Ok(limit);
    let cursor = items.last().filter(|_| full).map(Uid::to_string);
    Ok(Page { items, cursor })
}

/// A conversation in which nobody is yet. Being made is its first change.
fn blank(uid: &Uid, peer: &Uid, at: At) -> Room {
    let (a, b) = if uid < peer { (uid, peer) } else { (peer, uid) };
    Room {
        id: RoomId::generate(),
        tenant: None,
        kind: RoomKind::Direct,
        name: String::new(),
        topic: String::new(),
        category: None,
        access: RoomAccess::Private,
        state: RoomState::Open,
        entry_fee: None,
        promised_until: None,
        capacity: 2,
        members: 0,
        slow_mode: None,
        members_only: None,
        lobby: false,
        powers: RoomPowers::default(),
        call: None,
        watch_url: None,
        pair: Some((a.clone(), b.clone())),
        created: at,
        closed: None,
        head: 1,
        changed: 1,
    }
}
