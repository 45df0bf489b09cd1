//! What happens to the others when a target is in trouble, and what becomes of that one.

use std::io::{Read, Write};
use std::net::TcpStream;
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

/// Hands on to a server what comes, up to so many bytes; then takes no more, and closes nothing.
fn stalling(server: u16, after: usize) -> Listener {
    Listener::start(0, move |mut from| {
        let mut to = TcpStream::connect(("127.0.0.1", server)).expect("the server");
        let (mut answers, mut back) = (to.try_clone().expect("a socket"), from.try_clone().expect("a socket"));
        std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
        std::thread::spawn(move || {
            let (mut taken, mut buffer) = (0, [0; 4096]);
            while taken < after {
                match from.read(&mut buffer) {
                    Ok(0) | Err(_) => return,
                    Ok(n) if to.write_all(&buffer[..n]).is_err() => taken += n + after,
                    Ok(n) => taken += n,
                }
            }
            // Both sockets stay open until the test is over.
            loop {
                std::thread::park();
            }
        });
    })
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

#[test]
fn a_server_that_takes_the_stream_and_then_stalls_is_found_out_and_disturbs_nobody() {
    let dir = tempfile::tempdir().expect("a folder");
    let places = places(dir.path());
    let nginx = Nginx::start(dir.path(), free_port());
    let programme = Programme::start_dense();
    let file = Target::start(spec("show", TargetKind::File, None), &programme.feed, &places);
    let well = Target::start(spec("well", TargetKind::Rtmp, Some(nginx.url("good"))), &programme.feed, &places);
    let server = stalling(nginx.port(), 200_000);
    let url = format!("rtmp://127.0.0.1:{}/other/good", server.port);
    let stalls = Target::start(spec("stalls", TargetKind::Rtmp, Some(url)), &programme.feed, &places);
    until_state(&well, TargetState::Live);
    until_state(&stalls, TargetState::Live);
    // What lies in the sockets' buffers counts as taken; then nothing moves any more.
    until_state(&stalls, TargetState::Retrying);
    let status = stalls.status();
    assert_eq!(status.blame, Blame::Target, "{status:?}");
    assert!(status.reason.contains("taken nothing"), "{status:?}");
    assert_eq!(well.status().state, TargetState::Live);
    let begin = Instant::now();
    assert_eq!(stalls.stop().state, TargetState::Finished);
    assert!(begin.elapsed() < Duration::from_secs(15), "took {:?}", begin.elapsed());
    for target in [file, well] {
        let done = target.stop();
        assert_eq!((done.state, done.drops, done.reconnects), (TargetState::Finished, 0, 0), "{done:?}");
    }
    assert_sound("the file", &analyse::file(&places.recordings_dir.join("show.mp4")).expect("plays"), 4.0);
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
