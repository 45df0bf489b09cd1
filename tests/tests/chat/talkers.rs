//! People who go on talking, and send what was not acknowledged again until it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callboard_bus::{CallError, CancellationToken};
use callboard_contract::ErrorCode;
use callboard_contract::api::chat::Send as SendMessage;
use callboard_contract::room::MessageView;
use callboard_domain::RoomId;
use callboard_tests::{House, Person, eventually, within};
use tokio::task::JoinSet;

use crate::{BACK_WITHIN, join, text};

/// Each sends about so often.
const PACE: Duration = Duration::from_millis(60);
/// Before something is sent again.
const PAUSE: Duration = Duration::from_millis(200);
/// So many more messages of each show that all go on.
const MORE: usize = 5;

pub(crate) struct Talkers {
    running: JoinSet<Vec<MessageView>>,
    taken: Vec<Arc<AtomicUsize>>,
    stop: CancellationToken,
}

impl Talkers {
    /// Lets so many people talk, in each of the rooms in turn.
    pub(crate) async fn begin(house: &House, rooms: &[RoomId], people: usize) -> Self {
        let mut all = Self { running: JoinSet::new(), taken: Vec::new(), stop: CancellationToken::new() };
        for n in 0..people {
            let person = house.person(&format!("talker-{n}")).await;
            for room in rooms {
                join(&person, *room).await;
            }
            let (taken, stop, rooms) = (Arc::<AtomicUsize>::default(), all.stop.clone(), rooms.to_vec());
            all.taken.push(Arc::clone(&taken));
            all.running.spawn(async move { talk(&person, &rooms, &taken, &stop).await });
        }
        all
    }

    /// Waits until everybody has said some more.
    pub(crate) async fn all_go_on(&self) {
        let count = |taken: &Arc<AtomicUsize>| taken.load(Ordering::Relaxed);
        let before: Vec<usize> = self.taken.iter().map(count).collect();
        let more = || async {
            let all = self.taken.iter().zip(&before).all(|(taken, before)| count(taken) >= before + MORE);
            all.then_some(())
        };
        eventually("everybody to go on talking", BACK_WITHIN, more).await;
    }

    /// Ends the talk; gives all that was acknowledged.
    pub(crate) async fn finish(self) -> Vec<MessageView> {
        self.stop.cancel();
        let said = within("everybody to fall silent", BACK_WITHIN, self.running.join_all()).await;
        said.into_iter().flatten().collect()
    }
}

async fn talk(person: &Person, rooms: &[RoomId], count: &AtomicUsize, stop: &CancellationToken) -> Vec<MessageView> {
    let mut taken = Vec::new();
    while stop.run_until_cancelled(tokio::time::sleep(PACE)).await.is_some() {
        let n = taken.len();
        let request = text(rooms[n % rooms.len()], &format!("{} {n}", person.uid()));
        // What was begun is brought to its end: whether it was taken must be known.
        let message = loop {
            match person.app().call::<SendMessage>(&request).await {
                Ok(message) => break message,
                Err(CallError::Api(error))
                    if !matches!(error.code, ErrorCode::Unavailable | ErrorCode::RateLimited) =>
                {
                    panic!("{}: {error}", person.uid());
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        taken.push(message);
        count.fetch_add(1, Ordering::Relaxed);
    }
    taken
}

/// Fails unless each author's messages stand in the order in which he sent them, each once.
pub(crate) fn in_order(messages: &[MessageView]) {
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for message in messages {
        let (author, number) = message.body.rsplit_once(' ').expect("an author and a number");
        let number: usize = number.parse().expect("a number");
        let before = last.insert(author, number);
        assert!(before.is_none_or(|before| before < number), "{author}: {number} after {before:?}");
    }
}
