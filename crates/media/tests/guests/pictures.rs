//! Picture and sound arrive, in time with each other, whatever they are encoded with and whatever becomes of their size.

use callboard_media::guest::LineState;
use callboard_media::synthetic::{Codec, Settings};
use gstreamer::ClockTime;

use crate::meeting::{Meeting, settings};

fn arrives(codec: Codec) {
    let meeting = Meeting::of(&Settings { codec, ..settings("ann") });
    let first = meeting.watcher.until("a picture and a sound", |seen| !seen.frames.is_empty() && seen.audio > 0);
    assert!(first.as_millis() < 3000, "the first picture took {first:?}");
    // Enough of them that two in ten may be late: a busy machine decodes a picture late now and then.
    meeting.watcher.until("ten flashes and beeps", |seen| seen.flashes.len() >= 10 && seen.beeps.len() >= 10);
    let health = meeting.guest.health();
    assert_eq!(health.state, LineState::Connected);
    assert!(health.silent_for().as_millis() < 500, "{health:?}");
    assert!((12..=16).contains(&health.fps) && health.kbps > 20, "{health:?}");
    meeting.watcher.read(|seen| {
        assert_eq!(seen.sizes, [(640, 360)]);
        assert!(seen.tone_hz.abs_diff(880) < 40, "a tone of {} Hz", seen.tone_hz);
        // The first second is still finding its pace.
        let heard = *seen.beeps.last().unwrap() + ClockTime::from_mseconds(500);
        let mut offsets: Vec<i64> = seen.flashes[1..]
            .iter()
            .filter(|flash| **flash < heard)
            .filter_map(|flash| {
                seen.beeps.iter().map(|beep| signed(*flash) - signed(*beep)).min_by_key(|offset| offset.abs())
            })
            .collect();
        offsets.sort_unstable_by_key(|offset| offset.abs());
        eprintln!("{codec:?}: first after {first:?}, flash after beep {offsets:?} ms, {health:?}");
        assert!(offsets[(offsets.len() * 8).div_ceil(10) - 1].abs() <= 100, "flash after beep: {offsets:?} ms");
        for pair in seen.frames.windows(2) {
            assert!(pair[0] < pair[1], "time goes back");
        }
    });
    let took = meeting.end();
    assert!(took.as_millis() < 400, "stopping took {took:?}");
}

fn signed(at: ClockTime) -> i64 {
    i64::try_from(at.mseconds()).unwrap()
}

#[test]
fn vp8_arrives() {
    arrives(Codec::Vp8);
}

#[test]
fn vp9_arrives() {
    arrives(Codec::Vp9);
}

#[test]
fn h264_arrives() {
    arrives(Codec::H264);
}

#[test]
fn another_size_is_fitted_and_a_muted_tone_is_not_heard() {
    let meeting = Meeting::of(&settings("ann"));
    meeting.watcher.until("two flashes", |seen| seen.flashes.len() >= 2 && seen.beeps.len() >= 2);
    for (width, height) in [(640, 360), (180, 320), (160, 120), (320, 240)] {
        meeting.publisher.resize(width, height);
        let before = meeting.watcher.read(|seen| seen.flashes.len());
        meeting.watcher.until("a flash of another size", |seen| seen.flashes.len() > before);
    }
    meeting.publisher.mute(true);
    // What was already on its way.
    let before = meeting.watcher.read(|seen| seen.flashes.len());
    meeting.watcher.until("two more flashes", |seen| seen.flashes.len() >= before + 2);
    let (flashes, beeps) = meeting.watcher.read(|seen| (seen.flashes.len(), seen.beeps.len()));
    meeting.watcher.until("more flashes", |seen| seen.flashes.len() >= flashes + 3);
    meeting.watcher.read(|seen| {
        assert_eq!(seen.sizes, [(640, 360)]);
        assert_eq!(seen.beeps.len(), beeps);
    });
    meeting.end();
}

#[test]
fn sound_alone_and_picture_alone_are_taken() {
    for (video, audio) in [(false, true), (true, false)] {
        let meeting = Meeting::of(&Settings { video, audio, ..settings("ann") });
        meeting.watcher.until("what there is", |seen| {
            seen.beeps.len() >= usize::from(audio) && seen.flashes.len() >= usize::from(video)
        });
        meeting.end();
    }
}
