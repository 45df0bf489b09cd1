//! What staff see of rooms and do to them, and that it stands in the log.

use callboard_contract::ErrorCode;
use callboard_contract::adm::rooms::{
    CloseRequest, CreateRequest, HistoryRequest, LockRequest, LsRequest, MembersRequest, SlowRequest,
};
use callboard_contract::api::rooms::DirectRequest;
use callboard_domain::{Coins, Millis, RoomAccess, RoomKind, RoomRole, RoomState, StaffName};
use callboard_rooms::{direct, staff};
use callboard_store::verify_actions;

use crate::house::{House, id, reason, refused};

fn ines() -> StaffName {
    StaffName::new("ines").expect("a name")
}

#[tokio::test]
async fn staff_make_lock_slow_and_close_rooms_and_each_act_is_logged() {
    let house = House::new().await;
    let (maya, ann) = (house.person("maya").await, house.fan("ann", 60).await);
    let create = |dry_run| CreateRequest {
        request_id: id(),
        tenant: maya.clone(),
        kind: RoomKind::Event,
        name: "Launch".to_owned(),
        topic: "Ask me anything".to_owned(),
        category: None,
        access: RoomAccess::Paid,
        entry_fee: Some(Coins::whole(50)),
        promised_until: None,
        capacity: Some(10),
        reason: reason(),
        dry_run,
    };
    let dry = staff::create(house.store(), &ines(), &create(true)).await.expect("would be made");
    assert!(dry.told.is_empty() && dry.reply.dry_run);
    assert!(staff::ls(house.store(), &LsRequest::default()).await.expect("rooms").items.is_empty());
    let mut request = create(false);
    request.promised_until = Some(house.now().await.plus(Millis::from_secs(60)));
    let room = staff::create(house.store(), &ines(), &request).await.expect("made").reply.room.room;
    house.joined(&ann, room.room_id).await;
    let lock = |on| LockRequest { request_id: id(), room_id: room.room_id, on, reason: reason(), dry_run: false };
    let locked = staff::lock(house.store(), &ines(), &lock(true)).await.expect("locked");
    assert_eq!((locked.reply.room.room.state, locked.told.len()), (RoomState::Locked, 1));
    staff::lock(house.store(), &ines(), &lock(false)).await.expect("open");
    let slow_mode = Millis::from_secs(5);
    let slow = SlowRequest { request_id: id(), room_id: room.room_id, slow_mode, reason: reason(), dry_run: false };
    staff::slow(house.store(), &ines(), &slow).await.expect("slow");
    let detail = staff::show(house.store(), room.room_id).await.expect("shown");
    assert_eq!((detail.room.slow_mode, detail.paid, detail.keepers.len()), (Some(slow_mode), 1, 1));
    assert_eq!(detail.keepers[0].role, RoomRole::Host);
    let close = CloseRequest { request_id: id(), room_id: room.room_id, reason: reason(), dry_run: false };
    staff::close(house.store(), &ines(), &close).await.expect("closed");
    assert_eq!(house.wallet(&ann).await, Coins::whole(60), "before the promised time, whoever closes");
    let asked = MembersRequest { room_id: room.room_id, state: None, limit: None, cursor: None };
    assert_eq!(staff::members(house.store(), &asked).await.expect("members").items.len(), 2);
    let asked = HistoryRequest { room_id: room.room_id, limit: Some(10), cursor: None };
    let history = staff::history(house.store(), &asked).await.expect("history").items;
    let events: Vec<&str> = history.iter().map(|e| e.event.as_str()).collect();
    assert_eq!(events, ["room.closed", "room.changed", "room.changed", "room.changed", "room.joined", "room.created"]);
    assert_eq!((history[0].actor.as_str(), history[4].actor.as_str()), ("staff:ines", "user:ann"));
    let mut conn = house.store().pool().acquire().await.expect("a connection");
    let (rows, faults) = verify_actions(&mut conn).await.expect("verified");
    // The coins that Ann was given stand in the log too.
    assert_eq!((rows, faults), (6, Vec::new()));
    drop(conn);
    house.sound().await;
}

#[tokio::test]
async fn conversations_of_two_are_neither_listed_nor_changed_by_staff() {
    let house = House::new().await;
    let (ann, bob) = (house.person("ann").await, house.person("bob").await);
    let request = DirectRequest { request_id: id(), uid: bob.clone() };
    let room_id = direct::direct(house.store(), &ann, &request, None).await.expect("asked").reply.room.room_id;
    assert!(staff::ls(house.store(), &LsRequest::default()).await.expect("rooms").items.is_empty());
    let lock = LockRequest { request_id: id(), room_id, on: true, reason: reason(), dry_run: false };
    assert_eq!(refused(staff::lock(house.store(), &ines(), &lock).await), ErrorCode::Conflict);
    let close = CloseRequest { request_id: id(), room_id, reason: reason(), dry_run: false };
    assert_eq!(refused(staff::close(house.store(), &ines(), &close).await), ErrorCode::Conflict);
    house.sound().await;
}
