//! Whatever people do in whatever order, the count of members is that of the joined rows, numbers grow by one, and coins are neither made nor lost.

use callboard_contract::api::rooms::{CreateRequest, RoomSettings};
use callboard_domain::{Coins, RoomAccess, RoomId, RoomKind, RoomRole, RoomState, SanctionKind, Uid};
use callboard_store::StoreError;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::house::{House, Result};

const ACTS: u32 = 250;

/// One act at random; refusals are as good as anything.
async fn act(house: &House, room: RoomId, people: &[Uid], random: &mut StdRng) -> Result<usize> {
    let who = &people[random.random_range(0..people.len())];
    let whom = &people[random.random_range(0..people.len())];
    let on = random.random_bool(0.5);
    let told = match random.random_range(0..12) {
        0..=3 => house.join(who, room, Some(10)).await.map(|did| did.told.len()),
        4 => house.leave(who, room).await.map(|did| did.told.len()),
        5 => house.invite(who, room, whom).await.map(|did| did.told.len()),
        6 => house.admit(&people[0], room, whom, on).await.map(|did| did.told.len()),
        7 => house
            .role(who, room, whom, if on { RoomRole::Admin } else { RoomRole::Moderator })
            .await
            .map(|did| did.told.len()),
        8 => house.sanction(who, room, whom, SanctionKind::Kick).await.map(|did| did.told.len()),
        9 => house.sanction(who, room, whom, SanctionKind::Mute).await.map(|did| did.told.len()),
        10 => {
            let change = RoomSettings { lobby: Some(on), ..RoomSettings::default() };
            house.set(who, room, change).await.map(|did| did.told.len())
        }
        _ => {
            let state = Some(if on { RoomState::Locked } else { RoomState::Open });
            house.set(who, room, RoomSettings { state, ..RoomSettings::default() }).await.map(|did| did.told.len())
        }
    };
    match told {
        Err(StoreError::Refused(_)) => Ok(0),
        other => other,
    }
}

#[tokio::test]
async fn whatever_happens_the_count_is_that_of_the_joined_rows() {
    let house = House::new().await;
    let mut people = vec![house.person("maya").await];
    for n in 0..6 {
        people.push(house.fan(&format!("fan-{n}"), 1_000).await);
    }
    let request =
        CreateRequest { capacity: Some(5), ..House::request(RoomKind::Temporary, RoomAccess::Paid, Some(10)) };
    let room = house.make(&people[0], &request).await;
    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let mut changes = 1;
    for n in 0..ACTS {
        changes +=
            act(&house, room, &people, &mut random).await.unwrap_or_else(|e| panic!("seed {seed}, act {n}: {e}"));
        house.counts().await;
    }
    // Several at once: the room's row is the one lock, so nothing is counted twice.
    for _ in 0..ACTS / 10 {
        let seeds: [u64; 4] = random.random();
        let [a, b, c, d] = seeds.map(StdRng::seed_from_u64);
        let (mut a, mut b, mut c, mut d) = (a, b, c, d);
        let all = tokio::join!(
            act(&house, room, &people, &mut a),
            act(&house, room, &people, &mut b),
            act(&house, room, &people, &mut c),
            act(&house, room, &people, &mut d)
        );
        for told in [all.0, all.1, all.2, all.3] {
            changes += told.unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        }
    }
    let head: i64 = sqlx::query_scalar("select head from rooms.rooms where id = $1")
        .bind(room.as_uuid())
        .fetch_one(&house.base.owner)
        .await
        .expect("the room");
    assert_eq!(usize::try_from(head), Ok(changes), "each change is told once (seed {seed})");
    // What was paid and not given back is what host and house have.
    let paid: i64 =
        sqlx::query_scalar("select count(*) from rooms.members where fee_transfer is not null and not fee_refunded")
            .fetch_one(&house.base.owner)
            .await
            .expect("the members");
    let earned = house.earned(&people[0]).await.checked_add(house.revenue().await).expect("small amounts");
    assert_eq!(earned, Coins::whole(10 * paid), "seed {seed}");
    house.sound().await;
}
