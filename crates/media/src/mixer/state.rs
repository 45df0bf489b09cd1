//! What the mixer knows and wants, and the thread that looks after it: who is there, who speaks, where everyone stands.

use callboard_domain::{Layout, Slate, Uid};
use gstreamer::prelude::*;
use gstreamer::{ClockTime, Element, MessageType, MessageView};

use super::seat::{SILENCE_DB, Seat};
use super::speaker::SpeakerChoice;
use super::{BOTTOM_Z, Bottom, SLATE_Z, Shared, TICK, card};
use crate::control::{GuestLine, ProgrammeSpec};
use crate::error::words;
use crate::layout::tiles;

/// How the mixer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixerStatus {
    /// How long it runs, in milliseconds.
    pub running_ms: u64,
    /// How loud the programme is, in decibels below full.
    pub level_db: i32,
    /// The layout.
    pub layout: Layout,
    /// The slate that was asked for.
    pub slate: Slate,
    /// Whether nobody is there.
    pub empty: bool,
    /// Who speaks.
    pub speaker: Option<Uid>,
    /// Everyone who has a slot.
    pub seats: Vec<SeatStatus>,
}

/// How a slot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatStatus {
    /// Whose.
    pub uid: Uid,
    /// What arrives.
    pub line: GuestLine,
    /// Pictures a second of late.
    pub fps: u32,
    /// How loud, in decibels below full.
    pub level_db: i32,
    /// Whether the sound is off.
    pub muted: bool,
    /// Whether there is a tile for him.
    pub shown: bool,
}

/// All that the mixer knows and wants.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) seats: Vec<Seat>,
    pub(super) layout: Layout,
    pub(super) focus: Option<Uid>,
    pub(super) slate: Slate,
    pub(super) slate_text: Option<String>,
    pub(super) fault: Option<String>,
    pub(super) ended: bool,
    title: String,
    canvas: (u32, u32),
    bottom: Option<Bottom>,
    written: String,
    level: Element,
    heard: i32,
    choice: SpeakerChoice<Uid>,
    counted_at: ClockTime,
}

impl Board {
    pub(super) fn new(spec: &ProgrammeSpec, bottom: Option<Bottom>, level: Element) -> Self {
        Self {
            seats: Vec::new(),
            layout: spec.layout,
            focus: None,
            slate: spec.slate,
            slate_text: None,
            fault: None,
            ended: false,
            title: spec.title.clone(),
            canvas: spec.preset.size().unwrap_or((640, 360)),
            bottom,
            written: String::new(),
            level,
            heard: SILENCE_DB,
            choice: SpeakerChoice::default(),
            counted_at: ClockTime::ZERO,
        }
    }

    pub(super) fn seat(&mut self, uid: &Uid) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.uid == *uid)
    }

    /// Puts everyone where he belongs now.
    pub(super) fn arrange(&mut self, now: ClockTime) {
        let covered = self.slate != Slate::None;
        let seen = |seat: &Seat| seat.picture && seat.line(now) == GuestLine::Live;
        let present: Vec<usize> = (0..self.seats.len()).filter(|n| seen(&self.seats[*n])).collect();
        let main = [self.focus.as_ref(), self.choice.speaker()]
            .into_iter()
            .flatten()
            .find_map(|uid| present.iter().position(|n| self.seats[*n].uid == *uid));
        let mut places = vec![None; self.seats.len()];
        for (n, tile) in present.iter().zip(tiles(self.layout, self.canvas, present.len(), main)) {
            places[*n] = tile;
        }
        for (seat, tile) in self.seats.iter_mut().zip(places) {
            seat.show(tile, !covered);
        }
        let text = match (self.slate, &self.slate_text) {
            (Slate::None, _) if !present.is_empty() => "",
            (Slate::None, _) => self.title.as_str(),
            (_, Some(text)) => text.as_str(),
            (Slate::Pause, None) => "A short pause",
            (Slate::BackSoon, None) => "Back soon",
        };
        if let Some(bottom) = &self.bottom {
            if self.written != text {
                card::write(&bottom.words, text);
                text.clone_into(&mut self.written);
            }
            bottom.pad.set_property("zorder", if covered { SLATE_Z } else { BOTTOM_Z });
        }
    }

    pub(super) fn status(&self, now: ClockTime) -> MixerStatus {
        let seats: Vec<SeatStatus> = self
            .seats
            .iter()
            .map(|seat| SeatStatus {
                uid: seat.uid.clone(),
                line: seat.line(now),
                fps: seat.fps,
                level_db: seat.loudest_db(now),
                muted: seat.muted,
                shown: seat.is_shown(),
            })
            .collect();
        MixerStatus {
            running_ms: now.mseconds(),
            level_db: self.heard,
            layout: self.layout,
            slate: self.slate,
            empty: seats.iter().all(|seat| seat.line != GuestLine::Live),
            speaker: self.choice.speaker().cloned(),
            seats,
        }
    }

    /// Looks after everything once.
    fn tend(&mut self, now: ClockTime) {
        let levels: Vec<(Uid, i32)> = self
            .seats
            .iter()
            .filter(|seat| !seat.muted && seat.line(now) == GuestLine::Live)
            .map(|seat| (seat.uid.clone(), seat.level_db(now)))
            .collect();
        self.choice.hear(now.mseconds(), &levels);
        let span = now.saturating_sub(self.counted_at);
        let counts = span >= ClockTime::SECOND;
        for seat in &mut self.seats {
            if counts {
                seat.count(span.mseconds());
            }
            if let Err(error) = seat.stand_in(now) {
                tracing::warn!(uid = %seat.uid, "no card: {error}");
            }
        }
        if counts {
            self.counted_at = now;
        }
        self.arrange(now);
    }

    /// Takes what an element of the pipeline says.
    fn on_message(&mut self, message: &gstreamer::Message, now: ClockTime) {
        let Some(source) = message.src() else { return };
        match message.view() {
            MessageView::Element(element) => {
                let Some(db) = element.structure().and_then(loudness) else { return };
                if source == self.level.upcast_ref::<gstreamer::Object>() {
                    self.heard = db;
                } else if let Some(seat) = self.seats.iter_mut().find(|seat| seat.hears_by(source)) {
                    seat.heard(db, now);
                }
            }
            MessageView::Error(error) => {
                let text = words(error);
                if let Some(seat) = self.seats.iter().find(|seat| seat.owns(source)) {
                    tracing::warn!(uid = %seat.uid, "a guest's slot failed: {text}");
                } else if self.level.parent().is_some_and(|pipeline| source.has_as_ancestor(&pipeline)) {
                    // Not from a slot that has been taken away meanwhile.
                    tracing::error!("the mixer failed: {text}");
                    self.fault.get_or_insert(text);
                }
            }
            _ => {}
        }
    }
}

/// Looks after a mixer until it ends.
pub(super) fn keep(shared: &Shared) {
    let Some(bus) = shared.pipeline.bus() else { return };
    let kinds = [MessageType::Element, MessageType::Error];
    loop {
        let until = shared.time.running() + TICK;
        loop {
            let left = until.saturating_sub(shared.time.running());
            match bus.timed_pop_filtered(left, &kinds) {
                Some(message) => shared.board().on_message(&message, shared.time.running()),
                None => break,
            }
            if left.is_zero() {
                break;
            }
        }
        let mut board = shared.board();
        if board.ended {
            return;
        }
        board.tend(shared.time.running());
    }
}

/// The loudest channel of a level's message.
fn loudness(said: &gstreamer::StructureRef) -> Option<i32> {
    if said.name() != "level" {
        return None;
    }
    let rms = said.get::<gstreamer::glib::ValueArray>("rms").ok()?;
    let loudest = rms.iter().filter_map(|value| value.get::<f64>().ok()).fold(f64::from(SILENCE_DB), f64::max);
    #[expect(clippy::cast_possible_truncation, reason = "between -100 and 0")]
    Some(loudest.min(0.0).round() as i32)
}
