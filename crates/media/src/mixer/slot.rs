//! Where a guest's picture and sound enter the mixer.

use gstreamer::{ClockTime, Format};
use gstreamer_app::{AppLeakyType, AppSrc};

use super::time::TimeBase;

/// How late a guest's picture and sound may come in: the jitter buffer, decoding and some slack.
pub const LATE: ClockTime = ClockTime::from_mseconds(250);

/// A guest's way into the mixer: raw picture and raw sound, with timestamps of the programme's running time. Clones are the same slot.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Raw video of any size; I420 spares a conversion.
    pub video: AppSrc,
    /// Raw audio of any rate and layout; S16LE, 48 kHz, stereo spares a conversion.
    pub audio: AppSrc,
    time: TimeBase,
}

impl Slot {
    pub(super) fn new(time: TimeBase) -> Self {
        let source = |name: &str| {
            AppSrc::builder()
                .name(name)
                .is_live(true)
                .format(Format::Time)
                .min_latency(i64::try_from(LATE.nseconds()).unwrap_or(0))
                .do_timestamp(false)
                .leaky_type(AppLeakyType::Downstream)
                .max_bytes(0)
                .max_time(ClockTime::from_mseconds(500))
                .block(false)
        };
        Self { video: source("video").max_buffers(15).build(), audio: source("audio").build(), time }
    }

    /// The programme's time, for the pipeline that feeds this slot: apply it before that plays.
    pub fn time(&self) -> &TimeBase {
        &self.time
    }
}

/// The same with timestamps that are running time by themselves, whatever its segment says. None where it has no time.
pub fn in_running_time(sample: &gstreamer::Sample) -> Option<gstreamer::Sample> {
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<ClockTime>()?;
    let pts = segment.to_running_time(buffer.pts()?)?;
    let dts = buffer.dts().and_then(|dts| segment.to_running_time(dts));
    // Metadata alone is copied; the memory is shared.
    let mut buffer = buffer.copy();
    let made = buffer.make_mut();
    made.set_pts(pts);
    made.set_dts(dts);
    let segment = gstreamer::FormattedSegment::<ClockTime>::new();
    Some(gstreamer::Sample::builder().buffer(&buffer).caps(&sample.caps_owned()?).segment(&segment).build())
}
