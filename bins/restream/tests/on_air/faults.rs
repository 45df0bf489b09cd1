//! What happens to a programme when what it stands on breaks.

use std::time::{Duration, Instant};

use callboard_domain::ProgrammeState;
use callboard_tests::eventually;
use rustix::process::{Pid, Signal, kill_process};

use crate::player;
use crate::show::Show;

/// The process of the programme, a child of the worker.
fn programme_pid(worker: u32) -> Option<u32> {
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let parent: u32 = stat.rsplit_once(") ")?.1.split_whitespace().nth(1)?.parse().ok()?;
        (parent == worker).then_some(pid)
    })
}

fn kill(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_is_back_at_the_same_address_when_its_process_is_killed_or_its_worker_stopped() {
    let show = Show::begin().await;
    show.everybody_is_seen().await;
    let url = show.detail().await.programme.hls_url.unwrap();
    player::play(&url, 2).await;
    let worker = show.house.pid("restream").unwrap();
    let before = programme_pid(worker).unwrap();
    kill(before, Signal::KILL);
    let killed = Instant::now();
    eventually("another process", Duration::from_secs(5), || async {
        programme_pid(worker).filter(|pid| *pid != before)
    })
    .await;
    let back = || async { show.status().await.filter(|s| s.restarts == 1 && s.state == ProgrammeState::OnAir) };
    eventually("the programme is back", Duration::from_secs(10), back).await;
    assert!(killed.elapsed() < Duration::from_secs(8), "{:?}", killed.elapsed());
    show.everybody_is_seen().await;
    let played = player::play(&url, 8).await;
    assert!(played.playlist.contains("#EXT-X-DISCONTINUITY"), "{}", played.playlist);
    assert!(!played.playlist.contains("#EXT-X-ENDLIST"), "{}", played.playlist);

    // A worker that is told to stop hands it over at once: nobody waits for a lease to run out.
    kill(worker, Signal::TERM);
    let told = Instant::now();
    eventually("the programme in other hands", Duration::from_secs(20), || async {
        let other = show.house.pid("restream").filter(|pid| *pid != worker)?;
        programme_pid(other)
    })
    .await;
    assert!(told.elapsed() < callboard_bus::LEASE, "{:?}", told.elapsed());
    show.everybody_is_seen().await;
    show.stop().await;
    show.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_goes_on_without_nats_and_comes_back_when_its_worker_is_killed() {
    let show = Show::begin().await;
    show.everybody_is_seen().await;
    let worker = show.house.pid("restream").unwrap();
    let programme = programme_pid(worker).unwrap();
    let nats = show.house.pid("nats-server").unwrap();
    let list = show.folder("hls").join("index.m3u8");
    let segments = || {
        let text = std::fs::read_to_string(&list).unwrap_or_default();
        text.lines().filter_map(|line| line.strip_suffix(".ts")?.parse::<u64>().ok()).max().unwrap_or_default()
    };
    kill(nats, Signal::STOP);
    let (stopped, at) = (Instant::now(), segments());
    eventually("twenty seconds of programme without NATS", Duration::from_mins(1), || async {
        (segments() >= at + 20).then_some(())
    })
    .await;
    kill(nats, Signal::CONT);
    assert!(stopped.elapsed() >= Duration::from_secs(15), "{:?}", stopped.elapsed());
    show.is_on_air().await;
    eventually("a report of the same process", Duration::from_secs(30), || async {
        show.status().await.filter(|s| s.restarts == 0 && s.running_ms > 20_000)
    })
    .await;
    assert_eq!(programme_pid(worker), Some(programme), "nobody touched it");

    show.house.kill("restream").unwrap();
    eventually("the programme's process goes with its worker", Duration::from_secs(5), || async {
        (!std::path::Path::new(&format!("/proc/{programme}")).exists()).then_some(())
    })
    .await;
    eventually("another worker has it on air", Duration::from_mins(1), || async {
        show.status().await.filter(|s| s.state == ProgrammeState::OnAir && s.running_ms < 20_000)
    })
    .await;
    show.everybody_is_seen().await;
    show.stop().await;
    show.over().await;
}
