//! A publisher and a guest who talk to each other, and someone who watches what comes out.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use callboard_domain::{DeviceId, Uid};
use callboard_media::control::{IceSpec, SignalKind};
use callboard_media::guest::{Guest, GuestEvent, Happened, Settings, Sinks, Taken, Timeline};
use callboard_media::synthetic::{self, Publisher, PublisherEvent};
use gstreamer::prelude::*;
use gstreamer::{Buffer, Caps, ClockTime, SystemClock};
use gstreamer_video::{VideoFrameExt, VideoFrameRef, VideoInfo};

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn loopback() -> IceSpec {
    IceSpec { loopback_only: true, ..IceSpec::default() }
}

pub(crate) fn settings(name: &str) -> synthetic::Settings {
    synthetic::Settings {
        name: name.to_owned(),
        colour: [230, 30, 30],
        tone_hz: 880,
        ice: loopback(),
        ..synthetic::Settings::default()
    }
}

pub(crate) fn timeline() -> Timeline {
    callboard_media::init().unwrap();
    let clock = SystemClock::obtain();
    Timeline { base_time: clock.time(), clock }
}

/// What was seen and heard.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) frames: Vec<ClockTime>,
    pub(crate) sizes: Vec<(u32, u32)>,
    pub(crate) flashes: Vec<ClockTime>,
    pub(crate) beeps: Vec<ClockTime>,
    pub(crate) audio: u64,
    /// Sign changes of the last whole beep in a tenth of a second.
    pub(crate) tone_hz: u64,
    flashing: bool,
    quiet_since: Option<ClockTime>,
    crossings: u64,
    positive: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Watcher(Arc<(Mutex<Seen>, Condvar)>);

impl Watcher {
    pub(crate) fn sinks(&self) -> Sinks {
        let (video, audio) = (self.clone(), self.clone());
        Sinks {
            video: Box::new(move |buffer, caps| video.picture(buffer, caps)),
            audio: Box::new(move |buffer, _| audio.sound(&buffer)),
        }
    }

    /// Waits until something has been seen; the time it took.
    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> Duration {
        let begun = Instant::now();
        let mut seen = self.0.0.lock().unwrap();
        while !wanted(&seen) {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            assert!(!left.is_zero(), "{what} did not come; seen: {} frames, {seen:?}", seen.frames.len());
            seen = self.0.1.wait_timeout(seen, left).unwrap().0;
        }
        begun.elapsed()
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&Seen) -> T) -> T {
        read(&self.0.0.lock().unwrap())
    }

    fn picture(&self, mut buffer: Buffer, caps: &Caps) {
        let info = VideoInfo::from_caps(caps).unwrap();
        assert_eq!((info.fps().numer(), info.fps().denom()), (30, 1));
        let alone = buffer.get_mut().is_some_and(|buffer| buffer.is_all_memory_writable());
        assert!(alone, "somebody holds the picture: who writes a name on it has to copy it");
        let pts = buffer.pts().unwrap();
        let frame = VideoFrameRef::from_buffer_ref_readable(&buffer, &info).unwrap();
        // The middle, which no letterbox reaches.
        let middle = |plane: u32| {
            let (stride, height) =
                (frame.plane_stride()[plane as usize].unsigned_abs() as usize, frame.comp_height(plane) as usize);
            i32::from(frame.plane_data(plane).unwrap()[stride * (height / 3) + frame.comp_width(plane) as usize / 2])
        };
        let colour = [middle(0), middle(1), middle(2)];
        // 230, 30, 30 in BT.601.
        let flashing = colour.iter().zip([92, 102, 218]).all(|(a, b)| (a - b).abs() < 25);
        let mut seen = self.0.0.lock().unwrap();
        if flashing && !seen.flashing {
            seen.flashes.push(pts);
        }
        seen.flashing = flashing;
        seen.frames.push(pts);
        if seen.sizes.last() != Some(&(info.width(), info.height())) {
            seen.sizes.push((info.width(), info.height()));
        }
        self.0.1.notify_all();
    }

    fn sound(&self, buffer: &Buffer) {
        let pts = buffer.pts().unwrap();
        let map = buffer.map_readable().unwrap();
        let mut seen = self.0.0.lock().unwrap();
        seen.audio += 1;
        for (n, left) in (0_u64..).zip(map.chunks_exact(4).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]]))) {
            let at = pts + ClockTime::from_nseconds(n * 1_000_000_000 / 48_000);
            if left.unsigned_abs() > 2000 {
                if seen.quiet_since.is_none_or(|since| at.saturating_sub(since) > ClockTime::from_mseconds(300)) {
                    seen.beeps.push(at);
                    seen.crossings = 0;
                }
                if seen.positive != (left > 0) {
                    seen.positive = left > 0;
                    seen.crossings += 1;
                    if let Some(begun) =
                        seen.beeps.last().copied().filter(|begun| at > *begun + ClockTime::from_mseconds(80))
                    {
                        seen.tone_hz = seen.crossings * 500_000_000 / (at - begun).nseconds();
                    }
                }
                seen.quiet_since = Some(at);
            }
        }
        self.0.1.notify_all();
    }
}

/// A publisher, a guest, and whoever carries what they say.
#[derive(Debug)]
pub(crate) struct Meeting {
    pub(crate) guest: Arc<Guest>,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) watcher: Watcher,
    pub(crate) said: Arc<Mutex<Vec<(SignalKind, String)>>>,
    carriers: Vec<JoinHandle<()>>,
}

impl Meeting {
    pub(crate) fn of(sender: &synthetic::Settings) -> Self {
        let watcher = Watcher::default();
        let (guest, says) = guest(&watcher);
        Self::with(sender, guest, says, watcher)
    }

    pub(crate) fn with(
        sender: &synthetic::Settings,
        guest: Guest,
        says: Receiver<GuestEvent>,
        watcher: Watcher,
    ) -> Self {
        let (out, offers) = channel();
        let publisher = Arc::new(Publisher::start(sender, out).unwrap());
        let guest = Arc::new(guest);
        let said = Arc::new(Mutex::new(Vec::new()));
        let to_guest = {
            let guest = Arc::downgrade(&guest);
            std::thread::spawn(move || {
                for event in offers {
                    let Some(guest) = guest.upgrade() else { break };
                    match event {
                        PublisherEvent::Signal { kind, payload } => {
                            assert_ne!(guest.signal(kind, &payload), Taken::StartAnew);
                        }
                        PublisherEvent::Connected => {}
                        PublisherEvent::Failed(why) => eprintln!("publisher: {why}"),
                    }
                }
            })
        };
        let to_publisher = {
            let (publisher, said) = (Arc::downgrade(&publisher), Arc::clone(&said));
            std::thread::spawn(move || {
                for event in says {
                    let Some(publisher) = publisher.upgrade() else { break };
                    match event.what {
                        Happened::Signal { kind, payload } => {
                            publisher.signal(kind, &payload);
                            said.lock().unwrap().push((kind, payload));
                        }
                        Happened::Connected => {}
                        Happened::Failed(why) => eprintln!("guest: {why}"),
                    }
                }
            })
        };
        Self { guest, publisher, watcher, said, carriers: vec![to_guest, to_publisher] }
    }

    /// Both leave; how long the guest took.
    pub(crate) fn end(self) -> Duration {
        let begun = Instant::now();
        self.guest.stop();
        let took = begun.elapsed();
        self.publisher.stop();
        drop((self.guest, self.publisher));
        for carrier in self.carriers {
            carrier.join().unwrap();
        }
        took
    }
}

pub(crate) fn guest(watcher: &Watcher) -> (Guest, Receiver<GuestEvent>) {
    let (out, says) = channel();
    (guest_saying(watcher, out), says)
}

fn guest_saying(watcher: &Watcher, out: Sender<GuestEvent>) -> Guest {
    let settings = Settings { ice: loopback(), ..Settings::default() };
    Guest::start(
        Uid::new("ann").unwrap(),
        DeviceId::new("phone-1").unwrap(),
        settings,
        &timeline(),
        watcher.sinks(),
        out,
    )
    .unwrap()
}

/// The first offer of a publisher, who is gone afterwards.
pub(crate) fn an_offer(sender: &synthetic::Settings) -> String {
    let (out, offers) = channel();
    let publisher = Publisher::start(sender, out).unwrap();
    loop {
        match offers.recv_timeout(PATIENCE) {
            Ok(PublisherEvent::Signal { kind: SignalKind::Offer, payload }) => {
                publisher.stop();
                return payload;
            }
            Ok(_) => {}
            Err(e) => panic!("no offer came: {e}"),
        }
    }
}

/// What a guest says next that is wanted.
pub(crate) fn hear<T>(says: &Receiver<GuestEvent>, wanted: impl Fn(Happened) -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        match says.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
            Ok(event) => {
                if let Some(found) = wanted(event.what) {
                    return found;
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => panic!("the guest did not say it"),
        }
    }
}
