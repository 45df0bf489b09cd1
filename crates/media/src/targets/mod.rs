//! Where a programme goes: playlists, pushes, recordings, each on a thread and in a pipeline of its own.
//!
//! What must always hold: a target that is stuck, slow or dead holds up neither the programme nor another target; stopping one never hangs; what is
//! wrong with one is said in words for people, without its key.

mod board;
mod file;
mod hls;
mod inlet;
mod outlet;
mod patience;
mod playlist;
mod push;
mod run;
mod segmenter;
mod trouble;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

use callboard_domain::TargetState;

pub use crate::control::{TargetSpec, TargetStatus};
use crate::feed::Feed;
use board::Board;
pub use hls::PLAYLIST;
pub use patience::Timing;
use run::Runner;
use trouble::Trouble;

/// Where targets write on this machine, and how.
#[derive(Clone, Debug)]
pub struct TargetPlaces {
    /// The folder of the programme's playlist ([`PLAYLIST`]) and its segments.
    pub hls_dir: PathBuf,
    /// The folder of its recordings, which are named after their targets.
    pub recordings_dir: PathBuf,
    /// An earlier process fed the same targets: one that refuses now is tried again.
    pub resumed: bool,
    /// How long a segment for live viewers is.
    pub segment: Duration,
    /// How many segments their playlist shows.
    pub window: usize,
    /// How long a segment is where the playlist keeps all since the beginning: every player asks for all of it again with each new one.
    pub event_segment: Duration,
    /// How long things may take.
    pub timing: Timing,
}

impl TargetPlaces {
    /// These folders, and what suits live viewers otherwise.
    pub fn new(hls_dir: impl Into<PathBuf>, recordings_dir: impl Into<PathBuf>) -> Self {
        Self {
            hls_dir: hls_dir.into(),
            recordings_dir: recordings_dir.into(),
            resumed: false,
            segment: Duration::from_secs(1),
            window: 12,
            event_segment: Duration::from_secs(4),
            timing: Timing::default(),
        }
    }
}

/// Somewhere that the programme goes. Dropping it is stopping it without waiting.
#[derive(Debug)]
pub struct Target {
    spec: TargetSpec,
    board: Arc<Board>,
    stop: Option<Sender<()>>,
    ended: Receiver<()>,
    finish: Duration,
}

impl Target {
    /// Sends the feed there from the next key frame on. What goes wrong stands in its status.
    pub fn start(spec: TargetSpec, feed: &Feed, places: &TargetPlaces) -> Self {
        let board = Arc::new(Board::new(&spec));
        let (stop, stopped) = channel();
        let (end, ended) = channel::<()>();
        let runner = Runner {
            spec: spec.clone(),
            feed: feed.clone(),
            places: places.clone(),
            board: Arc::clone(&board),
            stop: stopped,
            bytes: 0,
            drops: 0,
        };
        let thread = std::thread::Builder::new().name(format!("target {}", spec.name)).spawn(move || {
            // Goes when the thread goes, whatever it dies of.
            let _end = end;
            runner.run();
        });
        if let Err(e) = thread {
            board.trouble(TargetState::Failed, &Trouble::house(format!("no thread for it: {}", e.kind())));
        }
        Self { spec, board, stop: Some(stop), ended, finish: places.timing.finish }
    }

    /// What was asked for.
    pub fn spec(&self) -> &TargetSpec {
        &self.spec
    }

    /// How it is.
    pub fn status(&self) -> TargetStatus {
        self.board.read()
    }

    /// Whether it has ended for good.
    pub fn has_ended(&self) -> bool {
        matches!(self.ended.try_recv(), Err(TryRecvError::Disconnected))
    }

    /// Tells it to end, without waiting for that.
    pub fn ask_to_stop(&mut self) {
        self.stop = None;
    }

    /// Ends it as it should be ended: files are made whole, servers told. Returns in any case soon after the time that is allowed for this.
    pub fn stop(mut self) -> TargetStatus {
        self.ask_to_stop();
        let within = self.finish + Duration::from_secs(4);
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(within) {
            let reason = format!("it did not end within {} s and was left behind", within.as_secs());
            self.board.trouble(TargetState::Failed, &Trouble::house(reason));
        }
        self.status()
    }
}
