//! Conversations of two: requests, answers, and blocks that are never told.

use callboard_contract::api::rooms::{AnswerDirectRequest, BlockRequest, DirectRequest};
use callboard_contract::room::MyRoom;
use callboard_contract::{ErrorCode, PageQuery};
use callboard_domain::{RoomAccess, RoomId, RoomMemberState, RoomPower, Uid};
use callboard_rooms::{Did, direct, lists};
use callboard_store::StoreError;

use crate::house::{House, Result, id, refused, uid};

async fn open(house: &House, from: &Uid, to: &Uid) -> Result<Did<MyRoom>> {
    direct::direct(house.store(), from, &DirectRequest { request_id: id(), uid: to.clone() }, None).await
}

async fn answer(house: &House, who: &Uid, room_id: RoomId, accept: bool) -> Result<Did<MyRoom>> {
    direct::answer(house.store(), who, &AnswerDirectRequest { request_id: id(), room_id, accept }, None).await
}

async fn block(house: &House, who: &Uid, whom: &Uid, block: bool) {
    let request = BlockRequest { request_id: id(), uid: whom.clone(), block };
    direct::block(house.store(), who, &request).await.expect("done");
}

fn words(result: Result<Did<MyRoom>>, name: &str) -> (ErrorCode, String) {
    match result {
        Err(StoreError::Refused(error)) => (error.code, error.message.replace(name, "X")),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_stranger_asks_first_and_a_fan_is_written_to_at_once() {
    let house = House::new().await;
    let (maya, felix) = (house.person("maya").await, house.person("felix").await);
    let asked = open(&house, &felix, &maya).await.expect("asked");
    let room = asked.reply.room.room_id;
    assert_eq!((asked.reply.peer.as_ref(), asked.reply.room.members), (Some(&maya), 1));
    assert_eq!(house.pushed(&maya, "rooms.invited").await, 1);
    let seen = lists::show(house.store(), &maya, room).await.expect("shown");
    assert_eq!((seen.me.state, seen.me.powers.as_slice()), (Some(RoomMemberState::Invited), &[][..]));
    let taken = answer(&house, &maya, room, true).await.expect("taken").reply;
    assert_eq!((taken.room.members, taken.me.powers), (2, vec![RoomPower::Speak, RoomPower::Attach]));
    let again = open(&house, &maya, &felix).await.expect("the same one");
    assert_eq!((again.reply.room.room_id, again.told.len()), (room, 0));
    // Ann is in a room of Maya's: she knows her.
    let ann = house.person("ann").await;
    let public = house.room(&maya, RoomAccess::Public).await;
    house.join(&ann, public, None).await.expect("joined");
    assert_eq!(open(&house, &maya, &ann).await.expect("opened").reply.room.members, 2);
    house.sound().await;
}

#[tokio::test]
async fn two_who_ask_each_other_at_once_talk() {
    let house = House::new().await;
    let (ann, bob) = (house.person("ann").await, house.person("bob").await);
    let (a, b) = tokio::join!(open(&house, &ann, &bob), open(&house, &bob, &ann));
    let (a, b) = (a.expect("opened").reply, b.expect("opened").reply);
    assert_eq!(a.room.room_id, b.room.room_id);
    assert_eq!(lists::show(house.store(), &ann, a.room.room_id).await.expect("shown").room.members, 2);
    house.sound().await;
}

#[tokio::test]
async fn who_is_declined_or_blocked_may_not_write_and_is_not_told() {
    let house = House::new().await;
    let (ann, bob, cid) = (house.person("ann").await, house.person("bob").await, house.person("cid").await);
    let room = open(&house, &bob, &ann).await.expect("asked").reply.room;
    let declined = answer(&house, &ann, room.room_id, false).await.expect("declined");
    assert!(declined.told.is_empty());
    let his = lists::show(house.store(), &bob, room.room_id).await.expect("shown");
    assert_eq!((his.room.seq, his.me.powers.as_slice()), (room.seq, &[][..]), "nothing changed that he could count");
    assert_eq!(refused(lists::show(house.store(), &cid, room.room_id).await), ErrorCode::NotFound);
    // A block sounds like somebody who is not there.
    block(&house, &ann, &cid, true).await;
    let nobody = words(open(&house, &cid, &uid("nobody")).await, "nobody");
    assert_eq!(words(open(&house, &cid, &ann).await, "ann"), nobody);
    assert_eq!(refused(open(&house, &ann, &cid).await), ErrorCode::Conflict);
    let page = direct::blocked(house.store(), &ann, &PageQuery::default()).await.expect("blocked");
    assert_eq!(page.items, std::slice::from_ref(&cid));
    // Nor does an invitation reach her; it sounds as if it did.
    let lounge = house.room(&cid, RoomAccess::Private).await;
    assert_eq!(house.invite(&cid, lounge, &ann).await.expect("so it sounds").reply.state, RoomMemberState::Invited);
    assert_eq!(refused(lists::show(house.store(), &ann, lounge).await), ErrorCode::NotFound);
    assert_eq!(house.pushed(&ann, "rooms.invited").await, 1, "Bob's alone");
    block(&house, &ann, &cid, false).await;
    open(&house, &cid, &ann).await.expect("asked");
    house.sound().await;
}

#[tokio::test]
async fn a_block_takes_the_word_from_both_in_a_conversation_that_there_is() {
    let house = House::new().await;
    let (ann, bob) = (house.person("ann").await, house.person("bob").await);
    let room = open(&house, &bob, &ann).await.expect("asked").reply.room.room_id;
    answer(&house, &ann, room, true).await.expect("taken");
    block(&house, &ann, &bob, true).await;
    for who in [&ann, &bob] {
        assert!(lists::show(house.store(), who, room).await.expect("shown").me.powers.is_empty(), "{who}");
    }
    assert_eq!(refused(house.leave(&bob, room).await), ErrorCode::Conflict);
    assert_eq!(refused(house.join(&uid("cid"), room, None).await), ErrorCode::NotFound);
    house.sound().await;
}
