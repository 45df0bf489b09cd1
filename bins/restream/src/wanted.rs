//! What is wanted of a programme, read from the database again and again, and what is said of it there.
//!
//! What must always hold: a database that is away stops nothing; what was said last is written as soon as it can be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callboard_calls::Calls;
use callboard_calls::programmes::{self, Mark};
use callboard_contract::ErrorCode;
use callboard_contract::programme::ProgrammeStatus;
use callboard_domain::{CallId, Layout, OutputPreset, ProgrammeId, ProgrammeState, Slate, TargetSpec, Uid};
use callboard_media::control::{self, GuestWish};
use callboard_store::StoreError;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

const READ_EVERY: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(4);
const WRITE_AGAIN: Duration = Duration::from_secs(1);
const WRITTEN_WITHIN: Duration = Duration::from_secs(2);

/// What a programme is to be like now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) call_id: CallId,
    pub(crate) over: bool,
    /// Whether a worker ran it already.
    pub(crate) ran_before: bool,
    /// Whether it is known where it can be watched.
    pub(crate) address_known: bool,
    pub(crate) title: String,
    pub(crate) preset: OutputPreset,
    pub(crate) layout: Layout,
    pub(crate) focus: Option<Uid>,
    pub(crate) slate: Slate,
    pub(crate) slate_text: Option<String>,
    pub(crate) targets: Vec<control::TargetSpec>,
    pub(crate) guests: Vec<GuestWish>,
}

impl Wanted {
    /// Whether it can be watched from this worker.
    pub(crate) fn has_hls(&self) -> bool {
        self.targets.iter().any(|target| target.kind.is_hls())
    }
}

impl From<programmes::Wanted> for Wanted {
    fn from(wanted: programmes::Wanted) -> Self {
        let guest = |guest: programmes::WantedGuest| GuestWish {
            uid: guest.uid,
            device: guest.device,
            name: guest.name,
            muted: guest.muted,
            gain_permille: guest.gain_permille,
            picture: guest.picture,
        };
        let target = |TargetSpec { name, kind, url }| control::TargetSpec { name, kind, url };
        Self {
            call_id: wanted.call_id,
            over: wanted.state.is_over(),
            ran_before: wanted.worker.is_some(),
            address_known: wanted.watched,
            title: wanted.title,
            preset: wanted.preset,
            layout: wanted.layout,
            focus: wanted.focus,
            slate: wanted.slate,
            slate_text: wanted.slate_text,
            targets: wanted.targets.into_iter().map(target).collect(),
            guests: wanted.guests.into_iter().map(guest).collect(),
        }
    }
}

/// What is wanted now; nothing if there is no such programme.
pub(crate) async fn read(calls: &Calls, id: ProgrammeId) -> Result<Option<Wanted>, StoreError> {
    match programmes::for_worker(calls.store(), id).await {
        Ok(wanted) => Ok(Some(wanted.into())),
        Err(StoreError::Refused(refusal)) if refusal.code == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Programmes that are not over.
pub(crate) async fn open(calls: &Calls) -> Result<Vec<ProgrammeId>, StoreError> {
    programmes::unfinished(calls.store()).await
}

/// Says that a programme waits because nobody has room for it.
pub(crate) async fn no_room(calls: &Calls, id: ProgrammeId) -> Result<(), StoreError> {
    programmes::waits(calls.store(), id, "no room: all workers are full; it begins when another programme ends").await
}

/// Keeps what was reported last of a programme that is over. Where the database is away for longer, nobody will know it.
pub(crate) async fn keep_last(calls: &Calls, report: &ProgrammeStatus) {
    let until = Instant::now() + WRITTEN_WITHIN;
    while let Err(error) = programmes::keep_last_report(calls.store(), report).await {
        if Instant::now() >= until {
            return tracing::warn!(programme = %report.programme_id, %error, "how its targets ended is not written down");
        }
        tokio::time::sleep(WRITE_AGAIN).await;
    }
}

/// Gives a programme up for good.
pub(crate) async fn give_up(calls: &Calls, id: ProgrammeId, said: String) -> Result<(), StoreError> {
    let mark = Mark { state: ProgrammeState::Failed, said: Some(said), worker: None, hls_url: None };
    programmes::mark(calls.store(), id, &mark).await.map(|_| ())
}

/// Reads what is wanted at each call of `look` and every few seconds, and tells it where it changed.
pub(crate) async fn keep_reading(calls: Calls, id: ProgrammeId, tell: watch::Sender<Wanted>, look: Arc<Notify>) {
    loop {
        let _ = tokio::time::timeout(READ_EVERY, look.notified()).await;
        match tokio::time::timeout(PATIENCE, read(&calls, id)).await {
            Ok(Ok(Some(wanted))) => {
                tell.send_if_modified(|known| {
                    let changes = *known != wanted;
                    if changes {
                        *known = wanted;
                    }
                    changes
                });
            }
            // Rows are never deleted.
            Ok(Ok(None)) => tracing::error!(programme = %id, "its row is gone"),
            Ok(Err(error)) => {
                tracing::warn!(programme = %id, %error, "cannot read what is wanted; it goes on as it is");
            }
            Err(_) => tracing::warn!(programme = %id, "the database does not answer; it goes on as it is"),
        }
    }
}

/// What this worker says of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) state: ProgrammeState,
    pub(crate) why: Option<String>,
    pub(crate) hls_url: Option<String>,
}

/// Writes down what is said last, as soon as it can be.
#[derive(Debug)]
pub(crate) struct Scribe {
    pub(crate) sender: watch::Sender<Said>,
    task: JoinHandle<()>,
}

impl Scribe {
    /// Waits a little for what was said last to be written.
    pub(crate) async fn written(self) {
        drop(self.sender);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(WRITTEN_WITHIN, self.task).await.is_err() {
            abort.abort();
        }
    }
}

pub(crate) fn scribe(calls: Calls, id: ProgrammeId, worker: String) -> Scribe {
    let (sender, mut said) = watch::channel(Said { state: ProgrammeState::Waiting, why: None, hls_url: None });
    let task = tokio::spawn(async move {
        while said.changed().await.is_ok() {
            loop {
                let now = said.borrow_and_update().clone();
                let mark = Mark { state: now.state, said: now.why, worker: Some(worker.clone()), hls_url: now.hls_url };
                let written = tokio::time::timeout(PATIENCE, programmes::mark(calls.store(), id, &mark)).await;
                match written {
                    Ok(Ok(_)) => break,
                    Ok(Err(error)) => tracing::debug!(programme = %id, %error, "not written down yet"),
                    Err(_) => tracing::debug!(programme = %id, "not written down yet: the database does not answer"),
                }
                tokio::time::sleep(WRITE_AGAIN).await;
            }
        }
    });
    Scribe { sender, task }
}
