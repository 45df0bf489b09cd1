//! Two workers side by side: a programme passes from one to the other when the one is told to stop, and when it is killed.

use std::time::{Duration, Instant};

use callboard_domain::ProgrammeState;
use callboard_tests::{PATIENCE, eventually};
use rustix::process::Signal;

use crate::player;
use crate::processes::{Second, is_there, kill, programme};
use crate::show::Show;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_workers_the_other_has_it_when_one_is_stopped_or_killed() {
    let show = Show::begin().await;
    show.everybody_is_seen().await;
    let url = show.address().await;
    player::play(&url, 2).await;
    let second = Second::beside(&show.house).await;
    let folder = tempfile::tempdir().unwrap();
    let tape = player::keep(url.clone(), folder.path().to_owned());

    // Who is told to stop hands over at once: nobody waits for a lease to run out. The house starts its own worker again, which is as free
    // to take it as the second.
    let mut handed = 0;
    while programme(second.pid()).is_none() {
        let own = show.house.pid("restream").unwrap();
        kill(own, Signal::TERM);
        let told = Instant::now();
        let taken = || async {
            let again = show.house.pid("restream").filter(|pid| *pid != own);
            [Some(second.pid()), again].into_iter().flatten().find_map(programme)
        };
        eventually("the programme in other hands", PATIENCE, taken).await;
        eprintln!("a worker that is stopped: another has its programme after {:.2} s", told.elapsed().as_secs_f64());
        assert!(told.elapsed() < callboard_bus::LEASE, "{:?}", told.elapsed());
        eventually("the house's own worker", PATIENCE, || async {
            show.house.pid("restream").filter(|pid| *pid != own)
        })
        .await;
        handed += 1;
        assert!(handed < 6, "the second worker takes nothing");
    }
    show.report("the programme to be on air", |s| s.state == ProgrammeState::OnAir && s.running_ms < 30_000).await;
    show.everybody_is_seen().await;

    let process = programme(second.pid()).unwrap();
    let holder = show.status().await.unwrap().worker;
    second.kill();
    let killed = Instant::now();
    eventually("its process to go with its worker", PATIENCE, || async { (!is_there(process)).then_some(()) }).await;
    let by = Duration::from_mins(1);
    let own = || async { show.house.pid("restream").and_then(programme) };
    eventually("the house's own worker to have it", by, own).await;
    eprintln!("a worker that is killed: another has its programme after {:.2} s", killed.elapsed().as_secs_f64());
    let other = |worker: &str| worker != holder;
    show.report("the other worker's word", |s| other(&s.worker) && s.state == ProgrammeState::OnAir).await;
    show.everybody_is_seen().await;
    // Whoever has the address from before plays on with it.
    let played = player::play(&url, 4).await;
    assert!(!played.playlist.contains("#EXT-X-ENDLIST"), "{}", played.playlist);
    show.stop().await;
    let tape = tape.join().unwrap();
    assert_eq!(tape.segments.iter().filter(|kept| kept.after_break).count(), handed + 1, "{tape:?}");
    show.over().await;
}
