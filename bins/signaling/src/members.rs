//! Who is joined to which call, held for a moment: offers, candidates and beats come too often to ask the database.
//!
//! What is held is read anew as soon as an event tells of a change of the call, and anyway after a while: soon for what
//! is relayed, so that leaving means that sending stops; later for beats, which are harmless. While a call's offers and candidates
//! keep coming, it is read ahead of time beside them: none of them waits for the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use callboard_bus::{Bus, BusError, CancellationToken};
use callboard_calls::{Calls, Membership};
use callboard_contract::{ApiError, Event, subject};
use callboard_domain::CallId;
use callboard_worker::{House, answer};
use futures::StreamExt;
use moka::sync::Cache;

/// Calls that are held at most.
const MOST: u64 = 50_000;
/// How old may be what decides about a relay.
const FOR_RELAY: Duration = Duration::from_secs(1);
/// How old what decides about a relay may get before it is read anew beside the relay.
const READ_AHEAD: Duration = Duration::from_millis(500);
/// How old may be what decides about a beat.
const FOR_BEATS: Duration = Duration::from_secs(30);

/// The memberships of calls.
pub(crate) struct Members {
    calls: Calls,
    held: Cache<CallId, Held>,
    /// When an event last told of a change.
    changed: Cache<CallId, Instant>,
}

#[derive(Clone)]
struct Held {
    /// Before it was read.
    since: Instant,
    members: Arc<Membership>,
    /// Whether it is being read anew already.
    renewed: Arc<AtomicBool>,
}

impl Members {
    /// Follows the events until the worker stops.
    pub(crate) fn start(house: &House, calls: Calls) -> Arc<Self> {
        let members = Arc::new(Self {
            calls,
            held: Cache::builder().max_capacity(MOST).time_to_live(FOR_BEATS).build(),
            changed: Cache::builder().max_capacity(MOST).time_to_live(FOR_BEATS * 2).build(),
        });
        let (followed, bus) = (Arc::clone(&members), house.bus.clone());
        house.spawn("membership", move |stop| {
            let (members, bus) = (Arc::clone(&followed), bus.clone());
            async move { members.follow(&bus, stop).await }
        });
        members
    }

    /// The members, as of a moment ago at most.
    pub(crate) async fn for_relay(self: &Arc<Self>, id: CallId) -> Result<Arc<Membership>, ApiError> {
        let held = self.get(id, FOR_RELAY).await?;
        if held.since.elapsed() >= READ_AHEAD && !held.renewed.swap(true, Ordering::Relaxed) {
            let members = Arc::clone(self);
            // If it fails, the next relay after the second is over tells so.
            tokio::spawn(async move { members.read(id).await });
        }
        Ok(held.members)
    }

    /// The members, for a beat.
    pub(crate) async fn for_beat(&self, id: CallId) -> Result<Arc<Membership>, ApiError> {
        self.get(id, FOR_BEATS).await.map(|held| held.members)
    }

    /// Reads a call's members anew when they are next asked for.
    pub(crate) fn forget(&self, id: CallId) {
        self.changed.insert(id, Instant::now());
    }

    async fn get(&self, id: CallId, most: Duration) -> Result<Held, ApiError> {
        match self.held.get(&id).filter(|held| held.since.elapsed() < most && !self.is_stale(id, held)) {
            Some(held) => Ok(held),
            None => self.read(id).await,
        }
    }

    async fn read(&self, id: CallId) -> Result<Held, ApiError> {
        let since = Instant::now();
        let members = Arc::new(answer(self.calls.membership(id).await)?);
        let held = Held { since, members, renewed: Arc::default() };
        self.held.insert(id, held.clone());
        Ok(held)
    }

    /// Told of a change after (or while) it was read.
    fn is_stale(&self, id: CallId, held: &Held) -> bool {
        self.changed.get(&id).is_some_and(|changed| changed >= held.since)
    }

    async fn follow(&self, bus: &Bus, stop: CancellationToken) -> Result<(), BusError> {
        let calls = bus.subscribe_events(subject::CALL_EVENTS).await?;
        let programmes = bus.subscribe_events(subject::PROGRAMME_EVENTS).await?;
        let mut events = std::pin::pin!(futures::stream::select(calls, programmes).take_until(stop.cancelled_owned()));
        let mut state = bus.state();
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => call_of(&event).map_or((), |id| self.forget(id)),
                    None => return Ok(()),
                },
                changed = state.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    // Events may have been missed while the connection was down.
                    self.held.invalidate_all();
                }
            }
        }
    }
}

/// The call that an event of it, or of its programme, is about.
fn call_of(event: &Event) -> Option<CallId> {
    let id = event.data.get("call_id").and_then(serde_json::Value::as_str);
    if event.event.starts_with("programme.") { id?.parse().ok() } else { event.entity.parse().ok() }
}
