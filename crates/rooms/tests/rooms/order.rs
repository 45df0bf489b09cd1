//! Order is kept from above: roles, powers, mutes, kicks, bans, and taking them back.

use std::collections::{BTreeMap, BTreeSet};

use callboard_contract::ErrorCode;
use callboard_contract::api::rooms::{LiftRequest, MembersRequest, RoomSettings, SanctionRequest};
use callboard_domain::{Millis, RoomAccess, RoomId, RoomMemberState, RoomPower, RoomRole, SanctionKind, Scope, Uid};
use callboard_people::sanctions::{self, NewSanction};
use callboard_rooms::{lists, order};

use crate::house::{House, id, reason, refused};

/// Host, admin, moderator and member in one room.
async fn staffed(house: &House) -> (RoomId, [Uid; 4]) {
    let all =
        [house.person("maya").await, house.person("adam").await, house.person("mod").await, house.person("ann").await];
    let room = house.room(&all[0], RoomAccess::Public).await;
    for who in &all[1..] {
        house.join(who, room, None).await.expect("joined");
    }
    house.role(&all[0], room, &all[1], RoomRole::Admin).await.expect("an admin");
    house.role(&all[1], room, &all[2], RoomRole::Moderator).await.expect("a moderator");
    (room, all)
}

async fn lift(house: &House, by: &Uid, room_id: RoomId, whom: &Uid, kind: SanctionKind) -> Result<(), ErrorCode> {
    let request = LiftRequest { request_id: id(), room_id, uid: whom.clone(), kind };
    let lifted = order::lift(house.store(), by, &request).await;
    if lifted.is_ok() { Ok(()) } else { Err(refused(lifted)) }
}

#[tokio::test]
async fn roles_are_given_only_below_the_own_and_to_those_below() {
    let house = House::new().await;
    let (room, [maya, adam, moderator, ann]) = staffed(&house).await;
    for (by, whom, role) in [
        (&adam, &ann, RoomRole::Admin),
        (&adam, &maya, RoomRole::Member),
        (&adam, &adam, RoomRole::Member),
        (&moderator, &ann, RoomRole::Member),
        (&ann, &ann, RoomRole::Moderator),
        (&maya, &ann, RoomRole::Host),
        (&maya, &maya, RoomRole::Member),
    ] {
        assert_eq!(refused(house.role(by, room, whom, role).await), ErrorCode::Forbidden, "{by} makes {whom} {role}");
    }
    let asked = MembersRequest { room_id: room, limit: Some(3), cursor: None };
    let page = lists::members(house.store(), &ann, &asked).await.expect("members");
    let names: Vec<&str> = page.items.iter().map(|m| m.uid.as_str()).collect();
    assert_eq!(names, ["maya", "adam", "mod"]);
    let rest = MembersRequest { cursor: page.cursor, ..asked };
    let rest = lists::members(house.store(), &ann, &rest).await.expect("members");
    assert_eq!(rest.items.iter().map(|m| m.uid.as_str()).collect::<Vec<_>>(), ["ann"]);
    // Who leaves lays his role down.
    house.leave(&moderator, room).await.expect("left");
    let back = house.join(&moderator, room, None).await.expect("back").reply;
    assert_eq!(back.me.role, Some(RoomRole::Member));
    house.sound().await;
}

#[tokio::test]
async fn nobody_acts_on_who_does_not_stand_below_him() {
    let house = House::new().await;
    let (room, [maya, adam, moderator, ann]) = staffed(&house).await;
    for (by, whom, kind) in [
        (&moderator, &adam, SanctionKind::Mute),
        (&moderator, &maya, SanctionKind::Kick),
        (&adam, &maya, SanctionKind::Ban),
        (&adam, &adam, SanctionKind::Warn),
        (&ann, &moderator, SanctionKind::Mute),
        // Powers, too: a moderator bans nobody.
        (&moderator, &ann, SanctionKind::Ban),
    ] {
        assert_eq!(refused(house.sanction(by, room, whom, kind).await), ErrorCode::Forbidden, "{by} {kind} {whom}");
    }
    // The host is out and stays above all.
    house.leave(&maya, room).await.expect("left");
    assert_eq!(refused(house.sanction(&adam, room, &maya, SanctionKind::Ban).await), ErrorCode::Forbidden);
    for kind in [SanctionKind::Suspend, SanctionKind::RestrictPayments] {
        assert_eq!(refused(house.sanction(&adam, room, &ann, kind).await), ErrorCode::BadRequest, "{kind}");
    }
    house.sound().await;
}

#[tokio::test]
async fn a_mute_takes_the_word_survives_leaving_and_ends() {
    let house = House::new().await;
    let (room, [_, _, moderator, ann]) = staffed(&house).await;
    let muted = house.sanction(&moderator, room, &ann, SanctionKind::Mute).await.expect("muted");
    let until = muted.reply.until.expect("a mute ends");
    assert_eq!(muted.told.len(), 1);
    let mine = lists::show(house.store(), &ann, room).await.expect("shown");
    assert_eq!((mine.me.muted_until, mine.me.powers.as_slice()), (Some(until), &[][..]));
    house.leave(&ann, room).await.expect("left");
    let back = house.join(&ann, room, None).await.expect("back").reply;
    assert_eq!(back.me.muted_until, Some(until));
    house.pass(60_000).await;
    let mine = lists::show(house.store(), &ann, room).await.expect("shown");
    assert_eq!((mine.me.muted_until, mine.me.powers.contains(&RoomPower::Speak)), (None, true));
    let long = SanctionRequest {
        request_id: id(),
        room_id: room,
        uid: ann.clone(),
        kind: SanctionKind::Mute,
        length: Some(Millis::from_secs(15 * 24 * 3600)),
        reason: reason(),
    };
    assert_eq!(refused(order::sanction(house.store(), &moderator, &long).await), ErrorCode::BadRequest);
    house.sound().await;
}

#[tokio::test]
async fn who_is_kicked_may_come_back_and_who_is_banned_when_it_is_taken_back() {
    let house = House::new().await;
    let (room, [_, adam, moderator, ann]) = staffed(&house).await;
    house.sanction(&moderator, room, &ann, SanctionKind::Kick).await.expect("kicked");
    assert_eq!(refused(house.sanction(&moderator, room, &ann, SanctionKind::Kick).await), ErrorCode::Conflict);
    let seen = lists::show(house.store(), &ann, room).await.expect("shown");
    assert_eq!(seen.me.state, Some(RoomMemberState::Removed));
    house.join(&ann, room, None).await.expect("back");
    house.sanction(&adam, room, &ann, SanctionKind::Ban).await.expect("banned");
    assert_eq!(refused(house.join(&ann, room, None).await), ErrorCode::Forbidden);
    assert_eq!(refused(house.invite(&adam, room, &ann).await), ErrorCode::Conflict);
    assert_eq!(lift(&house, &moderator, room, &ann, SanctionKind::Ban).await, Err(ErrorCode::Forbidden));
    lift(&house, &adam, room, &ann, SanctionKind::Ban).await.expect("lifted");
    house.join(&ann, room, None).await.expect("back");
    house.sound().await;
}

#[tokio::test]
async fn what_staff_of_the_house_imposed_is_not_the_rooms_to_take_back() {
    let house = House::new().await;
    let (room, [maya, _, _, ann]) = staffed(&house).await;
    let new = NewSanction {
        uid: ann.clone(),
        kind: SanctionKind::Ban,
        scope: Scope::Room(room),
        length: None,
        actor: "staff:ines".to_owned(),
        reason: "test".to_owned(),
    };
    sanctions::impose(&mut house.store().pool().acquire().await.expect("a connection"), &new).await.expect("banned");
    assert_eq!(lift(&house, &maya, room, &ann, SanctionKind::Ban).await, Err(ErrorCode::Forbidden));
    house.leave(&ann, room).await.expect("left");
    assert_eq!(refused(house.join(&ann, room, None).await), ErrorCode::Forbidden);
    house.sound().await;
}

#[tokio::test]
async fn powers_are_the_hosts_to_set_and_settings_need_the_power_for_each() {
    let house = House::new().await;
    let (room, [maya, adam, moderator, ann]) = staffed(&house).await;
    let none = RoomSettings::default;
    let powers = |role, powers: &[RoomPower]| RoomSettings {
        powers: Some(BTreeMap::from([(role, powers.iter().copied().collect::<BTreeSet<_>>())])),
        ..none()
    };
    let slow = || RoomSettings { slow_mode: Some(Millis::from_secs(10)), ..none() };
    assert_eq!(refused(house.set(&adam, room, powers(RoomRole::Member, &[])).await), ErrorCode::Forbidden);
    assert_eq!(refused(house.set(&maya, room, powers(RoomRole::Host, &[])).await), ErrorCode::BadRequest);
    assert_eq!(
        refused(house.set(&maya, room, powers(RoomRole::Admin, &[RoomPower::Close])).await),
        ErrorCode::BadRequest
    );
    assert_eq!(refused(house.set(&moderator, room, slow()).await), ErrorCode::Forbidden);
    house.set(&maya, room, powers(RoomRole::Moderator, &[RoomPower::Lock])).await.expect("set");
    let slowed = house.set(&moderator, room, slow()).await.expect("now he may");
    assert_eq!((slowed.reply.room.slow_mode, slowed.told.len()), (Some(Millis::from_secs(10)), 1));
    assert_eq!(house.set(&moderator, room, slow()).await.expect("as it is").told.len(), 0);
    assert_eq!(refused(house.sanction(&moderator, room, &ann, SanctionKind::Mute).await), ErrorCode::Forbidden);
    let small = RoomSettings { capacity: Some(3), ..none() };
    assert_eq!(refused(house.set(&adam, room, small).await), ErrorCode::Conflict, "four are in it");
    let priced = RoomSettings { entry_fee: Some(callboard_domain::Coins::whole(20)), ..none() };
    assert_eq!(refused(house.set(&adam, room, priced).await), ErrorCode::Conflict, "it costs nothing");
    let named = RoomSettings { name: Some("\u{202e}  New\tname ".to_owned()), ..none() };
    assert_eq!(house.set(&adam, room, named).await.expect("named").reply.room.name, "New name");
    house.sound().await;
}
