//! Where packets enter a target's pipeline: one source per track, never waiting for what is behind it.
//!
//! What must always hold: a push returns at once; when the pipeline takes nothing, packets are left out up to the next key frame and counted.

use gstreamer::prelude::*;
use gstreamer::{Caps, ClockTime, Format};
use gstreamer_app::AppSrc;

use crate::MediaError;
use crate::error::make;
use crate::feed::{Packet, Track};

/// What may wait in front of a pipeline that takes nothing.
const MOST_WAITING: ClockTime = ClockTime::from_seconds(4);

/// The sources of one pipeline.
#[derive(Debug)]
pub(super) struct Inlet {
    pub(super) video: Option<AppSrc>,
    pub(super) audio: AppSrc,
    caps: [Option<Caps>; 2],
    /// Times are counted from the first key frame instead of the programme's start.
    from_zero: bool,
    base: Option<ClockTime>,
    waits: bool,
    offered: u64,
    drops: u64,
}

impl Inlet {
    /// Sources in this pipeline, not linked to anything yet.
    pub(super) fn new(pipeline: &gstreamer::Pipeline, video: bool, from_zero: bool) -> Result<Self, MediaError> {
        let source = || {
            let source = make("appsrc")?
                .downcast::<AppSrc>()
                .map_err(|e| MediaError::pipeline("a target", format!("{} is no appsrc", e.name())))?;
            source.set_format(Format::Time);
            source.set_block(false);
            source.set_max_bytes(0);
            pipeline.add(&source).map_err(|e| MediaError::pipeline("a target", e))?;
            Ok::<_, MediaError>(source)
        };
        Ok(Self {
            video: if video { Some(source()?) } else { None },
            audio: source()?,
            caps: [None, None],
            from_zero,
            base: None,
            waits: true,
            offered: 0,
            drops: 0,
        })
    }

    /// Hands a packet on, or leaves it out.
    pub(super) fn push(&mut self, packet: &Packet) {
        let (source, caps) = match packet.track {
            Track::Video => match &self.video {
                Some(source) => (source, &mut self.caps[0]),
                None => return,
            },
            Track::Audio => (&self.audio, &mut self.caps[1]),
        };
        let (Some(buffer), Some(new_caps)) = (packet.sample.buffer(), packet.sample.caps()) else { return };
        let Some(pts) = buffer.pts() else { return };
        let starts = packet.key || self.video.is_none();
        let waiting = self.video.as_ref().unwrap_or(&self.audio).current_level_time();
        if waiting > MOST_WAITING || self.waits && !(starts && waiting < MOST_WAITING / 2) {
            // Before the first key frame nothing is lost.
            self.drops += u64::from(self.base.is_some());
            self.waits = true;
            return;
        }
        self.waits = false;
        let base = *self.base.get_or_insert(pts);
        let zero = if self.from_zero { base } else { ClockTime::ZERO };
        // Sound from before the first picture.
        let Some(new_pts) = pts.checked_sub(zero).filter(|_| pts >= base) else { return };
        let mut buffer = buffer.copy();
        if let Some(own) = buffer.get_mut() {
            own.set_dts(own.dts().map(|dts| dts.saturating_sub(zero)));
            own.set_pts(new_pts);
        }
        if caps.as_ref().is_none_or(|old| *old != *new_caps) {
            source.set_caps(Some(&new_caps.to_owned()));
            *caps = Some(new_caps.to_owned());
        }
        self.offered += buffer.size() as u64;
        // A pipeline that stops taking says why on its bus.
        let _ = source.push_buffer(buffer);
    }

    /// Nothing more comes.
    pub(super) fn end(&self) {
        for source in self.video.iter().chain([&self.audio]) {
            let _ = source.end_of_stream();
        }
    }

    /// Bytes handed on so far.
    pub(super) fn offered(&self) -> u64 {
        self.offered
    }

    /// Packets left out because the pipeline took nothing.
    pub(super) fn drops(&self) -> u64 {
        self.drops
    }
}
