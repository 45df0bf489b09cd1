//! What happens to the others when a target is in trouble, and what becomes of that one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use callboard_domain::{Blame, TargetKind, TargetState};
use callboard_media::analyse;
use callboard_media::targets::{PLAYLIST, Target, TargetPlaces};

use crate::programme::Programme;
use crate::server::{Listener, Nginx, free_port};
use crate::{assert_sound, places, spec, until, until_state};

/// Accepts and never answers.
fn mute() -> Listener {
    let held = Mutex::new(vec![]);
    Listener::start(0, move |stream| held.lock().expect("not poisoned").push(stream))
}

/// Closes every connection at once.
fn curt() -> Listener {
    Listener::start(0, drop)
}

#[test]
fn servers_that_stall_close_and_vanish_disturb_nobody_and_are_tried_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut places = places(dir.path());
    let programme = Programme::start();
    let file = Target::start(spec("show", TargetKind::File, None), &programme.feed, &places);
    let playlist = Target::start(spec("live", TargetKind::Hls, None), &programme.feed, &places);

    let (mute, curt) = (mute(), curt());
    let url = |port: u16| Some(format!("rtmp://127.0.0.1:{port}/live/good"));
    let stalls = Target::start(spec("stalls", TargetKind::Rtmp, url(mute.port)), &programme.feed, &places);
    let closes = Target::start(spec("closes", TargetKind::Rtmp, url(curt.port)), &programme.feed, &places);
    // As after a restart of the programme: this one worked before, so it is tried again although nothing is there.
    places.resumed = true;
    let port = free_port();
    let later = Target::start(spec("later", TargetKind::Rtmp, url(port)), &programme.feed, &places);

    until_state(&closes, TargetState::Failed);
    assert_eq!(closes.status().blame, Blame::Settings, "{:?}", closes.status());
    until_state(&stalls, TargetState::Retrying);
    assert_eq!(stalls.status().blame, Blame::Target, "{:?}", stalls.status());
    until_state(&later, TargetState::Retrying);
    let nginx = Nginx::start(dir.path(), port);
    until_state(&later, TargetState::Live);
    drop(nginx);
    until("the server is missed", || later.status().state == TargetState::Retrying);
    let reconnects = later.status().reconnects;
    let nginx = Nginx::start(dir.path(), port);
    until_state(&later, TargetState::Live);
    assert!(later.status().reconnects > reconnects);

    // Stopping one that hangs hangs nobody.
    let begin = Instant::now();
    assert_eq!(stalls.stop().state, TargetState::Finished);
    assert_eq!(closes.stop().state, TargetState::Failed);
    assert_eq!(later.stop().state, TargetState::Finished);
    assert!(begin.elapsed() < Duration::from_secs(15), "took {:?}", begin.elapsed());
    drop(nginx);

    for target in [file, playlist] {
        let done = target.stop();
        assert_eq!((done.state, done.drops), (TargetState::Finished, 0), "{done:?}");
    }
    assert_sound("the file", &analyse::file(&places.recordings_dir.join("show.mp4")).expect("plays"), 4.0);
    let runs = analyse::playlist(&places.hls_dir.join(PLAYLIST)).expect("plays");
    assert_sound("the playlist", &runs[0], 4.0);
}

/// A small disk, mounted.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, kib: u32) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a folder");
        let size = format!("size={kib}k");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output().ok()?;
        mount.status.success().then(|| Self(at.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_fails_the_recording_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a folder");
    let places = places(dir.path());
    let Some(disk) = Disk::mount(&places.recordings_dir, 200) else {
        eprintln!("SKIPPED: mounting a small disk needs root");
        return;
    };
    let programme = Programme::start();
    let file = Target::start(spec("show", TargetKind::File, None), &programme.feed, &places);
    let playlist = Target::start(spec("live", TargetKind::Hls, None), &programme.feed, &places);
    let segments = TargetPlaces { hls_dir: disk.0.join("hls"), ..places.clone() };
    let full = Target::start(spec("full", TargetKind::Hls, None), &programme.feed, &segments);
    until_state(&file, TargetState::Failed);
    let status = file.status();
    assert_eq!(status.blame, Blame::House, "{status:?}");
    assert!(status.reason.starts_with("the disk for recordings is full"), "{status:?}");
    until_state(&full, TargetState::Retrying);
    assert_eq!(full.status().reason, "the disk for segments is full");
    assert_eq!(file.stop().state, TargetState::Failed);
    // Room again: the playlist goes on.
    let reconnects = full.status().reconnects;
    let broken = dir.path().join("broken.mp4");
    std::fs::copy(disk.0.join("show.mp4"), &broken).expect("copied");
    std::fs::remove_file(disk.0.join("show.mp4")).expect("removed");
    until_state(&full, TargetState::Live);
    assert!(full.status().reconnects >= reconnects);
    drop(full);
    assert!(!analyse::file(&broken).expect("plays").pictures.is_empty());
    assert_eq!(playlist.status().state, TargetState::Live);
    assert_eq!(playlist.stop().state, TargetState::Finished);
    let runs = analyse::playlist(&places.hls_dir.join(PLAYLIST)).expect("plays");
    assert_sound("the playlist", &runs[0], 2.0);
}
