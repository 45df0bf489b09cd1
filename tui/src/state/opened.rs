//! The call whose details are followed: its last answer, carried forward by the clock, and the quality seen while it was open.

use std::collections::VecDeque;

use callboard_contract::adm::calls::{CallDetail, LegDetail, TimelineItem};
use callboard_domain::{Coins, LegState, Millis, Tariff, Uid};

use super::live::Level;

/// How many looks at the quality are kept.
const SAMPLES: usize = 240;
/// Time is carried forward no longer than this without news.
const MAX_CARRY_MS: i64 = 15_000;

/// One look at a member's line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) level: Level,
    pub(crate) rtt_ms: u64,
    pub(crate) loss_permille: u64,
}

/// The followed call.
pub(crate) struct Opened {
    pub(crate) detail: CallDetail,
    /// When it was read, on the console's clock.
    pub(crate) seen: i64,
    pub(crate) timeline: Vec<TimelineItem>,
    samples: Vec<(Uid, VecDeque<Sample>)>,
    tariff: Option<Tariff>,
}

impl Opened {
    pub(crate) fn new(detail: CallDetail, now: i64) -> Self {
        let tariff = Tariff::try_from(detail.tariff.clone()).ok();
        let mut opened = Self { detail, seen: now, timeline: Vec::new(), samples: Vec::new(), tariff };
        opened.sample();
        opened
    }

    /// Takes newer details of the same call.
    pub(crate) fn take(&mut self, detail: CallDetail, now: i64) {
        if detail.version >= self.detail.version {
            self.detail = detail;
            self.seen = now;
            self.sample();
        }
    }

    fn sample(&mut self) {
        for member in &self.detail.members {
            let at = self.samples.iter().position(|(uid, _)| *uid == member.uid).unwrap_or_else(|| {
                self.samples.push((member.uid.clone(), VecDeque::new()));
                self.samples.len() - 1
            });
            let seen = &mut self.samples[at].1;
            seen.push_back(Sample {
                level: Level::of(&member.quality),
                rtt_ms: member.quality.rtt_ms.unwrap_or_default().into(),
                loss_permille: member.quality.loss_permille.unwrap_or_default().into(),
            });
            if seen.len() > SAMPLES {
                seen.pop_front();
            }
        }
    }

    /// The last looks at a member's line, oldest first.
    pub(crate) fn samples(&self, uid: &Uid) -> impl DoubleEndedIterator<Item = Sample> + '_ {
        self.samples.iter().find(|(of, _)| of == uid).into_iter().flat_map(|(_, seen)| seen.iter().copied())
    }

    fn carried(&self, leg: &LegDetail, now: i64) -> i64 {
        if leg.state == LegState::Metered { (now - self.seen).clamp(0, MAX_CARRY_MS) } else { 0 }
    }

    /// Connected time of a leg now.
    pub(crate) fn connected_ms(&self, leg: &LegDetail, now: i64) -> i64 {
        leg.connected_ms + self.carried(leg, now)
    }

    /// Time left of a leg now.
    pub(crate) fn runway_ms(&self, leg: &LegDetail, now: i64) -> Option<i64> {
        leg.runway_ms.map(|ms| (ms - self.carried(leg, now)).max(0))
    }

    /// The charge of a leg now, by the tariff itself and never above what was granted. The house's figure where that cannot be said.
    pub(crate) fn charge(&self, leg: &LegDetail, now: i64) -> Coins {
        match &self.tariff {
            Some(tariff) if leg.state == LegState::Metered => {
                let at = |ms: i64| tariff.exact(Millis::from_ms(ms));
                let more = at(self.connected_ms(leg, now)).saturating_sub(at(leg.connected_ms));
                leg.charge.checked_add(more).map_or(leg.charge, |charge| charge.min(leg.granted.max(leg.charge)))
            }
            _ => leg.charge,
        }
    }

    /// Who calls whom.
    pub(crate) fn who(&self) -> String {
        who(&self.detail)
    }
}

/// Who calls whom, from the details.
pub(crate) fn who(detail: &CallDetail) -> String {
    if detail.call.kind == callboard_domain::CallKind::Group {
        format!("group: {} ({})", detail.call.payee, detail.members.iter().filter(|m| m.state.is_in()).count())
    } else {
        format!("{} → {}", detail.call.caller, detail.call.payee)
    }
}
