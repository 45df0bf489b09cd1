//! Pushes to somebody else's server: RTMP (FLV) and SRT (MPEG transport stream).

use callboard_domain::TargetKind;
use gstreamer::prelude::*;
use gstreamer::{Element, Structure};

use super::outlet::{Form, Line, Outlet};
use super::patience::LEAST;
use super::trouble::{Said, Trouble, place_of};
use crate::MediaError;

/// Handshake and commands of RTMP.
const RTMP_OVERHEAD: u64 = 4 * 1024;

/// A push that is being connected or is under way.
pub(super) struct Push {
    line: Line,
    sink: Element,
    kind: TargetKind,
    place: String,
    secret: String,
}

impl Push {
    /// Starts to connect.
    pub(super) fn open(kind: TargetKind, url: &str, video: bool) -> Result<Self, Failure> {
        let (place, secret) = place_of(url).ok_or_else(|| Trouble::settings("the address names no host and port"))?;
        let line = Line::new(video, true)?;
        let sink = if kind == TargetKind::Rtmp { rtmp(&line, url)? } else { srt(&line, url)? };
        // A push goes as fast as the programme comes; nothing waits for a clock.
        sink.set_property("sync", false);
        sink.set_property("async", false);
        line.play();
        Ok(Self { line, sink, kind, place, secret: secret.to_owned() })
    }
}

fn rtmp(line: &Line, url: &str) -> Result<Element, Failure> {
    let (mux, sink) = (line.add("flvmux")?, line.add("rtmp2sink")?);
    mux.set_property("streamable", true);
    sink.set_property("location", url);
    line.link_to(&mux, Form::Boxes)?;
    mux.link(&sink).map_err(|e| MediaError::pipeline("a push", e))?;
    Ok(sink)
}

fn srt(line: &Line, url: &str) -> Result<Element, Failure> {
    if url.contains("mode=listener") || url.contains("mode=rendezvous") {
        return Err(
            Trouble::settings("an srt target is called, not waited for: leave the mode out of the address").into()
        );
    }
    let (mux, sink) = (line.add("mpegtsmux")?, line.add("srtsink")?);
    mux.set_property("alignment", 7_i32);
    sink.set_property("uri", url);
    sink.set_property("auto-reconnect", false);
    line.link_to(&mux, Form::Stream)?;
    mux.link(&sink).map_err(|e| MediaError::pipeline("a push", e))?;
    Ok(sink)
}

impl Outlet for Push {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn sent(&self) -> u64 {
        let field = if self.kind == TargetKind::Rtmp { "out-bytes-total" } else { "bytes-sent-total" };
        self.sink.property::<Option<Structure>>("stats").and_then(|stats| stats.get::<u64>(field).ok()).unwrap_or(0)
    }

    fn overhead(&self) -> u64 {
        if self.kind == TargetKind::Rtmp { RTMP_OVERHEAD } else { 0 }
    }

    fn least(&self) -> u64 {
        LEAST
    }

    fn trouble(&self, error: &Said, was_live: bool) -> Trouble {
        Trouble::of_push(&self.place, &self.secret, was_live, error)
    }
}

/// Why a connection could not even be begun.
#[derive(Debug)]
pub(super) struct Failure(pub(super) Trouble);

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self(trouble)
    }
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        let mut trouble = Trouble::house(error.to_string());
        trouble.hopeless = true;
        Self(trouble)
    }
}
