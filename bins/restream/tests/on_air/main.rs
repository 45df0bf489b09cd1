//! Calls on air from end to end: a real house, guests who are signalled over WebSocket and send over WebRTC, staff who see and act, and
//! what comes out, decoded.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod bill;
mod faults;
mod guest;
mod hands;
mod player;
mod playlists;
mod processes;
mod room;
mod sanctioned;
#[path = "../../../../crates/media/tests/targets/server.rs"]
mod server;
mod show;
#[path = "../../../../tests/tests/sanctions/table.rs"]
mod table;
mod target;
mod whole;

use std::time::Duration;

use callboard_contract::adm::calls::{Mute, Remove};
use callboard_contract::adm::restream::{Snapshot, SnapshotRequest};
use callboard_domain::{ProgrammeState, TargetState};
use callboard_tests::{PATIENCE, eventually};

use crate::show::Show;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_goes_on_air_and_who_is_removed_or_muted_is_gone() {
    let show = Show::begin().await;
    let (ann, bob) = (&show.guests[0], &show.guests[1]);
    show.everybody_is_seen().await;
    let status = eventually("both targets live", PATIENCE, || async {
        show.status().await.filter(|s| s.targets.iter().all(|t| t.state == TargetState::Live && t.bytes > 0))
    })
    .await;
    assert_eq!(status.targets.len(), 2, "{status:?}");
    assert_eq!(status.restarts, 0);

    // Who refused is not in it; staff see everybody's answer.
    let detail = show.detail().await;
    let inside: Vec<&str> = detail.members.iter().filter(|m| m.on_programme).map(|m| m.uid.as_str()).collect();
    assert_eq!(inside.len(), 2, "{detail:?}");
    assert!(!inside.contains(&show.host.uid().as_str()));

    for of in [None, Some(ann.person.uid().clone())] {
        let request = SnapshotRequest { programme_id: show.id, guest: of, width: Some(160) };
        let still = show.house.ask::<Snapshot>(&request).await;
        assert!(still.width == 160 && still.jpeg_base64.starts_with("/9j/"), "a JPEG");
    }

    let url = detail.programme.hls_url.expect("an address for players");
    let played = player::play(&url, 4).await;
    assert!(played.segments >= 4 && played.bytes > 10_000, "{played:?}");

    show.house.ask::<Remove>(&show.act_on(bob)).await;
    let removed = show.clock().await;
    eventually("bob to be out", Duration::from_secs(5), || async {
        show.status().await.filter(|s| s.guests.iter().all(|g| &g.uid != bob.person.uid()))
    })
    .await;
    show.runs_to(removed + 5_000).await;
    show.house.ask::<Mute>(&show.act_on(ann)).await;
    let muted = show.clock().await;
    show.runs_to(muted + 4_000).await;
    show.stop().await;

    let recording = show.recording();
    let (from, to) = recording.span();
    assert!(to - from > 8.0, "{from} to {to}");
    let (ann, bob) = (recording.find(ann.role.mark), recording.find(bob.role.mark));
    assert!(ann.flashes.len() >= 5 && ann.beeps.len() >= 5, "{ann:?}");
    assert!(!bob.flashes.is_empty() && !bob.beeps.is_empty(), "{bob:?}");
    // The file begins with the programme, whose clock staff see; removed means gone within a second.
    let removed = Duration::from_millis(removed).as_secs_f64();
    let last = bob.flashes.iter().chain(&bob.beeps).copied().fold(0.0, f64::max);
    assert!(last < removed + 1.5, "bob was there {:.2} s after {removed:.2}: {bob:?}", last - removed);
    let muted = Duration::from_millis(muted).as_secs_f64();
    let heard = ann.beeps.iter().copied().fold(0.0, f64::max);
    assert!(heard > removed + 2.0, "ann stays: {heard:.2}, {removed:.2}");
    assert!(heard < muted + 1.5, "ann was heard {:.2} s after she was muted", heard - muted);
    assert!(ann.flashes.iter().any(|at| *at > muted + 2.0), "her picture stays");
    assert_eq!(recording.picture_gaps(0.2), vec![]);
    assert_eq!(recording.sound_gaps(0.2), vec![]);
    // The first seconds of a connection are in it, on a machine that runs a whole house beside: steady state is measured by media's own tests.
    let offset = ann.offset_p80().expect("flashes with beeps");
    assert!(offset <= 0.2, "picture and sound are {offset:.3} s apart: {ann:?}");
    let ended = eventually("a word on how it ended", PATIENCE, || async {
        let programme = show.detail().await.programme;
        assert_eq!(programme.state, ProgrammeState::Finished);
        programme.status.filter(|status| status.state == ProgrammeState::Finished)
    })
    .await;
    assert!(ended.guests.is_empty() && ended.targets.len() == 2, "{ended:?}");
    assert!(ended.targets.iter().all(|t| t.state == TargetState::Finished && t.bytes > 0), "{ended:?}");
    let tape = ended.targets.iter().find_map(|target| target.file.as_deref()).expect("where the recording lies");
    assert_eq!(std::path::Path::new(tape), show.folder("recordings").join("tape.mp4"));
    show.over().await;
}
