//! Who comes in: places, invitations, the lobby, locks and bans of every scope.

use callboard_contract::api::rooms::{
    AdmitRequest, CreateRequest, JoinRequest, LsRequest, MembersRequest, OnPersonRequest, RoomSettings,
};
use callboard_contract::{ApiError, ErrorCode, PageQuery};
use callboard_domain::{RoomAccess, RoomKind, RoomMemberState, RoomRole, RoomState, SanctionKind, Scope, Uid};
use callboard_people::sanctions::{self, NewSanction};
use callboard_rooms::{entering, inviting, lists, making};

use crate::house::{House, id, refused, uid};

#[tokio::test]
async fn two_who_race_for_the_last_place_do_not_both_get_it() {
    let house = House::new().await;
    let maya = house.person("maya").await;
    let request = CreateRequest { capacity: Some(2), ..House::request(RoomKind::Sub, RoomAccess::Paid, Some(10)) };
    let room = house.make(&maya, &request).await;
    let (ann, bob) = (house.fan("ann", 20).await, house.fan("bob", 20).await);
    let (a, b) = tokio::join!(house.join(&ann, room, Some(10)), house.join(&bob, room, Some(10)));
    let (winner, loser, lost) = if a.is_ok() { (&ann, &bob, b) } else { (&bob, &ann, a) };
    assert_eq!(refused(lost), ErrorCode::Limit);
    assert_eq!(house.wallet(loser).await.to_string(), "20.0000", "who did not get in pays nothing");
    house.leave(winner, room).await.expect("left");
    house.join(loser, room, Some(10)).await.expect("there is a place now");
    house.sound().await;
}

#[tokio::test]
async fn a_private_room_is_seen_and_entered_by_invitation_alone() {
    let house = House::new().await;
    let (maya, ann, bob) = (house.person("maya").await, house.person("ann").await, house.person("bob").await);
    let room = house.room(&maya, RoomAccess::Private).await;
    assert_eq!(refused(lists::show(house.store(), &ann, room).await), ErrorCode::NotFound);
    assert_eq!(refused(house.join(&ann, room, None).await), ErrorCode::NotFound);
    let invited = house.invite(&maya, room, &ann).await.expect("invited");
    assert_eq!(invited.reply.state, RoomMemberState::Invited);
    assert_eq!(house.pushed(&ann, "rooms.invited").await, 1);
    house.join(&ann, room, None).await.expect("she was invited");
    // She is a member and may not invite; who is out cannot.
    assert_eq!(refused(house.invite(&ann, room, &bob).await), ErrorCode::Forbidden);
    assert_eq!(refused(house.invite(&bob, room, &ann).await), ErrorCode::NotFound);
    assert_eq!(refused(house.invite(&maya, room, &uid("nobody")).await), ErrorCode::NotFound);
    house.sanction(&maya, room, &ann, SanctionKind::Kick).await.expect("kicked");
    assert_eq!(refused(house.join(&ann, room, None).await), ErrorCode::NotFound, "the invitation went with her");
    house.sound().await;
}

#[tokio::test]
async fn who_is_on_a_policy_list_learns_of_no_room_that_he_may_not_see() {
    let house = House::new().await;
    let (maya, ann, bob) = (house.person("maya").await, house.person("ann").await, house.person("bob").await);
    let against = ApiError::new(ErrorCode::Forbidden, "a policy of platform keeps you out");
    let hidden = house.room(&maya, RoomAccess::Private).await;
    let open = house.room(&maya, RoomAccess::Public).await;
    let joining = |room_id| JoinRequest { request_id: id(), room_id, fee: None };
    let join = async |room| refused(entering::join(house.store(), &ann, &joining(room), Some(&against)).await);
    assert_eq!(join(hidden).await, ErrorCode::NotFound);
    assert_eq!(join(open).await, ErrorCode::Forbidden);
    house.invite(&maya, hidden, &ann).await.expect("invited before she was on the list");
    assert_eq!(join(hidden).await, ErrorCode::Forbidden, "an invitation is not accepted");

    // Who lets people in is told; who may not let anybody in learns nothing of others.
    let lobby = RoomSettings { lobby: Some(true), ..RoomSettings::default() };
    house.set(&maya, open, lobby).await.expect("a lobby");
    house.join(&ann, open, None).await.expect("waits");
    let conflict = ApiError::new(ErrorCode::Conflict, "a policy of platform keeps ann out");
    let admitting = |admit| AdmitRequest { request_id: id(), room_id: open, uid: ann.clone(), admit };
    let admit = async |by, admit| inviting::admit(house.store(), by, &admitting(admit), Some(&conflict)).await;
    assert_eq!(refused(admit(&bob, true).await), ErrorCode::Forbidden);
    assert_eq!(refused(admit(&maya, true).await), ErrorCode::Conflict);
    assert_eq!(admit(&maya, false).await.expect("turned away").reply.state, RoomMemberState::Removed);
    let inviting = OnPersonRequest { request_id: id(), room_id: open, uid: ann.clone() };
    let invited = inviting::invite(house.store(), &maya, &inviting, Some(&conflict)).await;
    assert_eq!(refused(invited), ErrorCode::Conflict);
    house.sound().await;
}

#[tokio::test]
async fn who_waits_in_the_lobby_is_let_in_in_order_and_only_by_those_who_may() {
    let house = House::new().await;
    let (maya, ann, bob) = (house.person("maya").await, house.person("ann").await, house.person("bob").await);
    let request = CreateRequest { capacity: Some(2), ..House::request(RoomKind::Sub, RoomAccess::Public, None) };
    let room = house.make(&maya, &request).await;
    house.set(&maya, room, RoomSettings { lobby: Some(true), ..RoomSettings::default() }).await.expect("a lobby");
    for who in [&bob, &ann] {
        house.pass(1).await;
        house.join(who, room, None).await.expect("waits");
    }
    let asked = MembersRequest { room_id: room, limit: Some(1), cursor: None };
    let first = lists::lobby(house.store(), &maya, &asked).await.expect("the lobby");
    let next = MembersRequest { cursor: first.cursor.clone(), ..asked.clone() };
    let second = lists::lobby(house.store(), &maya, &next).await.expect("the lobby");
    assert_eq!((&first.items[0].uid, &second.items[0].uid), (&bob, &ann));
    assert_eq!(refused(lists::lobby(house.store(), &bob, &asked).await), ErrorCode::Forbidden);
    assert_eq!(refused(house.admit(&ann, room, &bob, true).await), ErrorCode::Forbidden);
    house.admit(&maya, room, &bob, true).await.expect("let in");
    assert_eq!(house.pushed(&bob, "rooms.admitted").await, 1);
    assert_eq!(refused(house.admit(&maya, room, &ann, true).await), ErrorCode::Limit, "the room is full");
    assert_eq!(refused(house.admit(&maya, room, &bob, true).await), ErrorCode::Conflict, "he does not wait");
    house.sound().await;
}

#[tokio::test]
async fn nobody_enters_a_locked_room_but_its_host() {
    let house = House::new().await;
    let (maya, ann) = (house.person("maya").await, house.person("ann").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    let lock = |state| RoomSettings { state: Some(state), ..RoomSettings::default() };
    house.set(&maya, room, lock(RoomState::Locked)).await.expect("locked");
    assert_eq!(refused(house.join(&ann, room, None).await), ErrorCode::Forbidden);
    house.leave(&maya, room).await.expect("left");
    house.join(&maya, room, None).await.expect("the room is hers");
    assert_eq!(refused(house.set(&maya, room, lock(RoomState::Closed)).await), ErrorCode::BadRequest);
    house.set(&maya, room, lock(RoomState::Open)).await.expect("open");
    house.join(&ann, room, None).await.expect("open to all");
    assert_eq!(refused(house.set(&ann, room, lock(RoomState::Locked)).await), ErrorCode::Forbidden);
    house.sound().await;
}

#[tokio::test]
async fn bans_of_room_tenant_and_platform_keep_out_and_end() {
    let house = House::new().await;
    let (maya, leo, ann) = (house.person("maya").await, house.person("leo").await, house.person("ann").await);
    let (room, other) = (house.room(&maya, RoomAccess::Public).await, house.room(&maya, RoomAccess::Public).await);
    let elsewhere = house.room(&leo, RoomAccess::Public).await;
    for (scope, out) in [
        (Scope::Room(room), vec![room]),
        (Scope::Tenant(maya.clone()), vec![room, other]),
        (Scope::Platform, vec![room, other, elsewhere]),
    ] {
        let new = NewSanction {
            uid: ann.clone(),
            kind: SanctionKind::Ban,
            scope: scope.clone(),
            length: Some(callboard_domain::Millis::from_secs(60)),
            actor: "staff:ines".to_owned(),
            reason: "test".to_owned(),
        };
        sanctions::impose(&mut house.store().pool().acquire().await.expect("a connection"), &new)
            .await
            .expect("banned");
        for id in [room, other, elsewhere] {
            let joined = house.join(&ann, id, None).await;
            if out.contains(&id) {
                assert_eq!(refused(joined), ErrorCode::Forbidden, "{scope}");
            } else {
                joined.expect("not banned there");
                house.leave(&ann, id).await.expect("left");
            }
        }
        house.pass(60_000).await;
    }
    house.join(&ann, room, None).await.expect("all bans are over");
    house.sound().await;
}

#[tokio::test]
async fn the_primary_room_is_always_there_and_made_once() {
    let house = House::new().await;
    let (maya, ann) = (house.person("maya").await, house.person("ann").await);
    let store = house.store();
    let (one, other) = tokio::join!(making::primary(store, &ann, &maya), making::primary(store, &maya, &maya));
    let (one, other) = (one.expect("made").reply, other.expect("made").reply);
    assert_eq!((one.room.room_id, one.room.kind), (other.room.room_id, RoomKind::Primary));
    assert_eq!((one.me.state, other.me.role), (None, Some(RoomRole::Host)));
    assert_eq!(refused(house.close(&maya, one.room.room_id).await), ErrorCode::Conflict);
    assert_eq!(refused(making::primary(store, &ann, &uid("nobody")).await), ErrorCode::NotFound);
    house.sound().await;
}

#[tokio::test]
async fn rooms_are_found_by_words_tenant_and_category_the_busiest_first() {
    let house = House::new().await;
    let (maya, leo, ann) = (house.person("maya").await, house.person("leo").await, house.person("ann").await);
    let named = async |host: &Uid, name: &str, category: Option<&str>, access| {
        let mut request = House::request(RoomKind::Sub, access, None);
        (request.name, request.category) = (name.to_owned(), category.map(str::to_owned));
        house.make(host, &request).await
    };
    let quiet = named(&maya, "Morning tarot", Some("tarot"), RoomAccess::Public).await;
    let busy = named(&maya, "Evening tarot", Some("tarot"), RoomAccess::Public).await;
    named(&leo, "Secret tarot", Some("tarot"), RoomAccess::Private).await;
    let music = named(&leo, "Late music", None, RoomAccess::Public).await;
    house.join(&ann, busy, None).await.expect("joined");
    let ls = async |request: LsRequest| {
        let page = lists::ls(house.store(), &ann, &request).await.expect("rooms");
        page.items.into_iter().map(|r| r.room.room_id).collect::<Vec<_>>()
    };
    let none = LsRequest::default;
    assert_eq!(ls(LsRequest { category: Some("tarot".into()), ..none() }).await, [busy, quiet]);
    assert_eq!(ls(LsRequest { query: Some("tarot -evening".into()), ..none() }).await, [quiet]);
    assert_eq!(ls(LsRequest { tenant: Some(leo.clone()), ..none() }).await, [music]);
    let first = lists::ls(house.store(), &ann, &LsRequest { limit: Some(1), ..none() }).await.expect("rooms");
    assert_eq!(ls(LsRequest { cursor: first.cursor, ..none() }).await, [music, quiet]);
    let mine = lists::mine(house.store(), &ann, &PageQuery::default()).await.expect("rooms");
    assert_eq!(mine.items.iter().map(|r| r.room.room_id).collect::<Vec<_>>(), [busy]);
    house.sound().await;
}
