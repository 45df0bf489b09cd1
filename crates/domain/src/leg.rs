//! The clock of a leg: how long payer and payee were there together, how long a line was lost, and when the leg ends by itself.
//!
//! The same code meters live legs and re-runs recorded ones, so the books can compare. It knows no money beyond the sum of grants:
//! the tariff turns time into coins. An instant before the last change counts as that change: a leg's time never runs backwards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::words;
use crate::{At, Coins, EndReason, EndRule, Millis, Side, Tariff};

mod outage;
mod replay;

pub use outage::Outage;
pub use replay::{LegOutcome, Recorded, replay};

words! {
    /// Who ended a leg.
    By {
        /// The one who pays.
        Payer = "payer",
        /// The one who is paid.
        Payee = "payee",
        /// The house: staff, or the meter itself.
        House = "house",
    }
}

words! {
    /// What a leg's clock is doing.
    LegPhase {
        /// Not started.
        Idle = "idle",
        /// Time counts.
        Running = "running",
        /// A line is lost: the reconnect budget is being used.
        Suspended = "suspended",
        /// Over.
        Ended = "ended",
    }
}

/// Something recorded about a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LegEvent {
    /// When, on the database's clock.
    pub at: At,
    /// What.
    #[serde(flatten)]
    pub kind: LegEventKind,
}

/// What can be recorded about a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LegEventKind {
    /// Both sides are there.
    Start,
    /// A side fell silent.
    Suspend {
        /// Which one.
        side: Side,
    },
    /// Both are there again.
    Resume,
    /// Coins were set aside for the leg: the first hold or an extension.
    Grant {
        /// How many.
        amount: Coins,
    },
    /// It is over.
    End {
        /// Who ended it.
        by: By,
        /// Why.
        reason: EndReason,
    },
}

/// Why an event does not fit the state of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LegClockError {
    /// It is over; nothing can follow.
    #[error("the leg has ended already")]
    Ended,
    /// It has started already.
    #[error("the leg has started already")]
    Started,
    /// It has not started yet.
    #[error("the leg has not started yet")]
    NotStarted,
    /// It is suspended already.
    #[error("the leg is suspended already")]
    Suspended,
    /// There is nothing to resume.
    #[error("the leg is not suspended")]
    NotSuspended,
    /// The grants make no sense.
    #[error("the grants of the leg are negative or beyond the limit")]
    Grants,
}

/// The instant at which a leg ends by itself if nothing more is recorded, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: At,
    /// The cut-off, the end of the minutes, or a lost line.
    pub reason: EndReason,
}

/// The clock of one leg, as it stood at its last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LegClock {
    phase: LegPhase,
    since: At,
    connected: Millis,
    lost: Millis,
    granted: Coins,
    lost_side: Option<Side>,
}

impl Default for LegClock {
    fn default() -> Self {
        Self::new()
    }
}

impl LegClock {
    /// A leg that was reserved and nothing more.
    pub const fn new() -> Self {
        Self::from_parts(LegPhase::Idle, At::from_ms(0), Millis::ZERO, Millis::ZERO, Coins::ZERO, None)
    }

    /// A clock from stored columns: the phase, when it began, and the sums up to then.
    pub const fn from_parts(
        phase: LegPhase,
        since: At,
        connected: Millis,
        lost: Millis,
        granted: Coins,
        lost_side: Option<Side>,
    ) -> Self {
        Self { phase, since, connected, lost, granted, lost_side }
    }

    /// What it is doing.
    pub const fn phase(&self) -> LegPhase {
        self.phase
    }

    /// Since when: the last start, suspension, resumption or end.
    pub const fn since(&self) -> At {
        self.since
    }

    /// Connected time up to the last change.
    pub const fn connected(&self) -> Millis {
        self.connected
    }

    /// Lost time up to the last change.
    pub const fn lost(&self) -> Millis {
        self.lost
    }

    /// The sum of the grants.
    pub const fn granted(&self) -> Coins {
        self.granted
    }

    /// Whose line is lost, while it is; after an end, whose line was lost then.
    pub const fn lost_side(&self) -> Option<Side> {
        self.lost_side
    }

    /// Takes in what was recorded. The tariff plays no part: see [`LegClock::due`] for what must have ended before.
    pub fn apply(&mut self, event: &LegEvent, outages: &[Outage]) -> Result<(), LegClockError> {
        let next = match (event.kind, self.phase) {
            (_, LegPhase::Ended) => return Err(LegClockError::Ended),
            (LegEventKind::Grant { amount }, _) => {
                let sum = self.granted.checked_add(amount).map_err(|_| LegClockError::Grants)?;
                if amount.is_negative() {
                    return Err(LegClockError::Grants);
                }
                self.granted = sum;
                return Ok(());
            }
            (LegEventKind::Start, LegPhase::Idle) | (LegEventKind::Resume, LegPhase::Suspended) => LegPhase::Running,
            (LegEventKind::Suspend { .. }, LegPhase::Running) => LegPhase::Suspended,
            (LegEventKind::End { .. }, _) => LegPhase::Ended,
            (LegEventKind::Start, _) => return Err(LegClockError::Started),
            (_, LegPhase::Idle) => return Err(LegClockError::NotStarted),
            (LegEventKind::Suspend { .. }, _) => return Err(LegClockError::Suspended),
            (LegEventKind::Resume, _) => return Err(LegClockError::NotSuspended),
        };
        let connected = self.connected_at(event.at, outages);
        self.lost = self.lost_at(event.at, outages);
        self.connected = connected;
        self.since = self.since.max(event.at);
        self.phase = next;
        match event.kind {
            LegEventKind::Suspend { side } => self.lost_side = Some(side),
            LegEventKind::Resume => self.lost_side = None,
            LegEventKind::Start | LegEventKind::Grant { .. } | LegEventKind::End { .. } => (),
        }
        Ok(())
    }

    /// Connected time up to an instant. Not capped by grants: see [`LegClock::metered_at`].
    pub fn connected_at(&self, t: At, outages: &[Outage]) -> Millis {
        match self.phase {
            LegPhase::Running => self.connected.plus(outage::listened(self.since, t, outages)),
            LegPhase::Idle | LegPhase::Suspended | LegPhase::Ended => self.connected,
        }
    }

    /// Connected time up to an instant that may be charged for: no further than the cut-off or the minutes of a flat session.
    pub fn metered_at(&self, tariff: &Tariff, t: At, outages: &[Outage]) -> Millis {
        let connected = self.connected_at(t, outages);
        [tariff.cutoff(self.granted), tariff.flat_end()].into_iter().flatten().fold(connected, Millis::min)
    }

    /// Lost time up to an instant.
    pub fn lost_at(&self, t: At, outages: &[Outage]) -> Millis {
        match self.phase {
            LegPhase::Suspended => self.lost.plus(outage::listened(self.since, t, outages)),
            LegPhase::Idle | LegPhase::Running | LegPhase::Ended => self.lost,
        }
    }

    /// When the grants are used up if it keeps running. `None` if it is not running or they last for ever.
    pub fn cutoff_at(&self, tariff: &Tariff, outages: &[Outage]) -> Option<At> {
        self.reaches(tariff.cutoff(self.granted)?, outages)
    }

    /// When the minutes of a flat session without overrun are up if it keeps running.
    pub fn flat_end_at(&self, tariff: &Tariff, outages: &[Outage]) -> Option<At> {
        self.reaches(tariff.flat_end()?, outages)
    }

    /// When the reconnect budget is used up if the line stays lost. `None` if it is not suspended or the tariff sets no budget.
    pub fn line_lost_at(&self, tariff: &Tariff, outages: &[Outage]) -> Option<At> {
        let left = tariff.reconnect()?.minus(self.lost);
        (self.phase == LegPhase::Suspended).then(|| outage::advance(self.since, left, outages))
    }

    /// When and why it ends by itself if nothing more is recorded. What is recorded at exactly that instant wins.
    pub fn due(&self, tariff: &Tariff, outages: &[Outage]) -> Option<Due> {
        let due = |at: Option<At>, reason| at.map(|at| Due { at, reason });
        let ends = [
            due(self.flat_end_at(tariff, outages), EndReason::MinutesUp),
            due(self.cutoff_at(tariff, outages), EndReason::CutOff),
            due(self.line_lost_at(tariff, outages), EndReason::LineLost),
        ];
        ends.into_iter().flatten().min_by_key(|due| due.at)
    }

    /// How long it can go on from an instant with its grants and what is available besides. Warnings use it; it ends nothing.
    pub fn runway(&self, tariff: &Tariff, available: Coins, t: At, outages: &[Outage]) -> Option<Millis> {
        let funds = self.granted.checked_add(available.max(Coins::ZERO)).unwrap_or(Coins::MAX);
        Some(tariff.cutoff(funds)?.minus(self.connected_at(t, outages)))
    }

    /// Coins per minute at an instant: nothing unless it is running.
    pub fn burn(&self, tariff: &Tariff, t: At, outages: &[Outage]) -> Coins {
        match self.phase {
            LegPhase::Running => tariff.burn(self.connected_at(t, outages)),
            LegPhase::Idle | LegPhase::Suspended | LegPhase::Ended => Coins::ZERO,
        }
    }

    fn reaches(&self, connected: Millis, outages: &[Outage]) -> Option<At> {
        let left = connected.minus(self.connected);
        (self.phase == LegPhase::Running).then(|| outage::advance(self.since, left, outages))
    }
}

impl EndRule {
    /// Where the payee or the house ends a leg, or the payee's line is lost for good, only what was used counts.
    pub const fn of(by: By, reason: EndReason, lost_side: Option<Side>) -> Self {
        match (reason, by, lost_side) {
            (EndReason::CutOff | EndReason::MinutesUp, _, _) | (EndReason::LineLost, _, Some(Side::Payer)) => {
                Self::Full
            }
            (EndReason::LineLost | EndReason::PayeeHungUp | EndReason::Staff | EndReason::Sanction, _, _)
            | (_, By::Payee | By::House, _) => Self::UsedOnly,
            (_, By::Payer, _) => Self::Full,
        }
    }
}
