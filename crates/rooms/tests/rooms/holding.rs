//! The call of a room: put in by whoever may, told to members, watched by them alone, and let go of.

use callboard_contract::api::rooms::HoldCallRequest;
use callboard_contract::room::{MyRoom, RoomChange};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{CallId, RoomAccess, RoomId, RoomRole, Uid};
use callboard_rooms::holding::{self, Held};
use callboard_rooms::{Did, lists};

use crate::house::{House, Result, id, refused};

const PLAYLIST: &str = "https://air.example/hls/live.m3u8?ticket=x";

async fn hold(house: &House, who: &Uid, room_id: RoomId, call_id: Option<CallId>) -> Result<Did<MyRoom>> {
    holding::hold(house.store(), who, &HoldCallRequest { request_id: id(), room_id, call_id }, None).await
}

/// Where somebody is told to watch.
async fn watches(house: &House, who: &Uid, room: RoomId) -> (Option<CallId>, Option<String>) {
    let shown = lists::show(house.store(), who, room).await.expect("shown").room;
    (shown.call_id, shown.watch_url)
}

#[tokio::test]
async fn who_may_start_calls_puts_one_in_and_members_alone_watch_it() {
    let house = House::new().await;
    let (maya, ann, leo) = (house.person("maya").await, house.person("ann").await, house.person("leo").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    house.join(&ann, room, None).await.expect("joined");
    let call = CallId::generate();
    assert_eq!(refused(hold(&house, &ann, room, Some(call)).await), ErrorCode::Forbidden);
    assert_eq!(refused(hold(&house, &maya, RoomId::generate(), Some(call)).await), ErrorCode::NotFound);
    let no = ApiError::new(ErrorCode::NotFound, "no such call");
    let request = HoldCallRequest { request_id: id(), room_id: room, call_id: Some(call) };
    assert_eq!(refused(holding::hold(house.store(), &maya, &request, Some(&no)).await), ErrorCode::NotFound);

    let done = hold(&house, &maya, room, Some(call)).await.expect("held");
    assert_eq!(done.reply.room.call_id, Some(call));
    assert!(
        matches!(&done.told[..], [told] if matches!(&told.news.what, RoomChange::Room { room } if room.call_id == Some(call)))
    );
    assert!(hold(&house, &maya, room, Some(call)).await.expect("held already").told.is_empty());

    let held = Held { room, call, watch_url: None };
    assert_eq!(holding::all(house.store()).await.expect("read"), std::slice::from_ref(&held));
    assert_eq!(holding::watched(house.store(), &held, Some(PLAYLIST.to_owned())).await.expect("told").len(), 1);
    assert_eq!(watches(&house, &ann, room).await, (Some(call), Some(PLAYLIST.to_owned())));
    assert_eq!(watches(&house, &leo, room).await, (Some(call), None), "he is not in");
    assert!(hold(&house, &maya, room, Some(call)).await.expect("held").told.is_empty(), "and is watched as before");

    // An admin may too: another call comes in its place, and what was known of the first one says nothing any more.
    house.role(&maya, room, &ann, RoomRole::Admin).await.expect("an admin");
    let next = CallId::generate();
    hold(&house, &ann, room, Some(next)).await.expect("held");
    assert!(holding::over(house.store(), &held).await.expect("read").is_empty());
    assert_eq!(watches(&house, &ann, room).await, (Some(next), None));
    let held = Held { call: next, ..held };
    assert_eq!(holding::over(house.store(), &held).await.expect("told").len(), 1);
    assert_eq!(watches(&house, &ann, room).await, (None, None));
    assert!(holding::over(house.store(), &held).await.expect("read").is_empty());
    house.sound().await;
}

#[tokio::test]
async fn a_call_is_in_one_room_and_in_none_that_is_closed() {
    let house = House::new().await;
    let maya = house.person("maya").await;
    let (lounge, salon) = (house.room(&maya, RoomAccess::Public).await, house.room(&maya, RoomAccess::Public).await);
    let call = CallId::generate();
    hold(&house, &maya, lounge, Some(call)).await.expect("held");
    assert_eq!(refused(hold(&house, &maya, salon, Some(call)).await), ErrorCode::Conflict);
    hold(&house, &maya, lounge, None).await.expect("taken out");
    hold(&house, &maya, salon, Some(call)).await.expect("held");
    let closed = house.close(&maya, salon).await.expect("closed");
    assert_eq!(closed.reply.room.call_id, None);
    assert_eq!(refused(hold(&house, &maya, salon, Some(call)).await), ErrorCode::Conflict);
    assert!(holding::all(house.store()).await.expect("read").is_empty());
    house.sound().await;
}
