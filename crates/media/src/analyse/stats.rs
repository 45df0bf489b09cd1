//! What times of flashes and beeps say: how much of somebody was there, how far apart picture and sound are, how steady, and where the holes are.

/// How far a beat may be from its time and still is that beat.
const EARLY_OR_LATE: f64 = 0.3;
/// The same event has the same time in every recording of a programme, but for what containers round.
const SAME: f64 = 0.03;

/// What is found of one guest in a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// When the colour flashed, in seconds.
    pub flashes: Vec<f64>,
    /// When the tone beeped, in seconds.
    pub beeps: Vec<f64>,
}

impl Findings {
    /// The part of the beats due between two times in which it flashed, and in which it beeped.
    pub fn presence(&self, from: f64, to: f64) -> (f64, f64) {
        (presence(&self.flashes, from, to), presence(&self.beeps, from, to))
    }

    /// From each flash to the beep nearest to it, at most half a second away; negative where the beep comes first.
    pub fn offsets(&self) -> Vec<f64> {
        let nearest = |flash: &f64| {
            let offsets = self.beeps.iter().map(|beep| beep - flash);
            offsets.min_by(|a, b| a.abs().total_cmp(&b.abs())).filter(|offset| offset.abs() <= 0.5)
        };
        self.flashes.iter().filter_map(nearest).collect()
    }

    /// What 80 % of the offsets do not exceed, in either direction.
    pub fn offset_p80(&self) -> Option<f64> {
        p80(self.offsets().iter().map(|offset| offset.abs()))
    }

    /// What 80 % of the steps from one flash to the next are not further from whole seconds than; the same for beeps.
    pub fn drift_p80(&self) -> (Option<f64>, Option<f64>) {
        (p80(drifts(&self.flashes)), p80(drifts(&self.beeps)))
    }
}

/// The part of the beats due between two times that came. A beat is due once a second, at the phase that the events themselves have: where that
/// lies within the second, and by how much each is early or late, makes no difference.
pub fn presence(events: &[f64], from: f64, to: f64) -> f64 {
    let phase = phase(events.iter().copied().filter(|at| (from..to).contains(at)));
    let first = (from - phase).ceil() + phase;
    let due = std::iter::successors(Some(first), |at| Some(at + 1.0)).take_while(|at| *at < to - EARLY_OR_LATE);
    let (mut all, mut there) = (0_u32, 0_u32);
    for beat in due {
        all += 1;
        there += u32::from(events.iter().any(|at| (at - beat).abs() <= EARLY_OR_LATE));
    }
    f64::from(there) / f64::from(all.max(1))
}

/// Where within their second most events are, from 0 to 1: the mean on the circle, on which 0.99 is next to 0.01.
fn phase(events: impl Iterator<Item = f64>) -> f64 {
    let (x, y) = events.fold((0.0, 0.0), |(x, y), at| {
        let turn = std::f64::consts::TAU * at;
        (x + turn.cos(), y + turn.sin())
    });
    (f64::atan2(y, x) / std::f64::consts::TAU).rem_euclid(1.0)
}

/// What to add to the times of one recording to have those of another of the same programme: `of` and `to` hold the same guests in the same order.
/// None if they do not fit.
pub fn shift(of: &[Findings], to: &[Findings]) -> Option<f64> {
    let tracks: Vec<(&[f64], &[f64])> = of
        .iter()
        .zip(to)
        .flat_map(|(of, to)| [(&*of.flashes, &*to.flashes), (&*of.beeps, &*to.beeps)])
        .filter(|(of, _)| !of.is_empty())
        .collect();
    let met = |shift: f64| {
        let near = move |(of, to): &(&[f64], &[f64])| {
            let near = |at: &f64| to.iter().map(|there| there - at).find(|apart| (apart - shift).abs() < SAME);
            of.iter().filter_map(near).collect::<Vec<f64>>()
        };
        tracks.iter().flat_map(near).collect::<Vec<f64>>()
    };
    let candidates = tracks.iter().flat_map(|(of, to)| to.iter().map(|there| there - of[0]));
    let best = candidates.map(met).max_by_key(Vec::len)?;
    let all: usize = tracks.iter().map(|(of, _)| of.len()).sum();
    let count = f64::from(u32::try_from(best.len()).unwrap_or(u32::MAX));
    (best.len() * 5 >= all * 4).then(|| best.iter().sum::<f64>() / count)
}

/// How far each step is from a whole number of seconds, at least one: a lost flash is a matter of presence, not of cadence.
fn drifts(events: &[f64]) -> impl Iterator<Item = f64> + '_ {
    events.windows(2).map(|pair| {
        let step = pair[1] - pair[0];
        (step - step.round().max(1.0)).abs()
    })
}

/// The value that 80 % of the values do not exceed.
pub fn p80(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * 4).div_ceil(5).checked_sub(1)?;
    values.get(rank).copied()
}

/// Holes: where nothing begins within `most` seconds after the end of what was before. `spans` are begin and end of each piece, in order.
pub fn gaps(spans: impl Iterator<Item = (f64, f64)>, most: f64) -> Vec<(f64, f64)> {
    let mut found = vec![];
    let mut until: Option<f64> = None;
    for (begin, end) in spans {
        if let Some(until) = until.filter(|until| begin - until > most) {
            found.push((until, begin));
        }
        until = Some(until.map_or(end, |until| until.max(end)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-6)
    }

    #[test]
    fn who_is_there_half_the_time_is_half_present() {
        let found = Findings { flashes: vec![0.1, 1.1, 1.2, 2.1, 3.1], beeps: vec![0.2, 2.2] };
        let (seen, heard) = found.presence(0.0, 4.0);
        assert!(close(Some(seen), 1.0) && close(Some(heard), 0.5));
        assert!(close(Some(presence(&[], 0.0, 4.0)), 0.0));
    }

    #[test]
    fn beats_around_the_edge_of_a_second_are_all_there() {
        let found = Findings { flashes: vec![1.01, 1.99, 3.01, 3.98, 5.0], beeps: vec![] };
        assert!(close(Some(found.presence(0.9, 5.9).0), 1.0));
        assert!(close(Some(found.presence(0.0, 5.0).0), 1.0), "what ends with the last beat has lost none");
        assert!(close(Some(found.presence(0.9, 10.9).0), 0.5));
    }

    #[test]
    fn recordings_that_began_at_different_times_are_laid_over_each_other() {
        let from = |begin: i32, end: i32, phase: f64| (begin..end).map(|n| f64::from(n) + phase).collect::<Vec<_>>();
        let guest =
            |begin, end, phase| Findings { flashes: from(begin, end, phase), beeps: from(begin, end, phase + 0.02) };
        let whole = [guest(2, 20, 0.25), guest(9, 14, 0.5)];
        let later = whole.clone().map(|found| Findings {
            flashes: found.flashes.iter().map(|at| at - 6.503).filter(|at| *at >= 0.0).collect(),
            beeps: found.beeps.iter().map(|at| at - 6.497).filter(|at| *at >= 0.0).collect(),
        });
        assert!(shift(&later, &whole).is_some_and(|s| (s - 6.5).abs() < 1e-6), "{:?}", shift(&later, &whole));
        assert_eq!(shift(&later, &[guest(0, 3, 0.9), guest(0, 3, 0.1)]), None);
        assert_eq!(shift(&[], &[]), None);
    }

    #[test]
    fn the_beep_nearest_to_a_flash_counts() {
        let found = Findings { flashes: vec![1.0, 2.0, 3.0, 9.0], beeps: vec![1.02, 1.97, 3.08, 3.3] };
        let offsets = found.offsets();
        assert_eq!(offsets.len(), 3);
        assert!(offsets.iter().zip([0.02, -0.03, 0.08]).all(|(a, b)| (a - b).abs() < 1e-6), "{offsets:?}");
        assert!(close(found.offset_p80(), 0.08));
        assert_eq!(Findings::default().offset_p80(), None);
    }

    #[test]
    fn a_steady_cadence_does_not_drift_and_a_lost_flash_is_no_drift() {
        let found = Findings { flashes: vec![0.5, 1.5, 3.5, 4.55, 5.5], beeps: vec![0.5] };
        let (seen, heard) = found.drift_p80();
        assert!(close(seen, 0.05) && heard.is_none(), "{seen:?}");
    }

    #[test]
    fn eighty_percent_leave_out_the_worst_fifth() {
        assert!(close(p80([9.0, 1.0, 2.0, 3.0, 4.0].into_iter()), 4.0));
        assert!(close(p80([7.0].into_iter()), 7.0));
        assert_eq!(p80(std::iter::empty()), None);
    }

    #[test]
    fn holes_are_found_and_overlaps_are_none() {
        let spans = [(0.0, 0.1), (0.1, 0.4), (0.2, 0.3), (0.45, 0.5), (0.8, 0.9)];
        assert_eq!(gaps(spans.into_iter(), 0.1), [(0.5, 0.8)]);
    }
}
