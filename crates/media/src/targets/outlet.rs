//! One connection of a target: a pipeline with its sources, and what the kinds have in common.

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use gstreamer::prelude::*;
use gstreamer::{Caps, Element, MessageType, MessageView, Pipeline, State};
use gstreamer_app::AppSrc;

use super::inlet::Inlet;
use super::trouble::{Said, Trouble};
use crate::MediaError;
use crate::error::make;

/// What one kind of target does with its pipeline.
pub(super) trait Outlet {
    /// The pipeline.
    fn line(&mut self) -> &mut Line;

    /// Bytes that went out through this connection.
    fn sent(&self) -> u64;

    /// Bytes that a connection sends before any media.
    fn overhead(&self) -> u64 {
        0
    }

    /// Bytes of media that show that it works. A disk needs no more than the first.
    fn least(&self) -> u64 {
        1
    }

    /// Whether it may count as live as soon as bytes flow.
    fn is_open(&self) -> bool {
        true
    }

    /// What it has to do between packets.
    fn work(&mut self) -> Result<(), Trouble> {
        Ok(())
    }

    /// What an error on the bus means.
    fn trouble(&self, error: &Said, was_live: bool) -> Trouble;

    /// Everything has been written.
    fn finished(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
}

/// A pipeline that is brought down when it is dropped, and never waited for longer than a moment.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) pipeline: Pipeline,
    pub(super) inlet: Inlet,
}

/// In what form a muxer takes picture and sound.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A stream that can be entered anywhere: transport streams.
    Stream,
    /// Parameters once, data in boxes: FLV, MP4.
    Boxes,
}

/// What the bus of a pipeline says.
pub(super) enum Heard {
    Nothing,
    End,
    Error(Said),
}

impl Line {
    /// An empty pipeline with sources.
    pub(super) fn new(video: bool, from_zero: bool) -> Result<Self, MediaError> {
        let pipeline = Pipeline::new();
        let inlet = Inlet::new(&pipeline, video, from_zero)?;
        Ok(Self { pipeline, inlet })
    }

    /// A new element in the pipeline.
    pub(super) fn add(&self, factory: &str) -> Result<Element, MediaError> {
        let element = make(factory)?;
        self.pipeline.add(&element).map_err(|e| MediaError::pipeline("a target", e))?;
        Ok(element)
    }

    /// Links the sources to a muxer, in the form that it takes.
    pub(super) fn link_to(&self, mux: &Element, form: Form) -> Result<(), MediaError> {
        let (video, audio) = match form {
            Form::Stream => ("byte-stream", "adts"),
            Form::Boxes => ("avc", "raw"),
        };
        let video = Caps::builder("video/x-h264").field("stream-format", video).field("alignment", "au").build();
        let audio = Caps::builder("audio/mpeg").field("mpegversion", 4_i32).field("stream-format", audio).build();
        if let Some(source) = &self.inlet.video {
            self.link_track(source, "h264parse", &video, mux)?;
        }
        self.link_track(&self.inlet.audio, "aacparse", &audio, mux)
    }

    fn link_track(&self, source: &AppSrc, parser: &str, caps: &Caps, mux: &Element) -> Result<(), MediaError> {
        let (parse, queue) = (self.add(parser)?, self.add("queue")?);
        Element::link_many([source.upcast_ref(), &parse, &queue])
            // The caps also decide which of the muxer's pads it is.
            .and_then(|()| queue.link_filtered(mux, caps))
            .map_err(|e| MediaError::pipeline("a target", e))
    }

    /// Starts it; what goes wrong afterwards is heard on the bus.
    pub(super) fn play(&self) {
        let _ = self.pipeline.set_state(State::Playing);
    }

    /// The next thing on the bus that matters.
    pub(super) fn hear(&self, wait: Duration) -> Heard {
        let Some(bus) = self.pipeline.bus() else { return Heard::Nothing };
        let matters = [MessageType::Error, MessageType::Eos];
        // With no time to wait, the waiting form does not even look.
        let message = bus.pop_filtered(&matters).or_else(|| {
            let wait = gstreamer::ClockTime::try_from(wait).ok().filter(|wait| !wait.is_zero())?;
            bus.timed_pop_filtered(wait, &matters)
        });
        match message.as_ref().map(|message| message.view()) {
            Some(MessageView::Error(error)) => Heard::Error(Said::of(error)),
            Some(MessageView::Eos(_)) => Heard::End,
            _ => Heard::Nothing,
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let pipeline = self.pipeline.clone();
        let (done, wait) = channel();
        // A sink that hangs in the network or on a disk would hold up whoever waits for it.
        thread::spawn(move || {
            let _ = pipeline.set_state(State::Null);
            let _ = done.send(());
        });
        if wait.recv_timeout(Duration::from_secs(2)).is_err() {
            tracing::warn!("a target's pipeline does not come down; it is left behind");
        }
    }
}

/// Ends an outlet as it should be ended, within the time given.
pub(super) fn finish(outlet: &mut dyn Outlet, within: Duration, was_live: bool) -> Result<(), Trouble> {
    outlet.line().inlet.end();
    let until = Instant::now() + within;
    loop {
        outlet.work()?;
        match outlet.line().hear(Duration::from_millis(20)) {
            Heard::End => break,
            Heard::Error(error) => return Err(outlet.trouble(&error, was_live)),
            Heard::Nothing if Instant::now() >= until => {
                return Err(Trouble::house(format!("it could not be finished within {} s", within.as_secs())));
            }
            Heard::Nothing => {}
        }
    }
    outlet.work()?;
    outlet.finished()
}
