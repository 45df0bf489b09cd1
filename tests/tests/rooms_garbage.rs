//! Hostile requests on every subject of the workers of rooms and of moderation, made from valid ones: fields changed, taken away, doubled and filled with
//! hostile texts, bodies cut and bent, and uploads that are not what they say.
//!
//! Each is answered with a fitting code or with a reply of the right form that shows nothing to drive a terminal; what is refused changes nothing; the
//! workers live on as the same processes, and do not grow. Afterwards nothing that is stored holds a control character, and no command shows one.
//!
//! `CALLBOARD_SOAK_MINUTES` says for how long (some seconds if absent), `CALLBOARD_SOAK_SEED` with which seed.

#[path = "rooms_garbage/bent.rs"]
mod bent;
#[path = "rooms_garbage/clients.rs"]
mod clients;
#[path = "rooms_garbage/mutant.rs"]
mod mutant;
#[path = "rooms_garbage/pool.rs"]
mod pool;
#[path = "rooms_garbage/shown.rs"]
mod shown;
#[path = "rooms_garbage/tally.rs"]
mod tally;
#[path = "rooms_garbage/watch.rs"]
mod watch;

use std::time::{Duration, Instant};

use callboard_contract::{CATALOGUE, Worker};
use callboard_tests::{House, Options};
use clients::Clients;
use mutant::{Mutants, Target};
use pool::Pool;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use tally::{Memory, Tally, Verdict};
use watch::Watch;

/// How long it takes if nothing is said.
const SHORT: Duration = Duration::from_secs(12);
/// After so many requests there are new rooms, and uploads are tried.
const ROUND: u64 = 400;
/// What an accepted request may still do after its answer is done within this.
const SETTLED: Duration = Duration::from_millis(1_500);

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_and_moderation_take_hostile_requests_and_show_nothing_hostile() {
    let length = number("CALLBOARD_SOAK_MINUTES").map_or(SHORT, |minutes| Duration::from_secs(60 * minutes));
    let seed = number("CALLBOARD_SOAK_SEED").unwrap_or(1);
    let base = callboard_testbase::fresh().await;
    let options = Options::default()
        .env("CALLBOARD_DATABASE_URL", base.app_url.clone())
        .env("CALLBOARD_DATABASE_OWNER_URL", base.owner_url.clone());
    let house = House::start(options).await;
    let clients = Clients::new(&house).await;
    let watch = Watch::begin(&base.owner).await;
    let ours = |worker| matches!(worker, Worker::Rooms | Worker::Moderation);
    let targets: Vec<Target> =
        CATALOGUE.iter().copied().flatten().filter(|spec| ours(spec.worker)).map(|spec| Target::new(spec)).collect();
    let (mut rng, mut mutants) = (StdRng::seed_from_u64(seed), Mutants::new(seed, &targets));
    let (mut pool, mut tally) = (Pool::default(), Tally::default());
    let pids = house.pids();
    let (mut memory, until) = (None, Instant::now() + length);
    while Instant::now() < until {
        clients.settle_in(&mut pool).await;
        bent::uploads(&clients, &pool, &mut rng, &mut tally).await;
        watch.settle(SETTLED).await;
        for _ in 0..ROUND {
            let target = targets.choose(&mut rng).expect("there are some");
            one(&clients, &watch, target, &mut mutants, &mut pool, &mut tally).await;
        }
        assert_eq!(house.pids(), pids, "the workers are the same processes");
        // What is made once at the start is made by now.
        memory.get_or_insert_with(|| Memory::of(&pids));
    }
    let now = Memory::of(&pids);
    eprintln!("seed {seed}, {} s: {tally}\n{}", length.as_secs(), now.since(memory.as_ref().expect("one round")));
    tally.is_enough(targets.len());
    now.is_level(memory.as_ref().expect("one round"));
    house.is_well().await;
    assert_eq!(house.pids(), pids, "the workers are the same processes");
    for name in ["rooms", "moderation"] {
        let log = house.log(name);
        let bad: Vec<&str> =
            log.lines().filter(|l| l.contains("panicked") || l.contains("handler took too long")).collect();
        assert!(bad.is_empty(), "{name}: {bad:#?}");
    }
    watch.holds_nothing_hostile().await;
    shown::by_commands(&house, &clients, &pool).await;
    house.balanced().await;
    house.down();
    base.finish().await;
}

/// Sends one request, and judges its answer and what it changed.
async fn one(
    clients: &Clients,
    watch: &Watch,
    target: &Target,
    mutants: &mut Mutants,
    pool: &mut Pool,
    tally: &mut Tally,
) {
    let mutant = mutants.next(target, pool);
    let turn = mutants.turn();
    let answer = clients.ask(target.spec, turn, &mutant.body).await;
    let verdict = target.judge(&mutant, &answer);
    tally.count(target.spec, &answer);
    match verdict {
        Verdict::Accepted => pool.learn(&answer["ok"]),
        Verdict::Refused => {
            // What one before it still did late is over when the same is refused again.
            let mut changed = watch.changed().await;
            for more in 0..3 {
                if changed.is_empty() {
                    return;
                }
                watch.settle(SETTLED).await;
                let again = clients.ask(target.spec, turn, &mutant.anew(more)).await;
                if again.get("error").is_none() {
                    return;
                }
                changed = watch.changed().await;
            }
            panic!("{:?} was refused and changed {changed:?}: {mutant}\n    answered {answer}", target.spec);
        }
        Verdict::Wrong(why) => panic!("{:?}: {why}: {mutant}\n    answered {answer}", target.spec),
    }
}
