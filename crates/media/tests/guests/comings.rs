//! Guests come, go, vanish and come again; nothing is left of those who went.

use std::time::{Duration, Instant};

use callboard_media::guest::LineState;

use crate::meeting::{Meeting, settings};

fn fds() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn one_device_comes_again() {
    for _ in 0..2 {
        let meeting = Meeting::of(&settings("ann"));
        meeting.watcher.until("picture and sound", |seen| seen.frames.len() > 5 && seen.audio > 10);
        let stopped = Instant::now();
        meeting.guest.stop();
        assert!(stopped.elapsed() < Duration::from_millis(400), "stopping took {:?}", stopped.elapsed());
        let before = meeting.watcher.read(|seen| (seen.frames.len(), seen.audio));
        let watcher = meeting.watcher.clone();
        meeting.end();
        assert_eq!(
            watcher.read(|seen| (seen.frames.len(), seen.audio)),
            before,
            "something came after the guest was stopped"
        );
    }
}

#[test]
fn who_leaves_is_known_to_have_left() {
    let meeting = Meeting::of(&settings("ann"));
    meeting.watcher.until("picture and sound", |seen| seen.frames.len() > 5 && seen.audio > 10);
    meeting.publisher.stop();
    let begun = Instant::now();
    while meeting.guest.health().state == LineState::Connected {
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", meeting.guest.health());
        std::thread::yield_now();
    }
    eprintln!("known after {:?}: {:?}", begun.elapsed(), meeting.guest.health().state);
    meeting.end();
}

#[test]
fn who_vanishes_is_silent() {
    let meeting = Meeting::of(&settings("ann"));
    meeting.watcher.until("picture and sound", |seen| seen.frames.len() > 5 && seen.audio > 10);
    meeting.publisher.vanish();
    let begun = Instant::now();
    while meeting.guest.health().silent_for() < Duration::from_secs(2) {
        assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", meeting.guest.health());
        std::thread::yield_now();
    }
    assert_eq!(meeting.guest.health().state, LineState::Connected);
    meeting.end();
}

#[test]
fn twenty_comings_and_goings_leave_nothing_behind() {
    let (mut after_some, mut slowest) = ((0, 0), Duration::ZERO);
    for n in 0..20 {
        let meeting = Meeting::of(&settings("ann"));
        meeting.watcher.until("picture and sound", |seen| seen.frames.len() > 2 && seen.audio > 2);
        if n % 3 == 0 {
            meeting.publisher.vanish();
        }
        slowest = slowest.max(meeting.end());
        eprintln!("{n}: {} threads, {} files", threads(), fds());
        if n == 4 {
            after_some = (threads(), fds());
        }
    }
    eprintln!("slowest stop {slowest:?}");
    let level = Instant::now();
    while threads() > after_some.0 || fds() > after_some.1 {
        assert!(
            level.elapsed() < Duration::from_secs(5),
            "{} threads and {} files, before {after_some:?}",
            threads(),
            fds()
        );
        std::thread::yield_now();
    }
}
