//! When a target counts as live, as dead, and as lost for good: the arithmetic of it, without any media.
//!
//! A push is live when bytes go out, not when somebody acknowledges them. It is dead when it was offered bytes and took none for a while. A target
//! that never worked fails at the first hopeless error; one that worked, or that an earlier process fed, is tried again for a while.

use std::time::{Duration, Instant};

use super::trouble::Trouble;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Without at least 4 KiB for so long, a target that is offered more is dead.
    pub dead: Duration,
    /// How long a broken target is tried again.
    pub window: Duration,
    /// The first pause before another try; it doubles each time.
    pub first_pause: Duration,
    /// The longest pause before another try.
    pub longest_pause: Duration,
    /// How long a target may take to be finished.
    pub finish: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            dead: Duration::from_secs(30),
            window: Duration::from_mins(5),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(10),
            finish: Duration::from_secs(10),
        }
    }
}

/// Bytes that must go out for a push to count as alive.
pub(super) const LEAST: u64 = 4096;

/// What the bytes of a connection say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Nothing has gone out yet.
    Quiet,
    /// Bytes go out.
    Alive,
    /// None go out although they are offered.
    Dead,
}

/// Watches the bytes of one connection.
#[derive(Debug)]
pub(super) struct Pulse {
    dead: Duration,
    /// What must have gone out at first.
    enough: u64,
    at: Instant,
    sent: u64,
    offered: u64,
    ever: bool,
}

impl Pulse {
    /// `already` bytes are what a connection sends before any media; `least` make it alive.
    pub(super) fn new(dead: Duration, now: Instant, already: u64, least: u64) -> Self {
        Self { dead, enough: already + least, at: now, sent: already, offered: 0, ever: false }
    }

    pub(super) fn observe(&mut self, now: Instant, offered: u64, sent: u64) -> Beat {
        self.ever |= sent >= self.enough;
        if sent >= self.sent + LEAST {
            (self.at, self.sent, self.offered) = (now, sent, offered);
        } else if now.duration_since(self.at) >= self.dead {
            let (offers, takes) = (offered.saturating_sub(self.offered), sent.saturating_sub(self.sent));
            if offers >= LEAST && takes < offers / 2 {
                return Beat::Dead;
            }
            // Little was offered: the programme is still or silent, not the target.
            (self.at, self.offered, self.sent) = (now, offered, self.sent.max(sent));
        }
        if self.ever { Beat::Alive } else { Beat::Quiet }
    }
}

/// What to do about trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Try again after this pause.
    Again(Duration),
    /// Hopeless from the start.
    Fail,
    /// It has been tried long enough.
    GiveUp,
}

/// How long a target is borne with.
#[derive(Debug)]
pub(super) struct Patience {
    timing: Timing,
    worked: bool,
    broken_since: Option<Instant>,
    tries: u32,
}

impl Patience {
    /// `worked`: an earlier process fed the same target.
    pub(super) fn new(timing: Timing, worked: bool) -> Self {
        Self { timing, worked, broken_since: None, tries: 0 }
    }

    /// It works, since `live_for`. One that breaks again at once is not forgiven its pauses.
    pub(super) fn works(&mut self, live_for: Duration) {
        self.worked = true;
        if live_for >= self.timing.longest_pause {
            (self.broken_since, self.tries) = (None, 0);
        }
    }

    pub(super) fn judge(&mut self, now: Instant, trouble: &Trouble) -> Verdict {
        if trouble.hopeless && !self.worked {
            return Verdict::Fail;
        }
        let since = *self.broken_since.get_or_insert(now);
        if now.duration_since(since) >= self.timing.window {
            return Verdict::GiveUp;
        }
        let pause = self.timing.first_pause.saturating_mul(2_u32.saturating_pow(self.tries));
        self.tries += 1;
        Verdict::Again(pause.min(self.timing.longest_pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn bytes_are_the_pulse() {
        let start = Instant::now();
        let mut pulse = Pulse::new(30 * SECOND, start, 1_000, LEAST);
        assert_eq!(pulse.observe(start + SECOND, 9_000, 5_000), Beat::Quiet);
        assert_eq!(pulse.observe(start + 2 * SECOND, 9_000, 5_096), Beat::Alive);
        assert_eq!(pulse.observe(start + 31 * SECOND, 90_000, 5_500), Beat::Alive);
        assert_eq!(pulse.observe(start + 32 * SECOND, 90_000, 5_500), Beat::Dead);
    }

    #[test]
    fn a_programme_that_stands_still_kills_no_target() {
        let start = Instant::now();
        let mut pulse = Pulse::new(30 * SECOND, start, 0, LEAST);
        assert_eq!(pulse.observe(start, 5_000, 5_000), Beat::Alive);
        assert_eq!(pulse.observe(start + 300 * SECOND, 5_000, 5_000), Beat::Alive);
        assert_eq!(pulse.observe(start + 330 * SECOND, 99_000, 5_000), Beat::Dead);
    }

    #[test]
    fn silence_that_is_taken_as_slowly_as_it_comes_kills_no_target() {
        let start = Instant::now();
        let mut pulse = Pulse::new(2 * SECOND, start, 0, LEAST);
        assert_eq!(pulse.observe(start + 3 * SECOND, 4_200, 3_000), Beat::Quiet);
        assert_eq!(pulse.observe(start + 5 * SECOND, 7_000, 6_000), Beat::Alive);
        assert_eq!(pulse.observe(start + 6 * SECOND, 8_500, 7_200), Beat::Alive);
    }

    #[test]
    fn what_never_worked_fails_at_once_and_what_worked_is_tried_again() {
        let start = Instant::now();
        let hopeless = Trouble::settings("no");
        assert_eq!(Patience::new(Timing::default(), false).judge(start, &hopeless), Verdict::Fail);
        let mut resumed = Patience::new(Timing::default(), true);
        assert!(matches!(resumed.judge(start, &hopeless), Verdict::Again(_)));
        let mut patience = Patience::new(Timing::default(), false);
        let slow = Trouble::target("no answer");
        let mut pauses = vec![];
        let mut now = start;
        while let Verdict::Again(pause) = patience.judge(now, &slow) {
            pauses.push(pause.as_millis());
            now += pause + 5 * SECOND;
        }
        assert_eq!(&pauses[..6], &[500, 1_000, 2_000, 4_000, 8_000, 10_000]);
        assert!(now.duration_since(start) >= 300 * SECOND);
        // Working for a moment gives no new window; working for a while does.
        patience.works(SECOND);
        assert_eq!(patience.judge(now, &hopeless), Verdict::GiveUp);
        patience.works(10 * SECOND);
        assert_eq!(patience.judge(now, &hopeless), Verdict::Again(Duration::from_millis(500)));
    }
}
