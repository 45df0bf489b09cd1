//! What is known of a guest's line, and where it may run.

use std::sync::mpsc::channel;

use callboard_domain::{DeviceId, Uid};
use callboard_media::control::{IceSpec, SignalKind};
use callboard_media::guest::{Guest, Settings};
use callboard_media::synthetic;

use crate::meeting::{Meeting, Watcher, loopback, settings, timeline};

#[test]
fn losses_are_seen_while_they_last() {
    let clean = Meeting::of(&settings("ann"));
    let lossy = Meeting::of(&synthetic::Settings { lose_every: 8, ..settings("bob") });
    for meeting in [&clean, &lossy] {
        meeting.watcher.until("picture and sound", |seen| seen.frames.len() > 5 && seen.audio > 150);
    }
    // An eighth is 125 of a thousand; a picture of several packets is lost as a whole.
    let loss = || lossy.guest.health().loss_permille;
    lossy.watcher.until("the losses", |_| (60..=260).contains(&loss()));
    assert!(lossy.guest.health().packets_lost > 0);
    let clean_loss = clean.guest.health().loss_permille;
    assert!(clean_loss < 30, "{clean_loss} of a thousand were lost on the machine's own loopback");
    clean.end();
    lossy.end();
}

#[test]
fn only_the_ports_that_were_allowed_are_offered() {
    let watcher = Watcher::default();
    let (out, says) = channel();
    let ice = IceSpec { ports: Some((42_310, 42_319)), ..loopback() };
    let (uid, device) = (Uid::new("ann").unwrap(), DeviceId::new("phone-1").unwrap());
    let guest_settings = Settings { ice, ..Settings::default() };
    let guest = Guest::start(uid, device, guest_settings, &timeline(), watcher.sinks(), out).unwrap();
    let meeting = Meeting::with(&settings("ann"), guest, says, watcher);
    meeting.watcher.until("picture and sound", |seen| seen.frames.len() > 5 && seen.audio > 10);
    let said = meeting.said.lock().unwrap().clone();
    let candidates = said.iter().filter(|(kind, text)| *kind == SignalKind::Candidate && text.contains("typ host"));
    let ports: Vec<u16> = candidates.map(|(_, text)| text.split(' ').nth(5).unwrap().parse().unwrap()).collect();
    assert!(!ports.is_empty() && ports.iter().all(|port| (42_310..=42_319).contains(port)), "{ports:?}");
    meeting.end();
}
