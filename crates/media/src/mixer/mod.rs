//! The mixer: everyone's picture and sound in one, without a gap, for as long as the programme runs.
//!
//! At the bottom there is always a slate and silence of its own making, so that it goes on with nobody; guests are put on top and taken away while
//! it runs, and none of them can hold it up: what comes too late is left out. All times are the programme's running time.

mod card;
mod seat;
pub mod slot;
pub mod speaker;
mod state;
mod still;
mod time;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use callboard_domain::{Layout, Slate, Uid};
use gstreamer::prelude::*;
use gstreamer::{Caps, ClockTime, Element, Pipeline, State};

pub use slot::Slot;
pub use state::{MixerStatus, SeatStatus};
pub use still::Still;
pub use time::TimeBase;

use crate::control::ProgrammeSpec;
use crate::encode::{self, RATE, Tally, caps_filter, chain};
use crate::error::{MediaError, make};
use crate::feed::Feed;
use seat::{Seat, picture_caps};
use state::Board;
use still::Last;

/// How long the mixer waits for whom it knows of: a little more than a guest may be late.
const WAITS: ClockTime = ClockTime::from_mseconds(300);
/// When the bottom comes in, so that what leaves the mixer leaves it evenly, with guests or without.
const BOTTOM_WAITS_NS: i64 = 270_000_000;
/// The bottom lies under all, and over all as a slate.
const BOTTOM_Z: u32 = 0;
const GUESTS_Z: u32 = 10;
const SLATE_Z: u32 = 1000;
/// How often the board looks after everything.
const TICK: ClockTime = ClockTime::from_mseconds(100);

/// A running mixer. Dropping it ends it.
#[derive(Debug)]
pub struct Mixer {
    shared: Arc<Shared>,
    keeper: Option<JoinHandle<()>>,
}

/// What the mixer's keeper and its user both have.
#[derive(Debug)]
struct Shared {
    pipeline: Pipeline,
    compositor: Option<Element>,
    audiomixer: Element,
    time: TimeBase,
    feed: Feed,
    last: Last,
    pictures: Arc<Tally>,
    board: Mutex<Board>,
}

impl Shared {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mixer {
    /// Builds and starts it: from now on there is picture and sound.
    pub fn start(spec: &ProgrammeSpec) -> Result<Self, MediaError> {
        crate::init()?;
        let pipeline = Pipeline::builder().name("mixer").build();
        let size = spec.preset.size();
        let feed = if size.is_some() { Feed::new() } else { Feed::audio_only() };
        let last = Last::default();
        let pictures = Arc::new(Tally::default());
        let time = TimeBase::begin();
        time.apply(&pipeline);

        let (audiomixer, level) = sound(&pipeline, &feed)?;
        let picture = size.map(|size| picture(&pipeline, spec, size, &feed, &last, &pictures)).transpose()?;
        let (compositor, bottom) =
            picture.map_or((None, None), |(compositor, bottom)| (Some(compositor), Some(bottom)));

        let board = Board::new(spec, bottom, level);
        let shared =
            Arc::new(Shared { pipeline, compositor, audiomixer, time, feed, last, pictures, board: Mutex::new(board) });
        let fail = |reason: String| {
            let _ = shared.pipeline.set_state(State::Null);
            MediaError::pipeline("starting the mixer", reason)
        };
        shared.board().arrange(ClockTime::ZERO);
        shared.pipeline.set_state(State::Playing).map_err(|e| fail(e.to_string()))?;
        let keeper = std::thread::Builder::new().name("mixer".into()).spawn({
            let shared = Arc::clone(&shared);
            move || state::keep(&shared)
        });
        let keeper = keeper.map_err(|e| fail(e.to_string()))?;
        Ok(Self { shared, keeper: Some(keeper) })
    }

    /// The encoded programme.
    pub fn feed(&self) -> &Feed {
        &self.shared.feed
    }

    /// The programme's time.
    pub fn time(&self) -> &TimeBase {
        &self.shared.time
    }

    /// A place for a guest; the one he has, if he has one.
    pub fn add_slot(&self, uid: &Uid, name: &str) -> Result<Slot, MediaError> {
        let mut board = self.shared.board();
        if let Some(seat) = board.seat(uid) {
            seat.rename(name);
            return Ok(seat.slot.clone());
        }
        let Shared { pipeline, compositor, audiomixer, time, .. } = &*self.shared;
        let seat = Seat::take(pipeline, compositor.as_ref(), audiomixer, time, uid, name)?;
        let slot = seat.slot.clone();
        board.seats.push(seat);
        board.arrange(time.running());
        Ok(slot)
    }

    /// Takes a guest's place away, picture and sound, at once.
    pub fn remove_slot(&self, uid: &Uid) {
        let mut board = self.shared.board();
        if let Some(n) = board.seats.iter().position(|seat| seat.uid == *uid) {
            let seat = board.seats.remove(n);
            seat.leave(&self.shared.pipeline);
            board.arrange(self.shared.time.running());
        }
    }

    /// How a guest is heard. The picture stays.
    pub fn set_sound(&self, uid: &Uid, muted: bool, gain_permille: u32) {
        let mut board = self.shared.board();
        if let Some(seat) = board.seat(uid) {
            (seat.muted, seat.gain_permille) = (muted, gain_permille);
            board.arrange(self.shared.time.running());
        }
    }

    /// Whether a guest's picture is shown. He is heard either way.
    pub fn set_picture(&self, uid: &Uid, picture: bool) {
        let mut board = self.shared.board();
        if let Some(seat) = board.seat(uid) {
            seat.picture = picture;
            board.arrange(self.shared.time.running());
        }
    }

    /// How the guests stand in the picture, and who is large where the layout shows one large; without it whoever speaks.
    pub fn set_layout(&self, layout: Layout, focus: Option<Uid>) {
        let mut board = self.shared.board();
        (board.layout, board.focus) = (layout, focus);
        board.arrange(self.shared.time.running());
    }

    /// Covers the picture and silences everyone, or uncovers it. With a text of its own, or the usual one.
    pub fn set_slate(&self, slate: Slate, text: Option<String>) {
        let mut board = self.shared.board();
        (board.slate, board.slate_text) = (slate, text);
        board.arrange(self.shared.time.running());
    }

    /// A picture of a guest or of the programme.
    pub fn still(&self, guest: Option<&Uid>, width: u32) -> Result<Still, MediaError> {
        let sample = match guest {
            None if self.shared.compositor.is_none() => {
                return Err(MediaError::Settings("the programme is sound alone: it has no picture".into()));
            }
            None => self.shared.last.get(),
            Some(uid) => {
                let mut board = self.shared.board();
                let seat =
                    board.seat(uid).ok_or_else(|| MediaError::Settings(format!("{uid} is not in the programme")))?;
                seat.last.get()
            }
        };
        let of = guest.map_or_else(|| "the programme".to_owned(), Uid::to_string);
        let sample = sample.ok_or_else(|| MediaError::Settings(format!("no picture of {of} has come yet")))?;
        still::jpeg(&sample, width)
    }

    /// How it is.
    pub fn status(&self) -> MixerStatus {
        self.shared.board().status(self.shared.time.running())
    }

    /// Pictures that were encoded so far.
    pub fn pictures(&self) -> u64 {
        self.shared.pictures.out()
    }

    /// Pictures that were due so far and left out because the machine was too slow for them.
    pub fn left_out(&self) -> u64 {
        self.shared.pictures.left_out()
    }

    /// Why it is broken, once it is. Nothing but another mixer helps then.
    pub fn fault(&self) -> Option<String> {
        self.shared.board().fault.clone()
    }
}

impl Drop for Mixer {
    fn drop(&mut self) {
        self.shared.board().ended = true;
        if let Some(keeper) = self.keeper.take() {
            // It panicked: its word is on standard error already.
            let _ = keeper.join();
        }
        // What does not stop ends with the process.
        let _ = self.shared.pipeline.set_state(State::Null);
        self.shared.feed.close();
    }
}

/// Silence, the mixer of sounds, its level and the encoder; returns mixer and level.
fn sound(pipeline: &Pipeline, feed: &Feed) -> Result<(Element, Element), MediaError> {
    let silence = make("audiotestsrc")?;
    silence.set_property("is-live", true);
    silence.set_property_from_str("wave", "silence");
    silence.set_property("samplesperbuffer", RATE / 50);
    let mixer = make("audiomixer")?;
    mixer.set_property("output-buffer-duration", 20_000_000_u64);
    mixer.set_property("min-upstream-latency", WAITS.nseconds());
    mixer.set_property_from_str("start-time-selection", "first");
    // By default sound may stay 40 ms beside its time for ever, and is put right after a second only.
    mixer.set_property("alignment-threshold", 20_000_000_u64);
    mixer.set_property("discont-wait", 300_000_000_u64);
    let level = make("level")?;
    level.set_property("interval", 100_000_000_u64);
    chain(
        pipeline,
        &[&silence, &caps_filter(&sound_caps())?, &later()?, &mixer, &caps_filter(&sound_caps())?, &level],
    )?;
    let encoder = encode::audio(pipeline, feed)?;
    level.link(&encoder).map_err(|e| MediaError::pipeline("building the mixer", e))?;
    Ok((mixer, level))
}

/// What lies at the bottom of the picture.
#[derive(Debug)]
struct Bottom {
    words: Element,
    pad: gstreamer::Pad,
}

/// The slate, the mixer of pictures and the encoder; returns mixer and slate.
fn picture(
    pipeline: &Pipeline,
    spec: &ProgrammeSpec,
    (width, height): (u32, u32),
    feed: &Feed,
    last: &Last,
    pictures: &Arc<Tally>,
) -> Result<(Element, Bottom), MediaError> {
    let failed = |reason: &str| MediaError::pipeline("building the mixer", reason);
    let ground = make("videotestsrc")?;
    ground.set_property("is-live", true);
    ground.set_property_from_str("pattern", "solid-color");
    ground.set_property("foreground-color", card::GROUND);
    let words = card::text("", "Sans Bold 30")?;
    let compositor = make("compositor")?;
    compositor.set_property_from_str("background", "black");
    compositor.set_property("min-upstream-latency", WAITS.nseconds());
    // With "zero", the first picture of every newcomer would send the whole programme's time back to 0 for a moment.
    compositor.set_property_from_str("start-time-selection", "first");
    let form = caps_filter(&picture_caps(width, height))?;
    let late = later()?;
    chain(pipeline, &[&ground, &caps_filter(&picture_caps(width, height))?, &words, &late])?;
    chain(pipeline, &[&compositor, &form])?;
    late.link(&compositor).map_err(|e| failed(&e.to_string()))?;
    let pad = late.static_pad("src").and_then(|pad| pad.peer()).ok_or_else(|| failed("the slate has no place"))?;
    pad.set_property("zorder", BOTTOM_Z);
    last.watch(&form.static_pad("src").ok_or_else(|| failed("the picture has no end"))?);
    let encoder = encode::video(pipeline, spec, feed, pictures)?;
    form.link(&encoder).map_err(|e| failed(&e.to_string()))?;
    Ok((compositor, Bottom { words, pad }))
}

/// Holds the bottom back for about as long as the guests are late.
fn later() -> Result<Element, MediaError> {
    let sync = make("clocksync")?;
    sync.set_property("ts-offset", BOTTOM_WAITS_NS);
    Ok(sync)
}

/// The form of all sound in the mixer.
fn sound_caps() -> Caps {
    Caps::builder("audio/x-raw")
        .field("format", "S16LE")
        .field("layout", "interleaved")
        .field("rate", RATE)
        .field("channels", 2)
        .build()
}
