//! A recording: a fragmented MP4, which can be played up to its last second even if the process dies; its index is written when it ends.

use std::fs;
use std::path::{Path, PathBuf};

use super::outlet::{Form, Line, Outlet};
use super::push::Failure;
use super::trouble::{Said, Trouble};
use crate::MediaError;
use gstreamer::prelude::*;

/// Of the fragments that a file has while it grows.
const FRAGMENT_MS: u32 = 1_000;

/// A file that grows.
pub(super) struct Recording {
    line: Line,
    path: PathBuf,
}

impl Recording {
    /// Begins `<name>.mp4` below `dir`; an earlier one of that name is kept, and this one is then `<name>-2.mp4`.
    pub(super) fn open(dir: &Path, name: &str, video: bool) -> Result<Self, Failure> {
        fs::create_dir_all(dir).map_err(|e| Trouble::writing("recordings", &e))?;
        let path = claim(dir, name).map_err(|e| Trouble::writing("recordings", &e))?;
        let line = Line::new(video, true)?;
        let (mux, sink) = (line.add("mp4mux")?, line.add("filesink")?);
        mux.set_property("fragment-duration", FRAGMENT_MS);
        // The other mode leaves files behind a crash of which some players see a second.
        mux.set_property_from_str("fragment-mode", "dash-or-mss");
        sink.set_property("location", path.to_string_lossy().into_owned());
        sink.set_property_from_str("buffer-mode", "unbuffered");
        sink.set_property("sync", false);
        sink.set_property("async", false);
        line.link_to(&mux, Form::Boxes)?;
        mux.link(&sink).map_err(|e| MediaError::pipeline("a recording", e))?;
        line.play();
        Ok(Self { line, path })
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The first of `name.mp4`, `name-2.mp4`, … that is not there yet, made.
fn claim(dir: &Path, name: &str) -> std::io::Result<PathBuf> {
    let mut n = 1_u32;
    loop {
        let file = if n == 1 { format!("{name}.mp4") } else { format!("{name}-{n}.mp4") };
        let path = dir.join(file);
        match fs::File::create_new(&path) {
            Ok(_) => return Ok(path),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => n += 1,
            Err(e) => return Err(e),
        }
    }
}

impl Outlet for Recording {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn sent(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |m| m.len())
    }

    fn trouble(&self, error: &Said, _: bool) -> Trouble {
        Trouble::of_file(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_recording_is_never_written_over() {
        let dir = tempfile::tempdir().expect("a folder");
        let names: Vec<_> = (0..3)
            .map(|_| claim(dir.path(), "show").expect("a file").file_name().expect("a name").to_owned())
            .collect();
        assert_eq!(names, ["show.mp4", "show-2.mp4", "show-3.mp4"]);
    }
}
