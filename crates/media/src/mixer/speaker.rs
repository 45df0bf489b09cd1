//! Who speaks, by how loud everyone is. Pure. Nobody takes over with a cough: it takes a second of being clearly louder, and whoever has just taken
//! over stays for a while.

/// Quieter than this is no speech.
const SPEECH_DB: i32 = -45;
/// So much louder than the speaker one must be while both speak.
const LOUDER_DB: i32 = 6;
/// So long one must speak up to take over.
const TAKES_MS: u64 = 1_000;
/// So long a new speaker stays at the least.
const STAYS_MS: u64 = 2_000;

/// Chooses the speaker. `K` is how guests are told apart.
#[derive(Debug)]
pub struct SpeakerChoice<K> {
    speaker: Option<(K, u64)>,
    rising: Option<(K, u64)>,
}

impl<K> Default for SpeakerChoice<K> {
    fn default() -> Self {
        Self { speaker: None, rising: None }
    }
}

impl<K: Clone + PartialEq> SpeakerChoice<K> {
    /// Who the speaker is.
    pub fn speaker(&self) -> Option<&K> {
        self.speaker.as_ref().map(|(who, _)| who)
    }

    /// Takes how loud everyone who may speak is at this moment; who is not among them is no longer the speaker.
    pub fn hear(&mut self, now_ms: u64, levels: &[(K, i32)]) {
        let level_of = |who: &K| levels.iter().find(|(k, _)| k == who).map(|(_, level)| *level);
        self.speaker.take_if(|(who, _)| level_of(who).is_none());
        let loudest = levels.iter().filter(|(_, level)| *level > SPEECH_DB).max_by_key(|(_, level)| *level);
        let Some((who, level)) = loudest else {
            self.rising = None;
            return;
        };
        let Some((speaker, since)) = &self.speaker else {
            self.speaker = Some((who.clone(), now_ms));
            self.rising = None;
            return;
        };
        let held = level_of(speaker).filter(|level| *level > SPEECH_DB);
        let clearly = who != speaker && held.is_none_or(|held| *level >= held + LOUDER_DB);
        if !clearly {
            self.rising = None;
            return;
        }
        let rising_since = match &self.rising {
            Some((rising, since)) if rising == who => *since,
            _ => now_ms,
        };
        if now_ms - rising_since >= TAKES_MS && now_ms.saturating_sub(*since) >= STAYS_MS {
            self.speaker = Some((who.clone(), now_ms));
            self.rising = None;
        } else {
            self.rising = Some((who.clone(), rising_since));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: i32 = -70;

    /// Runs from one moment to another, every 100 ms, and returns who speaks at the end.
    fn run(choice: &mut SpeakerChoice<char>, ms: std::ops::Range<u64>, a: i32, b: i32) -> Option<char> {
        for now in ms.step_by(100) {
            choice.hear(now, &[('a', a), ('b', b)]);
        }
        choice.speaker().copied()
    }

    #[test]
    fn the_first_voice_is_the_speaker_and_stays_through_silence() {
        let mut choice = SpeakerChoice::default();
        assert_eq!(run(&mut choice, 0..500, QUIET, QUIET), None);
        assert_eq!(run(&mut choice, 500..700, -20, QUIET), Some('a'));
        assert_eq!(run(&mut choice, 700..60_000, QUIET, QUIET), Some('a'));
    }

    #[test]
    fn a_cough_changes_nothing_and_a_voice_takes_over_after_a_second() {
        let mut choice = SpeakerChoice::default();
        run(&mut choice, 0..5_000, -20, QUIET);
        assert_eq!(run(&mut choice, 5_000..5_900, QUIET, -10), Some('a'));
        assert_eq!(run(&mut choice, 5_900..6_000, -20, QUIET), Some('a'));
        assert_eq!(run(&mut choice, 6_000..6_900, QUIET, -10), Some('a'));
        assert_eq!(run(&mut choice, 6_900..7_200, QUIET, -10), Some('b'));
    }

    #[test]
    fn over_a_voice_it_takes_a_clearly_louder_one() {
        let mut choice = SpeakerChoice::default();
        run(&mut choice, 0..3_000, -20, QUIET);
        assert_eq!(run(&mut choice, 3_000..9_000, -20, -17), Some('a'));
        assert_eq!(run(&mut choice, 9_000..11_000, -20, -12), Some('b'));
    }

    #[test]
    fn two_who_talk_in_turn_do_not_make_it_flicker() {
        let mut choice = SpeakerChoice::default();
        let mut changes = 0;
        let mut last = None;
        for turn in 0..40_u64 {
            let (a, b) = if turn % 2 == 0 { (-20, QUIET) } else { (QUIET, -20) };
            let now = run(&mut choice, turn * 1_100..(turn + 1) * 1_100, a, b);
            changes += u32::from(now != last);
            last = now;
        }
        assert!(changes <= 44_000 / 2_000, "{changes} changes in 44 s");
    }

    #[test]
    fn who_left_is_not_the_speaker() {
        let mut choice = SpeakerChoice::default();
        run(&mut choice, 0..500, -20, QUIET);
        choice.hear(600, &[('b', QUIET)]);
        assert_eq!(choice.speaker(), None);
    }
}
