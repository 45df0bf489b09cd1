//! How a guest's line is: what arrived, when last, how much of it was lost. Counted where it passes, so that asking costs nothing and never waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::feed::Track;

/// Shorter spans give no rate worth telling.
const SPAN: Duration = Duration::from_millis(500);
/// Losses are told of the last one to two of these.
const LOSS_SPAN: Duration = Duration::from_secs(5);

/// Where the connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineState {
    /// No offer has been answered yet, or the peers look for each other.
    Connecting,
    /// Connected; whether anything comes is told by [`Health`].
    Connected,
    /// Over, and why. Only a new guest helps.
    Failed(String),
}

/// How a guest's line is.
#[derive(Clone, Debug)]
pub struct Health {
    /// Where the connection stands.
    pub state: LineState,
    /// Since when.
    pub since: Instant,
    /// When the last picture was ready.
    pub last_video: Option<Instant>,
    /// When the last sound was ready.
    pub last_audio: Option<Instant>,
    /// Pictures that were ready so far.
    pub frames: u64,
    /// Pictures a second of late.
    pub fps: u32,
    /// What arrives of late, picture and sound.
    pub kbps: u32,
    /// Packets that were lost since the beginning, after all repeats.
    pub packets_lost: u64,
    /// Of a thousand packets that were due in the last seconds, how many were lost.
    pub loss_permille: u32,
}

impl Health {
    /// How long nothing has been ready, neither picture nor sound; counted from the start where nothing ever was.
    pub fn silent_for(&self) -> Duration {
        self.last_video.max(self.last_audio).unwrap_or(self.since).elapsed()
    }
}

/// The counters, written from the threads that receive and decode.
#[derive(Debug)]
pub(crate) struct Counters {
    begun: Instant,
    /// Milliseconds since `begun` plus one; 0 is never.
    video_at: AtomicU64,
    audio_at: AtomicU64,
    frames: AtomicU64,
    bytes: AtomicU64,
    lost: AtomicU64,
    losses: Mutex<Losses>,
    state: Mutex<(LineState, Instant)>,
    span: Mutex<Span>,
}

#[derive(Debug)]
struct Span {
    at: Instant,
    frames: u64,
    bytes: u64,
    fps: u32,
    kbps: u32,
}

/// What was lost and received in all, at three moments: now, and at two a span apart before.
#[derive(Debug, Default)]
struct Losses {
    before: (u64, u64),
    last: (u64, u64),
    at: Duration,
    permille: u32,
}

impl Losses {
    fn note(&mut self, at: Duration, lost: u64, received: u64) {
        // A buffer of a track that has ended no longer counts: what was before may be more.
        let (lost_before, received_before) = self.before;
        let (lost_since, received_since) = (lost.saturating_sub(lost_before), received.saturating_sub(received_before));
        let permille = (lost_since * 1000).checked_div(lost_since + received_since).unwrap_or(0);
        self.permille = u32::try_from(permille).unwrap_or(1000);
        if at >= self.at + LOSS_SPAN {
            (self.before, self.last, self.at) = (self.last, (lost, received), at);
        }
    }
}

impl Counters {
    pub(crate) fn new() -> Self {
        let begun = Instant::now();
        Self {
            begun,
            video_at: AtomicU64::new(0),
            audio_at: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            losses: Mutex::default(),
            state: Mutex::new((LineState::Connecting, begun)),
            span: Mutex::new(Span { at: begun, frames: 0, bytes: 0, fps: 0, kbps: 0 }),
        }
    }

    pub(crate) fn arrived(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn ready(&self, track: Track) {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1;
        match track {
            Track::Video => {
                self.frames.fetch_add(1, Ordering::Relaxed);
                self.video_at.store(now, Ordering::Relaxed);
            }
            Track::Audio => self.audio_at.store(now, Ordering::Relaxed),
        }
    }

    /// What the buffers that wait for packets say.
    pub(crate) fn lost(&self, lost: u64, received: u64) {
        self.lost.store(lost, Ordering::Relaxed);
        lock(&self.losses).note(self.begun.elapsed(), lost, received);
    }

    /// Whether the state is another than before; failed stays failed.
    pub(crate) fn turn(&self, state: LineState) -> bool {
        let mut held = lock(&self.state);
        if held.0 == state || matches!(held.0, LineState::Failed(_)) {
            return false;
        }
        *held = (state, Instant::now());
        true
    }

    pub(crate) fn read(&self) -> Health {
        let (state, since) = lock(&self.state).clone();
        let at = |millis: &AtomicU64| match millis.load(Ordering::Relaxed) {
            0 => None,
            millis => self.begun.checked_add(Duration::from_millis(millis - 1)),
        };
        let (frames, bytes) = (self.frames.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        let mut span = lock(&self.span);
        let passed = span.at.elapsed();
        if passed >= SPAN {
            let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
            span.fps = u32::try_from(((frames - span.frames) * 1000 + millis / 2) / millis).unwrap_or(u32::MAX);
            span.kbps = u32::try_from((bytes - span.bytes) * 8 / millis).unwrap_or(u32::MAX);
            (span.at, span.frames, span.bytes) = (Instant::now(), frames, bytes);
        }
        Health {
            state,
            since,
            last_video: at(&self.video_at),
            last_audio: at(&self.audio_at),
            frames,
            fps: span.fps,
            kbps: span.kbps,
            packets_lost: self.lost.load(Ordering::Relaxed),
            loss_permille: lock(&self.losses).permille,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_the_last_seconds() {
        let mut losses = Losses::default();
        // 100 packets a second, of which 10 are lost in the first 20 seconds and none later.
        let mut told = Vec::new();
        let (mut lost, mut received) = (0, 0);
        for second in 0..40_u64 {
            (lost, received) = if second < 20 { (lost + 10, received + 90) } else { (lost, received + 100) };
            losses.note(Duration::from_secs(second), lost, received);
            told.push(losses.permille);
        }
        assert!(told[..20].iter().all(|permille| *permille == 100), "{told:?}");
        assert!(told[21] < 100 && told[32..].iter().all(|permille| *permille == 0), "{told:?}");
    }
}
