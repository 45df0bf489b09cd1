//! kill -9 of both workers of rooms, of nats-server and of PostgreSQL, one after another, while two hundred people talk in rooms and in pairs, pay to
//! enter, and give gifts, and while three who may not go on trying.
//!
//! What was acknowledged is there once, in the same order for everybody; every coin is where the acknowledged acts put it; and no attempt of the three
//! is ever let through.

#[path = "kills/outlaws.rs"]
mod outlaws;
#[path = "kills/talkers.rs"]
mod talkers;
#[path = "kills/town.rs"]
mod town;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use callboard_contract::api::rooms::{RoomRef, Show};
use callboard_contract::room::{MessageKind, MessageView};
use callboard_domain::{Coins, RoomId, Uid};
use callboard_tests::{Follower, House, Options, coins, eventually, log_of};
use outlaws::Outlaws;
use talkers::{Done, Talkers};
use town::{FEE, GIFT_PRICE, PURSE, Town};

const VICTIMS: [&str; 5] = ["rooms", "moderation", "nats-server", "postgres", "rooms"];
/// How long a killed process and everybody's talk may take to be back.
const BACK_WITHIN: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nobody_slips_in_whatever_is_killed() {
    let began = Instant::now();
    let house = House::start(Options::default()).await;
    let town = Town::settle(&house).await;
    let outlaws = Outlaws::begin(&house, &town).await;
    let settled = began.elapsed();
    let talkers = Talkers::begin(&town);
    let mut back = Vec::new();
    for victim in VICTIMS {
        talkers.all_go_on().await;
        let killed = Instant::now();
        let pid = house.kill(victim).expect("it runs");
        let again = || async { house.pid(victim).filter(|now| *now != pid) };
        eventually("the killed process to be started again", BACK_WITHIN, again).await;
        house.is_well().await;
        let well = killed.elapsed();
        talkers.all_go_on().await;
        back.push(format!(
            "{victim}: well after {} ms, all talk after {} ms",
            well.as_millis(),
            killed.elapsed().as_millis()
        ));
    }
    let (done, mut followers) = talkers.finish().await;
    let attempts = outlaws.finish().await;

    let mut rooms: BTreeMap<RoomId, Vec<MessageView>> = BTreeMap::new();
    for (room, member) in town.rooms() {
        let log = log_of(member, room).await;
        acknowledged_once(&log, room, &done);
        rooms.insert(room, log);
    }
    outlaws::said_nothing(&rooms[&town.tables[0]]);
    let asked = all_saw_the_same(&rooms, &mut followers).await;
    paid_is_paid(&house, &town, &done).await;
    house.balanced().await;
    house.is_well().await;
    let count = |fits: fn(&Done) -> bool| done.iter().filter(|done| fits(done)).count();
    eprintln!(
        "settled in {} ms; {} messages, {} entries, {} gifts; asked what was missed {asked} times; {attempts}\n  {}\n  in all {} s",
        settled.as_millis(),
        count(|done| matches!(done, Done::Said { .. })),
        count(|done| matches!(done, Done::Entered { .. })),
        count(|done| matches!(done, Done::Gave { .. })),
        back.join("\n  "),
        began.elapsed().as_secs()
    );
    house.down();
}

/// Fails unless a room's log holds what was acknowledged and nothing else, each once, and each author's in the order in which he said it.
fn acknowledged_once(log: &[MessageView], room: RoomId, done: &[Done]) {
    assert!(log.is_sorted_by(|one, next| one.seq < next.seq), "the numbers are the order");
    let said: Vec<&MessageView> =
        log.iter().filter(|m| m.kind == MessageKind::Text && m.author.as_str() != outlaws::MUTED).collect();
    let mut wanted = BTreeMap::new();
    let mut gifts = BTreeSet::new();
    for done in done {
        match done {
            Done::Said { message } if message.room_id == room => {
                let twice = wanted.insert(message.message_id, message.as_ref());
                assert!(twice.is_none(), "two were answered with the same message: {message:?}");
            }
            Done::Gave { room_id, message_id, .. } if *room_id == room => {
                gifts.insert(*message_id);
            }
            _ => {}
        }
    }
    assert_eq!(said.len(), wanted.len(), "as many as were acknowledged, none twice");
    for message in &said {
        assert_eq!(wanted.get(&message.message_id), Some(message), "what is there was acknowledged, and as it is");
    }
    let given: Vec<_> = log.iter().filter(|m| m.kind == MessageKind::Gift).map(|m| m.message_id).collect();
    assert_eq!(given.len(), gifts.len(), "each gift is told of once");
    assert_eq!(given.into_iter().collect::<BTreeSet<_>>(), gifts);
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for message in said {
        let (author, number) = message.body.rsplit_once(' ').expect("an author and a number");
        let number: usize = number.parse().expect("a number");
        let before = last.insert(author, number);
        assert!(before.is_none_or(|before| before < number), "{author}: {number} after {before:?}");
    }
}

/// Fails unless everybody has each of his rooms as it is; news alone bring him there. Gives how often they asked what they had missed.
async fn all_saw_the_same(rooms: &BTreeMap<RoomId, Vec<MessageView>>, followers: &mut [Follower]) -> usize {
    let mut asked = 0;
    for follower in followers {
        let log = &rooms[&follower.room()];
        follower.reaches(log.iter().map(|m| m.changed).max().expect("messages")).await;
        assert_eq!(&follower.messages(), log, "somebody saw a room otherwise than it is");
        asked += follower.asked();
    }
    asked
}

/// Fails unless every purse and every room is as the acknowledged acts make it.
async fn paid_is_paid(house: &House, town: &Town, done: &[Done]) {
    let (mut left, mut earned): (BTreeMap<&Uid, i64>, BTreeMap<&Uid, i64>) = (BTreeMap::new(), BTreeMap::new());
    let mut members: BTreeMap<RoomId, u32> = BTreeMap::new();
    for done in done {
        let (payer, host, price) = match done {
            Done::Said { .. } => continue,
            Done::Entered { who, vip } => {
                *members.entry(*vip).or_default() += 1;
                (who, town.host_of(*vip), FEE)
            }
            Done::Gave { who, to, .. } => (who, to, GIFT_PRICE),
        };
        *left.entry(payer).or_insert(PURSE) -= price;
        *earned.entry(host).or_default() += price;
    }
    for person in &town.people {
        let wallet = house.wallet(person.uid()).await;
        let spendable = left.get(person.uid()).copied().unwrap_or(PURSE);
        assert_eq!(wallet.available, Coins::whole(spendable), "{}", person.uid());
        // Four fifths are the host's.
        let tenths = earned.get(person.uid()).copied().unwrap_or_default() * 8;
        assert_eq!(wallet.earnings, coins(&format!("{}.{}", tenths / 10, tenths % 10)), "{}", person.uid());
    }
    for (host, vip) in &town.vips {
        let shown = host.ask::<Show>(&RoomRef { room_id: *vip }).await.room;
        assert_eq!(shown.members, 1 + members.get(vip).copied().unwrap_or_default(), "who paid is in, and nobody else");
    }
}
