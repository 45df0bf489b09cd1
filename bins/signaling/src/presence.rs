//! Who is here, and telling those who watch.
//!
//! What users say of themselves is in the bucket, for 60 s; that somebody is in a call the house knows itself, and it
//! stands above it. Watchers are held by the copy of this worker that they asked; they ask again before it runs out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_bus::{Bus, BusError, CancellationToken};
use callboard_calls::Calls;
use callboard_contract::api::presence::{Presence, PresenceState};
use callboard_contract::limits::MAX_PRESENCE;
use callboard_contract::{ApiError, ErrorCode, Event, Push, subject};
use callboard_domain::{At, EventId, Uid};
use callboard_worker::{House, answer};
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use crate::clock::HouseClock;

/// How long what a user says of himself holds.
pub(crate) const HOLDS: Duration = Duration::from_mins(1);
/// When somebody was last here is told for a day.
const LAST_SEEN: Duration = Duration::from_hours(24);
/// How long a watch lasts.
pub(crate) const WATCH: Duration = Duration::from_mins(1);
/// Users whom one user may watch at once.
const MOST_WATCHED: usize = 5 * MAX_PRESENCE;
const FORGET_EVERY: Duration = Duration::from_secs(10);
/// Events that begin or end somebody's being in a call.
const CALL_EVENTS: [&str; 4] = ["call.joined", "call.active", "call.member_left", "call.ended"];

/// What stands in the bucket.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Said {
    state: PresenceState,
    at: At,
}

/// Presences and those who watch them.
pub(crate) struct Watchers {
    bus: Bus,
    calls: Calls,
    clock: Arc<HouseClock>,
    /// By the watched user: the watchers, and until when each is told.
    watched: Mutex<HashMap<Uid, HashMap<Uid, Instant>>>,
}

impl Watchers {
    /// Tells watchers until the worker stops.
    pub(crate) fn start(house: &House, calls: Calls, clock: Arc<HouseClock>) -> Arc<Self> {
        let watchers = Arc::new(Self { bus: house.bus.clone(), calls, clock, watched: Mutex::default() });
        let this = Arc::clone(&watchers);
        house.spawn("presence", move |stop| {
            let this = Arc::clone(&this);
            async move { this.follow_bucket(stop).await }
        });
        let this = Arc::clone(&watchers);
        house.spawn("presence in calls", move |stop| {
            let this = Arc::clone(&this);
            async move { this.follow_calls(stop).await }
        });
        let this = Arc::clone(&watchers);
        house.every("presence watches", FORGET_EVERY, move || {
            this.forget();
            std::future::ready(Ok::<(), BusError>(()))
        });
        watchers
    }

    /// Puts what a user says of himself.
    pub(crate) async fn set(&self, uid: &Uid, state: PresenceState) -> Result<(), ApiError> {
        let holds = match state {
            PresenceState::Online | PresenceState::Away => HOLDS,
            PresenceState::Offline => LAST_SEEN,
            PresenceState::InCall => {
                return Err(ApiError::new(ErrorCode::BadRequest, "in_call is set by the house").on_field("state"));
            }
        };
        let said = serde_json::to_vec(&Said { state, at: self.clock.now() }).map_err(|e| unavailable(&e))?;
        self.bus.presence_put(uid, said.into(), holds).await.map_err(|e| unavailable(&e))
    }

    /// Who of some users is here.
    pub(crate) async fn get(&self, uids: &[Uid]) -> Result<Vec<Presence>, ApiError> {
        let said = self.bus.presence_get_many(uids).await.map_err(|e| unavailable(&e))?;
        let in_call = answer(self.calls.in_call(uids).await)?;
        Ok(uids.iter().map(|uid| presence(uid, said.get(uid).and_then(|s| read(s)), in_call.contains(uid))).collect())
    }

    /// Tells a user of changes of others for a while.
    pub(crate) fn watch(&self, watcher: &Uid, uids: &[Uid]) -> Result<(), ApiError> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let already = watched.values().filter(|w| w.get(watcher).is_some_and(|until| *until > now)).count();
        let new = uids.iter().filter(|uid| !watched.get(*uid).is_some_and(|w| w.contains_key(watcher))).count();
        if already + new > MOST_WATCHED {
            return Err(ApiError::new(
                ErrorCode::Limit,
                format!("at most {MOST_WATCHED} users can be watched at once"),
            ));
        }
        for uid in uids {
            watched.entry(uid.clone()).or_default().insert(watcher.clone(), now + WATCH);
        }
        Ok(())
    }

    fn forget(&self) {
        let now = Instant::now();
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, watchers| {
            watchers.retain(|_, until| *until > now);
            !watchers.is_empty()
        });
    }

    fn watchers_of(&self, uid: &Uid) -> Vec<Uid> {
        let now = Instant::now();
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.get(uid).into_iter().flatten().filter(|(_, until)| **until > now).map(|(uid, _)| uid.clone()).collect()
    }

    async fn follow_bucket(&self, stop: CancellationToken) -> Result<(), BusError> {
        let mut changes = std::pin::pin!(self.bus.presence_watch().await?.take_until(stop.cancelled_owned()));
        while let Some(change) = changes.next().await {
            let watchers = self.watchers_of(&change.uid);
            if watchers.is_empty() {
                continue;
            }
            let in_call = self.calls.in_call(std::slice::from_ref(&change.uid)).await;
            let in_call = in_call.is_ok_and(|in_call| !in_call.is_empty());
            self.tell(&watchers, &presence(&change.uid, change.value.and_then(|v| read(&v)), in_call)).await?;
        }
        Ok(())
    }

    async fn follow_calls(&self, stop: CancellationToken) -> Result<(), BusError> {
        let events = self.bus.subscribe_events(subject::CALL_EVENTS).await?;
        let mut events = std::pin::pin!(events.take_until(stop.cancelled_owned()));
        while let Some(event) = events.next().await {
            if !CALL_EVENTS.contains(&event.event.as_str()) {
                continue;
            }
            for uid in told_in(&event) {
                let watchers = self.watchers_of(&uid);
                if watchers.is_empty() {
                    continue;
                }
                match self.get(std::slice::from_ref(&uid)).await {
                    Ok(now) => {
                        for presence in &now {
                            self.tell(&watchers, presence).await?;
                        }
                    }
                    Err(error) => tracing::debug!(%error, %uid, "presence is not known just now"),
                }
            }
        }
        Ok(())
    }

    async fn tell(&self, watchers: &[Uid], presence: &Presence) -> Result<(), BusError> {
        let data = serde_json::to_value(presence).unwrap_or_default();
        let event = "presence.changed".to_owned();
        let push = Push { ev: EventId::generate(), seq: None, at: self.clock.now(), event, data };
        for watcher in watchers {
            self.bus.push(watcher, &push).await?;
        }
        Ok(())
    }
}

/// Those whom an event was told to: the members of the call.
fn told_in(event: &Event) -> Vec<Uid> {
    let mut uids: Vec<Uid> = event.pushes.iter().flat_map(|push| push.uids.iter().cloned()).collect();
    uids.sort();
    uids.dedup();
    uids
}

fn presence(uid: &Uid, said: Option<Said>, in_call: bool) -> Presence {
    let state = match said {
        _ if in_call => PresenceState::InCall,
        Some(said) => said.state,
        None => PresenceState::Offline,
    };
    Presence { uid: uid.clone(), state, last_seen: said.map(|said| said.at) }
}

fn read(value: &[u8]) -> Option<Said> {
    serde_json::from_slice(value).ok()
}

fn unavailable(error: &dyn std::fmt::Display) -> ApiError {
    tracing::debug!(%error, "presence");
    ApiError::new(ErrorCode::Unavailable, "presence cannot be told just now; try again").retry_after(500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn being_in_a_call_stands_above_what_is_said() {
        let uid = Uid::new("maya").unwrap();
        let said = Said { state: PresenceState::Away, at: At::from_ms(5) };
        assert_eq!(presence(&uid, Some(said), true).state, PresenceState::InCall);
        assert_eq!(presence(&uid, Some(said), false).state, PresenceState::Away);
        assert_eq!(presence(&uid, None, false), Presence { uid, state: PresenceState::Offline, last_seen: None });
    }
}
