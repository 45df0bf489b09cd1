//! A guest's place in the mixer: a bin with his slot, his name, his level, and the pads it has in the picture and in the sound.
//!
//! Taking it away is quick and never waits for the guest: the bin stops, is unlinked, and the pads are released, while everything else goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use callboard_domain::Uid;
use gstreamer::prelude::*;
use gstreamer::{Bin, Caps, ClockTime, Element, GhostPad, Pad, PadProbeReturn, PadProbeType, Pipeline, Sample, State};

use super::card;
use super::slot::{LATE, Slot};
use super::still::Last;
use super::time::TimeBase;
use crate::control::GuestLine;
use crate::encode::{caps_filter, chain};
use crate::error::{MediaError, make};
use crate::layout::Tile;

/// Without a picture for so long a guest who is still heard has a card with his name.
const CARD_AFTER: ClockTime = ClockTime::from_seconds(2);
/// With nothing at all for so long he has vanished.
const GONE_AFTER: ClockTime = ClockTime::from_seconds(4);
/// A level older than this is silence.
const LEVEL_HOLDS: ClockTime = ClockTime::from_mseconds(500);
/// Statuses are told once a second; the loudest moment is kept a bit longer.
const LOUDEST_HOLDS: ClockTime = ClockTime::from_mseconds(1_200);
/// Marks the pictures of a card, which are no sign of life.
const CARD_MARK: u64 = 0x0CA4_D000;
/// Nothing is heard.
pub(super) const SILENCE_DB: i32 = -100;

/// When a guest's picture and sound came last, in nanoseconds of the programme; 0 is never.
#[derive(Debug, Default)]
struct Seen {
    video: AtomicU64,
    audio: AtomicU64,
    frames: AtomicU64,
}

/// A guest's place.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) uid: Uid,
    pub(super) slot: Slot,
    pub(super) muted: bool,
    pub(super) gain_permille: u32,
    /// Whether his picture is to be shown.
    pub(super) picture: bool,
    pub(super) last: Last,
    pub(super) fps: u32,
    name: String,
    bin: Bin,
    level: Element,
    tag: Option<Element>,
    video_pad: Option<Pad>,
    audio_pad: Pad,
    seen: Arc<Seen>,
    card: Option<Sample>,
    carded: bool,
    heard: (i32, ClockTime),
    loudest: (i32, ClockTime),
    counted: u64,
    shown: Option<Tile>,
}

impl Seat {
    /// Takes a place; nothing is seen until [`Seat::show`].
    pub(super) fn take(
        pipeline: &Pipeline,
        compositor: Option<&Element>,
        mixer: &Element,
        time: &TimeBase,
        uid: &Uid,
        name: &str,
    ) -> Result<Self, MediaError> {
        let failed = |reason: &dyn std::fmt::Display| MediaError::pipeline(format!("a place for {uid}"), reason);
        let slot = Slot::new(time.clone());
        let bin = Bin::builder().name(format!("guest-{uid}")).build();
        let name = card::short(name);
        let (picture_end, tag) = if compositor.is_some() {
            let tag = card::name_tag(&name)?;
            chain(&bin, &[slot.video.upcast_ref(), &tag])?;
            (tag.clone(), Some(tag))
        } else {
            let end = make("fakesink")?;
            end.set_property("sync", false);
            end.set_property("async", false);
            chain(&bin, &[slot.video.upcast_ref(), &end])?;
            (slot.video.clone().upcast(), None)
        };
        let convert = make("audioconvert")?;
        let resample = make("audioresample")?;
        let form = caps_filter(&super::sound_caps())?;
        let level = make("level")?;
        level.set_property("interval", 100_000_000_u64);
        chain(&bin, &[slot.audio.upcast_ref(), &convert, &resample, &form, &level])?;

        let last = Last::default();
        let seen = Arc::new(Seen::default());
        if let Some(pad) = picture_end.static_pad("src") {
            last.watch(&pad);
        }
        watch(&slot, &seen, time);

        pipeline.add(&bin).map_err(|e| failed(&e))?;
        let ghost = |element: &Element, name: &str, to: &Element| -> Result<Pad, MediaError> {
            let pad = element.static_pad("src").ok_or_else(|| failed(&"an element has no source"))?;
            let ghost = GhostPad::builder_with_target(&pad).map_err(|e| failed(&e))?.name(name).build();
            bin.add_pad(&ghost).map_err(|e| failed(&e))?;
            let sink = to.request_pad_simple("sink_%u").ok_or_else(|| failed(&"the mixer gives no place"))?;
            if sink.has_property("sizing-policy") {
                sink.set_property("alpha", 0.0);
                sink.set_property_from_str("sizing-policy", "keep-aspect-ratio");
            }
            ghost.link(&sink).map_err(|e| failed(&e))?;
            Ok(sink)
        };
        let made = (|| {
            let video_pad = compositor.map(|to| ghost(&picture_end, "video", to)).transpose()?;
            let audio_pad = ghost(&level, "audio", mixer)?;
            audio_pad.set_property("mute", true);
            bin.sync_state_with_parent().map_err(|e| failed(&e))?;
            Ok((video_pad, audio_pad))
        })();
        let (video_pad, audio_pad) = made.inspect_err(|_| discard(pipeline, &bin))?;
        Ok(Self {
            uid: uid.clone(),
            slot,
            muted: false,
            gain_permille: 1000,
            picture: true,
            last,
            fps: 0,
            name,
            bin,
            level,
            tag,
            video_pad,
            audio_pad,
            seen,
            card: None,
            carded: false,
            heard: (SILENCE_DB, ClockTime::ZERO),
            loudest: (SILENCE_DB, ClockTime::ZERO),
            counted: 0,
            shown: None,
        })
    }

    /// Gives the place up.
    pub(super) fn leave(&self, pipeline: &Pipeline) {
        discard(pipeline, &self.bin);
    }

    /// Another name on the tile.
    pub(super) fn rename(&mut self, name: &str) {
        let name = card::short(name);
        if name != self.name {
            if let Some(tag) = &self.tag {
                card::write(tag, &name);
            }
            (self.name, self.card) = (name, None);
        }
    }

    /// Whether a message comes from within.
    pub(super) fn owns(&self, source: &gstreamer::Object) -> bool {
        source.has_as_ancestor(&self.bin)
    }

    /// Whether this is its level's message.
    pub(super) fn hears_by(&self, source: &gstreamer::Object) -> bool {
        source == self.level.upcast_ref::<gstreamer::Object>()
    }

    /// Takes how loud he is.
    pub(super) fn heard(&mut self, db: i32, now: ClockTime) {
        self.heard = (db, now);
        if db >= self.loudest.0 || now.saturating_sub(self.loudest.1) > LOUDEST_HOLDS {
            self.loudest = (db, now);
        }
    }

    /// How loud he is, muted or not.
    pub(super) fn level_db(&self, now: ClockTime) -> i32 {
        let (db, at) = self.heard;
        if now.saturating_sub(at) <= LEVEL_HOLDS { db } else { SILENCE_DB }
    }

    /// How loud he was at the loudest in the last second and a bit, muted or not: who looks once a second misses no short sound.
    pub(super) fn loudest_db(&self, now: ClockTime) -> i32 {
        let (db, at) = self.loudest;
        if now.saturating_sub(at) <= LOUDEST_HOLDS { db } else { self.level_db(now) }
    }

    /// How his line is, by what arrives.
    pub(super) fn line(&self, now: ClockTime) -> GuestLine {
        match (age(&self.seen.video, now), age(&self.seen.audio, now)) {
            (None, None) => GuestLine::Waiting,
            (video, audio) if [video, audio].iter().flatten().any(|age| *age < GONE_AFTER) => GuestLine::Live,
            _ => GuestLine::Vanished,
        }
    }

    /// Whether he has a tile.
    pub(super) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// Puts his tile there, or away, and his sound on or off.
    pub(super) fn show(&mut self, tile: Option<Tile>, audible: bool) {
        self.audio_pad.set_property("mute", !audible || self.muted);
        self.audio_pad.set_property("volume", f64::from(self.gain_permille.min(10_000)) / 1000.0);
        let Some(pad) = self.video_pad.as_ref().filter(|_| self.shown != tile) else { return };
        if let Some(tile) = tile {
            let px = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
            pad.set_property("xpos", px(tile.x));
            pad.set_property("ypos", px(tile.y));
            pad.set_property("width", px(tile.width));
            pad.set_property("height", px(tile.height));
            pad.set_property("zorder", super::GUESTS_Z);
        }
        pad.set_property("alpha", if tile.is_some() { 1.0 } else { 0.0 });
        self.shown = tile;
    }

    /// Puts the card with his name in the place of a picture that does not come.
    pub(super) fn stand_in(&mut self, now: ClockTime) -> Result<(), MediaError> {
        let Some(tag) = self.tag.clone() else { return Ok(()) };
        let wanted =
            self.line(now) == GuestLine::Live && age(&self.seen.video, now).is_none_or(|age| age >= CARD_AFTER);
        if wanted != self.carded {
            self.carded = wanted;
            tag.set_property("silent", wanted);
        }
        if !wanted {
            return Ok(());
        }
        if self.card.is_none() {
            self.card = Some(card::draw(&self.name)?);
        }
        if let Some(card) = &self.card
            && let (Some(buffer), Some(caps)) = (card.buffer_owned(), card.caps_owned())
        {
            let mut buffer = buffer.copy();
            let made = buffer.make_mut();
            made.set_pts(now);
            made.set_duration(ClockTime::NONE);
            made.set_offset(CARD_MARK);
            // A slot that refuses is about to go.
            let _ = self.slot.video.push_sample(&Sample::builder().buffer(&buffer).caps(&caps).build());
        }
        Ok(())
    }

    /// Counts the pictures since the last time, over this span.
    pub(super) fn count(&mut self, span_ms: u64) {
        let frames = self.seen.frames.load(Ordering::Relaxed);
        let passed = (frames - self.counted) * 1000;
        self.fps = u32::try_from((passed + span_ms / 2) / span_ms.max(1)).unwrap_or(u32::MAX);
        self.counted = frames;
    }
}

fn age(at: &AtomicU64, now: ClockTime) -> Option<ClockTime> {
    match at.load(Ordering::Relaxed) {
        0 => None,
        at => Some(now.saturating_sub(ClockTime::from_nseconds(at))),
    }
}

/// Notes when picture and sound enter, and sees to it that nothing is older than the mixer waits for: an old picture is shown now, old sound is
/// left out.
fn watch(slot: &Slot, seen: &Arc<Seen>, time: &TimeBase) {
    for (source, is_video) in [(&slot.video, true), (&slot.audio, false)] {
        let Some(pad) = source.static_pad("src") else { continue };
        let (seen, time) = (Arc::clone(seen), time.clone());
        pad.add_probe(PadProbeType::BUFFER, move |_, info| {
            let now = time.running();
            let Some(buffer) = info.buffer_mut() else { return PadProbeReturn::Ok };
            let at = now.nseconds().max(1);
            if !is_video {
                seen.audio.store(at, Ordering::Relaxed);
            } else if buffer.offset() != CARD_MARK {
                seen.video.store(at, Ordering::Relaxed);
                seen.frames.fetch_add(1, Ordering::Relaxed);
            }
            let oldest = now.saturating_sub(LATE);
            match buffer.pts() {
                Some(pts) if pts >= oldest => {}
                _ if is_video => buffer.make_mut().set_pts(oldest),
                _ => return PadProbeReturn::Drop,
            }
            PadProbeReturn::Ok
        });
    }
}

/// Stops the bin, unlinks it and gives its pads back.
fn discard(pipeline: &Pipeline, bin: &Bin) {
    bin.set_locked_state(true);
    // What cannot be stopped or removed has never been in the pipeline.
    let _ = bin.set_state(State::Null);
    for pad in bin.src_pads() {
        if let Some(peer) = pad.peer() {
            let _ = pad.unlink(&peer);
            if let Some(owner) = peer.parent_element() {
                owner.release_request_pad(&peer);
            }
        }
    }
    let _ = pipeline.remove(bin);
}

/// Caps of one picture's form, for those who need to say it.
pub(super) fn picture_caps(width: u32, height: u32) -> Caps {
    let px = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", px(width))
        .field("height", px(height))
        .field("pixel-aspect-ratio", gstreamer::Fraction::new(1, 1))
        .field("framerate", gstreamer::Fraction::new(crate::encode::FPS, 1))
        .build()
}
