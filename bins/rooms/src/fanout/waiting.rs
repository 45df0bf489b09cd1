//! The order of news: what was committed first is told first.
//!
//! Commits of one room follow each other, but who committed comes here a moment earlier or later. So a piece of news whose number leaves a
//! gap waits a little for the one before; if that does not come, because another worker tells it, it goes out and the apps ask.

use std::collections::BTreeMap;
use std::time::Duration;

use callboard_rooms::Told;
use tokio::time::Instant;

/// How long a piece of news waits for the one before.
const PATIENCE: Duration = Duration::from_millis(30);
/// After a wait in vain the others of the room do not wait for so long.
const HURRY: Duration = Duration::from_secs(5);

/// The news of one room that have not gone out.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The last number that went out; nothing as long as that is not known.
    last: Option<i64>,
    news: BTreeMap<i64, Told>,
    due: Option<Instant>,
    hurry_until: Option<Instant>,
}

impl Waiting {
    /// The last number that went out.
    pub(super) fn last(&self) -> Option<i64> {
        self.last
    }

    /// When what waits goes out at the latest.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Takes a piece of news. What went out is not told again.
    pub(super) fn add(&mut self, told: Told, now: Instant) {
        let number = i64::try_from(told.news.seq).unwrap_or(i64::MAX);
        if self.last.is_some_and(|last| number <= last) {
            return;
        }
        self.news.insert(number, told);
        let patience = if self.hurry_until.is_some_and(|until| now < until) { Duration::ZERO } else { PATIENCE };
        self.due.get_or_insert(now + patience);
    }

    /// What can go out now, in order; what went out counts as told.
    pub(super) fn ready(&mut self, now: Instant) -> Vec<Told> {
        let mut ready = Vec::new();
        let overdue = self.due.is_some_and(|due| due <= now);
        while let Some(entry) = self.news.first_entry() {
            let follows = self.last.is_none_or(|last| *entry.key() == last + 1);
            if !follows && !overdue {
                break;
            }
            if !follows {
                self.hurry_until = Some(now + HURRY);
            }
            self.last = Some(*entry.key());
            ready.push(entry.remove());
        }
        if self.news.is_empty() {
            self.due = None;
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use callboard_contract::room::{RoomChange, RoomNews};
    use callboard_domain::{At, RoomAccess, RoomId, RoomKind, RoomPowers, RoomState};
    use callboard_rooms::Room;

    use super::*;

    fn told(number: i64) -> Told {
        let room = Room {
            id: RoomId::generate(),
            tenant: None,
            kind: RoomKind::Direct,
            name: String::new(),
            topic: String::new(),
            category: None,
            access: RoomAccess::Private,
            state: RoomState::Open,
            entry_fee: None,
            promised_until: None,
            capacity: 2,
            members: 2,
            slow_mode: None,
            members_only: None,
            lobby: false,
            powers: RoomPowers::default(),
            call: None,
            watch_url: None,
            pair: None,
            created: At::from_ms(0),
            closed: None,
            head: number,
            changed: 0,
        };
        let news = RoomNews { room_id: room.id, seq: number.unsigned_abs(), what: RoomChange::Sync {} };
        Told { room, news, cut: Vec::new() }
    }

    fn numbers(ready: &[Told]) -> Vec<u64> {
        ready.iter().map(|told| told.news.seq).collect()
    }

    #[test]
    fn what_comes_out_of_order_goes_out_in_order() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        waiting.add(told(4), now);
        assert_eq!(numbers(&waiting.ready(now)), [4], "where nothing is known, the first goes out");
        waiting.add(told(6), now);
        waiting.add(told(7), now);
        assert!(waiting.ready(now).is_empty() && waiting.due().is_some());
        waiting.add(told(5), now);
        assert_eq!(numbers(&waiting.ready(now)), [5, 6, 7]);
        assert_eq!(waiting.due(), None);
        waiting.add(told(7), now);
        assert!(waiting.ready(now).is_empty(), "nothing is told twice");
    }

    #[test]
    fn nothing_waits_for_long_for_what_another_tells() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        waiting.add(told(1), now);
        waiting.ready(now);
        waiting.add(told(3), now);
        let later = waiting.due().expect("it waits");
        assert_eq!(numbers(&waiting.ready(later)), [3]);
        waiting.add(told(5), later);
        assert_eq!(
            numbers(&waiting.ready(later)),
            [5],
            "another worker tells in this room too: no more waiting for a while"
        );
    }
}
