//! Who is here, and telling those who watch.
//!
//! What users say of themselves is in the bucket for a day: it says how they are here for 60 s, and when they were for the rest. That somebody
//! is in a call the house knows itself, and it stands above that. Watchers are held by the copy of this worker that they asked; they ask again
//! before it runs out. Each of them is told what [`crate::sight`] lets him see.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_bus::{Bus, BusError, CancellationToken};
use callboard_calls::Calls;
use callboard_contract::api::presence::{Presence, PresenceState};
use callboard_contract::limits::MAX_PRESENCE;
use callboard_contract::{ApiError, ErrorCode, Event, Push, subject};
use callboard_domain::{At, EventId, Uid};
use callboard_store::Store;
use callboard_worker::{House, answer};
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use crate::clock::HouseClock;
use crate::sight;

/// How long what a user says of himself holds.
pub(crate) const HOLDS: Duration = Duration::from_mins(1);
/// When somebody was last here is told for a day.
const LAST_SEEN: Duration = Duration::from_hours(24);
/// How long a watch lasts.
pub(crate) const WATCH: Duration = Duration::from_mins(1);
/// Users whom one user may watch at once.
const MOST_WATCHED: usize = 5 * MAX_PRESENCE;
const FORGET_EVERY: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Events that begin or end somebody's being in a call.
const CALL_EVENTS: [&str; 4] = ["call.joined", "call.active", "call.member_left", "call.ended"];

/// What stands in the bucket.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Said {
    state: PresenceState,
    at: At,
    /// Whether it is here anew because he changed who sees it: all who watch him are told.
    #[serde(default)]
    anew: bool,
}

/// Presences and those who watch them.
pub(crate) struct Watchers {
    bus: Bus,
    store: Store,
    calls: Calls,
    clock: Arc<HouseClock>,
    /// By the watched user: the watchers, and until when each is told.
    watched: Mutex<HashMap<Uid, HashMap<Uid, Instant>>>,
    /// What watched users who are here said last. Nothing tells that it does not hold any more: this worker looks itself.
    here: Mutex<HashMap<Uid, Said>>,
}

impl Said {
    fn holds(self, now: At) -> bool {
        self.state != PresenceState::Offline
            && now.since(self.at).as_ms() < i64::try_from(HOLDS.as_millis()).unwrap_or(i64::MAX)
    }
}

impl Watchers {
    /// Tells watchers until the worker stops.
    pub(crate) fn start(house: &House, calls: Calls, clock: Arc<HouseClock>) -> Arc<Self> {
        let watchers = Arc::new(Self {
            bus: house.bus.clone(),
            store: house.store.clone(),
            calls,
            clock,
            watched: Mutex::default(),
            here: Mutex::default(),
        });
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
        let this = Arc::clone(&watchers);
        house.every("presence runs out", LOOK_EVERY, move || {
            let this = Arc::clone(&this);
            async move { this.tell_who_is_gone().await }
        });
        watchers
    }

    /// Puts what a user says of himself.
    pub(crate) async fn set(&self, uid: &Uid, state: PresenceState) -> Result<(), ApiError> {
        if state == PresenceState::InCall {
            return Err(ApiError::new(ErrorCode::BadRequest, "in_call is set by the house").on_field("state"));
        }
        self.put(uid, Said { state, at: self.clock.now(), anew: false }).await
    }

    async fn put(&self, uid: &Uid, said: Said) -> Result<(), ApiError> {
        let said = serde_json::to_vec(&said).map_err(|e| unavailable(&e))?;
        self.bus.presence_put(uid, said.into(), LAST_SEEN).await.map_err(|e| unavailable(&e))
    }

    /// Who of some users is here, as far as somebody may see it.
    pub(crate) async fn get(&self, viewer: &Uid, uids: &[Uid]) -> Result<Vec<Presence>, ApiError> {
        let sights = answer(sight::of_many(&self.store, viewer, uids).await)?;
        let all = self.look(uids).await?;
        Ok(all.iter().filter_map(|presence| Some(sights.get(&presence.uid)?.of_presence(presence))).collect())
    }

    async fn look(&self, uids: &[Uid]) -> Result<Vec<Presence>, ApiError> {
        let said = self.bus.presence_get_many(uids).await.map_err(|e| unavailable(&e))?;
        let in_call = answer(self.calls.in_call(uids).await)?;
        let of = |uid: &Uid| self.noted(uid, said.get(uid).and_then(|said| read(said)), in_call.contains(uid));
        Ok(uids.iter().map(of).collect())
    }

    /// Somebody changed who sees him: those who watch him, with whichever copy of this worker, are told what they see now.
    pub(crate) async fn seen_anew(&self, uid: &Uid) {
        let told = async {
            let uids = std::slice::from_ref(uid);
            let said = self.bus.presence_get_many(uids).await.map_err(|e| unavailable(&e))?;
            if let Some(said) = said.get(uid).and_then(|said| read(said)) {
                return self.put(uid, Said { anew: true, ..said }).await;
            }
            for presence in self.look(uids).await? {
                self.tell(&presence, true).await.map_err(|e| unavailable(&e))?;
            }
            Ok(())
        };
        if let Err(error) = told.await {
            tracing::debug!(%error, %uid, "those who watch will see it when they ask again");
        }
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
            if !self.is_watched(&change.uid) {
                continue;
            }
            let in_call = self.calls.in_call(std::slice::from_ref(&change.uid)).await;
            let in_call = in_call.is_ok_and(|in_call| !in_call.is_empty());
            let said = change.value.and_then(|v| read(&v));
            self.tell(&self.noted(&change.uid, said, in_call), said.is_some_and(|said| said.anew)).await?;
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
            for uid in told_in(&event).into_iter().filter(|uid| self.is_watched(uid)) {
                self.look_and_tell(&uid).await?;
            }
        }
        Ok(())
    }

    /// Tells those who watch somebody how he is here now.
    async fn look_and_tell(&self, uid: &Uid) -> Result<(), BusError> {
        match self.look(std::slice::from_ref(uid)).await {
            Ok(all) => {
                for presence in &all {
                    self.tell(presence, false).await?;
                }
            }
            Err(error) => tracing::debug!(%error, %uid, "presence is not known just now"),
        }
        Ok(())
    }

    /// Tells those who watch somebody and see him; all of them if he changed what they see. Those from whom he is hidden are told nothing: a
    /// push with each sign of his life would tell that he is here, whatever it says.
    async fn tell(&self, presence: &Presence, all: bool) -> Result<(), BusError> {
        let watchers = self.watchers_of(&presence.uid);
        let sights = match sight::by_many(&self.store, &presence.uid, &watchers).await {
            Ok(sights) => sights,
            Err(error) => {
                tracing::debug!(%error, uid = %presence.uid, "it is not known who may see a presence; nobody is told");
                return Ok(());
            }
        };
        for (watcher, sight) in sights.iter().filter(|(_, sight)| all || sight.online) {
            let data = serde_json::to_value(sight.of_presence(presence)).unwrap_or_default();
            let event = "presence.changed".to_owned();
            let push = Push { ev: EventId::generate(), seq: None, at: self.clock.now(), event, data };
            self.bus.push(watcher, &push).await?;
        }
        Ok(())
    }

    /// How somebody is here now. If he is watched, it is noted until when that holds.
    fn noted(&self, uid: &Uid, said: Option<Said>, in_call: bool) -> Presence {
        let now = self.clock.now();
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        match said {
            Some(said) if said.holds(now) && self.is_watched(uid) => {
                here.insert(uid.clone(), said);
            }
            Some(Said { state: PresenceState::Offline, .. }) | None => {
                here.remove(uid);
            }
            // That it ran out is told to all who watch, not only to who asks.
            Some(_) => {}
        }
        presence(uid, said, in_call, now)
    }

    /// Tells of those who have not said for 60 s that they are here.
    async fn tell_who_is_gone(&self) -> Result<(), BusError> {
        let now = self.clock.now();
        let gone: Vec<Uid> = {
            let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
            here.extract_if(|_, said| !said.holds(now)).map(|(uid, _)| uid).collect()
        };
        for uid in gone.into_iter().filter(|uid| self.is_watched(uid)) {
            // He may have said it to another copy, or be in a call.
            self.look_and_tell(&uid).await?;
        }
        Ok(())
    }

    fn is_watched(&self, uid: &Uid) -> bool {
        !self.watchers_of(uid).is_empty()
    }
}

/// Those whom an event was told to: the members of the call.
fn told_in(event: &Event) -> Vec<Uid> {
    let mut uids: Vec<Uid> = event.pushes.iter().flat_map(|push| push.uids.iter().cloned()).collect();
    uids.sort();
    uids.dedup();
    uids
}

fn presence(uid: &Uid, said: Option<Said>, in_call: bool, now: At) -> Presence {
    let state = match said {
        _ if in_call => PresenceState::InCall,
        Some(said) if said.holds(now) => said.state,
        _ => PresenceState::Offline,
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
        let said = Said { state: PresenceState::Away, at: At::from_ms(5), anew: false };
        let now = At::from_ms(60_000);
        assert_eq!(presence(&uid, Some(said), true, now).state, PresenceState::InCall);
        assert_eq!(presence(&uid, Some(said), false, now).state, PresenceState::Away);
        let none = Presence { uid: uid.clone(), state: PresenceState::Offline, last_seen: None };
        assert_eq!(presence(&uid, None, false, now), none);
    }

    #[test]
    fn who_says_nothing_for_a_minute_is_gone_and_it_is_told_when_he_was_here() {
        let uid = Uid::new("maya").unwrap();
        let said = Said { state: PresenceState::Online, at: At::from_ms(5), anew: false };
        let gone = presence(&uid, Some(said), false, At::from_ms(60_005));
        assert_eq!((gone.state, gone.last_seen), (PresenceState::Offline, Some(At::from_ms(5))));
        assert_eq!(presence(&uid, Some(said), false, At::from_ms(60_004)).state, PresenceState::Online);
    }
}
