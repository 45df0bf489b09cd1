//! Group commit: what many handlers want done is gathered and done in one transaction.
//!
//! There are a few lanes, each with one batch under way at a time; while it is, the next gathers. All that is about one room goes through
//! one lane, so that batches do not wait for each other's locks and what comes first is done first.

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::RoomId;
use tokio::sync::{mpsc, oneshot};

/// Lanes of one worker: as many transactions are under way at most.
pub(crate) const LANES: usize = 4;
/// What is done in one transaction at most.
const MOST: usize = 256;
/// What may wait in one lane; who comes above is told to come again.
const WAITING: usize = 4096;
const RETRY_MS: u64 = 500;

/// The lane of a room.
pub(crate) fn lane(room: RoomId) -> usize {
    // The last byte of an id is random.
    usize::from(room.as_uuid().as_bytes()[15]) % LANES
}

type Answer<O> = oneshot::Sender<Result<O, ApiError>>;

/// Gathers items and gives each its outcome.
#[derive(Debug)]
pub(crate) struct Batcher<I, O> {
    lanes: Vec<mpsc::Sender<(I, Answer<O>)>>,
}

impl<I: Send + 'static, O: Send + 'static> Batcher<I, O> {
    /// Starts the lanes; `work` does a batch and gives as many outcomes, in the same order. They end when the batcher is dropped.
    pub(crate) fn start<F, Fut>(work: F) -> Self
    where
        F: Fn(Vec<I>) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Vec<Result<O, ApiError>>> + Send + 'static,
    {
        let lanes = (0..LANES).map(|_| {
            let (give, take) = mpsc::channel(WAITING);
            tokio::spawn(run(take, work.clone()));
            give
        });
        Self { lanes: lanes.collect() }
    }

    /// Has an item done with others, and waits for its outcome.
    pub(crate) async fn ask(&self, room: RoomId, item: I) -> Result<O, ApiError> {
        let (answer, outcome) = oneshot::channel();
        let busy = || ApiError::new(ErrorCode::Unavailable, "too much at once; try again").retry_after(RETRY_MS);
        self.lanes[lane(room)].try_send((item, answer)).map_err(|_| busy())?;
        outcome.await.unwrap_or_else(|_| Err(busy()))
    }
}

async fn run<I, O, F, Fut>(mut take: mpsc::Receiver<(I, Answer<O>)>, work: F)
where
    I: Send + 'static,
    O: Send + 'static,
    F: Fn(Vec<I>) -> Fut,
    Fut: Future<Output = Vec<Result<O, ApiError>>> + Send + 'static,
{
    let mut waiting = Vec::with_capacity(MOST);
    while take.recv_many(&mut waiting, MOST).await > 0 {
        let (items, answers): (Vec<I>, Vec<Answer<O>>) = waiting.drain(..).unzip();
        metrics::histogram!("callboard_batch_items").record(u32::try_from(items.len()).unwrap_or(u32::MAX));
        // A panic ends this batch and not the lane: whoever waits is told to try again.
        let Ok(outcomes) =
            tokio::spawn(work(items)).await.inspect_err(|error| tracing::error!(%error, "a batch broke off"))
        else {
            continue;
        };
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            // Who asked may be gone.
            let _ = answer.send(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_gets_his_own_outcome_and_a_panic_ends_one_batch_only() {
        let batcher = Batcher::start(|items: Vec<u32>| async move {
            assert!(!items.contains(&13), "thirteen");
            items.into_iter().map(|n| Ok::<u32, ApiError>(n * 2)).collect()
        });
        let room = RoomId::generate();
        let asked = tokio::join!(batcher.ask(room, 1), batcher.ask(RoomId::generate(), 2), batcher.ask(room, 3));
        assert_eq!((asked.0.ok(), asked.1.ok(), asked.2.ok()), (Some(2), Some(4), Some(6)));
        assert_eq!(batcher.ask(room, 13).await.expect_err("it broke off").code, ErrorCode::Unavailable);
        assert_eq!(batcher.ask(room, 5).await.ok(), Some(10));
    }
}
