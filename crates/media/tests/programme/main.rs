//! The mixer, and a whole programme around it, with real pictures and sounds.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod child;
mod guest;
mod mixing;
mod watch;
mod whole;

use std::time::{Duration, Instant};

use callboard_domain::{Layout, OutputPreset, ProgrammeId, Slate};
use callboard_media::control::{EncoderSpeed, IceSpec, ProgrammeSpec};

pub(crate) type Rgb = [u8; 3];
pub(crate) const RED: Rgb = [220, 30, 30];
pub(crate) const BLUE: Rgb = [30, 30, 220];

/// A programme that writes nothing.
pub(crate) fn spec(preset: OutputPreset) -> ProgrammeSpec {
    ProgrammeSpec {
        id: ProgrammeId::generate(),
        preset,
        speed: EncoderSpeed::Ultrafast,
        layout: Layout::Grid,
        slate: Slate::None,
        title: String::new(),
        hls_dir: "unused".into(),
        recordings_dir: "unused".into(),
        ice: IceSpec::default(),
        discontinuity: false,
        targets: vec![],
    }
}

/// Waits until something holds, looking every few milliseconds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "waited 20 s and it never came to be that {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
