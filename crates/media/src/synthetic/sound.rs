//! The sound of a publisher: silence, and the beep to the sample.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use gstreamer::prelude::*;
use gstreamer::{Caps, ClockTime, Element, PadProbeReturn, PadProbeType};

use super::sender::Beat;
use super::{Settings, picture};
use crate::error::{MediaError, make};

const RATE: u64 = 48_000;
const BYTES: usize = 2;
/// Buffers of a second.
const FLOWS: u32 = 100;

/// Once sound has flowed for a second it waits its turn for up to half a second. Before that, what waits is stale: it waited for the connection, and
/// sent late it would put all sound off until the first sender report. After that each drop is a hole, and they would fall on the beeps: then all
/// that the picture changes goes out on the same connection.
fn keep_once_it_flows(wait: &Element) {
    let Some(pad) = wait.static_pad("src") else { return };
    let passed = AtomicU32::new(0);
    let wait = wait.downgrade();
    pad.add_probe(PadProbeType::BUFFER, move |_, _| {
        if passed.fetch_add(1, Ordering::Relaxed) < FLOWS {
            return PadProbeReturn::Ok;
        }
        if let Some(wait) = wait.upgrade() {
            wait.set_property("max-size-buffers", 50_u32);
        }
        PadProbeReturn::Remove
    });
}

/// The elements from the source to RTP, in order.
pub(super) fn chain(settings: &Settings, beat: Beat, muted: Arc<AtomicBool>) -> Result<Vec<Element>, MediaError> {
    let source = make("audiotestsrc")?;
    source.set_property("is-live", true);
    source.set_property("freq", f64::from(settings.tone_hz));
    source.set_property("volume", 0.5_f64);
    source.set_property("samplesperbuffer", 480_i32);
    let form = make("capsfilter")?;
    let caps = Caps::builder("audio/x-raw")
        .field("format", "S16LE")
        .field("layout", "interleaved")
        .field("rate", 48_000)
        .field("channels", 1);
    form.set_property("caps", caps.build());
    if let Some(pad) = form.static_pad("src") {
        pad.add_probe(PadProbeType::BUFFER, move |_, info| {
            let Some(buffer) = info.buffer_mut() else { return PadProbeReturn::Ok };
            let Some(pts) = buffer.pts() else { return PadProbeReturn::Ok };
            let muted = muted.load(Ordering::Relaxed);
            if let Ok(mut map) = buffer.make_mut().map_writable() {
                for (n, sample) in (0_u64..).zip(map.chunks_exact_mut(BYTES)) {
                    if muted || !beat.on(pts + ClockTime::from_nseconds(n * 1_000_000_000 / RATE)) {
                        sample.fill(0);
                    }
                }
            }
            PadProbeReturn::Ok
        });
    }
    let encoder = make("opusenc")?;
    encoder.set_property("bitrate", 32_000_i32);
    encoder.set_property_from_str("frame-size", "20");
    let pay = make("rtpopuspay")?;
    pay.set_property("pt", 111_u32);
    let wait = picture::late_is_lost()?;
    keep_once_it_flows(&wait);
    Ok(vec![source, form, wait, encoder, pay, picture::rtp("audio", "OPUS", 111, 48_000)?])
}
