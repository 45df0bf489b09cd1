//! A paid show from its beginning to its end: four guests to players, a server and a file at once, while one vanishes and comes back, one joins late,
//! one leaves and one is muted. All that came out is decoded and looked at, and then the bill.

use std::time::Duration;

use callboard_contract::adm::calls::Mute;
use callboard_contract::api::calls::{Invite, InviteRequest, Invitee};
use callboard_domain::{RequestId, TargetKind, TargetState};
use callboard_media::analyse::{self, Findings, Mark, Recording};

use crate::bill;
use crate::guest::{Guest, Role};
use crate::player::{self, clock};
use crate::server::{Nginx, free_port};
use crate::show::{ANN, BOB, Plan, Show, target};

const CID: Role =
    Role { name: "cid", mark: Mark { colour: [30, 30, 220], tone_hz: 1_400 }, phase: Duration::from_millis(500) };
const DEE: Role =
    Role { name: "dee", mark: Mark { colour: [220, 200, 30], tone_hz: 2_000 }, phase: Duration::from_millis(750) };

/// What a programme keeps to, whatever its guests do.
const PRESENCE: f64 = 0.9;
const OFFSET: f64 = 0.1;
const DRIFT: f64 = 0.12;
const LAG: f64 = 5.0;
const GAP: f64 = 0.2;
const GONE_WITHIN: f64 = 1.0;

/// One guest's time, in seconds of this machine's clock.
struct Part {
    role: Role,
    /// From when he was to be there: he had agreed, and the programme ran.
    due: f64,
    /// When he was to be seen, from the first report that has him to what he or the test did.
    seen: Vec<(f64, f64)>,
    /// When he was to be heard.
    heard: Vec<(f64, f64)>,
    /// When he came back, if he was away.
    back: Option<f64>,
}

impl Part {
    fn of(role: Role, due: f64, times: Vec<(f64, f64)>) -> Self {
        Self { role, due, heard: times.clone(), seen: times, back: None }
    }
}

/// One of the places to which it went, in seconds of this machine's clock.
struct Output {
    name: &'static str,
    recording: Recording,
    /// What to add to the recording's times.
    begins: f64,
}

impl Output {
    fn find(&self, role: Role) -> Findings {
        let later = |times: Vec<f64>| times.into_iter().map(|at| at + self.begins).collect();
        let Findings { flashes, beeps } = self.recording.find(role.mark);
        Findings { flashes: later(flashes), beeps: later(beeps) }
    }

    /// All that must hold of it.
    fn is_whole(&self, ordered: f64, parts: &[Part]) {
        let name = self.name;
        let (from, to) = self.recording.span();
        let start = from + self.begins - ordered;
        let gaps = (self.recording.picture_gaps(GAP), self.recording.sound_gaps(GAP));
        eprintln!(
            "{name}: {:.1} s, starts {start:.2} s after the order, {} gaps",
            to - from,
            gaps.0.len() + gaps.1.len()
        );
        assert_eq!(gaps, (vec![], vec![]), "{name}: gaps");
        assert!(start <= LAG, "{name} starts {start:.2} s after the order");
        for part in parts {
            let found = self.find(part.role);
            let who = format!("{name}: {}", part.role.name);
            let (seen, heard) = (presence(&found.flashes, &part.seen), presence(&found.beeps, &part.heard));
            let offset = found.offset_p80().expect("flashes with beeps");
            let drift = found.drift_p80();
            let drift = drift.0.unwrap_or(1.0).max(drift.1.unwrap_or(1.0));
            let first = |times: &[f64]| times.first().copied().unwrap_or(f64::INFINITY);
            let lag = first(&found.flashes).max(first(&found.beeps)) - part.due;
            let since = |times: &[f64], back: f64| times.iter().copied().find(|at| *at > back).unwrap_or(f64::INFINITY);
            let again = part.back.map(|back| since(&found.flashes, back).max(since(&found.beeps, back)) - back);
            eprintln!(
                "{who}: seen {:.0} %, heard {:.0} % of {:.0} s, flash to beep {:.0} ms, drift {:.0} ms, lag {lag:.2} s",
                seen * 100.0,
                heard * 100.0,
                part.seen.iter().map(|(from, to)| to - from).sum::<f64>(),
                offset * 1_000.0,
                drift * 1_000.0,
            );
            assert!(seen >= PRESENCE && heard >= PRESENCE, "{who}: seen {seen:.2}, heard {heard:.2}: {found:?}");
            assert!(offset <= OFFSET, "{who}: flash and beep are {offset:.3} s apart: {:?}", found.offsets());
            assert!(drift <= DRIFT, "{who}: drifts by {drift:.3} s: {found:?}");
            assert!(lag <= LAG, "{who}: {lag:.2} s late");
            assert!(again.is_none_or(|lag| lag <= LAG), "{who}: {again:.2?} s late when he came back");
        }
    }
}

/// The part of somebody's beats that came, all of his times together.
fn presence(events: &[f64], times: &[(f64, f64)]) -> f64 {
    let (there, all) = times.iter().fold((0.0, 0.0), |(there, all), (from, to)| {
        (there + analyse::presence(events, *from, *to) * (to - from), all + to - from)
    });
    there / all
}

/// Invites somebody who was not in the call yet.
async fn joins_late(show: &mut Show, role: Role) {
    let person = show.house.fan(role.name, crate::show::PURSE).await;
    let invitee = Invitee { uid: person.uid().clone(), pays: true };
    let request = InviteRequest { request_id: RequestId::generate(), call_id: show.call, invitee };
    show.host.ask::<Invite>(&request).await;
    let mut guest = Guest::is_in(person, role, show.call).await;
    guest.agrees(show.call, show.id).await;
    show.guests.push(guest);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_show_of_four_guests_is_whole_wherever_it_goes_and_so_is_its_bill() {
    let folder = tempfile::tempdir().unwrap();
    let nginx = Nginx::start(folder.path(), free_port());
    let targets = vec![
        target("players", TargetKind::Hls, None),
        target("tape", TargetKind::File, None),
        target("server", TargetKind::Rtmp, Some(nginx.url("good"))),
    ];
    let mut show =
        Show::of(Plan { cast: vec![ANN, BOB, CID], pays: true, listener: Some("lee"), targets, ..Plan::default() })
            .await;
    let on_air = clock();
    let tape = player::keep(show.address().await, folder.path().join("played"));
    show.report("all targets live", |s| {
        s.targets.len() == 3 && s.targets.iter().all(|t| t.state == TargetState::Live && t.bytes > 0)
    })
    .await;
    let mut since = Vec::new();
    for guest in &show.guests {
        since.push(show.seen(guest.person.uid()).await);
    }
    let [ann_from, bob_from, cid_from] = since[..] else { panic!("three guests") };
    let (ann, bob, cid, dee) = (0, 1, 2, 3);
    let all_there = show.clock().await;
    show.runs_to(all_there + 8_000).await;

    let bob_to = clock();
    show.guests[bob].vanishes();
    let uid = show.guests[bob].person.uid().clone();
    show.report("bob to be missed", |s| s.guests.iter().any(|g| g.uid == uid && !g.connected)).await;
    let dee_due = clock();
    joins_late(&mut show, DEE).await;
    let dee_from = show.seen(show.guests[dee].person.uid()).await;
    show.host.hears("bob's time to stop", |p| p.event == "calls.suspended" && p.data["payer"] == uid.as_str()).await;

    let call = show.call;
    let bob_back = clock();
    show.guests[bob].comes_back(call);
    let bob_again = show.seen(&uid).await;
    // All four at once.
    let all_four = show.clock().await;
    show.runs_to(all_four + 4_000).await;
    let together = show.status().await.expect("a report");
    assert_eq!(together.guests.iter().filter(|g| g.connected && g.shown).count(), 4, "{together:?}");

    let ann_to = clock();
    show.guests[ann].leaves(call).await;
    show.host.hears_of(call, "calls.member_left").await;
    let all_back = show.clock().await;
    show.runs_to(all_back + 3_000).await;
    let cid_muted = clock();
    show.house.ask::<Mute>(&show.act_on(&show.guests[cid])).await;
    show.runs_to(all_back + 11_000).await;
    let end = clock();
    show.stop().await;

    let parts = [
        Part::of(ANN, on_air, vec![(ann_from, ann_to)]),
        Part { back: Some(bob_back), ..Part::of(BOB, on_air, vec![(bob_from, bob_to), (bob_again, end)]) },
        Part { heard: vec![(cid_from, cid_muted)], ..Part::of(CID, on_air, vec![(cid_from, end)]) },
        Part::of(DEE, dee_due, vec![(dee_from, end)]),
    ];
    let outputs = outputs(&show, &tape.join().unwrap(), &nginx, &parts);
    for output in &outputs {
        output.is_whole(show.ordered, &parts);
        let beeps = output.find(CID).beeps;
        let last = beeps.iter().copied().fold(0.0, f64::max) - cid_muted;
        eprintln!("{}: cid is heard for {last:.2} s after staff muted him", output.name);
        let beep = callboard_media::synthetic::FLASH.as_secs_f64();
        assert!(last + beep <= GONE_WITHIN, "{}: he is heard for {last:.2} s: {beeps:?}", output.name);
        let left = output.find(ANN).flashes.into_iter().fold(0.0, f64::max) - ann_to;
        assert!(left <= 2.0 * GONE_WITHIN, "{}: who left is seen for {left:.2} s", output.name);
    }
    drop(nginx);
    bill::is_right(&show).await;
    drop(show.guests);
    show.house.down();
}

/// What came out everywhere, by one clock: a player knows when he could play something, and the others hold the same.
fn outputs(show: &Show, tape: &player::Tape, nginx: &Nginx, parts: &[Part]) -> [Output; 3] {
    let all = |recording: &Recording| parts.iter().map(|p| recording.find(p.role.mark)).collect::<Vec<_>>();
    let mut runs = analyse::playlist(&tape.index).unwrap();
    assert_eq!(runs.len(), 1, "no break in what players got");
    let played = runs.remove(0);
    let begins = tape.begins() - played.span().0;
    let found = all(&played);
    let other = |name, recording: Recording| {
        let by = analyse::shift(&all(&recording), &found).unwrap_or_else(|| panic!("{name} is another programme"));
        Output { name, recording, begins: begins + by }
    };
    let recorded = nginx.recorded();
    assert_eq!(recorded.len(), 1, "the server was served without a break: {recorded:?}");
    let served = analyse::file(&recorded[0]).unwrap();
    let (file, served) = (other("file", show.recording()), other("rtmp", served));
    [Output { name: "hls", recording: played, begins }, file, served]
}
