//! Single pictures, of a guest or of the programme, from the last one that passed.

use std::sync::{Arc, Mutex, PoisonError};

use gstreamer::prelude::*;
use gstreamer::{Caps, ClockTime, Pad, PadProbeReturn, PadProbeType, Sample};
use gstreamer_video::{VideoCapsBuilder, VideoInfo};

use crate::error::MediaError;

/// The narrowest and the widest still.
const WIDTHS: std::ops::RangeInclusive<u32> = 32..=1920;

/// A picture as JPEG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    /// The file.
    pub jpeg: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// Keeps the last picture that passed a pad.
#[derive(Clone, Debug, Default)]
pub(super) struct Last(Arc<Mutex<Option<Sample>>>);

impl Last {
    /// Keeps every picture that passes here from now on.
    pub(super) fn watch(&self, pad: &Pad) {
        let last = self.clone();
        pad.add_probe(PadProbeType::BUFFER, move |pad, info| {
            if let (Some(buffer), Some(caps)) = (info.buffer(), pad.current_caps()) {
                last.put(Some(Sample::builder().buffer(buffer).caps(&caps).build()));
            }
            PadProbeReturn::Ok
        });
    }

    fn put(&self, sample: Option<Sample>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = sample;
    }

    /// The last picture.
    pub(super) fn get(&self) -> Option<Sample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A JPEG of this picture, this wide.
pub(super) fn jpeg(sample: &Sample, width: u32) -> Result<Still, MediaError> {
    if !WIDTHS.contains(&width) {
        return Err(MediaError::Settings(format!(
            "a still is {} to {} pixels wide, not {width}",
            WIDTHS.start(),
            WIDTHS.end()
        )));
    }
    let failed = |reason: &dyn std::fmt::Display| MediaError::pipeline("making a still", reason);
    let info = sample.caps().ok_or_else(|| failed(&"the picture has no form"))?;
    let info = VideoInfo::from_caps(info).map_err(|e| failed(&e))?;
    let height = (u64::from(width) * u64::from(info.height())).div_ceil(u64::from(info.width().max(1)));
    let height = u32::try_from(height & !1).unwrap_or(2).max(2);
    let size = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let small = VideoCapsBuilder::new()
        .format(gstreamer_video::VideoFormat::I420)
        .width(size(width))
        .height(size(height))
        .pixel_aspect_ratio((1, 1).into())
        .build();
    let patience = Some(ClockTime::from_seconds(2));
    // In two steps: the first one alone changes the size, the second one alone the format.
    let small = gstreamer_video::convert_sample(sample, &small, patience).map_err(|e| failed(&e))?;
    let form: Caps = Caps::builder("image/jpeg").build();
    let jpeg = gstreamer_video::convert_sample(&small, &form, patience).map_err(|e| failed(&e))?;
    let buffer = jpeg.buffer().ok_or_else(|| failed(&"nothing came out"))?;
    let map = buffer.map_readable().map_err(|e| failed(&e))?;
    Ok(Still { jpeg: map.to_vec(), width, height })
}
