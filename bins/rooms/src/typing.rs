//! How often typing is told.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_contract::limits::TYPING_EVERY_MS;
use callboard_domain::{RoomId, Uid};

/// How many are remembered before those are forgotten who may tell again.
const MOST: usize = 10_000;

/// Who said lately that he types.
#[derive(Debug, Default)]
pub(crate) struct TypingPace(Mutex<HashMap<(RoomId, Uid), Instant>>);

impl TypingPace {
    /// Whether this is to be told now; then it is not for a while.
    pub(crate) fn may_tell(&self, room: RoomId, uid: &Uid) -> bool {
        self.may_tell_at(room, uid, Instant::now())
    }

    fn may_tell_at(&self, room: RoomId, uid: &Uid, now: Instant) -> bool {
        let pace = Duration::from_millis(TYPING_EVERY_MS.unsigned_abs());
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() >= MOST {
            said.retain(|_, at| now.duration_since(*at) < pace);
        }
        let key = (room, uid.clone());
        if said.get(&key).is_some_and(|at| now.duration_since(*at) < pace) {
            return false;
        }
        said.insert(key, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_is_told_once_in_a_while_for_each_room_and_user() {
        let (pace, now, room) = (TypingPace::default(), Instant::now(), RoomId::generate());
        let (ann, bob) = (Uid::new("ann").expect("a name"), Uid::new("bob").expect("a name"));
        assert!(pace.may_tell_at(room, &ann, now));
        assert!(!pace.may_tell_at(room, &ann, now + Duration::from_millis(1_999)));
        assert!(pace.may_tell_at(room, &bob, now) && pace.may_tell_at(RoomId::generate(), &ann, now));
        assert!(pace.may_tell_at(room, &ann, now + Duration::from_secs(2)));
    }
}
