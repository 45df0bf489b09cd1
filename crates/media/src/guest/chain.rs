//! From what arrives of a guest to pictures of one size and sound of one form: depayloader, decoder, normaliser.
//!
//! Pictures are letterboxed I420 of the size and at most the rate asked for (never repeated, only left out: the mixer repeats), sound is 48 kHz
//! stereo. `videorate` is kept out: with `drop-only` and `max-rate` it aborts the process on such pictures (1.22.0).

use std::sync::{Arc, Mutex, PoisonError};

use gstreamer::prelude::*;
use gstreamer::{Buffer, Caps, ClockTime, Element, Fraction, Pad, PadProbeReturn, PadProbeType, event};

use super::Settings;
use crate::error::{MediaError, make};
use crate::feed::Track;

/// Where what is ready of a track goes, with its form: called on the thread that decodes, must not wait.
pub(crate) type Out = dyn Fn(Buffer, &Caps) + Send + Sync;

/// The elements for one track, in order; the caller adds them to the guest's pipeline and links them.
pub(crate) fn chain(encoding: &str, settings: &Settings, out: Arc<Out>) -> Result<(Track, Vec<Element>), MediaError> {
    let encoding = encoding.to_ascii_uppercase();
    let mut elements = match encoding.as_str() {
        "VP8" => vec![picky("rtpvp8depay")?, made("vp8dec", &[("threads", 1)])?],
        "VP9" => vec![picky("rtpvp9depay")?, made("vp9dec", &[("threads", 2)])?],
        "H264" => {
            let whole =
                Caps::builder("video/x-h264").field("stream-format", "byte-stream").field("alignment", "au").build();
            let dec = made("avdec_h264", &[("max-threads", 1)])?;
            dec.set_property("output-corrupt", false);
            vec![picky("rtph264depay")?, filter(&whole)?, make("h264parse")?, dec]
        }
        "OPUS" => {
            let dec = make("opusdec")?;
            dec.set_property("use-inband-fec", true);
            dec.set_property("plc", true);
            vec![make("rtpopusdepay")?, dec]
        }
        other => return Err(MediaError::Settings(format!("nothing here decodes {other}"))),
    };
    if encoding == "OPUS" {
        let form = Caps::builder("audio/x-raw")
            .field("format", "S16LE")
            .field("layout", "interleaved")
            .field("rate", 48_000)
            .field("channels", 2);
        elements.extend([make("audioconvert")?, make("audioresample")?, filter(&form.build())?, end(None, out)?]);
        return Ok((Track::Audio, elements));
    }
    if let Some(decoded) = elements.last().and_then(|decoder| decoder.static_pad("src")) {
        thin_out(&decoded, settings.fps);
    }
    let scale = make("videoscale")?;
    scale.set_property("add-borders", true);
    let form = Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", settings.width)
        .field("height", settings.height)
        .field("pixel-aspect-ratio", Fraction::new(1, 1));
    elements.extend([make("videoconvert")?, scale, filter(&form.build())?, end(Some(settings.fps), out)?]);
    Ok((Track::Video, elements))
}

fn made(factory: &str, numbers: &[(&str, i32)]) -> Result<Element, MediaError> {
    let element = make(factory)?;
    for (name, number) in numbers {
        element.set_property_from_str(name, &number.to_string());
    }
    Ok(element)
}

/// A depayloader that asks for a key frame after a loss, and shows nothing until it comes.
fn picky(factory: &str) -> Result<Element, MediaError> {
    let element = make(factory)?;
    element.set_property("request-keyframe", true);
    element.set_property("wait-for-keyframe", true);
    Ok(element)
}

fn filter(caps: &Caps) -> Result<Element, MediaError> {
    let element = make("capsfilter")?;
    element.set_property("caps", caps);
    Ok(element)
}

/// Leaves out pictures beyond the rate before they cost anything more.
fn thin_out(pad: &Pad, fps: i32) {
    let period = ClockTime::SECOND / u64::from(fps.unsigned_abs().max(1));
    let due: Mutex<Option<ClockTime>> = Mutex::new(None);
    pad.add_probe(PadProbeType::BUFFER, move |_, info| {
        let Some(pts) = info.buffer().and_then(|buffer| buffer.pts()) else { return PadProbeReturn::Ok };
        let mut due = due.lock().unwrap_or_else(PoisonError::into_inner);
        match *due {
            // Two periods back is not too early but another beginning.
            Some(at) if pts + period / 2 < at && pts + period * 2 > at => return PadProbeReturn::Drop,
            Some(at) if pts < at + period && pts + period > at => *due = Some(at + period),
            _ => *due = Some(pts + period),
        }
        PadProbeReturn::Ok
    });
}

/// Takes every buffer off the end of the chain, with its running time as its timestamp.
///
/// What leaves here is held by nobody else. A sink of its own would hold each buffer until it had handed it on, and whoever writes into a picture
/// after that (the name on it) would have to copy it first.
fn end(fps: Option<i32>, out: Arc<Out>) -> Result<Element, MediaError> {
    let sink = make("fakesink")?;
    sink.set_property("async", false);
    sink.set_property("enable-last-sample", false);
    let form: Mutex<Option<(Caps, Caps)>> = Mutex::new(None);
    let pad = sink.static_pad("sink").ok_or_else(|| MediaError::pipeline("a guest's track", "it has no end"))?;
    pad.add_probe(PadProbeType::BUFFER, move |pad, info| {
        if let Some((buffer, caps)) = info.take_buffer().and_then(|buffer| restamp(pad, buffer, fps, &form)) {
            out(buffer, &caps);
        }
        PadProbeReturn::Handled
    });
    Ok(sink)
}

fn restamp(
    pad: &Pad,
    mut buffer: Buffer,
    fps: Option<i32>,
    form: &Mutex<Option<(Caps, Caps)>>,
) -> Option<(Buffer, Caps)> {
    let caps = pad.current_caps()?;
    let segment = pad.sticky_event::<event::Segment>(0)?;
    let running = segment.segment().downcast_ref::<ClockTime>()?.to_running_time(buffer.pts()?)?;
    let made = buffer.make_mut();
    made.set_pts(running);
    made.set_dts(None);
    let Some(fps) = fps else { return Some((buffer, caps)) };
    made.set_duration(ClockTime::SECOND / u64::from(fps.unsigned_abs().max(1)));
    let mut form = form.lock().unwrap_or_else(PoisonError::into_inner);
    let caps = match &*form {
        Some((from, to)) if *from == caps => to.clone(),
        _ => {
            let mut to = caps.clone();
            to.make_mut().set("framerate", Fraction::new(fps, 1));
            *form = Some((caps, to.clone()));
            to
        }
    };
    Some((buffer, caps))
}
