//! What the console itself finds alarming. Each alarm is raised once, rings once, and stays in the list after it is over.

use std::collections::{BTreeMap, VecDeque};

use callboard_domain::{At, CallId, CaseId, LegState, ProgrammeId};

use super::live::LiveRow;
use crate::text;

/// Time left below which a call is about to end for lack of coins.
const LOW_MS: i64 = 30_000;
/// How many alarms are remembered.
const KEPT: usize = 100;

/// What an alarm is about. The same thing is not raised twice while it lasts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The books are wrong.
    LedgerSum,
    /// A worker does not answer.
    Worker(String),
    /// A large refund, by its transfer.
    Refund(String),
    /// A line is lost.
    LineLost(CallId),
    /// A call on air is in trouble.
    Programme(ProgrammeId),
    /// A call ends soon for lack of coins.
    LowBalance(CallId),
    /// A case is late, or urgent and nobody has it.
    Case(CaseId),
}

impl Cause {
    /// Urgent ones ring and are marked `!`, the others `▲`.
    pub(crate) const fn urgent(&self) -> bool {
        matches!(self, Self::LedgerSum | Self::Worker(_) | Self::LowBalance(_) | Self::Case(_))
    }
}

/// An alarm.
#[derive(Clone, Debug)]
pub(crate) struct Alarm {
    pub(crate) cause: Cause,
    pub(crate) at: At,
    pub(crate) text: String,
    pub(crate) over: bool,
}

/// The alarms.
#[derive(Default)]
pub(crate) struct Alarms {
    active: BTreeMap<Cause, Alarm>,
    past: VecDeque<Alarm>,
    ring: bool,
}

impl Alarms {
    /// Raises an alarm, or settles it where it no longer holds.
    pub(crate) fn set(&mut self, cause: Cause, holds: bool, at: At, text: impl FnOnce() -> String) {
        match (holds, self.active.contains_key(&cause)) {
            (true, false) => {
                self.ring |= cause.urgent();
                self.active.insert(cause.clone(), Alarm { cause, at, text: text(), over: false });
            }
            (false, true) => self.settle(&cause),
            _ => {}
        }
    }

    fn settle(&mut self, cause: &Cause) {
        if let Some(alarm) = self.active.remove(cause) {
            self.past.push_front(Alarm { over: true, ..alarm });
            self.past.truncate(KEPT);
        }
    }

    /// Looks at a live call.
    pub(crate) fn look(&mut self, row: &LiveRow, now: i64, at: At) {
        let id = row.call.call_id;
        let metered = row.call.leg_state == LegState::Metered;
        let left = row.runway_ms(now).filter(|_| metered);
        self.set(Cause::LowBalance(id), left.is_some_and(|ms| ms < LOW_MS), at, || {
            format!("{} runs dry in {}", row.who(), text::span(left.unwrap_or_default()))
        });
        self.set(Cause::LineLost(id), row.call.leg_state == LegState::Suspended, at, || {
            format!("{} line lost", row.who())
        });
    }

    /// A call is over: so are its alarms.
    pub(crate) fn forget(&mut self, id: CallId) {
        self.settle(&Cause::LowBalance(id));
        self.settle(&Cause::LineLost(id));
    }

    /// Cases that are no longer open are no alarm.
    pub(crate) fn settle_cases(&mut self, open: impl Fn(CaseId) -> bool) {
        let gone = |cause: &&Cause| matches!(cause, Cause::Case(id) if !open(*id));
        let gone: Vec<Cause> = self.active.keys().filter(gone).cloned().collect();
        for cause in &gone {
            self.settle(cause);
        }
    }

    /// The alarms, running ones first, urgent ones before others, then the newest.
    pub(crate) fn list(&self) -> Vec<&Alarm> {
        let mut running: Vec<&Alarm> = self.active.values().collect();
        running.sort_by_key(|a| (!a.cause.urgent(), std::cmp::Reverse(a.at)));
        running.into_iter().chain(&self.past).collect()
    }

    /// How many hold just now.
    pub(crate) fn running(&self) -> usize {
        self.active.len()
    }

    /// Whether a new urgent one came since this was last asked.
    pub(crate) fn take_ring(&mut self) -> bool {
        std::mem::take(&mut self.ring)
    }
}
