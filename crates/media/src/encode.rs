//! The programme's one encoding, for all targets: H.264 and AAC, made for living streams.
//!
//! A key frame every second and nowhere else, no frames that refer forwards, so that a target can begin, and a segment end, at any full second. What
//! the machine is too slow for is left out before the encoder, never kept waiting in front of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use callboard_domain::OutputPreset;
use gstreamer::prelude::*;
use gstreamer::{Caps, ClockTime, Element, Pipeline, Sample};
use gstreamer_app::{AppSink, AppSinkCallbacks};

use crate::control::{EncoderSpeed, ProgrammeSpec};
use crate::error::{MediaError, make};
use crate::feed::{Feed, Packet, Track};
use crate::mixer::slot::in_running_time;

/// Pictures a second, of every preset.
pub const FPS: i32 = 30;
/// Samples a second.
pub const RATE: i32 = 48_000;
const AUDIO_BITS: i32 = 128_000;
const PERIOD_NS: u64 = 1_000_000_000 / FPS.unsigned_abs() as u64;
/// What an AAC encoder puts before the first sample, 1024 of them (ISO 14496-3): `avenc_aac` does not say so in its timestamps, and neither MPEG-TS nor
/// FLV can, so without this all sound would be heard 21 ms late.
const AAC_PRIMING: ClockTime = ClockTime::from_nseconds(1_024 * 1_000_000_000 / 48_000);

/// Kilobits a second for the picture.
const fn video_kbits(preset: OutputPreset) -> u32 {
    match preset {
        OutputPreset::P480 => 1_200,
        OutputPreset::P720 => 2_500,
        OutputPreset::P1080 => 4_500,
        OutputPreset::Audio => 0,
    }
}

/// Pictures that went out, and those that were due and left out: by the mixer, which was too late for them, or in front of the encoder.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    out: AtomicU64,
    left_out: AtomicU64,
    /// When the last one was due, in nanoseconds of the programme; 0 is never.
    last: AtomicU64,
}

impl Tally {
    /// One went out.
    fn note(&self, at: ClockTime) {
        self.out.fetch_add(1, Ordering::Relaxed);
        let last = self.last.swap(at.nseconds(), Ordering::Relaxed);
        if last != 0 {
            let periods = (at.nseconds().saturating_sub(last) + PERIOD_NS / 2) / PERIOD_NS;
            self.left_out.fetch_add(periods.saturating_sub(1), Ordering::Relaxed);
        }
    }

    /// Those that went out.
    pub(crate) fn out(&self) -> u64 {
        self.out.load(Ordering::Relaxed)
    }

    /// Those that were left out.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }
}

/// Adds the picture's encoder; returns what the mixed picture is linked to.
pub(crate) fn video(
    pipeline: &Pipeline,
    spec: &ProgrammeSpec,
    feed: &Feed,
    pictures: &Arc<Tally>,
) -> Result<Element, MediaError> {
    let queue = leaky(30)?;
    let encoder = make("x264enc")?;
    encoder.set_property_from_str("tune", "zerolatency");
    encoder.set_property_from_str(
        "speed-preset",
        match spec.speed {
            EncoderSpeed::Ultrafast => "ultrafast",
            EncoderSpeed::Veryfast => "veryfast",
        },
    );
    encoder.set_property("bitrate", video_kbits(spec.preset));
    encoder.set_property("bframes", 0_u32);
    encoder.set_property("key-int-max", FPS.unsigned_abs());
    encoder.set_property("option-string", "scenecut=0");
    let main = caps_filter(&Caps::builder("video/x-h264").field("profile", "main").build())?;
    let parse = make("h264parse")?;
    parse.set_property("config-interval", -1_i32);
    let form = caps_filter(
        &Caps::builder("video/x-h264").field("stream-format", "byte-stream").field("alignment", "au").build(),
    )?;
    chain(pipeline, &[&queue, &encoder, &main, &parse, &form, sink(feed, Track::Video, Some(pictures)).upcast_ref()])?;
    Ok(queue)
}

/// Adds the sound's encoder; returns what the mixed sound is linked to.
pub(crate) fn audio(pipeline: &Pipeline, feed: &Feed) -> Result<Element, MediaError> {
    let queue = leaky(100)?;
    let convert = make("audioconvert")?;
    let encoder = make("avenc_aac")?;
    encoder.set_property("bitrate", AUDIO_BITS);
    chain(pipeline, &[&queue, &convert, &encoder, sink(feed, Track::Audio, None).upcast_ref()])?;
    Ok(queue)
}

fn leaky(buffers: u32) -> Result<Element, MediaError> {
    let queue = make("queue")?;
    queue.set_property("max-size-buffers", buffers);
    queue.set_property("max-size-bytes", 0_u32);
    queue.set_property("max-size-time", 0_u64);
    queue.set_property_from_str("leaky", "downstream");
    Ok(queue)
}

fn sink(feed: &Feed, track: Track, tally: Option<&Arc<Tally>>) -> AppSink {
    let (feed, tally) = (feed.clone(), tally.cloned());
    let publish = move |sink: &AppSink| {
        let sample = sink.pull_sample().map_err(|_| gstreamer::FlowError::Eos)?;
        let sample = in_running_time(&sample);
        let sample =
            if track == Track::Audio { sample.and_then(|sample| earlier(&sample, AAC_PRIMING)) } else { sample };
        if let Some(sample) = sample {
            if let (Some(tally), Some(at)) = (&tally, sample.buffer().and_then(gstreamer::BufferRef::pts)) {
                tally.note(at);
            }
            feed.publish(Packet::new(track, sample));
        }
        Ok(gstreamer::FlowSuccess::Ok)
    };
    let sink = AppSink::builder().sync(false).async_(false).enable_last_sample(false).build();
    sink.set_callbacks(AppSinkCallbacks::builder().new_sample(publish).build());
    sink
}

/// The same at an earlier time; none where that would be before the beginning.
fn earlier(sample: &Sample, by: ClockTime) -> Option<Sample> {
    let mut buffer = sample.buffer_owned()?;
    let pts = buffer.pts()?.checked_sub(by)?;
    let dts = buffer.dts().map(|dts| dts.saturating_sub(by));
    let made = buffer.make_mut();
    made.set_pts(pts);
    made.set_dts(dts);
    let segment = sample.segment()?.clone();
    Some(Sample::builder().buffer(&buffer).caps(&sample.caps_owned()?).segment(&segment).build())
}

/// A filter that lets only these caps through.
pub(crate) fn caps_filter(caps: &Caps) -> Result<Element, MediaError> {
    let filter = make("capsfilter")?;
    filter.set_property("caps", caps);
    Ok(filter)
}

/// Adds elements and links them in their order.
pub(crate) fn chain<B: IsA<gstreamer::Bin>>(bin: &B, elements: &[&Element]) -> Result<(), MediaError> {
    bin.add_many(elements.iter().copied()).map_err(|e| MediaError::pipeline("building the mixer", e))?;
    Element::link_many(elements.iter().copied()).map_err(|e| MediaError::pipeline("building the mixer", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_were_due_and_did_not_come_are_counted() {
        let tally = Tally::default();
        // The fourth and the sixth to ninth are missing; the clock of the mixer rounds.
        for n in [1_u64, 2, 3, 5, 10, 11] {
            tally.note(ClockTime::from_nseconds(n * PERIOD_NS + n % 3));
        }
        assert_eq!((tally.out(), tally.left_out()), (6, 5));
    }
}
