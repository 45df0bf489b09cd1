//! What stands before every handler: how often a user may ask, whether he is banned, and what a member of staff may do.
//!
//! Roles are read from the database at each request. Bans are too many requests' business for that: the whole list is
//! held, read anew each second; before it was read once, users are told to wait.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use callboard_bus::{Caller, Shut};
use callboard_contract::limits::REQUESTS_PER_SECOND;
use callboard_contract::subject::Principal;
use callboard_contract::{ApiError, EndpointSpec, ErrorCode};
use callboard_domain::{Power, StaffName, Uid};
use callboard_people::{bans, staff};
use callboard_store::{Store, StoreError};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::retry::answer;
use crate::sentinel::Sentinel;

const RETRY_MS: u64 = 500;
const TWICE: std::num::NonZeroU32 = std::num::NonZeroU32::new(2).expect("two is not zero");

/// What a member of staff may ask who works for some creators alone: their handlers look for whose rooms or calls it is about. Besides, he may
/// see what everybody on the staff may.
const WITHIN_TENANTS: [(&str, &[&str]); 4] = [
    ("mod", &["impose", "lift", "delete_messages", "sanctions"]),
    ("cases", &["ls", "show", "evidence", "still", "claim", "release", "note", "decide"]),
    ("rooms", &["ls", "show", "members", "messages", "history", "create", "lock", "slow", "close"]),
    ("calls", &["end", "mute", "remove"]),
];

fn looks_for_whom(spec: &EndpointSpec, power: Power) -> bool {
    let named = |(service, verbs): &(&str, &[&str])| *service == spec.service && verbs.contains(&spec.verb);
    power == Power::See || WITHIN_TENANTS.iter().any(named)
}

/// The guard of one worker.
#[derive(Debug)]
pub struct Guard {
    store: Store,
    clock: DefaultClock,
    rates: DefaultKeyedRateLimiter<Uid>,
    sentinel: Sentinel,
    banned: RwLock<Option<Arc<HashSet<Uid>>>>,
}

impl Guard {
    pub(crate) fn new(store: Store, sentinel: Sentinel) -> Self {
        let per_second = std::num::NonZeroU32::new(REQUESTS_PER_SECOND).expect("the limit is not zero");
        let quota = Quota::per_second(per_second).allow_burst(per_second.saturating_mul(TWICE));
        Self {
            store,
            clock: DefaultClock::default(),
            rates: DefaultKeyedRateLimiter::dashmap(quota),
            sentinel,
            banned: RwLock::default(),
        }
    }

    /// Whether a caller may ask anything now, by how often he does. Who goes on and on although he is refused is cut, and until he is, nobody
    /// answers him any more.
    pub fn pace(&self, caller: &Caller) -> Result<(), Shut> {
        let Principal::User(uid) = &caller.principal else { return Ok(()) };
        let Err(early) = self.rates.check_key(uid) else { return Ok(()) };
        if self.sentinel.floods(uid) {
            return Err(Shut::Silent);
        }
        let wait = early.wait_time_from(self.clock.now());
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        let text = format!("at most {REQUESTS_PER_SECOND} requests per second are taken; try again later");
        Err(Shut::Refused(ApiError::new(ErrorCode::RateLimited, text).retry_after(wait)))
    }

    /// Whether a caller may ask this.
    pub async fn check(&self, caller: &Caller, spec: &EndpointSpec) -> Result<(), ApiError> {
        match &caller.principal {
            Principal::User(uid) => self.user(uid),
            Principal::Staff(name) => self.staff(name, spec).await,
            Principal::Worker => Ok(()),
        }
    }

    /// Whether a user is banned; nothing if that is not known yet.
    pub fn is_banned(&self, uid: &Uid) -> Option<bool> {
        self.banned.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|banned| banned.contains(uid))
    }

    /// Reads the bans anew and forgets users who have not asked for long.
    pub(crate) async fn refresh(self: Arc<Self>) -> Result<(), StoreError> {
        let banned = Arc::new(bans::all(&self.store).await?);
        *self.banned.write().unwrap_or_else(PoisonError::into_inner) = Some(banned);
        self.rates.retain_recent();
        self.sentinel.forget();
        Ok(())
    }

    fn user(&self, uid: &Uid) -> Result<(), ApiError> {
        match self.is_banned(uid) {
            Some(false) => Ok(()),
            Some(true) => Err(ApiError::new(ErrorCode::Forbidden, "this account is banned")),
            None => {
                Err(ApiError::new(ErrorCode::Unavailable, "the house is starting; try again").retry_after(RETRY_MS))
            }
        }
    }

    async fn staff(&self, name: &StaffName, spec: &EndpointSpec) -> Result<(), ApiError> {
        let Some(power) = spec.power else {
            return Err(ApiError::new(ErrorCode::Forbidden, "staff may not ask this"));
        };
        let member = answer(staff::find(&self.store, name).await)?.filter(|m| m.revoked_at.is_none());
        let (role, limited) = member.map(|m| (m.role, !m.tenants.is_empty())).unzip();
        match role {
            Some(role) if role.may(power) && limited == Some(true) && !looks_for_whom(spec, power) => {
                Err(ApiError::new(
                    ErrorCode::Forbidden,
                    format!("you work for some creators alone; {}.{} reaches further", spec.service, spec.verb),
                ))
            }
            Some(role) if role.may(power) => Ok(()),
            Some(role) => Err(ApiError::new(
                ErrorCode::Forbidden,
                format!("role {role} lacks the power `{power}` that {}.{} needs", spec.service, spec.verb),
            )),
            None => Err(ApiError::new(ErrorCode::Forbidden, "this credential was taken back")),
        }
    }
}

#[cfg(test)]
mod tests {
    use callboard_contract::{CATALOGUE, Plane};

    use super::*;

    #[test]
    fn all_that_is_named_is_asked_by_staff() {
        let there = |service: &str, verb: &str| {
            let mut all = CATALOGUE.iter().copied().flatten();
            all.any(|s| s.plane == Plane::Adm && s.service == service && s.verb == verb)
        };
        for (service, verbs) in WITHIN_TENANTS {
            for verb in verbs {
                assert!(there(service, verb), "{service}.{verb}");
            }
        }
    }
}
