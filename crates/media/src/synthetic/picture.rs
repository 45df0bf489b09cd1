//! The picture of a publisher: a dim moving ball with the name, and the flash over all of it.

use gstreamer::prelude::*;
use gstreamer::{BufferRef, Caps, ClockTime, Element, Fraction, PadProbeReturn, PadProbeType};
use gstreamer_video::{VideoFrameExt, VideoFrameRef, VideoInfo};

use super::sender::Beat;
use super::{Codec, Settings};
use crate::error::{MediaError, make};

/// The elements from the source to RTP, in order; the first filter sets the size.
pub(super) fn chain(settings: &Settings, beat: Beat) -> Result<Vec<Element>, MediaError> {
    let source = make("videotestsrc")?;
    source.set_property("is-live", true);
    source.set_property_from_str("pattern", "ball");
    let [r, g, b] = settings.colour.map(|part| u32::from(part) / 3 + 20);
    source.set_property("foreground-color", 0xff00_0000 | r << 16 | g << 8 | b);
    source.set_property("background-color", 0xff18_1818_u32);
    let size = make("capsfilter")?;
    size.set_property("caps", form(settings.width, settings.height, settings.fps));
    flash(&size, yuv(settings.colour), beat);
    let mut elements = vec![source, size];
    // The fonts may be missing where everything else is there.
    if let Ok(text) = make("textoverlay") {
        text.set_property("text", &settings.name);
        text.set_property_from_str("valignment", "top");
        text.set_property("color", 0xffb0_b0b0_u32);
        text.set_property("font-desc", "Sans Bold 24");
        text.set_property("draw-shadow", false);
        elements.push(text);
    }
    elements.push(late_is_lost()?);
    elements.extend(encoder(settings)?);
    Ok(elements)
}

/// What the source makes.
pub(super) fn form(width: i32, height: i32, fps: i32) -> Caps {
    Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", width)
        .field("height", height)
        .field("framerate", Fraction::new(fps, 1))
        .field("pixel-aspect-ratio", Fraction::new(1, 1))
        .field("colorimetry", "bt601")
        .build()
}

/// What waits for a connection is thrown away, not sent late.
pub(super) fn late_is_lost() -> Result<Element, MediaError> {
    let queue = make("queue")?;
    queue.set_property_from_str("leaky", "downstream");
    queue.set_property("max-size-buffers", 3_u32);
    queue.set_property("max-size-bytes", 0_u32);
    queue.set_property("max-size-time", 0_u64);
    Ok(queue)
}

fn encoder(settings: &Settings) -> Result<Vec<Element>, MediaError> {
    let every_2_s = settings.fps * 2;
    let vpx = |factory: &str| -> Result<Element, MediaError> {
        let encoder = make(factory)?;
        encoder.set_property("deadline", 1_i64);
        encoder.set_property("cpu-used", 8_i32);
        encoder.set_property("lag-in-frames", 0_i32);
        encoder.set_property("threads", 1_i32);
        encoder.set_property("keyframe-max-dist", every_2_s);
        encoder.set_property_from_str("end-usage", "cbr");
        encoder.set_property_from_str("error-resilient", "default");
        encoder.set_property("target-bitrate", i32::try_from(settings.kbps.saturating_mul(1000)).unwrap_or(i32::MAX));
        Ok(encoder)
    };
    let pictured = |factory: &str| -> Result<Element, MediaError> {
        let pay = make(factory)?;
        pay.set_property_from_str("picture-id-mode", "15-bit");
        Ok(pay)
    };
    let (mut elements, name, number) = match settings.codec {
        Codec::Vp8 => (vec![vpx("vp8enc")?, pictured("rtpvp8pay")?], "VP8", 96),
        Codec::Vp9 => (vec![vpx("vp9enc")?, pictured("rtpvp9pay")?], "VP9", 98),
        Codec::H264 => {
            let encoder = make("x264enc")?;
            encoder.set_property_from_str("tune", "zerolatency");
            encoder.set_property_from_str("speed-preset", "ultrafast");
            encoder.set_property("bitrate", settings.kbps);
            encoder.set_property("key-int-max", every_2_s.unsigned_abs());
            encoder.set_property("threads", 1_u32);
            let baseline = make("capsfilter")?;
            baseline
                .set_property("caps", Caps::builder("video/x-h264").field("profile", "constrained-baseline").build());
            let pay = make("rtph264pay")?;
            pay.set_property("config-interval", -1_i32);
            pay.set_property_from_str("aggregate-mode", "zero-latency");
            (vec![encoder, baseline, pay], "H264", 102)
        }
    };
    if let Some(pay) = elements.last() {
        pay.set_property("pt", 96_u32.max(number));
        pay.set_property("mtu", 1200_u32);
    }
    elements.push(rtp("video", name, i32::try_from(number).unwrap_or(96), 90_000)?);
    Ok(elements)
}

/// What goes into the connection, as the offer will say it.
pub(super) fn rtp(media: &str, name: &str, number: i32, rate: i32) -> Result<Element, MediaError> {
    let filter = make("capsfilter")?;
    let mut caps = Caps::builder("application/x-rtp")
        .field("media", media)
        .field("encoding-name", name)
        .field("payload", number)
        .field("clock-rate", rate);
    if media == "video" {
        caps = caps.field("rtcp-fb-nack-pli", true).field("rtcp-fb-ccm-fir", true);
    }
    filter.set_property("caps", caps.build());
    Ok(filter)
}

/// Paints pictures whose time is in a flash.
fn flash(filter: &Element, [y, u, v]: [u8; 3], beat: Beat) {
    let Some(pad) = filter.static_pad("src") else { return };
    pad.add_probe(PadProbeType::BUFFER, move |pad, info| {
        let Some(buffer) = info.buffer_mut() else { return PadProbeReturn::Ok };
        let Some(at) = buffer.pts().filter(|pts| beat.on(*pts)) else { return PadProbeReturn::Ok };
        let info = pad.current_caps().and_then(|caps| VideoInfo::from_caps(&caps).ok());
        if let Some(info) = info {
            paint(buffer.make_mut(), &info, [y, u, v]);
        }
        tracing::trace!(%at, "flash");
        PadProbeReturn::Ok
    });
}

fn paint(buffer: &mut BufferRef, info: &VideoInfo, yuv: [u8; 3]) {
    if let Ok(mut frame) = VideoFrameRef::from_buffer_ref_writable(buffer, info) {
        for (plane, value) in (0..frame.n_planes().min(3)).zip(yuv) {
            if let Ok(data) = frame.plane_data_mut(plane) {
                data.fill(value);
            }
        }
    }
}

/// A colour in BT.601, limited range.
fn yuv([r, g, b]: [u8; 3]) -> [u8; 3] {
    let [r, g, b] = [r, g, b].map(i32::from);
    let part = |kr: i32, kg: i32, kb: i32, offset: i32| {
        u8::try_from(((kr * r + kg * g + kb * b + 128) >> 8) + offset).unwrap_or(128)
    };
    [part(66, 129, 25, 16), part(-38, -74, 112, 128), part(112, -94, -18, 128)]
}

/// Full seconds of the clock, at running times of a pipeline.
impl Beat {
    pub(super) fn on(self, running: ClockTime) -> bool {
        self.into_second(running) < super::FLASH
    }
}
