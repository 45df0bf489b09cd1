//! How late a programme is: from the guest to the encoder, from the guest to a player, and from the first word of a newcomer to his picture.
//!
//! Guests flash where the clock shows a full second, and everything runs on that clock.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use callboard_domain::{DeviceId, TargetKind, TargetName, TargetSpec, Uid};
use callboard_media::MediaError;
use callboard_media::analyse::{self, Mark, flashes};
use callboard_media::control::{EncoderSpeed, IceSpec};
use callboard_media::guest::{self, Guest, Happened, Sinks, Timeline};
use callboard_media::mixer::Mixer;
use callboard_media::synthetic::{Publisher, PublisherEvent, Settings};
use callboard_media::targets::{PLAYLIST, Target, TargetPlaces};
use gstreamer::Clock;
use gstreamer::prelude::*;
use serde::Serialize;

use crate::tape::{self, Watched};

const PATIENCE: Duration = Duration::from_secs(30);
const MARK: Mark = Mark { colour: [220, 30, 30], tone_hz: 900 };
const JOINS: usize = 5;
const WATCHED: Duration = Duration::from_secs(20);
/// A player begins so many segments before the newest one, as hls.js does if it is told nothing else.
const BEHIND: usize = 3;

/// What was found, in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Delay {
    /// From the guest's flash until it left the encoder.
    to_programme: Spread,
    /// From the guest's flash until the segment with it stood in the playlist, its own length included.
    to_playlist: Spread,
    /// From the guest's flash until a player that came at any moment shows it, loading and decoding left out.
    to_player: Spread,
    /// From the start of a newcomer's app until the first picture with him left the encoder.
    join_to_air: Spread,
}

/// Of some measurements.
#[derive(Debug, Serialize)]
struct Spread {
    median: f64,
    p95: f64,
    count: usize,
}

impl Spread {
    fn of(what: &str, mut seconds: Vec<f64>) -> Result<Self, MediaError> {
        seconds.sort_by(f64::total_cmp);
        let at = |percent: usize| seconds.get((seconds.len() * percent / 100).min(seconds.len().saturating_sub(1)));
        match (at(50), at(95)) {
            (Some(median), Some(p95)) => Ok(Self { median: median * 1e3, p95: p95 * 1e3, count: seconds.len() }),
            _ => Err(MediaError::pipeline("measuring delays", format!("nothing was seen of {what}"))),
        }
    }
}

pub(crate) fn measure() -> Result<Delay, MediaError> {
    let folder = crate::folder()?;
    let spec = crate::spec(folder.path(), EncoderSpeed::Veryfast);
    let mixer = Mixer::start(&spec)?;
    let clock = mixer.time().clock().clone();
    let tape = tape::record(mixer.feed(), &clock);
    let players = TargetSpec { name: TargetName::new("players").expect("a name"), kind: TargetKind::Hls, url: None };
    let target = Target::start(players, mixer.feed(), &TargetPlaces::new(&spec.hls_dir, &spec.recordings_dir));
    let reader = PlaylistReader::start(&spec.hls_dir, folder.path().join("kept"), &clock);

    let mut joins = Vec::new();
    for n in 0..=JOINS {
        joins.push(seconds(&clock));
        let uid = Uid::new(format!("guest-{n}")).map_err(|e| MediaError::Settings(e.to_string()))?;
        let call = Call::begin(&mixer, &uid)?;
        until("the newcomer is seen", || mixer.status().seats.iter().any(|seat| seat.uid == uid && seat.fps > 0))?;
        let stays = if n == JOINS { WATCHED } else { Duration::from_secs(1) };
        let since = mixer.time().running();
        until("some time passes", || Duration::from(mixer.time().running() - since) >= stays)?;
        mixer.remove_slot(&uid);
        call.end();
        let since = mixer.time().running();
        until("he is gone", || mixer.status().empty && Duration::from(mixer.time().running() - since).as_secs() >= 1)?;
    }
    let listings = reader.end()?;
    target.stop();
    drop(mixer);
    let watched = tape.join().map_err(|_| MediaError::pipeline("measuring delays", "the recorder broke"))?.decode()?;
    let stayed = *joins.last().unwrap_or(&0.0);
    Ok(Delay {
        to_programme: Spread::of("the guest", to_programme(&watched, stayed))?,
        to_playlist: Spread::of("segments", to_playlist(&listings, stayed))?,
        to_player: Spread::of("segments", to_player(&listings, stayed))?,
        join_to_air: Spread::of("newcomers", joins.iter().filter_map(|begun| on_air(&watched, *begun)).collect())?,
    })
}

fn seconds(clock: &Clock) -> f64 {
    Duration::from(clock.time()).as_secs_f64()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) -> Result<(), MediaError> {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > PATIENCE {
            return Err(MediaError::pipeline("measuring delays", format!("it never came to be that {what}")));
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}

/// A flash belongs to the full second before it: nothing is a second late within the machine.
fn to_programme(watched: &Watched, since: f64) -> Vec<f64> {
    let found = flashes(&watched.recording, MARK);
    let pictures = watched.recording.pictures.iter().zip(&watched.left);
    pictures
        .filter(|(picture, left)| **left > since + 2.0 && found.contains(&picture.at))
        .map(|(_, left)| left.fract())
        .collect()
}

/// The slate is grey all over; a guest's picture has black bars beside it.
fn on_air(watched: &Watched, begun: f64) -> Option<f64> {
    let bar =
        |rgb: &[u8]| rgb.get((18 * 64 + 2) * 3..(18 * 64 + 3) * 3).is_some_and(|pixel| pixel.iter().all(|c| *c < 12));
    let mut pictures = watched.recording.pictures.iter().zip(&watched.left);
    let (_, left) = pictures.find(|(picture, left)| **left > begun && bar(&picture.rgb))?;
    Some(left - begun)
}

/// A segment, and what it is known by.
struct Listed {
    /// When it was first in the playlist, by the clock.
    at: f64,
    /// When its first picture was made by the guest; unknown where he does not flash in it.
    begins: Option<f64>,
}

fn to_playlist(listings: &[Listed], since: f64) -> Vec<f64> {
    listings
        .iter()
        .filter_map(|listed| Some(listed.at - listed.begins.filter(|begins| *begins > since + 2.0)?))
        .collect()
}

fn to_player(listings: &[Listed], since: f64) -> Vec<f64> {
    let mut found = Vec::new();
    for (n, pair) in listings.windows(2).enumerate() {
        let begins = (n + 1).checked_sub(BEHIND).and_then(|first| listings[first].begins).filter(|b| *b > since + 2.0);
        let Some(begins) = begins else { continue };
        // Players come at any moment until the next segment is there.
        let mut comes = pair[0].at;
        while comes < pair[1].at {
            found.push(comes - begins);
            comes += 0.05;
        }
    }
    found
}

/// Notes when each segment is first in the playlist, and keeps it.
struct PlaylistReader {
    over: Arc<AtomicBool>,
    reader: JoinHandle<std::io::Result<Vec<(f64, PathBuf)>>>,
}

impl PlaylistReader {
    fn start(folder: &Path, kept: PathBuf, clock: &Clock) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (folder, clock, stop) = (folder.to_owned(), clock.clone(), Arc::clone(&over));
        let reader = std::thread::spawn(move || {
            std::fs::create_dir_all(&kept)?;
            let mut found: Vec<(f64, PathBuf)> = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let text = std::fs::read_to_string(folder.join(PLAYLIST)).unwrap_or_default();
                let now = seconds(&clock);
                for name in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                    let to = kept.join(name);
                    if !to.exists() {
                        std::fs::copy(folder.join(name), &to)?;
                        found.push((now, to));
                    }
                }
                std::thread::park_timeout(Duration::from_millis(10));
            }
            Ok(found)
        });
        Self { over, reader }
    }

    fn end(self) -> Result<Vec<Listed>, MediaError> {
        self.over.store(true, Ordering::Relaxed);
        let failed = |source| MediaError::Io { what: "reading the playlist".to_owned(), source };
        let found =
            self.reader.join().map_err(|_| failed(std::io::Error::other("its reader broke")))?.map_err(failed)?;
        let mut listings = Vec::new();
        for (at, path) in found {
            let tape = analyse::file(&path)?;
            let first = tape.pictures.first().map_or(0.0, |picture| picture.at);
            let last = tape.pictures.last().map_or(0.0, |picture| picture.at);
            let lasts = last - first + 1.0 / 30.0;
            // The segment is listed less than a second after its last picture was made: that tells which second the flash was in.
            let begins = flashes(&tape, MARK).first().map(|flash| {
                let flash = flash - first;
                (at - 0.5 - (lasts - flash)).round() - flash
            });
            listings.push(Listed { at, begins });
        }
        Ok(listings)
    }
}

/// A guest on both ends.
struct Call {
    publisher: Arc<Publisher>,
    guest: Arc<Mutex<Option<Guest>>>,
}

impl Call {
    fn begin(mixer: &Mixer, uid: &Uid) -> Result<Self, MediaError> {
        let slot = mixer.add_slot(uid, uid.as_str())?;
        let timeline = Timeline { clock: mixer.time().clock().clone(), base_time: mixer.time().zero() };
        let ice = IceSpec { loopback_only: true, ..IceSpec::default() };
        let settings = Settings {
            name: uid.to_string(),
            colour: MARK.colour,
            tone_hz: MARK.tone_hz,
            width: 640,
            height: 480,
            fps: 30,
            kbps: 1_000,
            ice: ice.clone(),
            ..Settings::default()
        };
        let (out, says) = channel();
        let publisher = Arc::new(Publisher::start(&settings, out)?);
        let guest: Arc<Mutex<Option<Guest>>> = Arc::default();
        let (answers, answered) = channel();
        let (to, uid) = (Arc::clone(&guest), uid.clone());
        std::thread::spawn(move || {
            for event in says {
                let PublisherEvent::Signal { kind, payload } = event else { continue };
                let mut guest = to.lock().unwrap_or_else(PoisonError::into_inner);
                // As a programme does: the connection is made when the first offer comes.
                if guest.is_none() {
                    let sinks = Sinks::into_sources(slot.video.clone(), slot.audio.clone());
                    let device = DeviceId::new("phone").expect("a device");
                    let settings =
                        guest::Settings { ice: ice.clone(), width: 960, height: 540, ..guest::Settings::default() };
                    *guest = Guest::start(uid.clone(), device, settings, &timeline, sinks, answers.clone()).ok();
                }
                if let Some(guest) = &*guest {
                    guest.signal(kind, &payload);
                }
            }
        });
        let back = Arc::downgrade(&publisher);
        std::thread::spawn(move || {
            for event in answered {
                let Some(publisher) = back.upgrade() else { return };
                if let Happened::Signal { kind, payload } = event.what {
                    publisher.signal(kind, &payload);
                }
            }
        });
        Ok(Self { publisher, guest })
    }

    fn end(self) {
        drop(self.guest.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.publisher.stop();
    }
}
