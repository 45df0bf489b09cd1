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
/// could last is charged no further than it could.
pub fn replay(tariff: &Tariff, events: &[LegEvent], outages: &[Outage]) -> Result<LegOutcome, LegClockError> {
    let mut clock = LegClock::new();
    let is_grant = |event: &&LegEvent| matches!(event.kind, LegEventKind::Grant { .. });
    let is_end = |event: &LegEvent| matches!(event.kind, LegEventKind::End { .. });
    if events.iter().position(is_end).is_some_and(|end| end + 1 < events.len()) {
        return Err(LegClockError::Ended);
    }
    for grant in events.iter().filter(is_grant) {
        clock.apply(grant, outages)?;
    }
    for event in events.iter().filter(|event| !is_grant(event)) {
        if let LegEventKind::End { by, reason } = event.kind {
            return clock.end(tariff, event.at, by, reason, outages);
        }
        match clock.due(tariff, outages) {
            Some(due) if due.at < event.at => {
                return clock.end(tariff, due.at, By::House, due.reason, outages);
            }
            _ => clock.apply(event, outages)?,
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
