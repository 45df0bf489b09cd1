//! Jobs through a real server with the permissions of the house.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod support;

use std::time::Duration;

use callboard_bus::{Bus, Job, Jobs};
use callboard_contract::{Worker, subject};
use callboard_domain::ProgrammeId;
use serde_json::{Value, json};
use support::{House, PATIENCE};

async fn jobs(bus: &Bus) -> Jobs {
    bus.jobs(subject::jobs::RESTREAM, subject::jobs::PROGRAMMES).await.unwrap()
}

async fn ask(bus: &Bus, programme: ProgrammeId, message_id: &str) -> bool {
    let what = json!({ "programme_id": programme });
    bus.publish_job(subject::jobs::programme(programme), message_id, &what).await.unwrap()
}

async fn next(jobs: &Jobs) -> Job {
    jobs.next(PATIENCE).await.unwrap().expect("a job in time")
}

#[tokio::test]
async fn a_job_is_there_once_until_it_is_done() {
    let house = House::start().await;
    let bus = house.worker(Worker::Restream).await;
    let jobs = jobs(&bus).await;
    let (one, two) = (ProgrammeId::generate(), ProgrammeId::generate());
    assert!(ask(&bus, one, "a").await);
    assert!(!ask(&bus, one, "a").await, "the same message");
    assert!(!ask(&bus, one, "b").await, "the same work");
    assert!(ask(&bus, two, "c").await);

    let (first, second) = (next(&jobs).await, next(&jobs).await);
    assert_eq!(first.read::<Value>().unwrap()["programme_id"], json!(one));
    assert_eq!((first.delivered(), first.is_last_try()), (1, false));
    assert!(!ask(&bus, one, "d").await, "it is being done");
    first.done().await.unwrap();
    assert!(ask(&bus, one, "e").await, "it was done and is wanted again");
    assert_eq!(next(&jobs).await.read::<Value>().unwrap()["programme_id"], json!(one));

    second.give_back(Duration::from_millis(50)).await.unwrap();
    let again = next(&jobs).await;
    assert_eq!(again.read::<Value>().unwrap()["programme_id"], json!(two));
    assert_eq!(again.delivered(), 2);
    assert!(jobs.next(Duration::from_millis(100)).await.unwrap().is_none(), "both are taken");
}

#[tokio::test]
async fn a_job_of_a_dead_worker_comes_to_another_and_a_living_one_keeps_its_own() {
    let house = House::start().await;
    let (dead, living) = (house.worker(Worker::Restream).await, house.worker(Worker::Restream).await);
    let (one, two) = (ProgrammeId::generate(), ProgrammeId::generate());
    let taken = jobs(&dead).await;
    assert!(ask(&dead, one, "a").await);
    let lost = next(&taken).await;
    let mine = jobs(&living).await;
    assert!(ask(&living, two, "b").await);
    let kept = next(&mine).await;
    drop((lost, taken, dead));

    // Well past the lease of both; only one of them says that it lives.
    let deadline = tokio::time::Instant::now() + callboard_bus::LEASE + PATIENCE;
    let mut found = None;
    while found.is_none() {
        assert!(tokio::time::Instant::now() < deadline, "the dead worker's job does not come back");
        kept.still_working().await.unwrap();
        found = mine.next(Duration::from_secs(2)).await.unwrap();
    }
    let found = found.unwrap();
    assert_eq!(found.read::<Value>().unwrap()["programme_id"], json!(one));
    kept.still_working().await.unwrap();
    assert!(mine.next(Duration::from_secs(1)).await.unwrap().is_none());
}
