//! The life of one target on its own thread: connect, feed, notice that it broke, try again, end.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use callboard_domain::{TargetKind, TargetState};

use super::TargetPlaces;
use super::board::Board;
use super::file::Recording;
use super::hls::Hls;
use super::outlet::{Heard, Outlet, finish};
use super::patience::{Beat, Patience, Pulse, Verdict};
use super::push::{Failure, Push};
use super::trouble::Trouble;
use crate::control::TargetSpec;
use crate::feed::{Feed, FeedReader, Next};

/// How long the thread waits for a packet before it looks around.
const LOOK: Duration = Duration::from_millis(50);

/// A target's thread.
pub(super) struct Runner {
    pub(super) spec: TargetSpec,
    pub(super) feed: Feed,
    pub(super) places: TargetPlaces,
    pub(super) board: Arc<Board>,
    /// Whatever comes here, or its end, means stop.
    pub(super) stop: Receiver<()>,
    pub(super) bytes: u64,
    pub(super) drops: u64,
}

/// How a connection ended.
enum Ending {
    Finished,
    Broken(Trouble),
}

impl Runner {
    pub(super) fn run(mut self) {
        let mut patience = Patience::new(self.places.timing, self.places.resumed);
        loop {
            let trouble = match self.connection(&mut patience) {
                Ending::Finished => return self.board.well(TargetState::Finished),
                Ending::Broken(trouble) => trouble,
            };
            // A recording that broke has a hole already; another file would hide it.
            let verdict = match self.spec.kind {
                TargetKind::File => Verdict::Fail,
                _ => patience.judge(Instant::now(), &trouble),
            };
            match verdict {
                Verdict::Again(pause) => {
                    self.board.trouble(TargetState::Retrying, &trouble);
                    if self.pause(pause) {
                        return self.board.well(TargetState::Finished);
                    }
                    self.board.reconnect();
                }
                Verdict::Fail => return self.board.trouble(TargetState::Failed, &trouble),
                Verdict::GiveUp => {
                    let seconds = self.places.timing.window.as_secs();
                    let reason = format!("{}; given up after {seconds} s", trouble.reason);
                    return self.board.trouble(TargetState::Failed, &Trouble { reason, ..trouble });
                }
            }
        }
    }

    /// Waits; whether it is over meanwhile.
    fn pause(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.stop.recv_timeout(left.min(LOOK)) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) if self.feed.is_closed() => return true,
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return false,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn open(&self) -> Result<Box<dyn Outlet>, Failure> {
        let video = self.feed.has_video();
        let name = self.spec.name.as_str();
        Ok(match self.spec.kind {
            TargetKind::Hls => {
                Box::new(Hls::open(&self.places.hls_dir, self.places.segment, Some(self.places.window), video)?)
            }
            TargetKind::HlsEvent => Box::new(Hls::open(&self.places.hls_dir, self.places.event_segment, None, video)?),
            TargetKind::File => {
                let recording = Recording::open(&self.places.recordings_dir, name, video)?;
                self.board.lies_at(recording.path());
                Box::new(recording)
            }
            kind @ (TargetKind::Rtmp | TargetKind::Srt) => {
                let url =
                    self.spec.url.as_deref().ok_or_else(|| Trouble::settings(format!("{kind} needs an address")))?;
                Box::new(Push::open(kind, url, video)?)
            }
        })
    }

    /// One connection, from its beginning to its end.
    fn connection(&mut self, patience: &mut Patience) -> Ending {
        let reader = self.feed.subscribe();
        let mut outlet = match self.open() {
            Ok(outlet) => outlet,
            Err(Failure(trouble)) => return Ending::Broken(trouble),
        };
        let mut live = None;
        let outcome = self.drive(outlet.as_mut(), &reader, patience, &mut live);
        let outcome = outcome.and_then(|()| {
            let timing = self.places.timing;
            let own = self.spec.kind.is_own();
            // A server that does not take the goodbye is no failure.
            let within = if own { timing.finish } else { timing.finish.min(Duration::from_secs(2)) };
            let finished = finish(outlet.as_mut(), within, live.is_some());
            if own { finished } else { Ok(()) }
        });
        let (bytes, drops) = self.counts(outlet.as_mut(), &reader);
        (self.bytes, self.drops) = (bytes, drops);
        self.board.count(bytes, drops);
        match outcome {
            Ok(()) => Ending::Finished,
            Err(trouble) => Ending::Broken(trouble),
        }
    }

    fn counts(&self, outlet: &mut dyn Outlet, reader: &FeedReader) -> (u64, u64) {
        (self.bytes + outlet.sent(), self.drops + reader.drops() + outlet.line().inlet.drops())
    }

    /// Feeds a connection until it is to end (`Ok`) or breaks.
    fn drive(
        &self,
        outlet: &mut dyn Outlet,
        reader: &FeedReader,
        patience: &mut Patience,
        live: &mut Option<Instant>,
    ) -> Result<(), Trouble> {
        let mut pulse = Pulse::new(self.places.timing.dead, Instant::now(), outlet.overhead(), outlet.least());
        let mut looked: Option<Instant> = None;
        loop {
            match reader.next(LOOK) {
                Next::Packet { packet, .. } => outlet.line().inlet.push(&packet),
                Next::Idle => {}
                Next::Ended => return Ok(()),
            }
            let now = Instant::now();
            if looked.is_some_and(|at| now.duration_since(at) < LOOK) {
                continue;
            }
            looked = Some(now);
            if !matches!(self.stop.try_recv(), Err(TryRecvError::Empty)) {
                return Ok(());
            }
            outlet.work()?;
            match outlet.line().hear(Duration::ZERO) {
                Heard::Error(error) => return Err(outlet.trouble(&error, live.is_some())),
                Heard::End => return Err(Trouble::target("it ended by itself")),
                Heard::Nothing => {}
            }
            let (bytes, drops) = self.counts(outlet, reader);
            self.board.count(bytes, drops);
            match pulse.observe(now, outlet.line().inlet.offered(), outlet.sent()) {
                Beat::Dead => {
                    let seconds = self.places.timing.dead.as_secs_f32();
                    return Err(Trouble::target(format!("it has taken nothing for {seconds} s")));
                }
                Beat::Alive if outlet.is_open() => {
                    self.board.well(TargetState::Live);
                    patience.works(now.duration_since(*live.get_or_insert(now)));
                }
                Beat::Alive | Beat::Quiet => {}
            }
        }
    }
}
