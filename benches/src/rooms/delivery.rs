//! Messages to many: one room of very many listeners, and very many small rooms.
//!
//! Three ways are compared: a message of somebody through the house; the same bytes published by the worker's own connection to the same
//! listeners, over the same imports of accounts; and the same bytes among as many connections of one account that nobody had to admit.
//! Delays are taken at an even pace, where house and imports take turns; then come as many as are taken.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::Subscriber;
use callboard_bus::Bus;
use callboard_contract::subject;
use callboard_domain::{RoomId, Uid};
use futures::StreamExt as _;
use tokio::task::JoinSet;

use super::arrivals::Arrivals;
use super::house::{BARE, House, many};
use super::millis;
use super::rooms_of::{MEMBERS, PEOPLE_PER_ROOM, make, member, person};
use super::ways::{Burst, Speaker, Way, paced};
use crate::report::Figure;
use crate::usage;

const OF: &str = "bare publish and subscribe";
/// People who speak in the big room.
const SPEAKERS: u32 = 20;
/// Messages in the big room at an even pace, that pace, and messages at once.
const SENDS: u32 = 100;
const PACE: Duration = Duration::from_millis(500);
const AT_ONCE: u32 = 200;
/// The same for each of the small rooms; the pace is that of all of them together.
const SENDS_PER_ROOM: u32 = 3;
const PACE_OF_ALL: Duration = Duration::from_millis(10);
const AT_ONCE_PER_ROOM: u32 = 5;
const WARM_UP: u32 = 10;

/// What is measured of a crowd, and how it is told.
struct Plan {
    group: &'static str,
    name: String,
    sends: u32,
    pace: Duration,
    at_once: u32,
    fan_out: u32,
}

impl Plan {
    fn arrivals(&self) -> Arc<Arrivals> {
        Arc::new(Arrivals::new(WARM_UP + self.sends + self.at_once, self.fan_out))
    }
}

/// Delays and rates of one way.
struct Came {
    delays: Vec<Duration>,
    burst: Burst,
}

/// One room in which so many listen with tickets.
pub(super) async fn one_room(house: &House, listeners: u32) -> anyhow::Result<Vec<Figure>> {
    let plan = Plan {
        group: "one room",
        name: format!("{listeners} listeners"),
        sends: SENDS,
        pace: PACE,
        at_once: AT_ONCE,
        fan_out: listeners,
    };
    let room = RoomId::generate();
    let members: Vec<Uid> = (0..listeners).map(|n| person("listener", n)).collect::<anyhow::Result<_>>()?;
    make(&house.base.owner, &[(room, members.clone())]).await?;
    let mut speakers = Vec::new();
    for uid in members.iter().take(SPEAKERS as usize) {
        speakers.push(Speaker { bus: house.person(uid).await?, uid: uid.clone(), room });
    }
    let (told, imported) = (plan.arrivals(), plan.arrivals());
    let (before, begun) = (house.server_memory()?, Instant::now());
    let hall = Hall::fill(listeners, [&told, &imported], async |n| {
        let bus = house.listener(&members[n as usize], room).await?;
        Ok((bus, subject::room_pattern(room)))
    });
    let hall = hall.await?;
    let (entered, memory) = (begun.elapsed(), house.server_memory()?.saturating_sub(before));
    let aside = subject::room_push(room, BARE);
    let (through, imports) =
        hall.measure(house, &plan, (told, speakers), imported, move |_| vec![aside.clone()]).await?;
    hall.close().await?;

    let bare = plan.arrivals();
    let hall = Hall::fill(listeners, [&bare, &bare], async |_| Ok((house.bare().await?, format!("{BARE}.room.>"))));
    let hall = hall.await?;
    let alone = bare_of(house, &plan, &through.1, bare, |_| vec![format!("{BARE}.room.chat.news")]).await?;
    hall.close().await?;

    let mut figures = tell(&plan, through.0, imports, alone, &through.1)?;
    let count = f64::from(listeners);
    figures.push(Figure::new(
        plan.group,
        format!("{}, coming in with a ticket", plan.name),
        count / entered.as_secs_f64(),
        "listeners/s",
    ));
    figures.push(Figure::new(plan.group, format!("{}, nats-server for each", plan.name), kib(memory) / count, "KiB"));
    Ok(figures)
}

/// So many rooms of 20; everybody is in five of them and hears them on the one connection that he has.
pub(super) async fn many_rooms(house: &House, rooms: u32) -> anyhow::Result<Vec<Figure>> {
    let plan = Plan {
        group: "many rooms",
        name: format!("{rooms} rooms of {MEMBERS}"),
        sends: rooms * SENDS_PER_ROOM,
        pace: PACE_OF_ALL,
        at_once: rooms * AT_ONCE_PER_ROOM,
        fan_out: MEMBERS,
    };
    let count = rooms * PEOPLE_PER_ROOM;
    let people: Vec<Uid> = (0..count).map(|n| person("talker", n)).collect::<anyhow::Result<_>>()?;
    let members = |room: u32| (0..MEMBERS).map(move |nth| member(rooms, room, nth) as usize);
    let all: Vec<(RoomId, Vec<Uid>)> =
        (0..rooms).map(|room| (RoomId::generate(), members(room).map(|n| people[n].clone()).collect())).collect();
    make(&house.base.owner, &all).await?;
    let (told, imported) = (plan.arrivals(), plan.arrivals());
    let hall = Hall::fill(count, [&told, &imported], async |n| {
        let uid = &people[n as usize];
        Ok((house.person(uid).await?, subject::pushes_of(uid.as_str())))
    });
    let hall = hall.await?;
    let speakers = (0..rooms).map(|room| {
        let who = members(room).nth((room % MEMBERS) as usize).expect("a room has twenty members");
        Speaker { bus: hall.buses[who].clone(), uid: people[who].clone(), room: all[room as usize].0 }
    });
    let speakers = speakers.collect();
    let aside = move |n: u32| all[(n % rooms) as usize].1.iter().map(|uid| subject::push(uid, BARE)).collect();
    let (through, imports) = hall.measure(house, &plan, (told, speakers), imported, aside).await?;
    hall.close().await?;

    let bare = plan.arrivals();
    let hall = Hall::fill(count, [&bare, &bare], async |n| Ok((house.bare().await?, format!("{BARE}.{n}.>"))));
    let hall = hall.await?;
    let subjects = move |n: u32| {
        let room = n % rooms;
        (0..MEMBERS).map(|nth| format!("{BARE}.{}.chat.news", member(rooms, room, nth))).collect()
    };
    let alone = bare_of(house, &plan, &through.1, bare, subjects).await?;
    hall.close().await?;
    tell(&plan, through.0, imports, alone, &through.1)
}

/// Connections that hear something.
struct Hall {
    buses: Vec<Bus>,
    ears: JoinSet<()>,
    files: usize,
}

impl Hall {
    /// Connects; what comes on subjects that end with the bench's own name counts for the second arrivals.
    async fn fill(
        count: u32,
        arrivals: [&Arc<Arrivals>; 2],
        connect: impl AsyncFn(u32) -> anyhow::Result<(Bus, String)>,
    ) -> anyhow::Result<Self> {
        let files = usage::open_files();
        let connect = &connect;
        let connected = many(count, |n| async move {
            let (bus, pattern) = connect(n).await?;
            let heard = bus.client().subscribe(pattern).await?;
            bus.flush().await?;
            Ok((bus, heard))
        });
        let (mut buses, mut ears) = (Vec::new(), JoinSet::new());
        for (bus, heard) in connected.await? {
            buses.push(bus);
            ears.spawn(hear(heard, arrivals.map(Arc::clone)));
        }
        Ok(Self { buses, ears, files })
    }

    /// Through the house and over the same imports; gives also what came through the house, for its bytes.
    async fn measure(
        &self,
        house: &House,
        plan: &Plan,
        (told, speakers): (Arc<Arrivals>, Vec<Speaker>),
        imported: Arc<Arrivals>,
        subjects: impl Fn(u32) -> Vec<String> + Send + Sync + 'static,
    ) -> anyhow::Result<((Came, Arc<Arrivals>), Came)> {
        let through = Way::through_house(Arc::clone(&told), speakers);
        through.burst(WARM_UP).await?;
        let imports = Way::bare(imported, house.worker().await?, &told, subjects)?;
        imports.burst(WARM_UP).await?;
        let mut delays = paced(&[&through, &imports], plan.pace / 2, plan.sends).await?.into_iter();
        let mut next = || delays.next().unwrap_or_default();
        let (of_house, of_imports) = (next(), next());
        let of_house = Came { delays: of_house, burst: through.burst(plan.at_once).await? };
        let of_imports = Came { delays: of_imports, burst: imports.burst(plan.at_once).await? };
        Ok(((of_house, told), of_imports))
    }

    /// Closes all connections and waits until they are.
    async fn close(mut self) -> anyhow::Result<()> {
        self.ears.shutdown().await;
        for bus in &self.buses {
            bus.drain().await?;
        }
        let (files, deadline) = (self.files + SPEAKERS as usize, Instant::now() + Duration::from_mins(1));
        drop(self.buses);
        while usage::open_files() > files {
            anyhow::ensure!(Instant::now() < deadline, "connections do not close");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

async fn hear(mut heard: Subscriber, [told, aside]: [Arc<Arrivals>; 2]) {
    while let Some(message) = heard.next().await {
        let arrivals = if message.subject.ends_with(BARE) { &aside } else { &told };
        arrivals.take(&message);
    }
}

async fn bare_of(
    house: &House,
    plan: &Plan,
    sample: &Arc<Arrivals>,
    arrivals: Arc<Arrivals>,
    subjects: impl Fn(u32) -> Vec<String> + Send + Sync + 'static,
) -> anyhow::Result<Came> {
    let way = Way::bare(arrivals, house.worker().await?, sample, subjects)?;
    way.burst(WARM_UP).await?;
    let delays = paced(&[&way], plan.pace, plan.sends).await?.pop().unwrap_or_default();
    Ok(Came { delays, burst: way.burst(plan.at_once).await? })
}

fn tell(
    plan: &Plan,
    mut house: Came,
    mut imports: Came,
    mut bare: Came,
    sample: &Arc<Arrivals>,
) -> anyhow::Result<Vec<Figure>> {
    let figure = |what: &str, value: f64, unit| Figure::new(plan.group, format!("{}, {what}", plan.name), value, unit);
    let mut figures = Vec::new();
    for (name, permille) in [("p50", 500), ("p99", 990)] {
        let limit = millis(&mut bare.delays, permille);
        let what = format!("send to last receiver, {name}");
        figures.push(figure(&what, millis(&mut house.delays, permille), "ms").against(OF, limit));
        let what = format!("published over the same imports, {name}");
        figures.push(figure(&what, millis(&mut imports.delays, permille), "ms").against(OF, limit));
    }
    let limit = bare.burst.delivered;
    figures.push(figure("taken and told to all", house.burst.delivered, "messages/s").against(OF, limit));
    figures.push(figure("taken", house.burst.taken, "messages/s"));
    figures.push(figure("over the same imports", imports.burst.delivered, "messages/s").against(OF, limit));
    let fan_out = f64::from(plan.fan_out);
    figures.push(figure("deliveries", house.burst.delivered * fan_out, "messages/s").against(OF, limit * fan_out));
    figures.push(figure("a message on the wire, headers left out", bytes(sample.sample()?.bytes()), "bytes"));
    Ok(figures)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn bytes(count: usize) -> f64 {
    count as f64
}
