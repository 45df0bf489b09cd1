//! What comes out where all is well.

use std::fs;
use std::time::Duration;

use callboard_domain::{Blame, TargetKind, TargetState};
use callboard_media::analyse;
use callboard_media::targets::{PLAYLIST, Target, TargetPlaces};
use gstreamer::prelude::*;

use crate::programme::Programme;
use crate::server::{Nginx, free_port};
use crate::{MARK, assert_sound, places, spec, until, until_state};

#[test]
fn a_playlist_and_a_file_hold_the_programme() {
    let dir = tempfile::tempdir().expect("a folder");
    let places = places(dir.path());
    let programme = Programme::start();
    let playlist = Target::start(spec("live", TargetKind::Hls, None), &programme.feed, &places);
    let file = Target::start(spec("show", TargetKind::File, None), &programme.feed, &places);
    until_state(&playlist, TargetState::Live);
    until_state(&file, TargetState::Live);
    let twice = Target::start(spec("again", TargetKind::Hls, None), &programme.feed, &places);
    until_state(&twice, TargetState::Failed);
    assert_eq!(twice.status().blame, Blame::Settings, "{:?}", twice.status());
    programme.goes_on(Duration::from_secs(5));

    // As if the process died now: what is on disk plays.
    let broken = dir.path().join("broken.mp4");
    fs::copy(places.recordings_dir.join("show.mp4"), &broken).expect("copied");
    assert_sound("the broken file", &analyse::file(&broken).expect("plays"), 3.0);

    let done = file.stop();
    assert_eq!((done.state, done.drops, done.reconnects), (TargetState::Finished, 0, 0), "{done:?}");
    let recording = analyse::file(&places.recordings_dir.join("show.mp4")).expect("plays");
    assert_sound("the file", &recording, 5.0);

    let done = playlist.stop();
    assert_eq!((done.state, done.drops), (TargetState::Finished, 0), "{done:?}");
    let index = places.hls_dir.join(PLAYLIST);
    assert!(fs::read_to_string(&index).expect("a playlist").ends_with("#EXT-X-ENDLIST\n"));
    let runs = analyse::playlist(&index).expect("plays");
    assert_eq!(runs.len(), 1);
    assert_sound("the playlist", &runs[0], 5.0);
    let text = fs::read_to_string(&index).expect("a playlist");
    let lengths: Vec<f64> =
        text.lines().filter_map(|l| l.strip_prefix("#EXTINF:")?.strip_suffix(',')?.parse().ok()).collect();
    assert!(lengths[..lengths.len() - 1].iter().all(|l| (l - 1.0).abs() < 0.04), "{lengths:?}");
    // Each segment plays by itself, from its first picture on.
    let segment = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).nth(2).expect("a segment");
    let alone = analyse::file(&places.hls_dir.join(segment)).expect("plays");
    assert_eq!(alone.pictures.len(), 30);
    let found = alone.find(MARK);
    assert!(found.flashes.len() == 1 && !found.beeps.is_empty(), "{found:?}");

    // Another process takes over: the same playlist goes on behind a discontinuity.
    let before = fs::read_to_string(&index).expect("a playlist");
    let second = Programme::start();
    let playlist = Target::start(spec("live", TargetKind::Hls, None), &second.feed, &places);
    until_state(&playlist, TargetState::Live);
    second.goes_on(Duration::from_secs(3));
    drop(second);
    until_state(&playlist, TargetState::Finished);
    let after = fs::read_to_string(&index).expect("a playlist");
    let before = before.trim_end_matches("#EXT-X-ENDLIST\n");
    let tail =
        |text: &str| text.find("#EXT-X-PROGRAM-DATE-TIME").map(|begin| text[begin..].to_owned()).unwrap_or_default();
    assert!(tail(&after).starts_with(&format!("{}#EXT-X-DISCONTINUITY\n", tail(before))), "{before}\n{after}");
    let runs = analyse::playlist(&index).expect("plays");
    assert_eq!(runs.len(), 2);
    assert_sound("the second run", &runs[1], 3.0);
}

#[test]
fn sound_alone_goes_out_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let places = places(dir.path());
    let nginx = Nginx::start(dir.path(), free_port());
    let programme = Programme::start_sound();
    let targets = [
        Target::start(spec("live", TargetKind::Hls, None), &programme.feed, &places),
        Target::start(spec("show", TargetKind::File, None), &programme.feed, &places),
        Target::start(spec("rtmp", TargetKind::Rtmp, Some(nginx.url("good"))), &programme.feed, &places),
    ];
    for target in &targets {
        until_state(target, TargetState::Live);
    }
    programme.goes_on(Duration::from_secs(4));
    for target in targets {
        let done = target.stop();
        assert_eq!((done.state, done.drops), (TargetState::Finished, 0), "{done:?}");
    }
    let recorded = nginx.recorded();
    drop(nginx);
    let outputs = [places.hls_dir.join(PLAYLIST), places.recordings_dir.join("show.mp4"), recorded[0].clone()];
    for output in outputs {
        let found = &analyse::recordings(&output).expect("plays")[0];
        let (begin, end) = found.span();
        let heard = found.find(MARK).presence(begin, begin + (end - begin).floor()).1;
        assert!(heard >= 0.9 && end - begin > 3.0, "{}: {heard}, {begin} to {end}", output.display());
        assert_eq!((found.sound_gaps(0.15), found.pictures.len()), (vec![], 0), "{}", output.display());
    }
    // The second segment begins with what a player needs.
    let text = fs::read_to_string(places.hls_dir.join(PLAYLIST)).expect("a playlist");
    let segment = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).nth(1).expect("a segment");
    assert_eq!(fs::read(places.hls_dir.join(segment)).expect("a segment")[..3], [0x47, 0x40, 0]);
}

#[test]
fn a_live_window_moves_on_and_old_segments_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let places = TargetPlaces { window: 2, segment: Duration::from_millis(500), ..places(dir.path()) };
    let programme = Programme::start();
    let playlist = Target::start(spec("live", TargetKind::Hls, None), &programme.feed, &places);
    let segments = || {
        let Ok(entries) = fs::read_dir(&places.hls_dir) else { return vec![] };
        let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
        let mut numbers: Vec<u64> = names.filter_map(|n| n.strip_suffix(".ts")?.parse().ok()).collect();
        numbers.sort_unstable();
        numbers
    };
    until("there is a segment", || !segments().is_empty());
    let first = segments()[0];
    until("it is gone", || !segments().contains(&first));
    let index = fs::read_to_string(places.hls_dir.join(PLAYLIST)).expect("a playlist");
    assert_eq!(index.matches("#EXTINF").count(), 2, "{index}");
    assert!(!index.contains("ENDLIST") && !index.contains("DISCONTINUITY") && segments().len() <= 14, "{index}");
    drop(playlist);
}

#[test]
fn an_event_can_be_seen_from_its_beginning_also_by_who_comes_late() {
    let dir = tempfile::tempdir().expect("a folder");
    let places = TargetPlaces { window: 2, event_segment: Duration::from_millis(500), ..places(dir.path()) };
    let programme = Programme::start();
    let playlist = Target::start(spec("event", TargetKind::HlsEvent, None), &programme.feed, &places);
    let index = places.hls_dir.join(PLAYLIST);
    let read = || fs::read_to_string(&index).unwrap_or_default();
    until("it begins", || read().contains("#EXTINF"));
    let text = read();
    let first = text.lines().find(|line| !line.is_empty() && !line.starts_with('#')).expect("a segment").to_owned();
    // More than a live playlist shows, and more than it leaves lying.
    until("it goes on", || read().matches("#EXTINF").count() > 14);
    assert!(read().contains("#EXT-X-PLAYLIST-TYPE:EVENT\n") && !read().contains("ENDLIST"), "{}", read());
    assert!(read().contains(&first) && places.hls_dir.join(&first).exists(), "{first}: {}", read());
    assert_eq!(playlist.stop().state, TargetState::Finished);
    assert!(read().ends_with("#EXT-X-ENDLIST\n"), "{}", read());
    let runs = analyse::playlist(&index).expect("plays");
    assert_eq!(runs.len(), 1);
    assert_sound("the event", &runs[0], 7.0);
}

#[test]
fn servers_get_the_programme() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut places = places(dir.path());
    // SRT looks for a listener for 3 seconds.
    places.timing.dead = Duration::from_secs(5);
    let nginx = Nginx::start(dir.path(), free_port());
    let srt_port = free_port();
    let received = dir.path().join("received.ts");
    callboard_media::init().expect("GStreamer");
    let receiver = gstreamer::parse::launch(&format!(
        "srtsrc uri=srt://127.0.0.1:{srt_port}?mode=listener ! filesink location={}",
        received.display()
    ));
    let receiver = receiver.expect("a receiver").downcast::<gstreamer::Pipeline>().expect("a pipeline");
    receiver.set_state(gstreamer::State::Playing).expect("listens");

    let programme = Programme::start();
    let rtmp = Target::start(spec("rtmp", TargetKind::Rtmp, Some(nginx.url("good"))), &programme.feed, &places);
    let url = format!("srt://127.0.0.1:{srt_port}");
    let srt = Target::start(spec("srt", TargetKind::Srt, Some(url)), &programme.feed, &places);
    let refused = Target::start(spec("bad-key", TargetKind::Rtmp, Some(nginx.url("geheim"))), &programme.feed, &places);
    let nobody = format!("rtmp://127.0.0.1:{}/live/geheim", free_port());
    let absent = Target::start(spec("absent", TargetKind::Rtmp, Some(nobody)), &programme.feed, &places);
    let nobody = format!("srt://127.0.0.1:{}", free_port());
    let mute = Target::start(spec("srt-absent", TargetKind::Srt, Some(nobody)), &programme.feed, &places);

    for (target, words) in [
        (&refused, "the server refused the stream key"),
        (&absent, "nothing listens at 127.0.0.1:"),
        (&mute, "nothing listens at 127.0.0.1:"),
    ] {
        until_state(target, TargetState::Failed);
        let status = target.status();
        assert!(status.reason.contains(words) && !status.reason.contains("geheim"), "{status:?}");
        assert_eq!((status.blame, status.reconnects), (Blame::Settings, 0), "{status:?}");
    }
    until_state(&rtmp, TargetState::Live);
    until_state(&srt, TargetState::Live);
    programme.goes_on(Duration::from_secs(5));
    assert_eq!((rtmp.status().state, srt.status().state), (TargetState::Live, TargetState::Live));
    for target in [rtmp, srt] {
        let done = target.stop();
        assert_eq!((done.state, done.drops, done.reconnects), (TargetState::Finished, 0, 0), "{done:?}");
        assert!(done.bytes > 50_000, "{done:?}");
    }
    drop(programme);
    let _ = receiver.set_state(gstreamer::State::Null);
    assert_sound("what came by srt", &analyse::file(&received).expect("plays"), 4.0);
    let recorded = nginx.recorded();
    drop(nginx);
    assert_eq!(recorded.len(), 1, "{recorded:?}");
    assert_sound("what came by rtmp", &analyse::file(&recorded[0]).expect("plays"), 4.0);
}
