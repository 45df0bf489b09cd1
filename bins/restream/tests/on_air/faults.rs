//! What happens to a programme when what it stands on breaks: its own process, NATS, the database.

use std::time::{Duration, Instant};

use callboard_contract::adm::calls::Mute;
use callboard_domain::ProgrammeState;
use callboard_tests::{PATIENCE, eventually};
use rustix::process::Signal;

use crate::player;
use crate::processes::{Frozen, kill, programme};
use crate::show::Show;

/// So long after its process was killed a programme is back at the latest, for whoever plays it.
const BACK_WITHIN: f64 = 5.0;
/// So long what a programme stands on is away.
const AWAY: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_is_back_at_the_same_address_within_five_seconds_when_its_process_is_killed() {
    let show = Show::begin().await;
    show.everybody_is_seen().await;
    let url = show.address().await;
    player::play(&url, 2).await;
    let folder = tempfile::tempdir().unwrap();
    let tape = player::keep(url.clone(), folder.path().to_owned());
    let worker = show.house.pid("restream").unwrap();
    let before = programme(worker).unwrap();
    kill(before, Signal::KILL);
    let killed = player::clock();
    eventually("another process", PATIENCE, || async { programme(worker).filter(|pid| *pid != before) }).await;
    show.report("the programme to be back", |s| s.restarts == 1 && s.state == ProgrammeState::OnAir).await;
    show.everybody_is_seen().await;
    let seen = show.clock().await;
    // Whoever has the address from before plays on with it.
    let played = player::play(&url, 4).await;
    assert!(!played.playlist.contains("#EXT-X-ENDLIST"), "{}", played.playlist);
    show.runs_to(seen + 3_000).await;
    show.stop().await;
    let tape = tape.join().unwrap();
    let back = tape.back_at(0).expect("a marked break") - killed;
    eprintln!("a killed process: the programme could be played again after {back:.2} s");
    assert!(back <= BACK_WITHIN, "back after {back:.2} s");
    assert!(tape.back_at(1).is_none(), "one break: {tape:?}");
    let runs = callboard_media::analyse::playlist(&tape.index).unwrap();
    for guest in &show.guests {
        let found = runs[1].find(guest.role.mark);
        assert!(found.flashes.len() > 1 && found.beeps.len() > 1, "{} behind the break: {found:?}", guest.role.name);
    }
    show.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_goes_on_without_nats_and_without_the_database() {
    let show = Show::begin().await;
    show.everybody_is_seen().await;
    let worker = show.house.pid("restream").unwrap();
    let process = programme(worker).unwrap();
    for ground in ["nats-server", "postgres"] {
        let frozen = Frozen::with_children(show.house.pid(ground).unwrap());
        let (stopped, at) = (Instant::now(), segments(&show));
        eventually(&format!("twenty seconds of programme without {ground}"), Duration::from_mins(1), || async {
            (segments(&show) >= at + 20 && stopped.elapsed() >= AWAY).then_some(())
        })
        .await;
        drop(frozen);
        show.is_on_air().await;
        let ran = 20_000;
        show.report("a report of the same process", |s| s.restarts == 0 && s.running_ms > ran).await;
        assert_eq!(programme(worker), Some(process), "nobody touched it");
        show.everybody_is_seen().await;
    }
    // What staff want reaches it again.
    let ann = &show.guests[0];
    show.house.ask::<Mute>(&show.act_on(ann)).await;
    let muted = |uid: &callboard_domain::Uid| uid == ann.person.uid();
    show.report("ann to be muted", |s| s.guests.iter().any(|g| muted(&g.uid) && g.muted)).await;
    show.stop().await;

    let recording = show.recording();
    assert_eq!((recording.picture_gaps(0.2), recording.sound_gaps(0.2)), (vec![], vec![]));
    let (_, to) = recording.span();
    let from = to - 42.0;
    for guest in &show.guests {
        // Whoever was in it stays in it, also while nobody hears of him.
        let found = recording.find(guest.role.mark);
        let seen = found.presence(from, to).0;
        eprintln!(
            "{} without NATS and without the database: seen {:.0} % of {:.0} s",
            guest.role.name,
            seen * 100.0,
            to - from
        );
        assert!(seen >= 0.9, "{}: seen {seen:.2}: {found:?}", guest.role.name);
    }
    show.over().await;
}

/// The number of the newest segment.
fn segments(show: &Show) -> u64 {
    let text = std::fs::read_to_string(show.folder("hls").join("index.m3u8")).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_suffix(".ts")?.parse().ok()).max().unwrap_or_default()
}
