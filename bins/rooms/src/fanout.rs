//! Telling members what was committed: news of rooms, and what is lossy: typing and receipts.
//!
//! News go out after the commit, without the outbox: the rows are the log, and who misses something asks `chat.sync`. A piece of news goes
//! once to all who hear the room with a ticket and, where the room is small, to each member; it is written once for all of them. Who is
//! told is read from the database whenever a change may have changed it, so that who was taken out gets nothing that came later; what is
//! held for review goes to its author and to those who may delete it, and the others hear only that there is something with that number.
//!
//! `rooms.rooms.told` follows with what was told, in batches. What a killed worker did not tell is found by it: see [`Fanout::sweep`].

mod lane;
mod news;
mod waiting;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use callboard_bus::Bus;
use callboard_contract::room::ReceiptNews;
use callboard_domain::{RoomId, Uid};
use callboard_rooms::{Told, chat};
use callboard_store::{Store, StoreError};
use callboard_worker::House;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::batch::{LANES, lane};
use crate::files::Signer;
use lane::Lane;

/// What may wait in one lane. What comes above is not told, and found by the sweep.
const WAITING: usize = 16 * 1024;
const NOTE_EVERY: Duration = Duration::from_millis(500);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A look through all rooms takes at most one part in so many of the time.
const LOOK_SHARE: u32 = 50;

/// What a lane is to tell.
#[derive(Debug)]
enum Order {
    /// A change that was committed.
    Told(Box<Told>),
    /// A room in which something may not have been told.
    Look(RoomId),
    /// Somebody types.
    Typing(RoomId, Uid),
    /// Somebody got further.
    Receipt(ReceiptNews),
}

/// Tells members. All that is about one room goes through one lane, in order.
#[derive(Debug)]
pub(crate) struct Fanout {
    lanes: Vec<mpsc::Sender<Order>>,
    store: Store,
    told: Arc<ToldNumbers>,
}

/// How far rooms were told, until it is noted in their rows.
#[derive(Debug, Default)]
struct ToldNumbers(Mutex<BTreeMap<RoomId, i64>>);

impl ToldNumbers {
    fn add(&self, room: RoomId, number: i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(room).or_default();
        *kept = number.max(*kept);
    }

    fn take(&self) -> BTreeMap<RoomId, i64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Fanout {
    /// Starts the lanes, the notes of what was told, and the sweep.
    pub(crate) fn start(house: &House, signer: &Arc<Signer>) -> Arc<Self> {
        let told = Arc::<ToldNumbers>::default();
        let lanes = (0..LANES).map(|_| {
            let (give, take) = mpsc::channel(WAITING);
            let lane = Lane::new(house.bus.clone(), house.store.clone(), Arc::clone(&told), Arc::clone(signer));
            tokio::spawn(lane.run(take));
            give
        });
        let fanout = Arc::new(Self { lanes: lanes.collect(), store: house.store.clone(), told });
        let noting = Arc::clone(&fanout);
        house.every("told", NOTE_EVERY, move || {
            let fanout = Arc::clone(&noting);
            async move { fanout.note().await }
        });
        fanout.sweep(house);
        fanout
    }

    /// Tells what was committed.
    pub(crate) fn tell(&self, told: impl IntoIterator<Item = Told>) {
        for told in told {
            self.order(told.room.id, Order::Told(Box::new(told)));
        }
    }

    /// Tells what changed in rooms and was not told yet.
    pub(crate) fn look(&self, rooms: impl IntoIterator<Item = RoomId>) {
        for room in rooms {
            self.order(room, Order::Look(room));
        }
    }

    /// Tells that somebody types.
    pub(crate) fn typing(&self, room: RoomId, uid: &Uid) {
        self.order(room, Order::Typing(room, uid.clone()));
    }

    /// Tells how far people got.
    pub(crate) fn receipts(&self, reached: impl IntoIterator<Item = ReceiptNews>) {
        for news in reached {
            self.order(news.room_id, Order::Receipt(news));
        }
    }

    fn order(&self, room: RoomId, order: Order) {
        if self.lanes[lane(room)].try_send(order).is_err() {
            metrics::counter!("callboard_news_dropped_total").increment(1);
        }
    }

    /// Notes in the rows of rooms how far they were told.
    async fn note(&self) -> Result<(), StoreError> {
        let told = self.told.take();
        if told.is_empty() {
            return Ok(());
        }
        let noted = async { chat::advance_told(&mut *self.store.pool().acquire().await?, &told).await };
        noted.await.inspect_err(|_| told.iter().for_each(|(room, number)| self.told.add(*room, *number)))
    }

    /// Looks for rooms with changes that nobody told for over a second, and has them told. It reads all rooms; so that it stays cheap where
    /// there are very many, it then looks less often.
    fn sweep(self: &Arc<Self>, house: &House) {
        let heads: BTreeMap<RoomId, i64> = BTreeMap::new();
        let (fanout, seen) = (Arc::clone(self), Arc::new(Mutex::new((Instant::now(), heads))));
        house.every("untold", LOOK_EVERY, move || {
            let (fanout, seen) = (Arc::clone(&fanout), Arc::clone(&seen));
            async move {
                let (due, before) = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let began = Instant::now();
                if began < due {
                    return Ok::<(), StoreError>(());
                }
                let lagging = chat::lagging(&mut *fanout.store.pool().acquire().await?).await?;
                let still = lagging.iter().filter(|(room, lag)| before.get(room).is_some_and(|head| lag.told < *head));
                fanout.look(still.map(|(room, _)| *room).collect::<Vec<_>>());
                let heads: BTreeMap<RoomId, i64> = lagging.iter().map(|(room, lag)| (*room, lag.head)).collect();
                let next = Instant::now() + began.elapsed() * LOOK_SHARE;
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = (next, heads);
                Ok(())
            }
        });
    }
}

/// Cuts the second connections that hear a room of somebody who may not hear it any more.
fn cut(bus: &Bus, room: RoomId, uid: Uid) {
    let bus = bus.clone();
    tokio::spawn(async move {
        for pause in [0, 1, 5] {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            let request = callboard_contract::svc::CutRequest { uid: uid.clone(), room_id: Some(room), flood: None };
            match bus.call::<callboard_contract::svc::connection::Cut>("rooms", &request).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(%room, %error, "connections that hear a room could not be cut; trying again");
                }
            }
        }
    });
}
