//! A small programme: flashes and beeps at each full second, encoded as the real one is.

use std::time::Duration;

use callboard_media::feed::{Feed, Packet, Track};
use gstreamer::prelude::*;
use gstreamer::{ClockTime, FlowError, FlowSuccess, PadProbeReturn, PadProbeType, Pipeline, Sample, State};
use gstreamer_app::{AppSink, AppSinkCallbacks};

use crate::MARK;

const FLASH: ClockTime = ClockTime::from_mseconds(100);

/// A programme that runs until it is dropped.
pub(crate) struct Programme {
    pub(crate) feed: Feed,
    pipeline: Pipeline,
}

impl Programme {
    pub(crate) fn start() -> Self {
        Self::of("black", 300)
    }

    /// One that fills what a network holds within seconds.
    pub(crate) fn start_dense() -> Self {
        Self::of("snow", 6_000)
    }

    fn of(pattern: &str, kbps: u32) -> Self {
        let pipeline = launch(&format!("{} {}", picture(pattern, kbps), sound()));
        let paint = pipeline.by_name("paint").and_then(|p| p.static_pad("src")).expect("a pad");
        paint.add_probe(PadProbeType::BUFFER, |_, info| {
            if let Some(buffer) = info.buffer_mut()
                && buffer.pts().is_some_and(|pts| pts.nseconds() % 1_000_000_000 < FLASH.nseconds())
            {
                let mut map = buffer.make_mut().map_writable().expect("a picture");
                map.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&MARK.colour));
            }
            PadProbeReturn::Ok
        });
        let feed = Feed::new();
        publish(&pipeline, "video", Track::Video, &feed);
        Self::run(feed, pipeline)
    }

    /// Sound alone.
    pub(crate) fn start_sound() -> Self {
        Self::run(Feed::audio_only(), launch(&sound()))
    }

    fn run(feed: Feed, pipeline: Pipeline) -> Self {
        publish(&pipeline, "audio", Track::Audio, &feed);
        pipeline.set_state(State::Playing).expect("plays");
        Self { feed, pipeline }
    }

    /// How long it has been running.
    pub(crate) fn runs(&self) -> Duration {
        self.pipeline.current_running_time().map_or(Duration::ZERO, Duration::from)
    }

    /// Waits until it has gone on for so long.
    pub(crate) fn goes_on(&self, span: Duration) {
        let end = self.runs() + span;
        crate::until("the programme goes on", || self.runs() >= end);
    }
}

impl Drop for Programme {
    fn drop(&mut self) {
        self.feed.close();
        let _ = self.pipeline.set_state(State::Null);
    }
}

fn launch(description: &str) -> Pipeline {
    callboard_media::init().expect("GStreamer");
    gstreamer::parse::launch(description).expect("a programme").downcast().expect("a pipeline")
}

fn picture(pattern: &str, kbps: u32) -> String {
    format!(
        "videotestsrc is-live=true pattern={pattern} ! video/x-raw,format=RGB,width=320,height=180,framerate=30/1 ! \
     identity name=paint ! videoconvert ! video/x-raw,format=I420 ! queue ! \
     x264enc tune=zerolatency speed-preset=ultrafast bitrate={kbps} bframes=0 key-int-max=30 option-string=scenecut=0 ! \
     video/x-h264,profile=main ! h264parse config-interval=-1 ! \
     video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=video sync=false async=false"
    )
}

fn sound() -> String {
    format!(
        "audiotestsrc is-live=true wave=ticks freq={tone} sine-periods-per-tick={periods} volume=0.5 samplesperbuffer=1024 ! \
         audio/x-raw,format=S16LE,rate=48000,channels=2 ! queue ! audioconvert ! avenc_aac bitrate=128000 ! \
         appsink name=audio sync=false async=false",
        tone = MARK.tone_hz,
        periods = MARK.tone_hz / 10,
    )
}

fn publish(pipeline: &Pipeline, name: &str, track: Track, feed: &Feed) {
    let sink = pipeline.by_name(name).and_downcast::<AppSink>().expect("a sink");
    let feed = feed.clone();
    let publish = move |sink: &AppSink| {
        let sample = sink.pull_sample().map_err(|_| FlowError::Eos)?;
        feed.publish(Packet::new(track, in_running_time(&sample)));
        Ok(FlowSuccess::Ok)
    };
    sink.set_callbacks(AppSinkCallbacks::builder().new_sample(publish).build());
}

fn in_running_time(sample: &Sample) -> Sample {
    let segment = sample.segment().and_then(|s| s.downcast_ref::<ClockTime>()).expect("a segment of time");
    let mut buffer = sample.buffer_owned().expect("a buffer");
    let own = buffer.make_mut();
    own.set_pts(own.pts().and_then(|pts| segment.to_running_time(pts)));
    own.set_dts(own.dts().and_then(|dts| segment.to_running_time(dts)));
    Sample::builder().buffer(&buffer).caps(&sample.caps_owned().expect("caps")).build()
}
