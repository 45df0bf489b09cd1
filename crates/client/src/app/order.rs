//! Puts pushes into order: each once, gaps noticed.

use std::collections::{BTreeMap, HashSet, VecDeque};

use callboard_contract::Push;
use callboard_domain::EventId;

/// Unnumbered pushes that are remembered, so that a repeat is recognised.
const REMEMBERED: usize = 512;
/// Numbered pushes that wait for a gap to be filled; what is above comes with the filling.
const WAITING: usize = 512;

/// What has come, and what waits for a gap before it.
#[derive(Debug, Default)]
pub(super) struct PushOrder {
    last: u64,
    waiting: BTreeMap<u64, Push>,
    seen: HashSet<EventId>,
    seen_in_order: VecDeque<EventId>,
}

impl PushOrder {
    /// Begins after a number.
    pub(super) fn after(last: u64) -> Self {
        Self { last, ..Self::default() }
    }

    /// The number of the last push that was handed out.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Whether something waits for what is missing before it.
    pub(super) fn has_gap(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes a push; gives those that may be handed out now.
    pub(super) fn take(&mut self, push: Push) -> Vec<Push> {
        let Some(seq) = push.seq else {
            return if self.is_new(push.ev) { vec![push] } else { Vec::new() };
        };
        if seq > self.last && (self.waiting.len() < WAITING || seq == self.last + 1) {
            self.waiting.insert(seq, push);
        }
        self.contiguous()
    }

    /// Takes an answer to `sync`; `seq` is the number of the last push that there is, if the answer was complete. Numbers that the
    /// house no longer has are passed over.
    pub(super) fn fill(&mut self, pushes: Vec<Push>, seq: Option<u64>) -> Vec<Push> {
        let mut ready = Vec::new();
        for push in pushes {
            let Some(n) = push.seq.filter(|n| *n > self.last) else { continue };
            self.waiting.remove(&n);
            self.last = n;
            ready.push(push);
        }
        if let Some(seq) = seq {
            // Up to here there is nothing that the answer did not have.
            let later = self.waiting.split_off(&(seq.saturating_add(1)));
            let stale = std::mem::replace(&mut self.waiting, later);
            for (n, push) in stale {
                if n > self.last {
                    self.last = n;
                    ready.push(push);
                }
            }
            self.last = self.last.max(seq);
        }
        self.waiting = self.waiting.split_off(&self.last.saturating_add(1));
        ready.extend(self.contiguous());
        ready
    }

    fn contiguous(&mut self) -> Vec<Push> {
        let mut ready = Vec::new();
        while let Some(push) = self.waiting.remove(&(self.last + 1)) {
            self.last += 1;
            ready.push(push);
        }
        ready
    }

    fn is_new(&mut self, ev: EventId) -> bool {
        if !self.seen.insert(ev) {
            return false;
        }
        self.seen_in_order.push_back(ev);
        if self.seen_in_order.len() > REMEMBERED
            && let Some(oldest) = self.seen_in_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use callboard_domain::At;
    use serde_json::Value;

    use super::*;

    fn push(seq: u64) -> Push {
        Push {
            ev: EventId::generate(),
            seq: Some(seq),
            at: At::from_ms(0),
            event: "calls.active".to_owned(),
            data: Value::Null,
        }
    }

    fn seqs(pushes: &[Push]) -> Vec<u64> {
        pushes.iter().filter_map(|p| p.seq).collect()
    }

    #[test]
    fn repeats_are_dropped_and_gaps_wait() {
        let mut order = PushOrder::after(4);
        assert_eq!(seqs(&order.take(push(5))), [5]);
        assert_eq!(seqs(&order.take(push(5))), [] as [u64; 0]);
        assert_eq!(seqs(&order.take(push(3))), [] as [u64; 0]);
        assert!(!order.has_gap());
        assert!(order.take(push(8)).is_empty());
        assert!(order.has_gap());
        assert!(order.take(push(7)).is_empty());
        assert_eq!(seqs(&order.take(push(6))), [6, 7, 8]);
        assert!(!order.has_gap());
    }

    #[test]
    fn a_filling_joins_what_waits_and_passes_over_what_is_gone() {
        let mut order = PushOrder::after(0);
        assert!(order.take(push(9)).is_empty());
        assert_eq!(seqs(&order.fill(vec![push(1), push(2)], None)), [1, 2]);
        assert_eq!(seqs(&order.fill(vec![push(2), push(5), push(8)], None)), [5, 8, 9], "3, 4, 6 and 7 are no more");
        assert!(order.take(push(12)).is_empty());
        // The house says that 12 is the last, yet has nothing before it any more.
        assert_eq!(seqs(&order.fill(vec![], Some(12))), [12]);
        assert_eq!(order.last(), 12);
        assert!(!order.has_gap());
        assert_eq!(seqs(&order.take(push(13))), [13]);
    }

    #[test]
    fn unnumbered_pushes_come_once() {
        let mut order = PushOrder::after(0);
        let relayed = Push { seq: None, ..push(0) };
        assert_eq!(order.take(relayed.clone()).len(), 1);
        assert!(order.take(relayed).is_empty());
        for _ in 0..2 * REMEMBERED {
            assert_eq!(order.take(Push { seq: None, ..push(0) }).len(), 1);
        }
        assert!(order.seen.len() <= REMEMBERED);
    }

    #[test]
    fn any_order_of_arrival_comes_out_in_order() {
        use rand::SeedableRng as _;
        use rand::seq::SliceRandom as _;
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        for _ in 0..50 {
            let mut pushes: Vec<Push> = (1..=100).map(push).collect();
            pushes.shuffle(&mut rng);
            let mut order = PushOrder::after(0);
            let out: Vec<Push> = pushes.into_iter().flat_map(|p| order.take(p)).collect();
            assert_eq!(seqs(&out), (1..=100).collect::<Vec<u64>>());
        }
    }
}
