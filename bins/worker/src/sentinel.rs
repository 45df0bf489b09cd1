//! The sentinel: who goes on asking although he is refused for asking too often is cut.
//!
//! Refusals are counted for each user: so many a second on average, and so many at once. Whoever keeps to the wait that he is told never comes
//! near. Who crosses the line is told of to signaling, which notes it, cuts his connections and lets him sign in again a while later. Several
//! workers may tell of the same flood, and a worker tells again while it goes on.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_bus::Bus;
use callboard_contract::limits::{MAX_REFUSALS_AT_ONCE, REFUSALS_PER_SECOND};
use callboard_contract::svc::connection::Cut;
use callboard_contract::svc::{CutRequest, Flood};
use callboard_domain::Uid;
use governor::{DefaultKeyedRateLimiter, Quota};

/// One flood is told of at most this often.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// The sentinel of one worker.
#[derive(Debug)]
pub(crate) struct Sentinel {
    bus: Bus,
    worker: &'static str,
    refusals: DefaultKeyedRateLimiter<Uid>,
    told: Mutex<HashMap<Uid, Instant>>,
}

impl Sentinel {
    pub(crate) fn new(bus: Bus, worker: &'static str) -> Self {
        Self { bus, worker, refusals: DefaultKeyedRateLimiter::dashmap(patience()), told: Mutex::default() }
    }

    /// Somebody is refused because he asks too often: whether that is a flood by now.
    pub(crate) fn floods(&self, uid: &Uid) -> bool {
        if self.refusals.check_key(uid).is_ok() {
            return false;
        }
        metrics::counter!("callboard_flood_requests_total").increment(1);
        if self.is_news(uid) {
            self.tell(uid);
        }
        true
    }

    fn tell(&self, uid: &Uid) {
        tracing::warn!(%uid, "floods this worker: his connections are to be cut");
        metrics::counter!("callboard_floods_total").increment(1);
        let (bus, worker) = (self.bus.clone(), self.worker);
        let flood = Flood { worker: worker.to_owned() };
        let request = CutRequest { uid: uid.clone(), room_id: None, flood: Some(flood) };
        tokio::spawn(async move {
            // While it goes on, it is told again.
            if let Err(error) = bus.call::<Cut>(worker, &request).await {
                tracing::warn!(uid = %request.uid, %error, "who floods this worker could not be cut");
            }
        });
    }

    /// Forgets who was not refused for long.
    pub(crate) fn forget(&self) {
        self.refusals.retain_recent();
        self.told.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, told| told.elapsed() < TELL_EVERY);
    }

    fn is_news(&self, uid: &Uid) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(uid).is_some_and(|told| told.elapsed() < TELL_EVERY) {
            return false;
        }
        told.insert(uid.clone(), Instant::now());
        true
    }
}

/// How much is refused before it is a flood.
fn patience() -> Quota {
    let per_second = NonZeroU32::new(REFUSALS_PER_SECOND).expect("the limit is not zero");
    let at_once = NonZeroU32::new(MAX_REFUSALS_AT_ONCE).expect("the limit is not zero");
    Quota::per_second(per_second).allow_burst(at_once)
}

#[cfg(test)]
mod tests {
    use governor::RateLimiter;
    use governor::clock::FakeRelativeClock;

    use super::*;

    /// After how many refusals the line is crossed, if that many come each second for a minute.
    fn crossed_after(per_second: u32) -> Option<u32> {
        let clock = FakeRelativeClock::default();
        let refusals = RateLimiter::direct_with_clock(patience(), clock.clone());
        (0..per_second * 60).find(|_| {
            clock.advance(Duration::from_secs(1) / per_second);
            refusals.check().is_err()
        })
    }

    #[test]
    fn who_keeps_near_the_limits_is_never_cut_and_who_floods_is_at_once() {
        assert_eq!(crossed_after(10), None);
        assert_eq!(crossed_after(REFUSALS_PER_SECOND), None);
        let slow = crossed_after(100).expect("twice as many");
        assert!((900..=1_100).contains(&slow), "ten seconds at a hundred a second: {slow}");
        let fast = crossed_after(5_000).expect("a flood");
        assert!((500..=550).contains(&fast), "a tenth of a second at five thousand a second: {fast}");
    }
}
