//! What programmes cost, and whether there is room for one more.
//!
//! A programme counts as what it was measured at, but while it is young as no less than what its kind usually costs: guests come
//! only after it has started. A fifth of the cores stays free for everything else.

use std::time::{Duration, Instant};

use callboard_domain::OutputPreset;

const PER_CORE: u32 = 1000;
/// Of the cores, per thousand.
const FILLED: u32 = 800;
/// A programme is young for so long.
const YOUNG: Duration = Duration::from_secs(30);

/// What one programme counts for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) preset: OutputPreset,
    pub(crate) age: Duration,
    /// In thousandths of a core.
    pub(crate) measured: u32,
}

/// Whether one more programme fits beside those that run. The kind of the next one is not known before it is taken.
pub(crate) fn has_room(cores: u32, running: &[Load]) -> bool {
    let used: u32 = running.iter().map(|load| counted(*load)).sum();
    // Even the smallest machine runs one.
    running.is_empty() || used + usual(OutputPreset::P720) <= cores * FILLED
}

fn counted(load: Load) -> u32 {
    if load.age < YOUNG { load.measured.max(usual(load.preset)) } else { load.measured }
}

/// With two guests, in thousandths of a core.
const fn usual(preset: OutputPreset) -> u32 {
    match preset {
        OutputPreset::Audio => PER_CORE / 10,
        OutputPreset::P480 => PER_CORE * 3 / 10,
        OutputPreset::P720 => PER_CORE / 2,
        OutputPreset::P1080 => PER_CORE,
    }
}

/// Measures what a process uses.
#[derive(Debug)]
pub(crate) struct Meter {
    pid: u32,
    at: Instant,
    ticks: u64,
}

/// What a process uses now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// In thousandths of a core, since the last look.
    pub(crate) cpu_permille: u32,
    pub(crate) memory_kib: u64,
}

impl Meter {
    pub(crate) fn new(pid: u32) -> Self {
        Self { pid, at: Instant::now(), ticks: read(pid).map_or(0, |(ticks, _)| ticks) }
    }

    /// Looks again; nothing if the process is gone.
    pub(crate) fn look(&mut self) -> Option<Usage> {
        let (ticks, memory_kib) = read(self.pid)?;
        let now = Instant::now();
        let ms = u64::try_from(now.duration_since(self.at).as_millis()).unwrap_or(u64::MAX).max(1);
        let used = ticks.saturating_sub(self.ticks) * 1_000_000 / rustix::param::clock_ticks_per_second().max(1);
        (self.at, self.ticks) = (now, ticks);
        Some(Usage { cpu_permille: u32::try_from(used / ms).unwrap_or(u32::MAX), memory_kib })
    }
}

/// Processor time in ticks, and memory.
fn read(pid: u32) -> Option<(u64, u64)> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(stat: &str) -> Option<(u64, u64)> {
    // The name stands in parentheses and may hold blanks and parentheses itself.
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok());
    let pages = number(21)?;
    let page_kib = u64::try_from(rustix::param::page_size() / 1024).unwrap_or(4);
    Some((number(11)? + number(12)?, pages * page_kib))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(preset: OutputPreset, secs: u64, measured: u32) -> Load {
        Load { preset, age: Duration::from_secs(secs), measured }
    }

    #[test]
    fn two_cores_take_three_programmes_of_two_guests_but_not_four() {
        let old = load(OutputPreset::P720, 100, 480);
        assert!(has_room(2, &[]));
        assert!(has_room(2, &[old, old]));
        assert!(!has_room(2, &[old, old, old]));
    }

    #[test]
    fn a_young_programme_counts_as_what_it_will_cost() {
        let young = load(OutputPreset::P1080, 2, 10);
        assert!(!has_room(1, &[young]));
        assert!(has_room(1, &[load(OutputPreset::P1080, 60, 10)]));
        assert!(has_room(1, &[]), "the smallest machine runs one");
    }

    #[test]
    fn a_process_is_measured_by_what_the_kernel_says() {
        let stat =
            "42 (a (b) c) S 1 1 1 0 -1 4194304 100 0 0 0 70 30 0 0 20 0 1 0 100 1000000 250 18446744073709551615";
        let (ticks, kib) = parse(stat).unwrap();
        assert_eq!(ticks, 100);
        assert!(kib >= 1000);
        assert!(Meter::new(std::process::id()).look().is_some());
        assert_eq!(parse("nonsense"), None);
    }
}
