//! What is taken, in which order, and what is refused.

use callboard_contract::ErrorCode;
use callboard_contract::api::rooms::RoomSettings;
use callboard_contract::room::{MessageKind, RoomChange};
use callboard_domain::{Millis, RoomAccess, RoomRole, RoomState, SanctionKind};
use callboard_rooms::chat::{Draft, Verdict};

use crate::house::House;
use crate::talk::{bodies, client_id, draft, judged, text};

#[tokio::test]
async fn many_messages_of_many_rooms_are_taken_at_once_and_each_stands_in_its_order() {
    let house = House::new().await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let (one, two) = (house.room(&maya, RoomAccess::Public).await, house.room(&maya, RoomAccess::Public).await);
    house.joined(&leo, one).await;
    let drafts = [
        draft(&maya, one, "a"),
        draft(&leo, two, "not a member there"),
        draft(&leo, one, "b"),
        draft(&maya, two, "c"),
        draft(&maya, one, "d"),
    ];
    let results = house.post(&drafts).await;
    let codes: Vec<Option<ErrorCode>> = results.iter().map(|r| r.as_ref().err().map(|e| e.code)).collect();
    assert_eq!(codes, [None, Some(ErrorCode::Forbidden), None, None, None]);
    assert_eq!(bodies(&house.history(&maya, one).await), ["a", "b", "d"]);
    assert_eq!(bodies(&house.history(&maya, two).await), ["c"]);
    let told: Vec<_> = results.into_iter().flatten().filter_map(|posted| posted.told).collect();
    assert_eq!(told.len(), 4);
    for told in told {
        let RoomChange::Message { message } = told.news.what else { panic!("a new message") };
        assert_eq!((told.news.seq, message.changed), (message.seq, message.seq));
    }
    house.sound().await;
}

#[tokio::test]
async fn a_message_that_comes_again_is_the_same_message_and_another_with_its_id_is_refused() {
    let house = House::new().await;
    let maya = house.person("maya").await;
    let room = house.room(&maya, RoomAccess::Public).await;
    let asked = text(room, "hello");
    let first = Draft::new(&maya, &asked).expect("a draft");
    let results = house.post(&[first.clone(), first.clone()]).await;
    let taken: Vec<_> = results.into_iter().map(|r| r.expect("taken")).collect();
    assert_eq!(taken[0].message, taken[1].message);
    assert!(taken[0].told.is_some() && taken[1].told.is_none(), "it is told once");
    let again = house.post(std::slice::from_ref(&first)).await.remove(0).expect("taken");
    assert_eq!((again.message.clone(), again.told), (taken[0].message.clone(), None));
    // Also when it would be refused by now.
    let change = RoomSettings { state: Some(RoomState::Locked), ..RoomSettings::default() };
    house.set(&maya, room, change).await.expect("locked");
    let late = judged(first, Verdict::Refuse(callboard_contract::ApiError::new(ErrorCode::Forbidden, "no")));
    assert_eq!(house.post(&[late]).await.remove(0).expect("it was taken").message, taken[0].message);
    let other = callboard_contract::api::chat::SendRequest {
        request_id: client_id(&again.message),
        ..text(room, "other words")
    };
    let refused =
        house.post(&[Draft::new(&maya, &other).expect("a draft")]).await.remove(0).expect_err("another message");
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Conflict, Some("request_id")));
    assert_eq!(house.history(&maya, room).await.len(), 1);
    house.sound().await;
}

#[tokio::test]
async fn slow_mode_and_longer_membership_bind_members_and_not_those_who_keep_order() {
    let house = House::new().await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    house.joined(&leo, room).await;
    let slow = RoomSettings { slow_mode: Some(Millis::from_secs(10)), ..RoomSettings::default() };
    house.set(&maya, room, slow).await.expect("slow");
    let both = house.post(&[draft(&leo, room, "one"), draft(&leo, room, "two")]).await;
    assert!(both[0].is_ok());
    let early = both[1].as_ref().expect_err("in the same batch too");
    assert_eq!((early.code, early.retry_after_ms), (ErrorCode::RateLimited, Some(10_000)));
    house.pass(9_000).await;
    assert_eq!(house.say(&leo, room, "two").await.expect_err("early").retry_after_ms, Some(1_000));
    house.said(&maya, room, "the host").await;
    house.said(&maya, room, "need not wait").await;
    house.pass(1_000).await;
    house.said(&leo, room, "two").await;

    let members = RoomSettings {
        members_only: Some(Millis::from_secs(60)),
        slow_mode: Some(Millis::ZERO),
        ..RoomSettings::default()
    };
    house.set(&maya, room, members).await.expect("members only");
    let new = house.say(&leo, room, "three").await.expect_err("too new");
    assert_eq!((new.code, new.retry_after_ms), (ErrorCode::Forbidden, Some(50_000)));
    house.pass(50_000).await;
    house.said(&leo, room, "three").await;
    house.sound().await;
}

#[tokio::test]
async fn who_is_muted_kicked_or_banned_and_who_meets_a_locked_room_says_nothing() {
    let house = House::new().await;
    let (maya, leo, ann) = (house.person("maya").await, house.person("leo").await, house.person("ann").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    house.joined(&leo, room).await;
    house.joined(&ann, room).await;
    house.sanction(&maya, room, &leo, SanctionKind::Mute).await.expect("muted");
    house.pass(20_000).await;
    let muted = house.say(&leo, room, "let me speak").await.expect_err("muted");
    assert_eq!((muted.code, muted.retry_after_ms), (ErrorCode::Forbidden, Some(40_000)));
    house.pass(40_000).await;
    let said = house.said(&leo, room, "thank you").await;

    let locked = RoomSettings { state: Some(RoomState::Locked), ..RoomSettings::default() };
    house.set(&maya, room, locked).await.expect("locked");
    assert_eq!(house.say(&leo, room, "hello?").await.expect_err("locked").code, ErrorCode::Forbidden);
    house.said(&maya, room, "order, please").await;
    let open = RoomSettings { state: Some(RoomState::Open), ..RoomSettings::default() };
    house.set(&maya, room, open).await.expect("open");

    house.sanction(&maya, room, &leo, SanctionKind::Kick).await.expect("kicked");
    house.sanction(&maya, room, &ann, SanctionKind::Ban).await.expect("banned");
    for out in [&leo, &ann] {
        assert_eq!(house.say(out, room, "me again").await.expect_err("out").code, ErrorCode::Forbidden, "{out}");
        assert!(house.sync(out, room, 0, 100).await.is_err(), "{out} reads nothing");
        assert!(house.edit(out, &said, "changed").await.is_err(), "{out} changes nothing");
    }
    house.close(&maya, room).await.expect("closed");
    assert_eq!(house.say(&maya, room, "anybody?").await.expect_err("closed").code, ErrorCode::Conflict);
    house.sound().await;
}

#[tokio::test]
async fn powers_of_a_role_decide_and_replies_need_a_message() {
    let house = House::new().await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    house.joined(&leo, room).await;
    let silent = RoomSettings { powers: Some([(RoomRole::Member, [].into())].into()), ..RoomSettings::default() };
    house.set(&maya, room, silent).await.expect("silent");
    assert_eq!(house.say(&leo, room, "hello").await.expect_err("silent").code, ErrorCode::Forbidden);
    let first = house.said(&maya, room, "welcome").await;
    let held = house.held(&maya, room, "hm").await;
    for (seq, there) in [(first.seq, true), (held.seq, false), (first.seq + 100, false)] {
        let request = callboard_contract::api::chat::SendRequest { reply_to: Some(seq), ..text(room, "an answer") };
        let result = house.post(&[Draft::new(&maya, &request).expect("a draft")]).await.remove(0);
        assert_eq!(result.as_ref().err().map(|e| e.code), (!there).then_some(ErrorCode::NotFound), "{seq}");
    }
    let request = callboard_contract::api::chat::SendRequest { kind: MessageKind::Encrypted, ..text(room, "c2VjcmV0") };
    let result = house.post(&[Draft::new(&maya, &request).expect("a draft")]).await.remove(0);
    assert_eq!(result.expect_err("not in a room").field.as_deref(), Some("kind"));
    let refused =
        callboard_contract::ApiError::new(ErrorCode::Forbidden, "such words are not taken here").on_field("body");
    let draft = judged(draft(&maya, room, "bad words"), Verdict::Refuse(refused.clone()));
    assert_eq!(house.post(&[draft]).await.remove(0).expect_err("refused"), refused);
    house.sound().await;
}
