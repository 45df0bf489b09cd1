//! Editing, deleting, reacting and pinning: who may, what others see, and what is told.

use callboard_contract::ErrorCode;
use callboard_contract::api::chat::{EditRequest, PinsRequest};
use callboard_contract::limits::{MAX_PINS, MAX_REACTIONS};
use callboard_contract::room::RoomChange;
use callboard_domain::{RoomAccess, RoomRole};
use callboard_rooms::chat::{self, Verdict};

use crate::house::{House, id, refused};
use crate::talk::bodies;

#[tokio::test]
async fn only_its_author_edits_a_message_and_a_repeat_changes_nothing() {
    let house = House::new().await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    house.joined(&leo, room).await;
    let said = house.said(&leo, room, "helo").await;
    assert_eq!(refused(house.edit(&maya, &said, "hello").await), ErrorCode::Forbidden, "not even the host");
    let request =
        EditRequest { request_id: id(), room_id: room, message_id: said.message_id, body: "hello".to_owned() };
    let did = chat::edit(house.store(), &leo, &request, &Verdict::Pass).await.expect("edited");
    assert_eq!((did.reply.body.as_str(), did.reply.seq), ("hello", said.seq));
    assert!(did.reply.changed > said.changed && did.reply.edited_at.is_some());
    assert_eq!(did.told.len(), 1);
    assert_eq!(
        (did.told[0].news.seq, &did.told[0].news.what),
        (did.reply.changed, &RoomChange::Changed { message: did.reply.clone() })
    );
    let again = chat::edit(house.store(), &leo, &request, &Verdict::Pass).await.expect("the stored answer");
    assert_eq!((again.reply, again.told.len()), (did.reply, 0));
    let same = house.edit(&leo, &said, "hello").await.expect("nothing to do");
    assert!(same.told.is_empty(), "what is so already is told to nobody");
    let doubtful = EditRequest { request_id: id(), body: "buy now".to_owned(), ..request };
    assert_eq!(refused(chat::edit(house.store(), &leo, &doubtful, &Verdict::Hold).await), ErrorCode::Forbidden);
    assert_eq!(bodies(&house.history(&maya, room).await), ["hello"]);
    house.sound().await;
}

#[tokio::test]
async fn what_is_deleted_keeps_its_place_and_nothing_else() {
    let house = House::new().await;
    let (maya, leo, ann) = (house.person("maya").await, house.person("leo").await, house.person("ann").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    for who in [&leo, &ann] {
        house.joined(who, room).await;
    }
    house.role(&maya, room, &ann, RoomRole::Moderator).await.expect("a moderator");
    let (by_leo, by_ann, by_maya) = (
        house.said(&leo, room, "one").await,
        house.said(&ann, room, "two").await,
        house.said(&maya, room, "three").await,
    );
    house.react(&ann, &by_leo, "👍", true).await.expect("a reaction");
    house.pin(&maya, &by_leo, true).await.expect("pinned");
    assert_eq!(refused(house.delete(&leo, room, &[by_ann.message_id]).await), ErrorCode::Forbidden);
    let both = [by_leo.message_id, by_maya.message_id];
    assert_eq!(refused(house.delete(&ann, room, &both).await), ErrorCode::Forbidden, "the host stands above her");
    assert_eq!(bodies(&house.history(&leo, room).await), ["one", "two", "three"], "all or none");
    let did = house.delete(&ann, room, &[by_leo.message_id, by_ann.message_id]).await.expect("deleted");
    let numbers: Vec<u64> = did.told.iter().map(|t| t.news.seq).collect();
    assert_eq!(numbers[1], numbers[0] + 1, "each has a number of its own");
    let history = house.history(&leo, room).await;
    assert_eq!(bodies(&history), ["", "", "three"]);
    assert!(history[0].deleted_by_others && !history[1].deleted_by_others);
    assert!(history[0].reactions.is_empty() && !history[0].pinned && history[0].deleted_at.is_some());
    let again = house.delete(&ann, room, &[by_leo.message_id]).await.expect("gone already");
    assert_eq!((again.reply.message_ids.len(), again.told.len()), (1, 0));
    assert_eq!(refused(house.edit(&leo, &by_leo, "back").await), ErrorCode::Conflict);
    assert_eq!(refused(house.react(&leo, &by_leo, "👍", true).await), ErrorCode::Conflict);
    assert_eq!(refused(house.delete(&maya, room, &[]).await), ErrorCode::BadRequest);
    house.sound().await;
}

#[tokio::test]
async fn reactions_are_counted_once_for_each_and_limited() {
    let house = House::new().await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    house.joined(&leo, room).await;
    let said = house.said(&maya, room, "hello").await;
    house.react(&leo, &said, "👍", true).await.expect("one");
    house.react(&maya, &said, "🎉", true).await.expect("another");
    let view = house.react(&maya, &said, "👍", true).await.expect("the same").reply;
    let shown: Vec<_> = view.reactions.iter().map(|r| (r.emoji.as_str(), r.count, r.uids.len())).collect();
    assert_eq!(shown, [("👍", 2, 2), ("🎉", 1, 1)]);
    assert!(house.react(&leo, &said, "👍", true).await.expect("there already").told.is_empty());
    let view = house.react(&leo, &said, "👍", false).await.expect("taken back").reply;
    assert_eq!(view.reactions.iter().map(|r| r.count).collect::<Vec<_>>(), [1, 1]);
    for n in 0..MAX_REACTIONS {
        house.react(&leo, &said, &format!("own_{n}"), true).await.expect("up to the limit");
    }
    assert_eq!(refused(house.react(&leo, &said, "👍", true).await), ErrorCode::Limit);
    assert_eq!(refused(house.react(&leo, &said, "Hello there", true).await), ErrorCode::BadRequest);
    house.sound().await;
}

#[tokio::test]
async fn pins_are_few_and_for_those_who_may() {
    let house = House::new().await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    house.joined(&leo, room).await;
    let mut all = Vec::new();
    for n in 0..=MAX_PINS {
        all.push(house.said(&maya, room, &format!("m{n}")).await);
    }
    assert_eq!(refused(house.pin(&leo, &all[0], true).await), ErrorCode::Forbidden);
    for message in &all[..MAX_PINS] {
        house.pin(&maya, message, true).await.expect("pinned");
        house.pass(1).await;
    }
    assert_eq!(refused(house.pin(&maya, &all[MAX_PINS], true).await), ErrorCode::Limit);
    house.pin(&maya, &all[0], false).await.expect("taken down");
    house.pin(&maya, &all[MAX_PINS], true).await.expect("now there is room");
    let pins = chat::pins(house.store(), &leo, &PinsRequest { room_id: room }).await.expect("pins").items;
    assert_eq!((pins.len(), pins[0].message_id), (MAX_PINS, all[MAX_PINS].message_id), "the last pinned first");
    house.sound().await;
}
