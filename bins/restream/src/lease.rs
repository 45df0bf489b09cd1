//! Keeps a job alive while its programme runs. A worker that is cut off from NATS keeps its programme and says so again when it is back.

use std::time::Duration;

use callboard_bus::{Bus, Job};
use tokio::sync::mpsc;

/// Four times within the lease: one that is lost, and one that is late, do no harm.
const EVERY: Duration = Duration::from_millis(1500);
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the end of a job is told before it is left to run out; whoever gets it then finds it over.
const TRIES: u32 = 10;

enum Word {
    /// The same job came again.
    Again(Box<Job>),
    Done,
    GiveBack,
}

/// The hold on a job. Dropping it lets go without a word: the job comes again when the lease is over.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    words: mpsc::Sender<Word>,
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Again(_) => "Again",
            Self::Done => "Done",
            Self::GiveBack => "GiveBack",
        })
    }
}

impl Lease {
    pub(crate) fn hold(bus: Bus, job: Job) -> Self {
        let (words, heard) = mpsc::channel(8);
        tokio::spawn(keep(bus, job, heard));
        Self { words }
    }

    /// The job was given out again, to the one who has it.
    pub(crate) async fn again(&self, job: Job) {
        // Without a keeper the programme has just ended, and the job comes once more.
        let _ = self.words.send(Word::Again(Box::new(job))).await;
    }

    /// There is nothing left to do.
    pub(crate) async fn done(&self) {
        let _ = self.words.send(Word::Done).await;
    }

    /// Somebody else is to have it, now.
    pub(crate) async fn give_back(&self) {
        let _ = self.words.send(Word::GiveBack).await;
        self.words.closed().await;
    }
}

async fn keep(bus: Bus, mut job: Job, mut words: mpsc::Receiver<Word>) {
    let mut state = bus.state();
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        let word = tokio::select! {
            word = words.recv() => word,
            _ = ticks.tick() => {
                still_working(&bus, &job).await;
                continue;
            }
            changed = state.changed() => {
                if changed.is_err() {
                    return;
                }
                still_working(&bus, &job).await;
                continue;
            }
        };
        match word {
            Some(Word::Again(again)) => job = *again,
            Some(Word::Done) => return finish(&job).await,
            Some(Word::GiveBack) => {
                let _ = tokio::time::timeout(PATIENCE, job.give_back(Duration::ZERO)).await;
                return;
            }
            None => return,
        }
    }
}

async fn still_working(bus: &Bus, job: &Job) {
    // What waits in a queue for a connection would come in heaps when it is back.
    if bus.state().borrow().is_connected() && tokio::time::timeout(PATIENCE, job.still_working()).await.is_err() {
        tracing::debug!("a job's lease could not be renewed just now");
    }
}

async fn finish(job: &Job) {
    for _ in 0..TRIES {
        if matches!(tokio::time::timeout(PATIENCE, job.done()).await, Ok(Ok(()))) {
            return;
        }
        tokio::time::sleep(PATIENCE).await;
    }
}
