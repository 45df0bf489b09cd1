//! Takes programmes that are wanted while there is room, and hands each to a runner of its own.
//!
//! What must always hold: whatever is wanted and not run by anybody is asked for again within seconds; a job that comes while its
//! programme is run elsewhere is left alone; when this worker stops, its programmes go to others.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_bus::{Bus, BusError, CancellationToken, ConnectionState, Job};
use callboard_calls::Calls;
use callboard_contract::programme::ProgrammeJob;
use callboard_contract::subject;
use callboard_domain::ProgrammeId;
use callboard_media::control::{EncoderSpeed, IceSpec};
use callboard_store::StoreError;
use callboard_worker::{House, SetupError};
use futures::StreamExt as _;
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::cost::{self, Load};
use crate::lease::Lease;
use crate::programme::{self, Handle};
use crate::statuses::Statuses;
use crate::tickets::Tickets;
use crate::viewers::Viewers;
use crate::wanted::{self, Wanted};

const ASK_EVERY: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(5);
/// Whoever has room takes a programme at once: one that waits for so long beside a full worker finds no room anywhere.
const NO_ROOM_AFTER: Duration = Duration::from_secs(4);
const FULL_PAUSE: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long a worker that was cut off may take to be heard again before its job counts as left.
const RIVAL_SPEAKS_WITHIN: Duration = Duration::from_millis(2500);
const RUNNERS_END_WITHIN: Duration = Duration::from_secs(4);
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// Players may still be behind when a programme ends.
const SEGMENTS_STAY: Duration = Duration::from_mins(10);

/// What all programmes of this worker share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) bus: Bus,
    pub(crate) calls: Calls,
    /// This copy's own name.
    pub(crate) name: String,
    /// This program, which is also the child's.
    pub(crate) program: PathBuf,
    pub(crate) hls: PathBuf,
    pub(crate) recordings: PathBuf,
    pub(crate) ice: IceSpec,
    pub(crate) speed: EncoderSpeed,
    pub(crate) tickets: Tickets,
    pub(crate) viewers: Viewers,
    pub(crate) statuses: Statuses,
    cores: u32,
    running: Mutex<HashMap<ProgrammeId, Handle>>,
    runners: TaskTracker,
    /// Something happened: what is wanted may be another than before.
    ask: Notify,
}

/// Starts everything; it ends with the house.
pub(crate) fn start(
    house: &House,
    config: &Config,
    tickets: Tickets,
    viewers: Viewers,
) -> Result<Arc<Shared>, SetupError> {
    let program = std::env::current_exe().map_err(|e| SetupError(format!("cannot find this program: {e}")))?;
    let machine = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
    let (hls, recordings) = (config.folder(crate::HLS), config.folder(crate::RECORDINGS));
    for folder in [&hls, &recordings] {
        std::fs::create_dir_all(folder).map_err(|e| SetupError(format!("cannot make {}: {e}", folder.display())))?;
    }
    let shared = Arc::new(Shared {
        bus: house.bus.clone(),
        calls: Calls::new(house.store.clone(), config.times.times(), Vec::new()),
        name: format!("restream-{}", uuid::Uuid::new_v4().simple()),
        program,
        hls,
        recordings,
        ice: config.ice(),
        speed: config.encoder_speed.into(),
        tickets,
        viewers,
        statuses: Statuses::default(),
        cores: config.programme_cores.unwrap_or(machine),
        running: Mutex::default(),
        runners: TaskTracker::new(),
        ask: Notify::new(),
    });
    metrics::describe_gauge!("callboard_programmes", "Programmes that this worker runs.");
    metrics::describe_gauge!("callboard_programmes_cores", "What they cost, in cores.");
    metrics::describe_counter!(
        "callboard_programme_restarts_total",
        "Programmes whose process had to be started again."
    );
    let s = Arc::clone(&shared);
    house.spawn("jobs", move |stop| take(Arc::clone(&s), stop));
    let s = Arc::clone(&shared);
    house.spawn("asking", move |stop| ask(Arc::clone(&s), stop));
    for filter in [subject::PROGRAMME_EVENTS, subject::CALL_EVENTS] {
        let s = Arc::clone(&shared);
        house.spawn("events", move |stop| follow(Arc::clone(&s), filter, stop));
    }
    let s = Arc::clone(&shared);
    house.spawn("reports", move |stop| {
        let s = Arc::clone(&s);
        async move { s.statuses.listen(&s.bus, &stop).await }
    });
    let s = Arc::clone(&shared);
    house.every("segments", SWEEP_EVERY, move || {
        s.forget_segments();
        std::future::ready(Ok::<(), std::convert::Infallible>(()))
    });
    Ok(shared)
}

/// Takes jobs while there is room. When the worker stops, waits for its programmes to be handed over.
async fn take(shared: Arc<Shared>, stop: CancellationToken) -> Result<(), BusError> {
    let work = async {
        let jobs = shared.bus.jobs(subject::jobs::RESTREAM, subject::jobs::PROGRAMMES).await?;
        loop {
            if !shared.has_room() {
                tokio::time::sleep(FULL_PAUSE).await;
                continue;
            }
            if let Some(job) = jobs.next(PATIENCE).await? {
                shared.taken(job, &stop).await;
            }
        }
    };
    let ended = stop.run_until_cancelled(work).await;
    if ended.is_none() {
        shared.runners.close();
        let _ = tokio::time::timeout(RUNNERS_END_WITHIN, shared.runners.wait()).await;
    }
    ended.unwrap_or(Ok(()))
}

/// Asks for whatever is wanted and not run here: at each event, and every few seconds. Asking twice is harmless.
async fn ask(shared: Arc<Shared>, stop: CancellationToken) -> Result<(), StoreError> {
    let mut waiting: HashMap<ProgrammeId, Instant> = HashMap::new();
    while !stop.is_cancelled() {
        let open = wanted::open(&shared.calls).await?;
        waiting.retain(|id, _| open.contains(id) && !shared.is_running(*id) && shared.statuses.of(*id).is_none());
        for id in open {
            if shared.is_running(id) {
                continue;
            }
            let job = ProgrammeJob { programme_id: id };
            let asked = shared.bus.publish_job(subject::jobs::programme(id), &id.to_string(), &job).await;
            if let Err(error) = asked {
                tracing::debug!(programme = %id, %error, "not asked for just now");
            }
            let since = *waiting.entry(id).or_insert_with(Instant::now);
            if since.elapsed() >= NO_ROOM_AFTER && shared.statuses.of(id).is_none() && !shared.has_room() {
                wanted::no_room(&shared.calls, id).await?;
            }
        }
        let pause = async { tokio::time::timeout(ASK_EVERY, shared.ask.notified()).await };
        let _ = stop.run_until_cancelled(pause).await;
    }
    Ok(())
}

/// Looks again at what an event is about; at everything after the connection was away.
async fn follow(shared: Arc<Shared>, filter: &'static str, stop: CancellationToken) -> Result<(), BusError> {
    let mut events = shared.bus.subscribe_events(filter).await?;
    let mut state = shared.bus.state();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            event = events.next() => {
                let Some(event) = event else { return Ok(()) };
                shared.look(|id, wanted| event.entity == id.to_string() || event.entity == wanted.call_id.to_string());
            }
            changed = state.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                if matches!(*state.borrow_and_update(), ConnectionState::Connected) {
                    shared.look(|_, _| true);
                }
            }
        }
        if filter == subject::PROGRAMME_EVENTS {
            shared.ask.notify_one();
        }
    }
}

impl Shared {
    async fn taken(self: &Arc<Self>, job: Job, stop: &CancellationToken) {
        let id = match job.read::<ProgrammeJob>() {
            Ok(read) => read.programme_id,
            Err(error) => {
                tracing::error!(%error, "a job that nobody can read is thrown away");
                let _ = job.done().await;
                return;
            }
        };
        let here = self.with_running(|running| running.get(&id).map(|handle| handle.lease.clone()));
        if let Some(lease) = here {
            return lease.again(job).await;
        }
        let wanted = match wanted::read(&self.calls, id).await {
            Ok(Some(wanted)) if !wanted.over => wanted,
            Ok(_) => {
                let _ = job.done().await;
                return;
            }
            Err(error) => {
                tracing::warn!(programme = %id, %error, "cannot read what is wanted; the job goes back");
                let _ = job.give_back(FULL_PAUSE).await;
                return;
            }
        };
        if job.is_last_try() {
            tracing::error!(programme = %id, "its workers died one after the other; it is given up");
            let said = "its workers died one after the other".to_owned();
            if wanted::give_up(&self.calls, id, said).await.is_ok() {
                let _ = job.done().await;
            }
            return;
        }
        if job.delivered() > 1 && self.is_run_elsewhere(id).await {
            // That worker says so again by itself, now that it is back.
            tracing::info!(programme = %id, "its worker lives; left to that");
            return;
        }
        self.start(id, job, wanted, stop);
    }

    fn start(self: &Arc<Self>, id: ProgrammeId, job: Job, first: Wanted, stop: &CancellationToken) {
        let preset = first.preset;
        let (tell, wanted) = watch::channel(first);
        let look = Arc::new(Notify::new());
        let lease = Lease::hold(self.bus.clone(), job);
        let cost = Arc::new(AtomicU32::new(0));
        let handle = Handle { lease, wanted, look: Arc::clone(&look), started: Instant::now(), cost };
        self.with_running(|running| running.insert(id, handle.clone()));
        self.note_load();
        tracing::debug!(programme = %id, %preset, "started");
        let (shared, stop) = (Arc::clone(self), stop.clone());
        self.runners.spawn(async move {
            let said = wanted::scribe(shared.calls.clone(), id, shared.name.clone());
            let reader = tokio::spawn(wanted::keep_reading(shared.calls.clone(), id, tell, look));
            let ended = tokio::spawn(shared.viewers.clone().keep_reading(shared.calls.clone(), id));
            programme::run(Arc::clone(&shared), id, handle, said.sender.clone(), stop).await;
            reader.abort();
            ended.abort();
            said.written().await;
            shared.with_running(|running| running.remove(&id));
            shared.note_load();
        });
    }

    async fn is_run_elsewhere(&self, id: ProgrammeId) -> bool {
        let deadline = Instant::now() + RIVAL_SPEAKS_WITHIN;
        while Instant::now() < deadline {
            if self.statuses.rival(id, &self.name).is_some() {
                return true;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        false
    }

    fn has_room(&self) -> bool {
        let loads: Vec<Load> = self.with_running(|running| {
            let load = |handle: &Handle| Load {
                preset: handle.wanted.borrow().preset,
                age: handle.started.elapsed(),
                measured: handle.cost.load(Ordering::Relaxed),
            };
            running.values().map(load).collect()
        });
        let used: u32 = loads.iter().map(|load| load.measured).sum();
        metrics::gauge!("callboard_programmes_cores").set(f64::from(used) / 1000.0);
        cost::has_room(self.cores, &loads)
    }

    fn note_load(&self) {
        let count = self.with_running(|running| running.len());
        metrics::gauge!("callboard_programmes").set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    }

    fn is_running(&self, id: ProgrammeId) -> bool {
        self.with_running(|running| running.contains_key(&id))
    }

    /// Has what is wanted read again for those programmes.
    pub(crate) fn look(&self, which: impl Fn(ProgrammeId, &Wanted) -> bool) {
        self.with_running(|running| {
            for (id, handle) in running.iter() {
                if which(*id, &handle.wanted.borrow()) {
                    handle.look.notify_one();
                }
            }
        });
    }

    /// Something was just changed: waits for no event.
    pub(crate) fn changed(&self, programme: ProgrammeId) {
        self.look(|id, _| id == programme);
        self.ask.notify_one();
    }

    /// Sends something that nobody waits for, unless the connection is away.
    pub(crate) async fn publish(&self, subject: String, what: &impl Serialize) {
        let body = match serde_json::to_vec(what) {
            Ok(body) => body,
            Err(error) => return tracing::error!(%error, subject, "cannot be written"),
        };
        if self.bus.state().borrow().is_connected() {
            let sending = self.bus.client().publish(subject, body.into());
            let _ = tokio::time::timeout(LOOK_AGAIN, sending).await;
        }
    }

    /// Removes segments of programmes that ended a while ago.
    fn forget_segments(&self) {
        for folder in std::fs::read_dir(&self.hls).into_iter().flatten().flatten() {
            let name = folder.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse::<ProgrammeId>().ok()) else { continue };
            let old = folder.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
            if !self.is_running(id) && old.is_some_and(|age| age > SEGMENTS_STAY) {
                self.viewers.forget(id);
                if let Err(error) = std::fs::remove_dir_all(folder.path()) {
                    tracing::warn!(programme = %id, %error, "its segments cannot be removed");
                }
            }
        }
    }

    fn with_running<T>(&self, act: impl FnOnce(&mut HashMap<ProgrammeId, Handle>) -> T) -> T {
        act(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
