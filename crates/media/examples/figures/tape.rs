//! The encoded programme with the moment at which each picture left the encoder; decoded when all is over, so that looking at it costs nothing
//! while it runs.

use std::thread::JoinHandle;
use std::time::Duration;

use callboard_media::MediaError;
use callboard_media::analyse::{Picture, Recording};
use callboard_media::feed::{Feed, Next, Packet, Track};
use gstreamer::prelude::*;
use gstreamer::{Caps, Clock, ClockTime, Pipeline, State};
use gstreamer_app::{AppSink, AppSrc};

/// Pictures in the order in which they left.
pub(crate) struct Tape {
    packets: Vec<(ClockTime, Packet)>,
}

/// Pictures with the times of the clock, in seconds, at which they left the encoder.
pub(crate) struct Watched {
    pub(crate) recording: Recording,
    pub(crate) left: Vec<f64>,
}

/// Records a feed until it ends.
pub(crate) fn record(feed: &Feed, clock: &Clock) -> JoinHandle<Tape> {
    let (reader, clock) = (feed.subscribe(), clock.clone());
    std::thread::spawn(move || {
        let mut packets = Vec::new();
        loop {
            match reader.next(Duration::from_secs(1)) {
                Next::Packet { packet, .. } if packet.track == Track::Video => packets.push((clock.time(), packet)),
                Next::Packet { .. } | Next::Idle => {}
                Next::Ended => return Tape { packets },
            }
        }
    })
}

impl Tape {
    pub(crate) fn decode(self) -> Result<Watched, MediaError> {
        let failed = |e: &dyn std::fmt::Display| MediaError::pipeline("decoding", e);
        let words = "appsrc name=in format=time max-bytes=0 ! h264parse ! avdec_h264 ! videoconvert ! videoscale add-borders=false \
                     ! video/x-raw,format=RGB,width=64,height=36,pixel-aspect-ratio=1/1 ! appsink name=out sync=false";
        let pipeline = gstreamer::parse::launch(words).map_err(|e| failed(&e))?;
        let pipeline = pipeline.downcast::<Pipeline>().map_err(|_| failed(&"it is no pipeline"))?;
        let element = |name: &str| pipeline.by_name(name).ok_or_else(|| failed(&"it has no end"));
        let source = element("in")?.downcast::<AppSrc>().map_err(|_| failed(&"it is no source"))?;
        let sink = element("out")?.downcast::<AppSink>().map_err(|_| failed(&"it is no sink"))?;
        source.set_caps(self.packets.first().and_then(|(_, packet)| packet.sample.caps_owned()).as_ref() as Option<&Caps>);
        pipeline.set_state(State::Playing).map_err(|e| failed(&e))?;
        let mut times = Vec::new();
        for (at, packet) in &self.packets {
            let Some(buffer) = packet.sample.buffer_owned() else { continue };
            times.push((buffer.pts(), *at));
            source.push_buffer(buffer).map_err(|e| failed(&e))?;
        }
        source.end_of_stream().map_err(|e| failed(&e))?;
        let mut watched = Watched { recording: Recording::default(), left: Vec::new() };
        while let Ok(sample) = sink.pull_sample() {
            let Some(buffer) = sample.buffer() else { continue };
            // The decoder hands on the times that it was given.
            let Ok(found) = times.binary_search_by_key(&buffer.pts(), |(pts, _)| *pts) else { continue };
            let rgb = buffer.map_readable().map_err(|e| failed(&e))?.to_vec();
            let at = buffer.pts().map_or(0.0, |pts| Duration::from(pts).as_secs_f64());
            watched.recording.pictures.push(Picture { at, rgb });
            watched.left.push(Duration::from(times[found].1).as_secs_f64());
        }
        let _ = pipeline.set_state(State::Null);
        Ok(watched)
    }
}
