//! Figures that look like a line's.

use callboard_contract::api::calls::Line;
use callboard_domain::CallKind;
use rand::Rng as _;
use rand::rngs::StdRng;

/// The figures of one beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) line: Line,
    pub(super) packets: u64,
    pub(super) rtt_ms: Option<u32>,
    pub(super) loss_permille: Option<u32>,
    pub(super) jitter_ms: Option<u32>,
    pub(super) bitrate_kbps: Option<u32>,
}

/// A line whose quality wanders.
#[derive(Clone, Debug)]
pub(super) struct LineModel {
    packets: u64,
    per_beat: u64,
    rtt: u32,
    loss: u32,
    bitrate: u32,
    best_bitrate: u32,
}

impl LineModel {
    pub(super) fn new(kind: CallKind, beat_ms: u64, rng: &mut StdRng) -> Self {
        let (per_second, best_bitrate) = match kind {
            CallKind::Chat => (0, 0),
            CallKind::Audio => (50, 48),
            CallKind::Video => (180, 1_800),
            CallKind::Group => (150, 1_200),
        };
        let (rtt, loss) = (rng.random_range(18..90), rng.random_range(0..8));
        Self { packets: 0, per_beat: per_second * beat_ms / 1000, rtt, loss, bitrate: best_bitrate, best_bitrate }
    }

    pub(super) fn beat(&mut self, connected: bool, rng: &mut StdRng) -> Figures {
        if !connected {
            let line = Line::Connecting;
            let packets = self.packets;
            return Figures { line, packets, rtt_ms: None, loss_permille: None, jitter_ms: None, bitrate_kbps: None };
        }
        self.rtt = wander(self.rtt, 12, 15, 400, rng);
        self.loss = wander(self.loss, 3, 0, 80, rng);
        self.bitrate = wander(self.bitrate, self.best_bitrate / 10, self.best_bitrate / 4, self.best_bitrate, rng);
        self.packets += self.per_beat * u64::from(1000 - self.loss) / 1000;
        let media = self.best_bitrate > 0;
        Figures {
            line: Line::Connected,
            packets: self.packets,
            rtt_ms: Some(self.rtt),
            loss_permille: media.then_some(self.loss),
            jitter_ms: media.then_some(self.rtt / 8 + self.loss / 2),
            bitrate_kbps: media.then_some(self.bitrate),
        }
    }
}

fn wander(value: u32, step: u32, least: u32, most: u32, rng: &mut StdRng) -> u32 {
    let up = rng.random_range(0..=2 * step);
    (value + up).saturating_sub(step).clamp(least, most.max(least))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn a_line_stays_plausible_and_the_same_seed_gives_the_same() {
        let run = || {
            let mut rng = StdRng::seed_from_u64(3);
            let mut line = LineModel::new(CallKind::Video, 5000, &mut rng);
            (0..200).map(|n| line.beat(n > 0, &mut rng)).collect::<Vec<_>>()
        };
        let beats = run();
        assert_eq!(beats, run());
        assert_eq!((beats[0].line, beats[0].rtt_ms), (Line::Connecting, None));
        assert!(beats.windows(2).skip(1).all(|w| w[0].packets < w[1].packets));
        assert!(beats[1..].iter().all(|b| b.rtt_ms.unwrap() <= 400 && b.loss_permille.unwrap() <= 80));
    }
}
