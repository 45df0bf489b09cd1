//! Rooms end: by their host, or because a temporary one was empty for long.

use callboard_contract::api::rooms::CreateRequest;
use callboard_contract::limits::{EMPTY_ROOM_MS, MAX_ROOMS_OF_TENANT};
use callboard_contract::{ErrorCode, PageQuery};
use callboard_domain::{Coins, Millis, RoomAccess, RoomKind, RoomState};
use callboard_rooms::{closing, lists, making};

use crate::house::{House, refused};

#[tokio::test]
async fn a_temporary_room_closes_when_it_was_empty_for_ten_minutes_and_an_event_never_by_itself() {
    let house = House::new().await;
    let (maya, ann) = (house.person("maya").await, house.person("ann").await);
    let make = async |kind| house.make(&maya, &House::request(kind, RoomAccess::Public, None)).await;
    let (temporary, visited, event) =
        (make(RoomKind::Temporary).await, make(RoomKind::Temporary).await, make(RoomKind::Event).await);
    for room in [temporary, visited, event] {
        house.leave(&maya, room).await.expect("left");
    }
    house.pass(EMPTY_ROOM_MS - 1).await;
    assert!(closing::close_empty(house.store()).await.expect("looked").is_empty(), "not yet");
    house.join(&ann, visited, None).await.expect("joined");
    house.leave(&ann, visited).await.expect("left");
    house.pass(1).await;
    let told = closing::close_empty(house.store()).await.expect("looked");
    assert_eq!(told.iter().map(|t| t.room.id).collect::<Vec<_>>(), [temporary]);
    assert!(closing::close_empty(house.store()).await.expect("looked").is_empty(), "once");
    let state = async |room| lists::show(house.store(), &ann, room).await.expect("shown").room.state;
    assert_eq!(state(temporary).await, RoomState::Closed);
    assert_eq!((state(visited).await, state(event).await), (RoomState::Open, RoomState::Open));
    house.sound().await;
}

#[tokio::test]
async fn only_the_host_closes_and_nothing_happens_in_a_closed_room() {
    let house = House::new().await;
    let (maya, ann) = (house.person("maya").await, house.person("ann").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    house.join(&ann, room, None).await.expect("joined");
    assert_eq!(refused(house.close(&ann, room).await), ErrorCode::Forbidden);
    let closed = house.close(&maya, room).await.expect("closed");
    assert_eq!((closed.reply.room.state, closed.told.len()), (RoomState::Closed, 1));
    let hers = lists::show(house.store(), &ann, room).await.expect("what was said can be read");
    assert!(hers.me.powers.is_empty());
    assert_eq!(refused(house.invite(&maya, room, &ann).await), ErrorCode::Conflict);
    assert_eq!(refused(house.join(&house.person("bob").await, room, None).await), ErrorCode::Conflict);
    let mine = lists::mine(house.store(), &ann, &PageQuery::default()).await.expect("rooms");
    assert!(mine.items.is_empty());
    house.sound().await;
}

#[tokio::test]
async fn what_a_room_cannot_be_is_refused() {
    let house = House::new().await;
    let maya = house.person("maya").await;
    let now = house.now().await;
    let good = || House::request(RoomKind::Sub, RoomAccess::Public, None);
    let paid = |fee| House::request(RoomKind::Sub, RoomAccess::Paid, fee);
    for (wrong, field) in [
        (paid(Some(9)), "entry_fee"),
        (paid(Some(51)), "entry_fee"),
        (paid(None), "entry_fee"),
        (CreateRequest { entry_fee: Some(Coins::whole(10)), ..good() }, "entry_fee"),
        (CreateRequest { kind: RoomKind::Primary, ..good() }, "kind"),
        (CreateRequest { kind: RoomKind::Direct, ..good() }, "kind"),
        (CreateRequest { name: "\u{200b} ".to_owned(), ..good() }, "name"),
        (CreateRequest { name: "x".repeat(81), ..good() }, "name"),
        (CreateRequest { topic: "x".repeat(301), ..good() }, "topic"),
        (CreateRequest { category: Some("Two words".to_owned()), ..good() }, "category"),
        (CreateRequest { capacity: Some(1), ..good() }, "capacity"),
        (CreateRequest { capacity: Some(100_001), ..good() }, "capacity"),
        (CreateRequest { promised_until: Some(now), ..good() }, "promised_until"),
        (CreateRequest { promised_until: Some(now.plus(Millis::from_secs(367 * 86_400))), ..good() }, "promised_until"),
    ] {
        match making::create(house.store(), &maya, &wrong).await {
            Err(callboard_store::StoreError::Refused(error)) => {
                assert_eq!(error.field.as_deref(), Some(field), "{error}");
            }
            other => panic!("{field} was taken: {other:?}"),
        }
    }
    for _ in 0..MAX_ROOMS_OF_TENANT {
        house.make(&maya, &good()).await;
    }
    assert_eq!(refused(making::create(house.store(), &maya, &good()).await), ErrorCode::Limit);
    house.sound().await;
}
