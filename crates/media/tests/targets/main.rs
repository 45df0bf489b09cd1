//! Targets with real parts: what a small programme leaves in playlists, files and on servers is decoded and looked at, and targets that stall,
//! refuse, vanish or run out of disk disturb none of the others.

mod outputs;
mod programme;
mod server;
mod trouble;

use std::path::Path;
use std::time::{Duration, Instant};

use callboard_domain::{TargetKind, TargetName, TargetState};
use callboard_media::analyse::{Findings, Mark, Recording};
use callboard_media::targets::{Target, TargetPlaces, TargetSpec, Timing};

/// What the programme of these tests flashes and beeps with.
pub(crate) const MARK: Mark = Mark { colour: [220, 30, 30], tone_hz: 880 };

pub(crate) fn spec(name: &str, kind: TargetKind, url: Option<String>) -> TargetSpec {
    TargetSpec { name: TargetName::new(name).expect("a name"), kind, url }
}

/// Targets that write below this folder and lose their patience soon.
pub(crate) fn places(dir: &Path) -> TargetPlaces {
    let timing = Timing {
        dead: Duration::from_secs(2),
        window: Duration::from_mins(1),
        first_pause: Duration::from_millis(200),
        longest_pause: Duration::from_secs(1),
        finish: Duration::from_secs(10),
    };
    TargetPlaces { timing, window: 1_000, ..TargetPlaces::new(dir.join("hls"), dir.join("recordings")) }
}

/// Waits until something holds, looking every few milliseconds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "waited 30 s and it never came to be that {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

pub(crate) fn until_state(target: &Target, state: TargetState) {
    let end = Instant::now() + Duration::from_secs(30);
    while target.status().state != state {
        assert!(Instant::now() < end, "waited 30 s and it is not {state}: {:?}", target.status());
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// The programme is in there from its first to its last second, in step, without a hole.
pub(crate) fn assert_sound(what: &str, recording: &Recording, at_least: f64) -> Findings {
    let found = recording.find(MARK);
    let begin = recording.span().0;
    // A file that broke off may end with one of the two.
    let last = (recording.pictures.last().map(|p| p.at), recording.sound.last().map(|s| s.at));
    let end = last.0.unwrap_or_default().min(last.1.unwrap_or_default());
    assert!(end - begin >= at_least, "{what}: {begin} to {end}, {} pictures", recording.pictures.len());
    let (seen, heard) = found.presence(begin, (end - begin).floor() + begin);
    assert!(seen >= 0.9 && heard >= 0.9, "{what}: seen {seen}, heard {heard}, {begin} to {end}, {found:?}");
    let offset = found.offset_p80().expect("offsets");
    assert!(offset <= 0.1, "{what}: sound is {offset} s from the picture: {:?}", found.offsets());
    let (flashes, beeps) = found.drift_p80();
    let worst = flashes.unwrap_or(0.0).max(beeps.unwrap_or(0.0));
    assert!(worst <= 0.05, "{what}: drifts by {worst} s: {found:?}");
    let holes = (recording.picture_gaps(0.15), recording.sound_gaps(0.15));
    assert_eq!(holes, (vec![], vec![]), "{what}: holes");
    found
}
