//! The metering sweep against its limit: one bare HOT update per tick, in as many transactions, by as many tasks and over as many
//! connections.
//!
//! The rows of the limit lie in the order in which the legs came, as rows of legs would: those of a shard are scattered. Beside it
//! stands what an update costs where the rows of each shard lie together, which no house that takes calls as they come could have.

use std::time::{Duration, Instant};

use callboard_calls::{Calls, TariffCache, Times};
use callboard_store::Store;
use sqlx::PgPool;

use crate::fixture::{Fixture, Funds};
use crate::report::Figure;
use crate::usage::Cpu;

/// Sweeps at once, as one billing worker runs them; each side has as many connections.
const TASKS: u32 = 4;
/// How long each side is measured.
const AT_LEAST: Duration = Duration::from_secs(8);
const STEP_MS: i64 = 5_000;
const SCATTERED: &str = "update public.bench_scattered set v = v + 1 where shard = $1";
const PACKED: &str = "update public.bench_packed set v = v + 1 where shard = $1";

#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    ticks: u64,
    took: Duration,
    cpu: Cpu,
    wal: u64,
}

impl Measured {
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn per_second(&self) -> f64 {
        self.ticks as f64 / self.took.as_secs_f64()
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn cpu_us(&self) -> f64 {
        self.cpu.sum().as_secs_f64() * 1e6 / self.ticks as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    fn wal_bytes(&self) -> f64 {
        self.wal as f64 / self.ticks as f64
    }
}

/// Ticks per second, CPU and log per tick, with the limit; then the same with settlements and rolling grants.
pub(crate) async fn run(legs: u32) -> anyhow::Result<Vec<Figure>> {
    let plain = Fixture::new(legs, Funds::Plenty, Times::default()).await?;
    bare_tables(&plain).await?;
    let (calls, cache) = (sweeper(&plain)?, TariffCache::default());
    // Once each, so that tariffs, plans and buffers are warm; then in turn, so that a busy machine is busy for both.
    round(&plain, &calls, &cache).await?;
    for statement in [SCATTERED, PACKED] {
        bare_round(&plain, statement).await?;
    }
    let (mut swept, mut bare, mut packed) = (Measured::default(), Measured::default(), Measured::default());
    while swept.took < AT_LEAST || bare.took < AT_LEAST {
        add(&mut swept, round(&plain, &calls, &cache).await?);
        add(&mut bare, bare_round(&plain, SCATTERED).await?);
        add(&mut packed, bare_round(&plain, PACKED).await?);
    }
    calls.store().pool().close().await;
    plain.base.finish().await;

    let mixed = Fixture::new(legs, Funds::Rolling, Times::default()).await?;
    let (calls, cache) = (sweeper(&mixed)?, TariffCache::default());
    round(&mixed, &calls, &cache).await?;
    // The server does this by itself within a minute: some tables were empty up to now.
    round(&mixed, &calls, &cache).await?;
    sqlx::query("analyze").execute(&mixed.base.owner).await?;
    let mut real = Measured::default();
    // Whole minutes, so that every leg is settled as often as every other.
    for _ in 0..24 {
        add(&mut real, round(&mixed, &calls, &cache).await?);
    }
    calls.store().pool().close().await;
    mixed.base.finish().await;

    let of = "bare HOT update";
    Ok(vec![
        Figure::new("metering", format!("{legs} legs"), swept.per_second(), "ticks/s")
            .against(of, bare.per_second())
            .ratio_at_least(0.7),
        Figure::new("metering", format!("{legs} legs, CPU"), swept.cpu_us(), "us/tick").against(of, bare.cpu_us()),
        Figure::new("metering", format!("{legs} legs, log"), swept.wal_bytes(), "bytes/tick")
            .against(of, bare.wal_bytes()),
        Figure::new(
            "metering",
            format!("{legs} rows, updated where each shard's lie together"),
            packed.per_second(),
            "ticks/s",
        )
        .against(of, bare.per_second()),
        Figure::new(
            "metering",
            format!("{legs} rows, updated where each shard's lie together, CPU"),
            packed.cpu_us(),
            "us/tick",
        )
        .against(of, bare.cpu_us()),
        Figure::new(
            "metering",
            format!("{legs} legs, settled each minute, rolling grants"),
            real.per_second(),
            "ticks/s",
        )
        .against(of, bare.per_second()),
        Figure::new(
            "metering",
            format!("{legs} legs, settled each minute, rolling grants, CPU"),
            real.cpu_us(),
            "us/tick",
        )
        .against(of, bare.cpu_us()),
        Figure::new(
            "metering",
            format!("{legs} legs, settled each minute, rolling grants, log"),
            real.wal_bytes(),
            "bytes/tick",
        )
        .against(of, bare.wal_bytes()),
    ])
}

fn add(sum: &mut Measured, one: Measured) {
    sum.ticks += one.ticks;
    sum.took += one.took;
    sum.cpu = sum.cpu.plus(one.cpu);
    sum.wal += one.wal;
}

fn sweeper(fixture: &Fixture) -> anyhow::Result<Calls> {
    Ok(Calls::new(Store::open(&fixture.base.app_url, TASKS)?, Times::default(), Vec::new()))
}

// Signs of life of everybody and of the house move on, unmeasured (that is the flush's work); then all shards are swept.
async fn round(fixture: &Fixture, calls: &Calls, cache: &TariffCache) -> anyhow::Result<Measured> {
    let mut tx = fixture.base.owner.begin().await?;
    // By more than a step where a round takes longer than that: the house must not seem to have been away.
    let step: i64 = sqlx::query_scalar("select greatest($1, store.now_ms() - alive_ms) from store.house")
        .bind(STEP_MS)
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query("update calls.seen set seen_ms = seen_ms + $1").bind(step).execute(&mut *tx).await?;
    sqlx::query("update store.house set alive_ms = (select max(seen_ms) from calls.seen)").execute(&mut *tx).await?;
    sqlx::query("update ledger.shards set due_ms = 0").execute(&mut *tx).await?;
    tx.commit().await?;
    // A flush ends with a look at the evidence of all legs, so in a house no sweep is the first to see what a flush wrote.
    let flushed = fixture.calls.flush(&[]).await?;
    anyhow::ensure!(flushed.changed == 0 && flushed.outage.is_none(), "{flushed:?}");
    measured(fixture, async {
        let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(sweeps(calls.clone(), cache.clone()))).collect();
        let mut ticks = 0;
        for task in tasks {
            ticks += task.await??;
        }
        anyhow::ensure!(ticks == u64::from(fixture.legs), "{ticks} ticks for {} legs", fixture.legs);
        Ok(ticks)
    })
    .await
}

async fn sweeps(calls: Calls, cache: TariffCache) -> anyhow::Result<u64> {
    let mut ticks = 0;
    while let Some(swept) = calls.sweep(&cache).await? {
        anyhow::ensure!(swept.ended == 0 && swept.set_aside == 0, "{swept:?}");
        ticks += swept.ticks as u64;
    }
    Ok(ticks)
}

async fn bare_tables(fixture: &Fixture) -> anyhow::Result<()> {
    for statement in [
        "create table public.bench_scattered (shard smallint not null, v bigint not null) with (fillfactor = 50)",
        "insert into public.bench_scattered select shard, 0 from calls.legs order by payer_no",
        "create index on public.bench_scattered (shard)",
        "create table public.bench_packed (shard smallint not null, v bigint not null) with (fillfactor = 50)",
        "insert into public.bench_packed select shard, 0 from calls.legs order by shard",
        "create index on public.bench_packed (shard)",
        "vacuum (analyze) public.bench_scattered, public.bench_packed",
    ] {
        sqlx::query(statement).execute(&fixture.base.owner).await?;
    }
    Ok(())
}

async fn bare_round(fixture: &Fixture, statement: &'static str) -> anyhow::Result<Measured> {
    measured(fixture, async {
        let shards = std::sync::Arc::new(std::sync::atomic::AtomicI16::new(0));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (pool, shards) = (fixture.base.owner.clone(), shards.clone());
                tokio::spawn(async move {
                    let mut ticks = 0;
                    loop {
                        let shard = shards.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        if shard >= callboard_ledger::journal::SHARDS {
                            return anyhow::Ok(ticks);
                        }
                        ticks += sqlx::query(statement).bind(shard).execute(&pool).await?.rows_affected();
                    }
                })
            })
            .collect();
        let mut ticks = 0;
        for task in tasks {
            ticks += task.await??;
        }
        anyhow::ensure!(ticks == u64::from(fixture.legs), "{ticks} updates for {} legs", fixture.legs);
        Ok(ticks)
    })
    .await
}

async fn measured(fixture: &Fixture, work: impl Future<Output = anyhow::Result<u64>>) -> anyhow::Result<Measured> {
    let wal_before = wal(&fixture.base.owner).await?;
    let (cpu, begun) = (fixture.cluster.cpu_before(), Instant::now());
    let ticks = work.await?;
    let took = begun.elapsed();
    let cpu = fixture.cluster.cpu().since(cpu);
    Ok(Measured { ticks, took, cpu, wal: wal(&fixture.base.owner).await?.saturating_sub(wal_before) })
}

async fn wal(pool: &PgPool) -> anyhow::Result<u64> {
    let bytes: i64 =
        sqlx::query_scalar("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").fetch_one(pool).await?;
    Ok(u64::try_from(bytes)?)
}
