//! Tickets for a second connection: for members, once, and for seconds.

use callboard_contract::limits::TICKET_MS;
use callboard_contract::{ErrorCode, subject};
use callboard_domain::{RoomAccess, SanctionKind};
use callboard_people::tickets;
use callboard_rooms::listening;

use crate::house::{House, refused};

#[tokio::test]
async fn a_ticket_is_a_members_lets_in_once_and_is_over_after_thirty_seconds() {
    let house = House::new().await;
    let (maya, ann) = (house.person("maya").await, house.person("ann").await);
    let room = house.room(&maya, RoomAccess::Public).await;
    assert_eq!(refused(listening::ticket(house.store(), &ann, room).await), ErrorCode::Forbidden);
    house.join(&ann, room, None).await.expect("joined");
    let ticket = listening::ticket(house.store(), &ann, room).await.expect("a ticket");
    assert!(ticket.token.starts_with(tickets::PREFIX) && ticket.token.len() == tickets::PREFIX.len() + 64);
    assert_eq!(ticket.subject, subject::room_pattern(room));
    let mut conn = house.store().pool().acquire().await.expect("a connection");
    assert_eq!(tickets::redeem(&mut conn, &ticket.token).await.expect("asked"), Some((ann.clone(), room)));
    assert_eq!(tickets::redeem(&mut conn, &ticket.token).await.expect("asked"), None, "used");
    assert_eq!(tickets::redeem(&mut conn, "room_0").await.expect("asked"), None, "unknown");
    let late = listening::ticket(house.store(), &ann, room).await.expect("a ticket");
    house.pass(TICKET_MS).await;
    assert_eq!(tickets::redeem(&mut conn, &late.token).await.expect("asked"), None, "over");
    assert!(listening::may_hear(&mut conn, &ann, room).await.expect("asked"));
    house.sanction(&maya, room, &ann, SanctionKind::Ban).await.expect("banned");
    assert!(!listening::may_hear(&mut conn, &ann, room).await.expect("asked"));
    assert_eq!(refused(listening::ticket(house.store(), &ann, room).await), ErrorCode::Forbidden);
    drop(conn);
    house.sound().await;
}
