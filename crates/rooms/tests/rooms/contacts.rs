//! Who is whose contact: who shares a room with him now, or a conversation that both took.

use callboard_contract::api::rooms::{AnswerDirectRequest, DirectRequest};
use callboard_domain::{RoomAccess, Uid};
use callboard_rooms::{contacts, direct};

use crate::house::{House, id};

async fn of(house: &House, uid: &Uid, others: &[&Uid]) -> Vec<String> {
    let others: Vec<Uid> = others.iter().map(|uid| (*uid).clone()).collect();
    let mut conn = house.store().pool().acquire().await.expect("a connection");
    let found = contacts::among(&mut conn, uid, &others).await.expect("read");
    found.iter().map(Uid::to_string).collect()
}

#[tokio::test]
async fn contacts_share_a_room_or_a_conversation_that_both_took() {
    let house = House::new().await;
    let (maya, leo, ann) = (house.person("maya").await, house.person("leo").await, house.person("ann").await);
    let everybody = [&maya, &leo];
    assert!(of(&house, &maya, &[]).await.is_empty());

    // A message request makes nobody a contact; taken, it does.
    let request = DirectRequest { request_id: id(), uid: leo.clone() };
    let room = direct::direct(house.store(), &ann, &request, None).await.expect("opened").reply.room.room_id;
    assert!(of(&house, &ann, &everybody).await.is_empty(), "he has not answered");
    let taken = AnswerDirectRequest { request_id: id(), room_id: room, accept: true };
    direct::answer(house.store(), &leo, &taken, None).await.expect("taken");
    assert_eq!(of(&house, &ann, &everybody).await, ["leo"]);
    assert_eq!(of(&house, &leo, &[&maya, &ann]).await, ["ann"]);

    // A room that both are in, until one of them leaves it or it is closed.
    let salon = house.room(&maya, RoomAccess::Public).await;
    house.joined(&leo, salon).await;
    house.joined(&ann, salon).await;
    assert_eq!(of(&house, &maya, &[&leo, &ann]).await, ["ann", "leo"]);
    house.leave(&leo, salon).await.expect("left");
    assert_eq!(of(&house, &maya, &[&leo, &ann]).await, ["ann"]);
    house.close(&maya, salon).await.expect("closed");
    assert!(of(&house, &maya, &[&leo, &ann]).await.is_empty());
    house.sound().await;
}
