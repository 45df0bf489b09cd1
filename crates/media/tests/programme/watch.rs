//! A viewer: decodes the programme and looks at it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use callboard_media::feed::{Feed, Next, Track};
use gstreamer::prelude::*;
use gstreamer::{Pipeline, State};
use gstreamer_app::{AppSink, AppSinkCallbacks, AppSrc};

use crate::Rgb;

/// Sound is looked at in spans of a tenth of a second.
const SPAN: usize = 4_800;
const WIDTH: usize = 854;

#[derive(Default)]
struct Seen {
    /// The last picture, as RGB, and how long its lines are.
    picture: Option<(Vec<u8>, usize)>,
    /// The last samples, mono.
    sound: Vec<f64>,
    video_ms: Vec<u64>,
    audio_ms: Vec<u64>,
    /// The longest wait for a packet of either, the first one left out.
    waited: Duration,
}

/// The longest times between two packets, by their own time, and by the viewer's; and how far apart the tracks ended.
#[derive(Debug)]
pub(crate) struct Gaps {
    pub(crate) video_ms: u64,
    pub(crate) audio_ms: u64,
    pub(crate) apart_ms: u64,
    pub(crate) waited: Duration,
}

pub(crate) struct Watch {
    seen: Arc<Mutex<Seen>>,
    ended: Arc<AtomicBool>,
    pipelines: [Pipeline; 2],
}

impl Watch {
    pub(crate) fn of(feed: &Feed) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let ended = Arc::new(AtomicBool::new(false));
        let (video, to_video) = decoder("h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=RGB", {
            let seen = Arc::clone(&seen);
            move |data, stride| seen.lock().unwrap().picture = Some((data.to_vec(), stride))
        });
        let form = "audio/x-raw,format=F64LE,layout=interleaved,rate=48000,channels=1";
        let (audio, to_audio) = decoder(&format!("avdec_aac ! audioconvert ! audioresample ! {form}"), {
            let seen = Arc::clone(&seen);
            move |data, _| {
                let sound = &mut seen.lock().unwrap().sound;
                sound.extend(data.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)));
                let surplus = sound.len().saturating_sub(SPAN);
                sound.drain(..surplus);
            }
        });
        let reader = feed.subscribe();
        std::thread::spawn({
            let (seen, ended) = (Arc::clone(&seen), Arc::clone(&ended));
            let mut before: Option<Instant> = None;
            move || loop {
                match reader.next(Duration::from_secs(1)) {
                    Next::Packet { packet, .. } => {
                        let pts =
                            packet.sample.buffer().and_then(gstreamer::BufferRef::pts).expect("a time").mseconds();
                        let to = {
                            let mut seen = seen.lock().unwrap();
                            let waited =
                                before.replace(Instant::now()).map_or(Duration::ZERO, |before| before.elapsed());
                            seen.waited = seen.waited.max(waited);
                            match packet.track {
                                Track::Video => (seen.video_ms.push(pts), &to_video).1,
                                Track::Audio => (seen.audio_ms.push(pts), &to_audio).1,
                            }
                        };
                        let _ = to.push_sample(&packet.sample);
                    }
                    Next::Idle => {}
                    Next::Ended => break ended.store(true, Ordering::Relaxed),
                }
            }
        });
        Self { seen, ended, pipelines: [video, audio] }
    }

    /// Whether this place has this colour, more or less.
    pub(crate) fn shows(&self, (x, y): (u32, u32), colour: Rgb) -> bool {
        let seen = self.seen.lock().unwrap();
        let Some((data, stride)) = &seen.picture else { return false };
        let at = y as usize * stride + x as usize * 3;
        data[at..at + 3].iter().zip(colour).all(|(is, wanted)| is.abs_diff(wanted) <= 24)
    }

    /// Whether this tone is heard now.
    pub(crate) fn hears(&self, tone: f64) -> bool {
        strength(&self.seen.lock().unwrap().sound, tone) > 0.02
    }

    /// Whether nothing is heard now.
    pub(crate) fn silent(&self) -> bool {
        let seen = self.seen.lock().unwrap();
        seen.sound.len() == SPAN && seen.sound.iter().all(|v| v.abs() < 0.001)
    }

    /// How far it has come.
    pub(crate) fn seconds(&self) -> f64 {
        let seen = self.seen.lock().unwrap();
        let last = seen.audio_ms.last().copied().unwrap_or(0);
        Duration::from_millis(last).as_secs_f64()
    }

    pub(crate) fn pictures(&self) -> usize {
        self.seen.lock().unwrap().video_ms.len()
    }

    pub(crate) fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    pub(crate) fn gaps(&self) -> Gaps {
        let seen = self.seen.lock().unwrap();
        let widest = |times: &[u64]| times.windows(2).map(|t| t[1].abs_diff(t[0])).max().unwrap_or(u64::MAX);
        let last = |times: &[u64]| times.last().copied().unwrap_or(0);
        Gaps {
            video_ms: widest(&seen.video_ms),
            audio_ms: widest(&seen.audio_ms),
            apart_ms: last(&seen.video_ms).abs_diff(last(&seen.audio_ms)),
            waited: seen.waited,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for pipeline in &self.pipelines {
            pipeline.set_state(State::Null).expect("stops");
        }
    }
}

/// How much of a tone there is, from 0 to 1 (Goertzel).
fn strength(sound: &[f64], tone: f64) -> f64 {
    if sound.len() < SPAN {
        return 0.0;
    }
    let turn = 2.0 * (2.0 * std::f64::consts::PI * tone / 48_000.0).cos();
    let (one, two) = sound.iter().fold((0.0, 0.0), |(one, two), v| (v + turn * one - two, one));
    let power: f64 = one * one + two * two - turn * one * two;
    2.0 * power.max(0.0).sqrt() / f64::from(u32::try_from(SPAN).expect("small"))
}

fn decoder(description: &str, mut take: impl FnMut(&[u8], usize) + Send + 'static) -> (Pipeline, AppSrc) {
    let description =
        format!("appsrc name=in format=time max-bytes=0 ! {description} ! appsink name=out sync=false async=false");
    let pipeline = gstreamer::parse::launch(&description).expect("a pipeline").downcast::<Pipeline>().expect("one");
    let input = pipeline.by_name("in").expect("the source").downcast::<AppSrc>().expect("an appsrc");
    let out = pipeline.by_name("out").expect("the sink").downcast::<AppSink>().expect("an appsink");
    out.set_callbacks(
        AppSinkCallbacks::builder()
            .new_sample(move |out| {
                let sample = out.pull_sample().map_err(|_| gstreamer::FlowError::Eos)?;
                let map = sample.buffer().expect("a buffer").map_readable().expect("readable");
                take(&map, (WIDTH * 3).next_multiple_of(4));
                Ok(gstreamer::FlowSuccess::Ok)
            })
            .build(),
    );
    pipeline.set_state(State::Playing).expect("plays");
    (pipeline, input)
}
