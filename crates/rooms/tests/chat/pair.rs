//! Messages between two: requests, answers, blocks.

use callboard_contract::ErrorCode;
use callboard_contract::api::chat::SendRequest;
use callboard_contract::api::rooms::{AnswerDirectRequest, BlockRequest, DirectRequest};
use callboard_contract::room::MessageKind;
use callboard_domain::{RoomId, Uid};
use callboard_rooms::chat::Draft;
use callboard_rooms::direct;

use crate::house::{House, id};
use crate::talk::{bodies, text};

async fn open(house: &House, who: &Uid, with: &Uid) -> RoomId {
    let request = DirectRequest { request_id: id(), uid: with.clone() };
    direct::direct(house.store(), who, &request, None).await.expect("opened").reply.room.room_id
}

async fn answer(house: &House, who: &Uid, room_id: RoomId, accept: bool) {
    let request = AnswerDirectRequest { request_id: id(), room_id, accept };
    direct::answer(house.store(), who, &request, None).await.expect("answered");
}

#[tokio::test]
async fn a_request_lets_three_messages_through_until_it_is_answered() {
    let house = House::new().await;
    let (leo, maya) = (house.person("leo").await, house.person("maya").await);
    let room = open(&house, &leo, &maya).await;
    for body in ["hello", "it is me", "leo"] {
        house.said(&leo, room, body).await;
    }
    assert_eq!(house.say(&leo, room, "are you there?").await.expect_err("a fourth").code, ErrorCode::Limit);
    assert_eq!(bodies(&house.history(&maya, room).await), ["hello", "it is me", "leo"], "she reads before she answers");
    assert_eq!(house.say(&maya, room, "hi").await.expect_err("first the answer").code, ErrorCode::Conflict);
    answer(&house, &maya, room, true).await;
    house.said(&maya, room, "hi").await;
    house.said(&leo, room, "good").await;
    let secret = SendRequest { kind: MessageKind::Encrypted, ..text(room, "c2VjcmV0") };
    house.post(&[Draft::new(&leo, &secret).expect("a draft")]).await.remove(0).expect("between two it is taken");
    let stranger = house.person("eve").await;
    assert_eq!(house.say(&stranger, room, "me too").await.expect_err("hers").code, ErrorCode::NotFound);
    house.sound().await;
}

#[tokio::test]
async fn who_is_blocked_or_declined_reaches_nobody_and_cannot_tell_which() {
    let house = House::new().await;
    let (leo, maya, ann) = (house.person("leo").await, house.person("maya").await, house.person("ann").await);
    let blocked = open(&house, &leo, &maya).await;
    answer(&house, &maya, blocked, true).await;
    house.said(&leo, blocked, "hello").await;
    let request = BlockRequest { request_id: id(), uid: leo.clone(), block: true };
    direct::block(house.store(), &maya, &request).await.expect("blocked");
    let declined = open(&house, &leo, &ann).await;
    answer(&house, &ann, declined, false).await;
    let (one, other) = (house.say(&leo, blocked, "?").await, house.say(&leo, declined, "?").await);
    let (one, other) = (one.expect_err("blocked"), other.expect_err("declined"));
    assert_eq!((one.code, &one), (ErrorCode::Forbidden, &other));
    let request = BlockRequest { request_id: id(), uid: leo.clone(), block: false };
    direct::block(house.store(), &maya, &request).await.expect("taken back");
    house.said(&leo, blocked, "thank you").await;
    house.sound().await;
}
