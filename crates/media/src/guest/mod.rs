//! One guest: his WebRTC connection, and his pictures and sound on their way to the mixer.
//!
//! A pipeline of its own on the mixer's clock and base time, so that timestamps mean the same in both. It is never renegotiated: another offer
//! means another guest. What goes wrong here ends this guest alone; once [`Guest::stop`] has returned nothing more reaches the mixer.

mod chain;
mod health;
pub(crate) mod ice;
pub(crate) mod line;
mod offer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use callboard_domain::{DeviceId, Uid};
use gstreamer::{Buffer, Caps, Clock, ClockTime};
use gstreamer_app::AppSrc;

pub use health::{Health, LineState};
use line::Line;

use crate::control::{IceSpec, SignalKind};
use crate::error::MediaError;

/// What a guest is made with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How he reaches the programme.
    pub ice: IceSpec,
    /// How long packets are waited for, in milliseconds.
    pub latency_ms: u32,
    /// Width of the pictures handed on.
    pub width: i32,
    /// Height of the pictures handed on.
    pub height: i32,
    /// At most so many pictures a second are handed on.
    pub fps: i32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { ice: IceSpec::default(), latency_ms: 100, width: 640, height: 360, fps: 30 }
    }
}

/// The time that timestamps are in: the clock and base time of the mixer's pipeline.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The clock.
    pub clock: Clock,
    /// What it showed when the running time was 0.
    pub base_time: ClockTime,
}

/// Takes the buffers of a track with their form: called on the thread that decodes, must not wait.
pub type BufferSink = Box<dyn Fn(Buffer, &Caps) + Send + Sync>;

/// Where a guest's picture and sound go. Timestamps are running times of the [`Timeline`].
pub struct Sinks {
    /// I420 of the size asked for.
    pub video: BufferSink,
    /// S16LE, interleaved, 48 kHz, stereo.
    pub audio: BufferSink,
}

impl Sinks {
    /// Into the mixer's sources; what they do not take is dropped.
    pub fn into_sources(video: AppSrc, audio: AppSrc) -> Self {
        let into = |source: AppSrc| -> BufferSink {
            Box::new(move |buffer, caps| {
                if source.caps().as_ref() != Some(caps) {
                    source.set_caps(Some(caps));
                }
                _ = source.push_buffer(buffer);
            })
        };
        Self { video: into(video), audio: into(audio) }
    }
}

impl std::fmt::Debug for Sinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sinks")
    }
}

/// What a guest says.
#[derive(Clone, Debug)]
pub struct GuestEvent {
    /// Which guest ([`Guest::id`]): what is left of one that has been replaced is told from what his follower says.
    pub guest: u64,
    /// Whose.
    pub uid: Uid,
    /// Which device.
    pub device: DeviceId,
    /// What.
    pub what: Happened,
}

/// What happened with a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// This is for his device: the answer, or a candidate (empty at the end of candidates).
    Signal {
        /// What it is.
        kind: SignalKind,
        /// The SDP or the JSON.
        payload: String,
    },
    /// The connection stands.
    Connected,
    /// It is over, and why, in words for people. Only a new guest helps.
    Failed(String),
}

/// What became of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was taken.
    Done,
    /// It was nothing for this guest, or came too late.
    Ignored,
    /// It is another offer than the one this guest was made from: stop him, start another, give him this.
    StartAnew,
}

/// One guest's connection. Dropping it stops it.
#[derive(Debug)]
pub struct Guest {
    id: u64,
    line: Arc<Line>,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

impl Guest {
    /// A guest who waits for the offer of a device.
    pub fn start(
        uid: Uid,
        device: DeviceId,
        settings: Settings,
        timeline: &Timeline,
        sinks: Sinks,
        out: Sender<GuestEvent>,
    ) -> Result<Self, MediaError> {
        crate::init()?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let said = move |what| {
            // Whoever no longer listens has no guests.
            drop(out.send(GuestEvent { guest: id, uid: uid.clone(), device: device.clone(), what }));
        };
        Ok(Self { id, line: Line::open(settings, timeline, sinks, Box::new(said))? })
    }

    /// Tells its events from those of another.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Takes what the device says. Repeated offers are answered again; candidates may come before the offer.
    pub fn signal(&self, kind: SignalKind, payload: &str) -> Taken {
        match kind {
            SignalKind::Offer => self.line.on_offer(payload),
            SignalKind::Candidate => self.line.on_candidate(payload),
            SignalKind::Answer => Taken::Ignored,
        }
    }

    /// How the line is.
    pub fn health(&self) -> Health {
        self.line.health()
    }

    /// Ends it: nothing reaches the sinks once this has returned.
    pub fn stop(&self) {
        self.line.close();
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.stop();
    }
}
