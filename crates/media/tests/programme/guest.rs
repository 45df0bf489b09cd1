//! Someone with a picture of one colour and one tone.

use callboard_media::mixer::Slot;
use gstreamer::prelude::*;
use gstreamer::{Element, Pipeline, State};
use gstreamer_app::{AppSink, AppSinkCallbacks, AppSrc};

use crate::Rgb;

pub(crate) struct TestGuest {
    picture: Pipeline,
    sound: Pipeline,
    tone: Element,
}

impl TestGuest {
    pub(crate) fn start(slot: &Slot, [r, g, b]: Rgb, tone: f64) -> Self {
        let colour = u32::from_be_bytes([0xFF, r, g, b]);
        let picture = format!(
            "videotestsrc is-live=true pattern=solid-color foreground-color={colour} ! \
             video/x-raw,format=I420,width=320,height=180,framerate=30/1 ! appsink name=out sync=false async=false"
        );
        let sound = format!(
            "audiotestsrc name=tone is-live=true freq={tone} volume=0.3 samplesperbuffer=960 ! \
             audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2 ! appsink name=out sync=false async=false"
        );
        let picture = run(slot, &picture, &slot.video);
        let sound = run(slot, &sound, &slot.audio);
        let tone = sound.by_name("tone").expect("the tone");
        Self { picture, sound, tone }
    }

    pub(crate) fn set_volume(&self, volume: f64) {
        self.tone.set_property("volume", volume);
    }

    pub(crate) fn stop_picture(&self) {
        self.picture.set_state(State::Null).expect("stops");
    }

    pub(crate) fn stop_sound(&self) {
        self.sound.set_state(State::Null).expect("stops");
    }
}

impl Drop for TestGuest {
    fn drop(&mut self) {
        self.stop_picture();
        self.stop_sound();
    }
}

/// A pipeline on the programme's clock whose samples go on as they are.
fn run(slot: &Slot, description: &str, to: &AppSrc) -> Pipeline {
    let pipeline = gstreamer::parse::launch(description).expect("a pipeline").downcast::<Pipeline>().expect("one");
    slot.time().apply(&pipeline);
    let out = pipeline.by_name("out").expect("the sink").downcast::<AppSink>().expect("an appsink");
    let to = to.clone();
    out.set_callbacks(
        AppSinkCallbacks::builder()
            .new_sample(move |out| {
                let sample = out.pull_sample().map_err(|_| gstreamer::FlowError::Eos)?;
                let _ = to.push_sample(&sample);
                Ok(gstreamer::FlowSuccess::Ok)
            })
            .build(),
    );
    pipeline.set_state(State::Playing).expect("plays");
    pipeline
}
