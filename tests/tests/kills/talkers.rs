//! People who go on talking, paying and giving, and send what was not acknowledged again until it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callboard_bus::{CallError, CancellationToken};
use callboard_contract::api::chat::Send as SendMessage;
use callboard_contract::api::gifts::{Send as Give, SendRequest as GiveRequest};
use callboard_contract::api::rooms::Join;
use callboard_contract::room::MessageView;
use callboard_contract::{Endpoint, ErrorCode};
use callboard_domain::{Coins, MessageId, RequestId, RoomId, Uid};
use callboard_tests::{Follower, Person, entering, eventually, saying, within};
use rand::Rng as _;
use tokio::task::JoinSet;

use crate::BACK_WITHIN;
use crate::town::{FEE, GIFT, TABLES, Town};

/// Each does something about so often, in milliseconds.
const PACE_MS: std::ops::Range<u64> = 1_600..2_400;
/// Before something is sent again.
const PAUSE: Duration = Duration::from_millis(200);
/// How often an app looks at what was pushed.
const LOOK: Duration = Duration::from_millis(400);
/// So many more acts of each show that all go on.
const MORE: usize = 1;

/// Something that was acknowledged.
pub(crate) enum Done {
    Said { message: Box<MessageView> },
    Entered { who: Uid, vip: RoomId },
    Gave { who: Uid, to: Uid, room_id: RoomId, message_id: MessageId },
}

pub(crate) struct Talkers {
    talking: JoinSet<Vec<Done>>,
    following: JoinSet<Follower>,
    counts: Vec<Arc<AtomicUsize>>,
    stop: CancellationToken,
}

/// One of them, with what he may talk in.
struct Talker {
    person: Person,
    table: RoomId,
    pair: RoomId,
    /// The host of his table, unless he is one.
    host: Option<Uid>,
    /// Rooms that he has not paid for yet.
    vips: Vec<RoomId>,
}

impl Talkers {
    /// Lets everybody talk, and keep the rooms that he talks in.
    pub(crate) fn begin(town: &Town) -> Self {
        let stop = CancellationToken::new();
        let mut all = Self { talking: JoinSet::new(), following: JoinSet::new(), counts: Vec::new(), stop };
        for (n, person) in town.people.iter().enumerate() {
            let seat = n % TABLES;
            // Each begins with another one, and none pays himself.
            let vips = (1..TABLES).map(|more| town.vips[(seat + more) % TABLES].1).collect();
            let host = (n >= TABLES).then(|| town.people[seat].uid().clone());
            let talker =
                Talker { person: person.clone(), table: town.tables[seat], pair: town.pairs[n / 2], host, vips };
            for room in [talker.table, talker.pair] {
                all.following.spawn(follow(person.clone(), room, all.stop.clone()));
            }
            let count = Arc::<AtomicUsize>::default();
            all.counts.push(Arc::clone(&count));
            all.talking.spawn(talker.go_on(count, all.stop.clone()));
        }
        all
    }

    /// Waits until everybody has done some more.
    pub(crate) async fn all_go_on(&self) {
        let count = |count: &Arc<AtomicUsize>| count.load(Ordering::Relaxed);
        let before: Vec<usize> = self.counts.iter().map(count).collect();
        let more =
            || async { self.counts.iter().zip(&before).all(|(now, before)| count(now) >= before + MORE).then_some(()) };
        eventually("everybody to go on talking", BACK_WITHIN, more).await;
    }

    /// Ends the talk; gives all that was acknowledged, and the apps with what they kept.
    pub(crate) async fn finish(self) -> (Vec<Done>, Vec<Follower>) {
        self.stop.cancel();
        let done = within("everybody to fall silent", BACK_WITHIN, self.talking.join_all()).await;
        let followers = within("all apps to be read", BACK_WITHIN, self.following.join_all()).await;
        (done.into_iter().flatten().collect(), followers)
    }
}

impl Talker {
    async fn go_on(mut self, count: Arc<AtomicUsize>, stop: CancellationToken) -> Vec<Done> {
        let mut done = Vec::new();
        for n in 0.. {
            let pause = Duration::from_millis(rand::rng().random_range(PACE_MS));
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                break;
            }
            // What was begun is brought to its end: whether it was taken must be known.
            done.push(self.act(n).await);
            count.fetch_add(1, Ordering::Relaxed);
        }
        done
    }

    async fn act(&mut self, n: usize) -> Done {
        let who = self.person.uid().clone();
        match (n % 6, self.host.clone()) {
            (2, _) if !self.vips.is_empty() => {
                let vip = self.vips.remove(0);
                let request = entering(vip, Some(Coins::whole(FEE)));
                acknowledged::<Join>(&self.person, &request).await;
                Done::Entered { who, vip }
            }
            (5, Some(to)) => {
                let gift = giving(self.table, &to);
                let message_id = acknowledged::<Give>(&self.person, &gift).await.message_id.expect("it is told of");
                Done::Gave { who, to, room_id: self.table, message_id }
            }
            (turn, _) => {
                let room = if turn % 3 == 1 { self.pair } else { self.table };
                let request = saying(room, &format!("{who} {n}"));
                Done::Said { message: Box::new(acknowledged::<SendMessage>(&self.person, &request).await) }
            }
        }
    }
}

/// Sends the same request until it is acknowledged.
async fn acknowledged<E: Endpoint>(person: &Person, request: &E::Request) -> E::Reply {
    loop {
        match person.app().call::<E>(request).await {
            Ok(reply) => return reply,
            Err(CallError::Api(error)) if !matches!(error.code, ErrorCode::Unavailable | ErrorCode::RateLimited) => {
                panic!("{}: {:?}: {error}", person.uid(), E::SPEC);
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Keeps a room as an app does: takes what is pushed, and asks what changed whenever the connection comes back.
async fn follow(person: Person, room: RoomId, stop: CancellationToken) -> Follower {
    let mut connection = person.app().connection();
    let follower = Follower::new(person, room);
    let mut was_connected = true;
    while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
        // A short loss shows as a change of what is connected again.
        let changed = connection.has_changed().expect("the app is open");
        let connected = connection.borrow_and_update().is_connected();
        if connected && (changed || !was_connected) {
            follower.ask().await;
        }
        was_connected = connected;
        follower.listen().await;
    }
    follower
}

/// A gift to somebody in a room.
pub(crate) fn giving(room_id: RoomId, to: &Uid) -> GiveRequest {
    GiveRequest {
        request_id: RequestId::generate(),
        to: to.clone(),
        room_id: Some(room_id),
        call_id: None,
        gift: GIFT.to_owned(),
        amount: None,
        count: None,
        expect_price: None,
    }
}
