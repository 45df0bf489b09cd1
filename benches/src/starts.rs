//! Start plus end of calls: initiate, accept, both join, media is seen, the payer hangs up. Held against bare commits of one row.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use callboard_calls::{Beat, Calls, Times};
use callboard_contract::adm::calls::Quality;
use callboard_contract::api::calls::{
    CreatorSettings, InitiateRequest, Line, OnCallRequest, OnDeviceRequest, SettingsSetRequest,
};
use callboard_domain::{CallId, CallKind, CallState, Coins, DeviceId, RequestId, Uid};
use callboard_store::Store;
use callboard_testbase::{Base, fresh};
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use crate::report::Figure;
use crate::usage::Cluster;

/// People who call again and again. Each waits a second for the flush in every call, as people's apps do.
const CALLERS: usize = 400;
const CONNECTIONS: u32 = 16;
const WARM_UP: Duration = Duration::from_secs(5);
const MEASURE: Duration = Duration::from_secs(20);
const BARE: Duration = Duration::from_secs(5);
/// Commits of one call: initiate, accept, join twice, end.
const COMMITS: f64 = 5.0;

/// A beat on its way to the next flush, and whom to tell when it is written.
type Waiting = (Vec<Beat>, oneshot::Sender<()>);

pub(crate) async fn run() -> anyhow::Result<Vec<Figure>> {
    let base = fresh().await;
    let cluster = Cluster::of(&base).await?;
    people(&base).await?;
    let before = commits(&base).await?;
    let calls = Calls::new(Store::open(&base.app_url, CONNECTIONS)?, Times::default(), Vec::new());
    let (done, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let (beats, waiting) = mpsc::unbounded_channel();
    let flusher = tokio::spawn(flush(calls.clone(), waiting));
    let callers: Vec<_> = (0..CALLERS)
        .map(|n| {
            let (calls, beats, done, stop) = (calls.clone(), beats.clone(), done.clone(), stop.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    one_call(&calls, &beats, n).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(())
            })
        })
        .collect();
    drop(beats);
    tokio::time::sleep(WARM_UP).await;
    // The server does this by itself within a minute; plans that were made for empty tables are made anew.
    sqlx::query("analyze").execute(&base.owner).await?;
    tokio::time::sleep(WARM_UP).await;
    let (from, cpu, begun) = (done.load(Ordering::Relaxed), cluster.cpu(), Instant::now());
    tokio::time::sleep(MEASURE).await;
    let (made, cpu, took) = (done.load(Ordering::Relaxed) - from, cluster.cpu().since(cpu), begun.elapsed());
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await??;
    }
    flusher.await??;
    let after = commits(&base).await?;
    calls.store().pool().close().await;
    base.finish().await;

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let made = made as f64;
    let (rate, bare) = (made / took.as_secs_f64(), f64::midpoint(before, after));
    let of = "bare commits";
    Ok(vec![
        Figure::new("calls", "start plus end", rate, "calls/s").against(of, bare),
        Figure::new("calls", "commits of these", rate * COMMITS, "commits/s").against(of, bare),
        Figure::new("calls", "CPU of a start plus end", cpu.sum().as_secs_f64() * 1e6 / made, "us/call"),
    ])
}

async fn one_call(calls: &Calls, beats: &mpsc::UnboundedSender<Waiting>, n: usize) -> anyhow::Result<()> {
    let (fan, creator) = (Uid::new(format!("fan{n}"))?, Uid::new(format!("creator{n}"))?);
    let request = InitiateRequest {
        request_id: RequestId::generate(),
        kind: CallKind::Video,
        callee: Some(creator.clone()),
        device: DeviceId::new("phone")?,
        minutes: None,
        invite: Vec::new(),
    };
    let call = calls.initiate(&fan, &request).await?.call_id;
    calls.accept(&creator, &on_device(call)?).await?;
    calls.join(&fan, &on_device(call)?).await?;
    calls.join(&creator, &on_device(call)?).await?;
    let peers = calls.membership(call).await?.peers;
    let seen = peers
        .iter()
        .map(|p| Beat { no: p.no, age_ms: 0, line: Line::Connected, media: true, quality: Quality::default() })
        .collect();
    let (told, written) = oneshot::channel();
    beats.send((seen, told))?;
    written.await?;
    let ended = calls.end(&fan, &OnCallRequest { request_id: RequestId::generate(), call_id: call }).await?;
    anyhow::ensure!(ended.state == CallState::Completed, "call {call} is {}", ended.state);
    Ok(())
}

// Signaling's part: once a second, all signs of life in one statement.
async fn flush(calls: Calls, mut waiting: mpsc::UnboundedReceiver<Waiting>) -> anyhow::Result<()> {
    let mut every = tokio::time::interval(Duration::from_secs(1));
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let (mut beats, mut told) = (Vec::new(), Vec::new());
        while let Ok((seen, tell)) = waiting.try_recv() {
            beats.extend(seen);
            told.push(tell);
        }
        if beats.is_empty() && waiting.is_closed() {
            return Ok(());
        }
        calls.flush(&beats).await?;
        for tell in told {
            // A caller who failed does not listen any more.
            let _ = tell.send(());
        }
    }
}

fn on_device(call_id: CallId) -> anyhow::Result<OnDeviceRequest> {
    Ok(OnDeviceRequest { request_id: RequestId::generate(), call_id, device: DeviceId::new("phone")? })
}

async fn people(base: &Base) -> anyhow::Result<()> {
    sqlx::query(
        "insert into ledger.accounts (owner, kind, floor, posted) select 'user:fan' || n, 'wallet', 0, 100000000000 from generate_series(0, $1) n",
    )
    .bind(i32::try_from(CALLERS)?)
    .execute(&base.owner)
    .await?;
    let rates: BTreeMap<CallKind, Coins> = CallKind::ALL.iter().map(|k| (*k, Coins::whole(10))).collect();
    for n in 0..CALLERS {
        let settings = CreatorSettings {
            available: true,
            auto_accept: false,
            tariff: Some("coin-burn".to_owned()),
            rates: rates.clone(),
            minimum_minutes: 0,
        };
        let request = SettingsSetRequest { request_id: RequestId::generate(), settings };
        callboard_people::settings::set(&base.store, &Uid::new(format!("creator{n}"))?, &request).await?;
    }
    sqlx::query(
        "create table public.bench_commit (id bigint generated always as identity primary key, v bigint not null)",
    )
    .execute(&base.owner)
    .await?;
    sqlx::query("grant insert on public.bench_commit to callboard_app").execute(&base.owner).await?;
    Ok(())
}

// Bare commits a second: one row each, over as many connections as the calls have.
async fn commits(base: &Base) -> anyhow::Result<f64> {
    let store = Store::open(&base.app_url, CONNECTIONS)?;
    let begun = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let pool = store.pool().clone();
            tokio::spawn(async move {
                let mut conn = pool.acquire().await?;
                let mut done = 0_u32;
                while begun.elapsed() < BARE {
                    sqlx::query("insert into public.bench_commit (v) values (1)").execute(&mut *conn).await?;
                    done += 1;
                }
                anyhow::Ok(done)
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    let rate = f64::from(done) / begun.elapsed().as_secs_f64();
    store.pool().close().await;
    Ok(rate)
}
