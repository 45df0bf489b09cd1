//! A guest without a browser: sends over WebRTC a moving picture with a name, and once a second a flash in his own colour with a beep of his own
//! tone, so that whoever looks at what comes out can tell each guest, and his picture from his sound. For tests, benchmarks and demonstrations.
//!
//! Flash and beep begin where the clock shows a full second (plus the phase): what is measured downstream gives the delay as well.

mod picture;
mod plain;
mod sender;
mod sound;
mod spoil;

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

pub use plain::Plain;
use sender::PublisherLine;

use crate::control::{IceSpec, SignalKind};
use crate::error::MediaError;

/// How long a flash and a beep last.
pub const FLASH: Duration = Duration::from_millis(100);

/// What pictures are encoded with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// VP8.
    Vp8,
    /// VP9.
    Vp9,
    /// H.264, constrained baseline.
    H264,
}

/// What a publisher sends.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The name on the picture.
    pub name: String,
    /// Red, green, blue of the flash.
    pub colour: [u8; 3],
    /// The beep.
    pub tone_hz: u32,
    /// How pictures are encoded.
    pub codec: Codec,
    /// Their width.
    pub width: i32,
    /// Their height.
    pub height: i32,
    /// How many a second.
    pub fps: i32,
    /// What the pictures may take, in kbit/s.
    pub kbps: u32,
    /// How long after the full second the flash begins.
    pub phase: Duration,
    /// Each packet (or picture of several) of this number is lost on the way; 0 loses nothing.
    pub lose_every: u32,
    /// What is in each packet of this number is nonsense; 0 leaves all as they are.
    pub garble_every: u32,
    /// Whether there is a picture.
    pub video: bool,
    /// Whether there is sound.
    pub audio: bool,
    /// How the programme is reached.
    pub ice: IceSpec,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "guest".to_owned(),
            colour: [255, 255, 255],
            tone_hz: 1000,
            codec: Codec::Vp8,
            width: 320,
            height: 240,
            fps: 15,
            kbps: 400,
            phase: Duration::ZERO,
            lose_every: 0,
            garble_every: 0,
            video: true,
            audio: true,
            ice: IceSpec::default(),
        }
    }
}

/// What a publisher says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublisherEvent {
    /// This is for the programme: the offer, or a candidate (empty at the end of candidates).
    Signal {
        /// What it is.
        kind: SignalKind,
        /// The SDP or the JSON.
        payload: String,
    },
    /// The connection stands.
    Connected,
    /// It is over, and why.
    Failed(String),
}

/// A guest without a browser. Dropping it stops it.
#[derive(Debug)]
pub struct Publisher {
    line: Arc<PublisherLine>,
}

impl Publisher {
    /// Begins: the offer comes on `out` as soon as it is known what is sent.
    pub fn start(settings: &Settings, out: Sender<PublisherEvent>) -> Result<Self, MediaError> {
        crate::init()?;
        Ok(Self { line: PublisherLine::open(settings, out)? })
    }

    /// Takes the answer and the candidates of the programme.
    pub fn signal(&self, kind: SignalKind, payload: &str) {
        match kind {
            SignalKind::Answer => self.line.on_answer(payload),
            SignalKind::Candidate => self.line.on_candidate(payload),
            SignalKind::Offer => {}
        }
    }

    /// Silences the beep, or lets it sound again; packets go on.
    pub fn mute(&self, muted: bool) {
        self.line.mute(muted);
    }

    /// Sends pictures of another size from now on, as a browser does when its line gets worse.
    pub fn resize(&self, width: i32, height: i32) {
        self.line.resize(width, height);
    }

    /// Ends orderly: the other side is told.
    pub fn stop(&self) {
        self.line.leave();
    }

    /// Is gone without a word, as when the battery is empty.
    pub fn vanish(&self) {
        self.line.vanish();
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.stop();
    }
}
