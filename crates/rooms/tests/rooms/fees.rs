//! What entering costs, who gets it, and when it goes back.

use callboard_contract::ErrorCode;
use callboard_contract::api::rooms::{CreateRequest, JoinRequest, RoomSettings};
use callboard_domain::{Coins, Millis, RoomAccess, RoomKind, RoomMemberState, SanctionKind};
use callboard_rooms::entering;

use crate::house::{House, id, refused};

fn promised(until: callboard_domain::At) -> CreateRequest {
    let request = House::request(RoomKind::Sub, RoomAccess::Paid, Some(50));
    CreateRequest { promised_until: Some(until), ..request }
}

#[tokio::test]
async fn fifty_coins_are_forty_for_the_host_and_ten_for_the_platform_once() {
    let house = House::new().await;
    let (maya, felix) = (house.person("maya").await, house.fan("felix", 120).await);
    let room = house.room(&maya, RoomAccess::Paid).await;
    // Nothing is paid that was not shown.
    for shown in [None, Some(49)] {
        assert_eq!(refused(house.join(&felix, room, shown).await), ErrorCode::Stale);
    }
    assert_eq!(house.wallet(&felix).await, Coins::whole(120));
    let request = JoinRequest { request_id: id(), room_id: room, fee: Some(Coins::whole(50)) };
    let first = entering::join(house.store(), &felix, &request, None).await.expect("joined");
    let again = entering::join(house.store(), &felix, &request, None).await.expect("the same answer");
    assert_eq!((first.told.len(), again.told.len(), &first.reply), (1, 0, &again.reply));
    let paid = (house.wallet(&felix).await, house.earned(&maya).await, house.revenue().await);
    assert_eq!(paid, (Coins::whole(70), Coins::whole(40), Coins::whole(10)));
    // Who paid, left and comes back pays nothing.
    let left = house.leave(&felix, room).await.expect("left");
    assert_eq!((left.reply.me.fee_due, left.told[0].cut.as_slice()), (None, std::slice::from_ref(&felix)));
    house.join(&felix, room, None).await.expect("back for nothing");
    assert_eq!(house.wallet(&felix).await, Coins::whole(70));
    house.sound().await;
}

#[tokio::test]
async fn who_cannot_pay_stays_out_and_a_host_pays_nothing() {
    let house = House::new().await;
    let (maya, poor) = (house.person("maya").await, house.fan("poor", 49).await);
    let room = house.room(&maya, RoomAccess::Paid).await;
    assert_eq!(refused(house.join(&poor, room, Some(50)).await), ErrorCode::InsufficientFunds);
    assert_eq!(house.wallet(&poor).await, Coins::whole(49));
    house.leave(&maya, room).await.expect("left");
    let back = house.join(&maya, room, None).await.expect("the room is hers").reply;
    assert_eq!(back.me.role, Some(callboard_domain::RoomRole::Host));
    house.sound().await;
}

#[tokio::test]
async fn a_banned_guest_who_paid_cannot_come_back_and_gets_nothing_back() {
    let house = House::new().await;
    let (maya, felix) = (house.person("maya").await, house.fan("felix", 200).await);
    let room = house.room(&maya, RoomAccess::Paid).await;
    house.joined(&felix, room).await;
    let banned = house.sanction(&maya, room, &felix, SanctionKind::Ban).await.expect("banned");
    assert_eq!(banned.told[0].cut, std::slice::from_ref(&felix));
    assert_eq!(refused(house.join(&felix, room, Some(50)).await), ErrorCode::Forbidden);
    assert_eq!((house.wallet(&felix).await, house.earned(&maya).await), (Coins::whole(150), Coins::whole(40)));
    assert_eq!(house.pushed(&felix, "rooms.removed").await, 1);
    assert_eq!(house.pushed(&felix, "reports.sanctioned").await, 1);
    house.sound().await;
}

#[tokio::test]
async fn a_room_closed_before_the_promised_time_gives_everybody_his_fee_back() {
    let house = House::new().await;
    let maya = house.person("maya").await;
    let room = house.make(&maya, &promised(house.now().await.plus(Millis::from_secs(3600)))).await;
    let (in_it, left, banned) = (house.fan("ann", 60).await, house.fan("bob", 60).await, house.fan("cid", 60).await);
    for who in [&in_it, &left, &banned] {
        house.joined(who, room).await;
    }
    house.leave(&left, room).await.expect("left");
    house.sanction(&maya, room, &banned, SanctionKind::Ban).await.expect("banned");
    house.pass(3_599_000).await;
    house.close(&maya, room).await.expect("closed");
    for who in [&in_it, &left, &banned] {
        assert_eq!(house.wallet(who).await, Coins::whole(60), "{who}");
    }
    assert_eq!((house.earned(&maya).await, house.revenue().await), (Coins::ZERO, Coins::ZERO));
    assert_eq!(house.pushed(&in_it, "rooms.removed").await, 1);
    house.sound().await;
}

#[tokio::test]
async fn a_promise_that_was_kept_gives_nothing_back() {
    let house = House::new().await;
    let (maya, ann) = (house.person("maya").await, house.fan("ann", 60).await);
    let room = house.make(&maya, &promised(house.now().await.plus(Millis::from_secs(3600)))).await;
    house.joined(&ann, room).await;
    house.pass(3_600_000).await;
    house.close(&maya, room).await.expect("closed");
    assert_eq!((house.wallet(&ann).await, house.earned(&maya).await), (Coins::whole(10), Coins::whole(40)));
    assert_eq!(refused(house.close(&maya, room).await), ErrorCode::Conflict);
    house.sound().await;
}

#[tokio::test]
async fn who_is_not_let_in_from_the_lobby_gets_his_fee_back_and_who_was_in_does_not() {
    let house = House::new().await;
    let maya = house.person("maya").await;
    let room = house.room(&maya, RoomAccess::Paid).await;
    house.set(&maya, room, RoomSettings { lobby: Some(true), ..RoomSettings::default() }).await.expect("a lobby");
    let (turned_away, gone, inside) =
        (house.fan("ann", 60).await, house.fan("bob", 60).await, house.fan("cid", 60).await);
    for who in [&turned_away, &gone, &inside] {
        let mine = house.joined(who, room).await;
        assert_eq!(mine.me.state, Some(RoomMemberState::Lobby));
        assert_eq!(house.wallet(who).await, Coins::whole(10));
    }
    house.admit(&maya, room, &turned_away, false).await.expect("turned away");
    house.leave(&gone, room).await.expect("gone");
    house.admit(&maya, room, &inside, true).await.expect("let in");
    assert_eq!(house.wallet(&turned_away).await, Coins::whole(60));
    assert_eq!(house.wallet(&gone).await, Coins::whole(60));
    // He was in: if he leaves and is turned away the next time, he had what he paid for.
    house.leave(&inside, room).await.expect("left");
    house.join(&inside, room, None).await.expect("waits again, for nothing");
    house.admit(&maya, room, &inside, false).await.expect("turned away");
    assert_eq!(house.wallet(&inside).await, Coins::whole(10));
    // Who got his fee back pays again.
    assert_eq!(refused(house.join(&gone, room, None).await), ErrorCode::Stale);
    house.sound().await;
}
