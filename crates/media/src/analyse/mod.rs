//! Looks at what came out of a programme: who of the guests is seen and heard, when, how far picture and sound are apart, and where nothing is.
//!
//! Made for tests and measurements with guests that flash in a colour and beep in a tone once a second, as [`crate::synthetic`] makes them.

mod decode;
mod marks;
mod stats;

use std::path::Path;

pub use decode::{Picture, Recording, Sound, file, playlist};
pub use marks::{Mark, beeps, flashes};
pub use stats::{Findings, gaps, p80, presence, shift};

use crate::MediaError;

impl Recording {
    /// What there is of one guest.
    pub fn find(&self, mark: Mark) -> Findings {
        Findings { flashes: flashes(self, mark), beeps: beeps(self, mark) }
    }

    /// Begin and end of all of it, in seconds.
    pub fn span(&self) -> (f64, f64) {
        let begins = self.pictures.first().map(|p| p.at).into_iter().chain(self.sound.first().map(|s| s.at));
        let ends = self.pictures.last().map(|p| p.at).into_iter().chain(self.sound.last().map(|s| s.at));
        (begins.fold(f64::INFINITY, f64::min), ends.fold(0.0, f64::max))
    }

    /// Where no picture comes for longer than `most` seconds.
    pub fn picture_gaps(&self, most: f64) -> Vec<(f64, f64)> {
        gaps(self.pictures.iter().map(|p| (p.at, p.at)), most)
    }

    /// Where sound is missing for longer than `most` seconds.
    pub fn sound_gaps(&self, most: f64) -> Vec<(f64, f64)> {
        let end =
            |s: &Sound| s.at + f64::from(u32::try_from(s.samples.len()).unwrap_or(u32::MAX)) / f64::from(decode::RATE);
        gaps(self.sound.iter().map(|s| (s.at, end(s))), most)
    }
}

/// Decodes a file, or a playlist if its name says so: one recording for each unbroken run.
pub fn recordings(path: &Path) -> Result<Vec<Recording>, MediaError> {
    if path.extension().is_some_and(|e| e == "m3u8") { playlist(path) } else { Ok(vec![file(path)?]) }
}
