//! The house at 10 000 live calls: everybody beats every 5 s, flushed each second; shards are swept every 5 s when due; legs are
//! settled each minute and extended as they run low; events are claimed and marked as sent. What of two cores does that take?

use std::time::{Duration, Instant};

use callboard_calls::{Beat, Calls, TariffCache, Times};
use callboard_contract::adm::calls::Quality;
use callboard_contract::api::calls::Line;
use callboard_store::{Relay, Store};
use rand::Rng as _;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::fixture::{Fixture, Funds};
use crate::report::Figure;

const LEGS: u32 = 10_000;
const SWEEPS: usize = 4;
const BEAT_S: u32 = 5;
const CORES: f64 = 2.0;
const WARM_UP: Duration = Duration::from_secs(8);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const RELAY_EVERY: Duration = Duration::from_millis(250);
const RELAY_BATCH: i64 = 500;

pub(crate) async fn run(seconds: u32) -> anyhow::Result<Vec<Figure>> {
    let fixture = Fixture::new(LEGS, Funds::Rolling, Times::default()).await?;
    // The setting up took its time: it counts for nobody, and shards come due one after another.
    for statement in [
        "update calls.seen set seen_ms = store.now_ms()",
        "update store.house set alive_ms = store.now_ms()",
        "update ledger.shards set due_ms = store.now_ms() + id * 5000 / 32",
    ] {
        sqlx::query(statement).execute(&fixture.base.owner).await?;
    }
    let mut tasks: JoinSet<anyhow::Result<()>> = JoinSet::new();
    let cache = TariffCache::default();
    for _ in 0..SWEEPS {
        tasks.spawn(sweep(fixture.calls.clone(), cache.clone()));
    }
    tasks.spawn(beats(fixture.calls.clone()));
    tasks.spawn(relay(fixture.base.store.clone()));
    let measure = async {
        tokio::time::sleep(WARM_UP).await;
        // The server does this by itself within a minute: some tables were empty up to now.
        sqlx::query("analyze").execute(&fixture.base.owner).await?;
        tokio::time::sleep(WARM_UP).await;
        let (cpu, begun, rounds) = (fixture.cluster.cpu(), Instant::now(), rounds(&fixture).await?);
        tokio::time::sleep(Duration::from_secs(u64::from(seconds))).await;
        let (used, took) = (fixture.cluster.cpu().since(cpu), begun.elapsed().as_secs_f64());
        let swept = self::rounds(&fixture).await? - rounds;
        let late: i64 = sqlx::query_scalar("select greatest(0, store.now_ms() - min(due_ms)) from ledger.shards")
            .fetch_one(&fixture.base.owner)
            .await?;
        let live: i64 = sqlx::query_scalar("select count(*) from calls.legs where state = 'metered'")
            .fetch_one(&fixture.base.owner)
            .await?;
        anyhow::ensure!(live == i64::from(LEGS), "only {live} of {LEGS} legs are metered");
        let percent = |span: Duration| span.as_secs_f64() / took / CORES * 100.0;
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let (swept, late) = (swept as f64, late as f64);
        anyhow::Ok(vec![
            Figure::new("house", format!("{LEGS} live calls, all"), percent(used.sum()), "% of 2 cores").below(10.0),
            Figure::new("house", format!("{LEGS} live calls, workers"), percent(used.own), "% of 2 cores"),
            Figure::new("house", format!("{LEGS} live calls, PostgreSQL"), percent(used.postgres), "% of 2 cores"),
            Figure::new("house", "rounds journalled", swept / took, "rounds/s"),
            Figure::new("house", "shard that is latest", late, "ms"),
        ])
    };
    let figures = tokio::select! {
        figures = measure => figures?,
        Some(ended) = tasks.join_next() => {
            ended??;
            anyhow::bail!("a part of the house stopped");
        }
    };
    tasks.shutdown().await;
    fixture.base.finish().await;
    Ok(figures)
}

async fn rounds(fixture: &Fixture) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar("select sum(round)::bigint from ledger.shards").fetch_one(&fixture.base.owner).await?)
}

// As billing does.
async fn sweep(calls: Calls, cache: TariffCache) -> anyhow::Result<()> {
    loop {
        if calls.sweep(&cache).await?.is_none() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

// As signaling does: each second a fifth of the members were heard of.
async fn beats(calls: Calls) -> anyhow::Result<()> {
    let mut every = tokio::time::interval(Duration::from_secs(1));
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut second = 0;
    loop {
        every.tick().await;
        let heard: Vec<Beat> = {
            let mut rng = rand::rng();
            (1..=LEGS * 2)
                .filter(|no| no % BEAT_S == second % BEAT_S)
                .map(|no| Beat {
                    no: i64::from(no),
                    age_ms: rng.random_range(0..1000),
                    line: Line::Connected,
                    media: true,
                    quality: Quality {
                        rtt_ms: Some(rng.random_range(20..80)),
                        loss_permille: Some(rng.random_range(0..10)),
                        jitter_ms: Some(rng.random_range(1..20)),
                        bitrate_kbps: Some(rng.random_range(800..1600)),
                        ..Quality::default()
                    },
                })
                .collect()
        };
        let flushed = calls.flush(&heard).await?;
        anyhow::ensure!(flushed.outage.is_none(), "the house did not hear itself: {flushed:?}");
        second += 1;
    }
}

// As the outbox relay does, with a stream that takes everything at once.
async fn relay(store: Store) -> anyhow::Result<()> {
    let mut relay = loop {
        if let Some(relay) = Relay::lease(&store).await? {
            break relay;
        }
        tokio::time::sleep(RELAY_EVERY).await;
    };
    loop {
        let events = relay.unsent(RELAY_BATCH).await?;
        if events.is_empty() {
            tokio::time::sleep(RELAY_EVERY).await;
        } else {
            relay.settle(&events).await?;
        }
    }
}
