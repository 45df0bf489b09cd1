//! Who is there: rooms of twenty, pairs of two, and at each table a host who has a room that costs something besides.

use callboard_contract::api::rooms::{AnswerDirect, AnswerDirectRequest, Create, Direct, DirectRequest, Join};
use callboard_domain::{Coins, RequestId, RoomId, Uid};
use callboard_tests::{House, Person, entering, opening};
use futures::stream::{self, StreamExt as _};

pub(crate) const PEOPLE: usize = 200;
pub(crate) const TABLES: usize = 10;
/// What everybody has at first, in coins.
pub(crate) const PURSE: i64 = 1000;
/// What it costs to enter a room of the better sort.
pub(crate) const FEE: i64 = 10;
pub(crate) const GIFT: &str = "rose";
pub(crate) const GIFT_PRICE: i64 = 5;
/// So many sign in at a time.
const AT_ONCE: usize = 16;

pub(crate) struct Town {
    /// Person `n` sits at table `n % TABLES`; the first ones are the hosts.
    pub(crate) people: Vec<Person>,
    pub(crate) tables: Vec<RoomId>,
    /// Each host with his room that costs something.
    pub(crate) vips: Vec<(Person, RoomId)>,
    /// The conversation of the two people `2n` and `2n + 1`.
    pub(crate) pairs: Vec<RoomId>,
}

impl Town {
    pub(crate) async fn settle(house: &House) -> Self {
        let signing_in =
            (0..PEOPLE).map(|n| async move { house.fan(&format!("talker-{n}"), &PURSE.to_string()).await });
        let people: Vec<Person> = stream::iter(signing_in).buffered(AT_ONCE).collect().await;
        let (mut tables, mut vips) = (Vec::new(), Vec::new());
        for host in &people[..TABLES] {
            tables.push(open(host, None).await);
            vips.push((host.clone(), open(host, Some(FEE)).await));
        }
        let entering = people.iter().enumerate().skip(TABLES).map(|(n, person)| {
            let request = entering(tables[n % TABLES], None);
            async move { person.ask::<Join>(&request).await }
        });
        stream::iter(entering).buffered(AT_ONCE).for_each(|_| std::future::ready(())).await;
        let meeting = people.chunks(2).map(|two| conversation(&two[0], &two[1]));
        let pairs = stream::iter(meeting).buffered(AT_ONCE).collect().await;
        Self { people, tables, vips, pairs }
    }

    /// All rooms in which people talk, each with somebody who is in it.
    pub(crate) fn rooms(&self) -> Vec<(RoomId, &Person)> {
        let tables = self.tables.iter().copied().zip(&self.people);
        let pairs = self.pairs.iter().copied().zip(self.people.iter().step_by(2));
        tables.chain(pairs).collect()
    }

    /// Who earns what a room costs.
    pub(crate) fn host_of(&self, vip: RoomId) -> &Uid {
        self.vips.iter().find(|(_, room)| *room == vip).expect("one of these").0.uid()
    }
}

async fn open(host: &Person, fee: Option<i64>) -> RoomId {
    let request = opening(&format!("At {}'s", host.uid()), fee.map(Coins::whole));
    host.ask::<Create>(&request).await.room.room_id
}

async fn conversation(one: &Person, other: &Person) -> RoomId {
    let request = DirectRequest { request_id: RequestId::generate(), uid: other.uid().clone() };
    let room_id = one.ask::<Direct>(&request).await.room.room_id;
    let answer = AnswerDirectRequest { request_id: RequestId::generate(), room_id, accept: true };
    other.ask::<AnswerDirect>(&answer).await;
    room_id
}
