//! Decodes what a programme left behind into small pictures and plain samples, with their times.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gstreamer::prelude::*;
use gstreamer::{Caps, ClockTime, MessageType, MessageView, Pipeline, Sample, State};
use gstreamer_app::{AppSink, AppSinkCallbacks};

use crate::MediaError;
use crate::error::{make, words};

/// Width of a decoded picture.
pub(crate) const WIDTH: usize = 64;
/// Height of a decoded picture.
pub(crate) const HEIGHT: usize = 36;
/// Samples a second of decoded sound.
pub(crate) const RATE: u32 = 16_000;

/// A small picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// When it is shown, in seconds.
    pub at: f64,
    /// Red, green, blue, row by row, `WIDTH` × `HEIGHT`.
    pub rgb: Vec<u8>,
}

/// A run of samples.
#[derive(Clone, Debug)]
pub struct Sound {
    /// When it begins, in seconds.
    pub at: f64,
    /// One channel, full scale is 1.
    pub samples: Vec<f32>,
}

/// All pictures and sound of one unbroken run.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The pictures in their order.
    pub pictures: Vec<Picture>,
    /// The sound in its order.
    pub sound: Vec<Sound>,
}

/// Decodes a file of any form that the machine knows.
pub fn file(path: &Path) -> Result<Recording, MediaError> {
    crate::init()?;
    let pipeline = Pipeline::new();
    let (source, decoder) = (make("filesrc")?, make("decodebin")?);
    source.set_property("location", path.to_string_lossy().into_owned());
    pipeline.add_many([&source, &decoder]).and_then(|()| source.link(&decoder)).map_err(failed)?;
    let found = Arc::new(Mutex::new(Recording::default()));
    let (into, shared) = (pipeline.downgrade(), Arc::clone(&found));
    decoder.connect_pad_added(move |_, pad| {
        let Some(pipeline) = into.upgrade() else { return };
        let media = pad.current_caps().and_then(|c| c.structure(0).map(|s| s.name().to_string())).unwrap_or_default();
        // A track that cannot be linked is missing from what is found.
        let _ = if media.starts_with("video/") {
            pictures(&pipeline, pad, Arc::clone(&shared))
        } else {
            sounds(&pipeline, pad, Arc::clone(&shared))
        };
    });
    let outcome = play(&pipeline);
    let _ = pipeline.set_state(State::Null);
    outcome?;
    Ok(std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// Decodes the runs between discontinuities of the playlist in this folder.
pub fn playlist(index: &Path) -> Result<Vec<Recording>, MediaError> {
    let failed = |source| MediaError::Io { what: "reading a playlist".into(), source };
    let text = fs::read_to_string(index).map_err(failed)?;
    let folder = index.parent().unwrap_or(Path::new("."));
    let mut runs: Vec<Vec<&str>> = vec![vec![]];
    for line in text.lines() {
        if line == "#EXT-X-DISCONTINUITY" {
            runs.push(vec![]);
        } else if !line.is_empty() && !line.starts_with('#') {
            runs.last_mut().expect("there is always one").push(line);
        }
    }
    let mut found = vec![];
    for run in runs.iter().filter(|run| !run.is_empty()) {
        let joined = folder.join(".joined.mts");
        let mut out = fs::File::create(&joined).map_err(failed)?;
        for segment in run {
            out.write_all(&fs::read(folder.join(segment)).map_err(failed)?).map_err(failed)?;
        }
        let recording = file(&joined);
        let _ = fs::remove_file(&joined);
        found.push(recording?);
    }
    Ok(found)
}

fn failed(error: gstreamer::glib::BoolError) -> MediaError {
    MediaError::pipeline("decoding", error)
}

fn play(pipeline: &Pipeline) -> Result<(), MediaError> {
    pipeline.set_state(State::Playing).map_err(|e| MediaError::pipeline("decoding", e))?;
    let bus = pipeline.bus().ok_or_else(|| MediaError::pipeline("decoding", "no bus"))?;
    match bus.timed_pop_filtered(ClockTime::from_seconds(60), &[MessageType::Eos, MessageType::Error]) {
        None => Err(MediaError::pipeline("decoding", "not done after 60 s")),
        Some(message) => match message.view() {
            MessageView::Error(error) => Err(MediaError::pipeline("decoding", words(error))),
            _ => Ok(()),
        },
    }
}

type Found = Arc<Mutex<Recording>>;

fn pictures(pipeline: &Pipeline, pad: &gstreamer::Pad, found: Found) -> Result<(), MediaError> {
    let caps = Caps::builder("video/x-raw")
        .field("format", "RGB")
        .field("width", i32::try_from(WIDTH).unwrap_or_default())
        .field("height", i32::try_from(HEIGHT).unwrap_or_default())
        .field("pixel-aspect-ratio", gstreamer::Fraction::new(1, 1))
        .build();
    let scale = make("videoscale")?;
    scale.set_property("add-borders", false);
    attach(pipeline, pad, &[make("videoconvert")?, scale], &caps, move |sample| {
        let Some((at, bytes)) = content(sample) else { return };
        found.lock().unwrap_or_else(PoisonError::into_inner).pictures.push(Picture { at, rgb: bytes });
    })
}

fn sounds(pipeline: &Pipeline, pad: &gstreamer::Pad, found: Found) -> Result<(), MediaError> {
    let caps = Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("layout", "interleaved")
        .field("channels", 1_i32)
        .field("rate", i32::try_from(RATE).unwrap_or_default())
        .build();
    attach(pipeline, pad, &[make("audioconvert")?, make("audioresample")?], &caps, move |sample| {
        let Some((at, bytes)) = content(sample) else { return };
        let samples = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        found.lock().unwrap_or_else(PoisonError::into_inner).sound.push(Sound { at, samples });
    })
}

fn attach(
    pipeline: &Pipeline,
    pad: &gstreamer::Pad,
    before: &[gstreamer::Element],
    caps: &Caps,
    take: impl Fn(&Sample) + Send + 'static,
) -> Result<(), MediaError> {
    let sink = AppSink::builder().sync(false).enable_last_sample(false).caps(caps).build();
    let callbacks = AppSinkCallbacks::builder().new_sample(move |sink| {
        take(&sink.pull_sample().map_err(|_| gstreamer::FlowError::Eos)?);
        Ok(gstreamer::FlowSuccess::Ok)
    });
    sink.set_callbacks(callbacks.build());
    let queue = make("queue")?;
    let mut all = vec![&queue];
    all.extend(before);
    all.push(sink.upcast_ref());
    pipeline.add_many(all.iter().copied()).map_err(failed)?;
    gstreamer::Element::link_many(all.iter().copied()).map_err(failed)?;
    for element in all.iter().rev() {
        element.sync_state_with_parent().map_err(failed)?;
    }
    let entry = queue.static_pad("sink").ok_or_else(|| MediaError::pipeline("decoding", "a queue without a pad"))?;
    pad.link(&entry).map_err(|e| MediaError::pipeline("decoding", e))?;
    Ok(())
}

/// When a sample is shown or heard, in seconds, and its bytes.
fn content(sample: &Sample) -> Option<(f64, Vec<u8>)> {
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<ClockTime>()?;
    let at = segment.to_running_time(buffer.pts()?)?;
    let bytes = buffer.map_readable().ok()?.to_vec();
    Some((Duration::from(at).as_secs_f64(), bytes))
}
