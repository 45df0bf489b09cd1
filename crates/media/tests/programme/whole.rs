//! A whole programme by orders and reports: guests over WebRTC, a playlist and a recording, one guest taken away, one gone without a word.

use std::fs;
use std::time::Duration;

use crate::child::{Child, Sender};
use crate::{spec, until};
use callboard_domain::{Blame, Layout, OutputPreset, Slate, TargetKind, TargetName, TargetSpec, TargetState};
use callboard_media::analyse::{self, Mark};
use callboard_media::control::{GuestLine, Order, Report, StillOutcome};
use callboard_media::targets::PLAYLIST;

const ANN: Mark = Mark { colour: [230, 30, 30], tone_hz: 800 };
const BOB: Mark = Mark { colour: [30, 30, 230], tone_hz: 1_250 };

fn target(name: &str, kind: TargetKind) -> TargetSpec {
    TargetSpec { name: TargetName::new(name).unwrap(), kind, url: None }
}

#[test]
fn guests_are_in_what_comes_out_and_leave_it_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut spec = spec(OutputPreset::P480);
    (spec.hls_dir, spec.recordings_dir) = (dir.path().join("hls"), dir.path().join("recordings"));
    spec.ice.loopback_only = true;
    spec.targets = vec![target("web", TargetKind::Hls), target("tape", TargetKind::File)];
    let recordings = spec.recordings_dir.clone();
    let hls = spec.hls_dir.clone();
    let child = Child::run();
    child.order_line("this is no order");
    child.order(&Order::Start(Box::new(spec)));
    until("it is ready", || child.reports(|r| matches!(r, Report::Ready)) == 1);
    assert_eq!(child.reports(|r| matches!(r, Report::Fault { blame: Blame::House, .. })), 1);

    let (ann, bob) = (Sender::of("ann", ANN), Sender::of("bob", BOB));
    child.order(&Order::Guests(vec![ann.wish(), bob.wish()]));
    child.connect(&ann);
    child.connect(&bob);
    let live = |who: &Sender| {
        child.status(|s| s.guests.iter().any(|g| g.uid == who.uid && g.line == GuestLine::Live && g.fps >= 10))
    };
    until("both are there", || live(&ann) && live(&bob));
    until("both targets are live", || {
        child.status(|s| s.targets.len() == 2 && s.targets.iter().all(|t| t.state == TargetState::Live))
    });
    until("there is a playlist", || hls.join(PLAYLIST).exists());
    let both_from = child.running();
    until("it has run with both for a while", || child.running() > both_from + Duration::from_secs(6));

    child.order(&Order::Still { id: 7, guest: Some(bob.uid.clone()), width: 320 });
    child.order(&Order::Still { id: 8, guest: None, width: 9_999 });
    let still = |id: u64, fine: bool| {
        child.reports(
            |r| matches!(r, Report::Still { id: n, outcome } if *n == id && matches!(outcome, StillOutcome::Jpeg { width: 320, .. }) == fine),
        ) == 1
    };
    until("there is a still of bob, and a refusal", || still(7, true) && still(8, false));

    child.order(&Order::Layout { layout: Layout::Single, focus: Some(ann.uid.clone()) });
    child.order(&Order::Guests(vec![ann.wish()]));
    until("bob is gone", || child.status(|s| s.guests.len() == 1 && s.layout == Some(Layout::Single)));
    let without_bob = child.running();
    until("it has run without bob", || child.running() > without_bob + Duration::from_secs(2));
    ann.publisher.vanish();
    until("ann has vanished", || child.status(|s| s.guests[0].line != GuestLine::Live && s.empty));
    child.order(&Order::Slate { slate: Slate::BackSoon, text: None });
    until("the slate is told", || child.status(|s| s.slate == Some(Slate::BackSoon) && s.fps > 0 && s.kbps > 0));
    child.order(&Order::Stop);
    child.end().expect("a good end");
    assert_eq!(child.reports(|r| matches!(r, Report::Stopped)), 1);

    let tape =
        fs::read_dir(&recordings).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_file()).expect("a recording");
    let recording = &analyse::recordings(&tape).expect("it can be read")[0];
    assert_eq!((recording.picture_gaps(0.2), recording.sound_gaps(0.2)), (vec![], vec![]));
    // The tape begins at its first key frame, at most two seconds after the programme, and with it its time.
    let (from, to) = (both_from.as_secs_f64() + 0.5, both_from.as_secs_f64() + 4.5);
    for (name, mark) in [("ann", ANN), ("bob", BOB)] {
        let mut found = recording.find(mark);
        let (seen, heard) = found.presence(from, to);
        // Until a guest's first sender reports have come, nobody knows which picture goes with which sound.
        found.flashes.retain(|at| *at >= from);
        eprintln!("{name}: seen {seen}, heard {heard}, flash to beep {:?} s", found.offsets());
        assert!(seen >= 0.9 && heard >= 0.9, "{name}: seen {seen}, heard {heard}: {found:?}");
        assert!(found.offset_p80().is_some_and(|offset| offset <= 0.1), "{name}: {found:?}");
    }
    let late = without_bob.as_secs_f64() + 1.0;
    let bob = recording.find(BOB);
    assert!(bob.flashes.iter().chain(&bob.beeps).all(|at| *at < late), "bob after he was removed at {late}: {bob:?}");
}

#[test]
fn without_orders_it_ends() {
    let child = Child::run();
    child.order(&Order::Stop);
    child.end().expect("a good end");
    assert_eq!(child.reports(|r| matches!(r, Report::Stopped)), 1);
}
