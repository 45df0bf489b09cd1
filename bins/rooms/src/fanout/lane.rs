//! One lane of the fan-out: takes what is to be told of its rooms, reads who hears it where that may have changed, and sends.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use callboard_bus::Bus;
use callboard_contract::limits::TYPING_MS;
use callboard_contract::room::{ReceiptNews, Typing};
use callboard_domain::{At, Millis, RoomId, Uid};
use callboard_rooms::Told;
use callboard_rooms::chat::{self, Audience};
use callboard_store::{Store, StoreError, now};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::waiting::Waiting;
use super::{Order, ToldNumbers, cut, news};
use crate::files::Signer;

/// What is taken in at once.
const MOST: usize = 1024;
/// Rooms of which something is kept. What is forgotten is read anew.
const ROOMS: usize = 50_000;
const FOREVER: Duration = Duration::from_hours(1);

/// What is known of a room.
#[derive(Debug, Default)]
struct Known {
    waiting: Waiting,
    audience: Option<Audience>,
}

impl Known {
    /// Whether it is known who hears these changes. It is as long as each change since the last look was seen here and moved nobody.
    fn hears(&mut self, ready: &[Told]) -> bool {
        let Some(audience) = &mut self.audience else { return false };
        for told in ready {
            let number = i64::try_from(told.news.seq).unwrap_or(i64::MAX);
            if number <= audience.as_of {
                continue;
            }
            if number != audience.as_of + 1 || news::moves_people(told) {
                return false;
            }
            audience.as_of = number;
        }
        true
    }
}

pub(super) struct Lane {
    bus: Bus,
    store: Store,
    told: Arc<ToldNumbers>,
    signer: Arc<Signer>,
    rooms: HashMap<RoomId, Known>,
    /// Rooms in which something waits.
    waiting: BTreeSet<RoomId>,
}

#[derive(Default)]
struct Round {
    touched: BTreeSet<RoomId>,
    looks: BTreeSet<RoomId>,
    typing: Vec<(RoomId, Uid)>,
    receipts: Vec<ReceiptNews>,
}

impl Lane {
    pub(super) fn new(bus: Bus, store: Store, told: Arc<ToldNumbers>, signer: Arc<Signer>) -> Self {
        Self { bus, store, told, signer, rooms: HashMap::new(), waiting: BTreeSet::new() }
    }

    /// Goes on until nobody can order anything any more.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut taken = Vec::with_capacity(MOST);
        loop {
            let due = self.waiting.iter().filter_map(|room| self.rooms.get(room)?.waiting.due()).min();
            tokio::select! {
                count = orders.recv_many(&mut taken, MOST) => if count == 0 { return },
                () = tokio::time::sleep_until(due.unwrap_or_else(|| Instant::now() + FOREVER)) => {}
            }
            let round = self.sort(taken.drain(..));
            if let Err(error) = self.tell(round).await {
                tracing::warn!(%error, "members could not be told; the sweep will");
            }
            self.forget();
        }
    }

    fn sort(&mut self, orders: impl Iterator<Item = Order>) -> Round {
        let (mut round, now) = (Round { touched: self.waiting.clone(), ..Round::default() }, Instant::now());
        for order in orders {
            match order {
                Order::Told(told) => {
                    for uid in &told.cut {
                        cut(&self.bus, told.room.id, uid.clone());
                    }
                    round.touched.insert(told.room.id);
                    self.rooms.entry(told.room.id).or_default().waiting.add(*told, now);
                }
                Order::Look(room) => {
                    round.looks.insert(room);
                }
                Order::Typing(room, uid) => round.typing.push((room, uid)),
                Order::Receipt(receipt) => round.receipts.push(receipt),
            }
        }
        round
    }

    async fn tell(&mut self, round: Round) -> Result<(), StoreError> {
        self.look(&round.looks).await?;
        let now_here = Instant::now();
        let mut ready: Vec<(RoomId, Vec<Told>)> = Vec::new();
        for room in round.touched.iter().chain(&round.looks) {
            let Some(known) = self.rooms.get_mut(room) else { continue };
            let out = known.waiting.ready(now_here);
            if known.waiting.due().is_some() {
                self.waiting.insert(*room);
            } else {
                self.waiting.remove(room);
            }
            if !out.is_empty() {
                ready.push((*room, out));
            }
        }
        let mut stale: BTreeSet<RoomId> = round.typing.iter().map(|(room, _)| *room).collect();
        stale.extend(round.receipts.iter().map(|r| r.room_id));
        for (room, out) in &ready {
            let known = self.rooms.entry(*room).or_default();
            if !known.hears(out) {
                known.audience = None;
                if out.iter().any(news::goes_to_each) {
                    stale.insert(*room);
                }
            }
        }
        let dated = stale.is_empty() && ready.iter().flat_map(|(_, out)| out).all(|told| news::instant(told).is_some());
        let at = match if dated { Ok(At::from_ms(0)) } else { self.read(&stale).await } {
            Ok(at) => at,
            Err(error) => {
                for (room, _) in &ready {
                    self.lose(*room);
                }
                return Err(error);
            }
        };
        for (room, out) in ready {
            self.send(room, &out, at).await;
        }
        self.send_lossy(round, at).await;
        Ok(())
    }

    /// Takes in what was not told in rooms, by what their rows and this lane know.
    async fn look(&mut self, rooms: &BTreeSet<RoomId>) -> Result<(), StoreError> {
        if rooms.is_empty() {
            return Ok(());
        }
        let mut conn = self.store.pool().acquire().await?;
        for room in rooms {
            let known = self.rooms.entry(*room).or_default();
            for told in chat::untold(&mut conn, *room, known.waiting.last().unwrap_or_default()).await? {
                known.waiting.add(told, Instant::now());
            }
        }
        Ok(())
    }

    /// Reads who hears the news of rooms, and what time it is.
    async fn read(&mut self, rooms: &BTreeSet<RoomId>) -> Result<At, StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        if !rooms.is_empty() {
            let ids: Vec<RoomId> = rooms.iter().copied().collect();
            for (room, audience) in chat::audiences(&mut conn, &ids).await? {
                self.rooms.entry(room).or_default().audience = Some(audience);
            }
        }
        now(&mut conn).await
    }

    /// Sends the news of a room in their order. Where that fails, the rest is left to the sweep.
    async fn send(&mut self, room: RoomId, out: &[Told], at: At) {
        let audience = self.rooms.get(&room).and_then(|known| known.audience.as_ref());
        let mut last = None;
        for told in out {
            let audience = audience.filter(|_| news::goes_to_each(told));
            if let Err(error) =
                news::send(&self.bus, &self.signer, told, audience, news::instant(told).unwrap_or(at)).await
            {
                tracing::warn!(%room, %error, "members could not be told; the sweep will");
                self.lose(room);
                break;
            }
            last = Some(i64::try_from(told.news.seq).unwrap_or(i64::MAX));
        }
        if let Some(last) = last {
            self.told.add(room, last);
        }
    }

    /// What is lost here is not told again.
    async fn send_lossy(&self, round: Round, at: At) {
        let ears = |room: &RoomId| {
            let audience = self.rooms.get(room).and_then(|known| known.audience.as_ref());
            audience.map(|audience| audience.ears.as_slice()).unwrap_or_default()
        };
        for (room, uid) in round.typing {
            let typing = Typing { room_id: room, uid: uid.clone(), until: at.plus(Millis::from_ms(TYPING_MS)) };
            let Ok(packed) = news::pack("chat.typing", &typing, at) else { continue };
            for ear in ears(&room).iter().filter(|ear| ear.uid != uid) {
                let _ = self.bus.push_packed(&ear.uid, &packed).await;
            }
        }
        let mut receipts: BTreeMap<(RoomId, Uid), ReceiptNews> = BTreeMap::new();
        for receipt in round.receipts {
            receipts.insert((receipt.room_id, receipt.uid.clone()), receipt);
        }
        for receipt in receipts.values() {
            let Ok(packed) = news::pack("chat.receipt", receipt, at) else { continue };
            for ear in ears(&receipt.room_id) {
                let _ = self.bus.push_packed(&ear.uid, &packed).await;
            }
        }
    }

    /// Forgets a room of which something could not be told: what this lane believes to be told would never be looked for.
    fn lose(&mut self, room: RoomId) {
        self.rooms.remove(&room);
        self.waiting.remove(&room);
    }

    fn forget(&mut self) {
        if self.rooms.len() > ROOMS {
            self.rooms.retain(|room, _| self.waiting.contains(room));
        }
    }
}
