//! The meter re-run on what was recorded about a leg: what the books compare charges with.

use serde::{Deserialize, Serialize};

use super::{By, LegClock, LegClockError, LegEvent, LegEventKind, LegPhase, Outage};
use crate::{At, Coins, EndReason, EndRule, Millis, Tariff};

/// What a leg came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegOutcome {
    /// Connected time, no further than the cut-off.
    pub connected: Millis,
    /// The charge by the rule of the end; of a leg that has not ended, what was used up to the last event.
    pub charge: Coins,
    /// The rule.
    pub rule: EndRule,
    /// The sum of the grants.
    pub granted: Coins,
    /// When it ended.
    pub ended_at: Option<At>,
    /// Why it ended.
    pub reason: Option<EndReason>,
}

/// An event of a leg as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// What.
    pub event: LegEvent,
    /// The end of the last outage that was known then; none where that was not kept: then all were known.
    pub outages_to: Option<At>,
}

impl Recorded {
    /// An outage that is found later may reach back before what was recorded without it: the house did listen, or it could not have recorded.
    fn known(self, outages: &[Outage]) -> Vec<Outage> {
        outages.iter().copied().filter(|outage| self.outages_to.is_none_or(|to| outage.to <= to)).collect()
    }
}

impl From<LegEvent> for Recorded {
    fn from(event: LegEvent) -> Self {
        Self { event, outages_to: None }
    }
}

impl LegClock {
    /// Ends the leg, or finds that it had ended by itself before: at its cut-off, with its minutes, or with a lost line.
    /// For live legs and re-runs alike, so that both charge the same.
    pub fn end(
        &mut self,
        tariff: &Tariff,
        at: At,
        by: By,
        reason: EndReason,
        outages: &[Outage],
    ) -> Result<LegOutcome, LegClockError> {
        let (at, by, reason) = match self.due(tariff, outages) {
            Some(due) if due.at < at => (due.at, By::House, due.reason),
            _ => (at, by, reason),
        };
        self.apply(&LegEvent { at, kind: LegEventKind::End { by, reason } }, outages)?;
        let rule = EndRule::of(by, reason, self.lost_side());
        Ok(LegOutcome {
            connected: self.connected(),
            charge: tariff.charge(self.connected(), rule),
            rule,
            granted: self.granted(),
            ended_at: Some(self.since()),
            reason: Some(reason),
        })
    }
}

/// Runs the meter again on recorded events, in their order. All grants count from the beginning: an extension that was committed
/// before the end counts even where its row is later than the instant that it saved. An end that was recorded later than the leg
/// could last is charged no further than it could. Each event is judged by the outages that were known when it was recorded.
pub fn replay(tariff: &Tariff, events: &[Recorded], outages: &[Outage]) -> Result<LegOutcome, LegClockError> {
    let mut clock = LegClock::new();
    let is_grant = |recorded: &&Recorded| matches!(recorded.event.kind, LegEventKind::Grant { .. });
    let is_end = |recorded: &Recorded| matches!(recorded.event.kind, LegEventKind::End { .. });
    if events.iter().position(is_end).is_some_and(|end| end + 1 < events.len()) {
        return Err(LegClockError::Ended);
    }
    for grant in events.iter().filter(is_grant) {
        clock.apply(&grant.event, outages)?;
    }
    for recorded in events.iter().filter(|recorded| !is_grant(recorded)) {
        let (event, known) = (recorded.event, recorded.known(outages));
        if let LegEventKind::End { by, reason } = event.kind {
            return clock.end(tariff, event.at, by, reason, &known);
        }
        match clock.due(tariff, &known) {
            Some(due) if due.at < event.at => {
                return clock.end(tariff, due.at, By::House, due.reason, &known);
            }
            _ => clock.apply(&event, &known)?,
        }
    }
    debug_assert_ne!(clock.phase(), LegPhase::Ended, "only an end ends, and it returns");
    Ok(LegOutcome {
        connected: clock.connected(),
        charge: tariff.exact(clock.connected()),
        rule: EndRule::UsedOnly,
        granted: clock.granted(),
        ended_at: None,
        reason: None,
    })
}
