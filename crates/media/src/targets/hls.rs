//! HLS: a folder with a playlist and segments of MPEG transport stream that a web server hands out.
//!
//! What must always hold: a file is under its name only when it is complete; the playlist names only what is there; who takes over the folder goes on
//! in the same playlist, behind a discontinuity; what left the window long enough ago is deleted.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gstreamer::prelude::*;
use gstreamer::{BufferFlags, Sample};
use gstreamer_app::AppSink;
use jiff::Timestamp;

use super::outlet::{Form, Line, Outlet};
use super::playlist::{Playlist, number_of};
use super::push::Failure;
use super::segmenter::{Cut, Piece, Segmenter};
use super::trouble::{Said, Trouble};
use crate::MediaError;

/// The name of the playlist within its folder.
pub const PLAYLIST: &str = "index.m3u8";
/// Segments that stay on disk after they left the window: players may still be loading them.
const LINGER: u64 = 10;

/// A playlist that grows.
pub(super) struct Hls {
    line: Line,
    sink: AppSink,
    video: bool,
    cutter: Segmenter,
    playlist: Playlist,
    dir: Claim,
    written: u64,
    open: bool,
    /// When the programme's time 0 was.
    zero: Option<Timestamp>,
}

impl Hls {
    /// Begins, or goes on with, the playlist in this folder.
    pub(super) fn open(dir: &Path, segment: Duration, window: Option<usize>, video: bool) -> Result<Self, Failure> {
        let failed = |e: io::Error| Trouble::writing("segments", &e);
        let dir = Claim::wait(dir)
            .ok_or_else(|| Trouble::settings("another hls target of this programme writes there already"))?;
        fs::create_dir_all(&dir.0).map_err(failed)?;
        let mut playlist = Playlist::new(segment, window, Timestamp::now());
        match fs::read_to_string(dir.0.join(PLAYLIST)) {
            Ok(text) => playlist.resume(&text),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed(e).into()),
        }
        let line = Line::new(video, false)?;
        let mux = line.add("mpegtsmux")?;
        let sink = AppSink::builder().sync(false).async_(false).enable_last_sample(false).build();
        line.pipeline.add(&sink).map_err(|e| MediaError::pipeline("a playlist", e))?;
        line.link_to(&mux, Form::Stream)?;
        mux.link(&sink).map_err(|e| MediaError::pipeline("a playlist", e))?;
        line.play();
        let cutter = Segmenter::new(segment);
        Ok(Self { line, sink, video, cutter, playlist, dir, written: 0, open: false, zero: None })
    }

    fn take(&mut self, sample: &Sample) -> Result<(), Trouble> {
        let Some(buffer) = sample.buffer() else { return Ok(()) };
        let Some(at) = buffer.pts().map(Duration::from) else { return Ok(()) };
        let Ok(map) = buffer.map_readable() else { return Ok(()) };
        let key = !buffer.flags().contains(BufferFlags::DELTA_UNIT);
        let piece = Piece { bytes: &map, at, starts: key || !self.video };
        match self.cutter.take(piece) {
            Some(cut) => self.write(&cut),
            None => Ok(()),
        }
    }

    fn write(&mut self, cut: &Cut) -> Result<(), Trouble> {
        let failed = |e: io::Error| Trouble::writing("segments", &e);
        let now = Timestamp::now();
        let zero = *self.zero.get_or_insert_with(|| now.saturating_sub(cut.begins + cut.lasts).unwrap_or(now));
        let number = self.playlist.next_number();
        whole(&self.dir.0.join(super::playlist::file_of(number)), &cut.bytes).map_err(failed)?;
        if cut.after_gap {
            self.playlist.break_off();
        }
        self.playlist.push(cut.lasts, zero.checked_add(cut.begins).ok());
        self.list()?;
        self.written += cut.bytes.len() as u64;
        self.open = true;
        self.sweep();
        Ok(())
    }

    fn list(&self) -> Result<(), Trouble> {
        whole(&self.dir.0.join(PLAYLIST), self.playlist.text().as_bytes()).map_err(|e| Trouble::writing("segments", &e))
    }

    /// Deletes segments that nobody can want any more. One that stays is in nobody's way.
    fn sweep(&self) {
        let Some(first) = self.playlist.segments().next().map(|s| s.number) else { return };
        let Ok(entries) = fs::read_dir(&self.dir.0) else { return };
        for entry in entries.flatten() {
            let old = entry.file_name().to_str().and_then(number_of).is_some_and(|n| n + LINGER < first);
            if old {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn close(&mut self) -> Result<(), Trouble> {
        match self.cutter.close(None) {
            Some(cut) => self.write(&cut),
            None => Ok(()),
        }
    }
}

/// Writes a file that is there either whole or not at all.
fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, path)).inspect_err(|_| {
        // The room that a broken write took is needed.
        let _ = fs::remove_file(&part);
    })
}

impl Outlet for Hls {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn sent(&self) -> u64 {
        self.written
    }

    fn is_open(&self) -> bool {
        self.open
    }

    fn work(&mut self) -> Result<(), Trouble> {
        while let Some(sample) = self.sink.try_pull_sample(gstreamer::ClockTime::ZERO) {
            self.take(&sample)?;
        }
        Ok(())
    }

    fn trouble(&self, error: &Said, _: bool) -> Trouble {
        Trouble::house(format!("the playlist broke off: {}", error.short))
    }

    fn finished(&mut self) -> Result<(), Trouble> {
        self.close()?;
        self.playlist.end();
        self.list()
    }
}

/// A folder that only one target of this process writes to.
struct Claim(PathBuf);

static CLAIMED: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

fn claimed() -> MutexGuard<'static, Option<HashSet<PathBuf>>> {
    CLAIMED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Claim {
    /// The folder, which the target before this one may just be finishing with.
    fn wait(dir: &Path) -> Option<Self> {
        let until = Instant::now() + Duration::from_secs(3);
        loop {
            match Self::of(dir) {
                None if Instant::now() < until => std::thread::park_timeout(Duration::from_millis(20)),
                claim => return claim,
            }
        }
    }

    fn of(dir: &Path) -> Option<Self> {
        claimed().get_or_insert_default().insert(dir.to_owned()).then(|| Self(dir.to_owned()))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(all) = claimed().as_mut() {
            all.remove(&self.0);
        }
    }
}
