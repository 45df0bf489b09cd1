//! What billing does by itself: sweeps shards that are due, looks for holds left behind, forgets old pushes, measures its lag.
//!
//! Any number of copies may run at once: sweeps skip what another has locked, the rest is safe to do twice.

use std::time::{Duration, Instant};

use callboard_bus::CancellationToken;
use callboard_calls::{Calls, TariffCache, holds};
use callboard_ledger::summary::sweep_lag_ms;
use callboard_store::{Store, StoreError, outbox_lag, prune_pushes};
use callboard_worker::House;

use crate::config::Config;

/// How soon a copy looks again where nothing was due.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const HOLDS_EVERY: Duration = Duration::from_mins(1);
const PRUNE_EVERY: Duration = Duration::from_hours(1);
const MEASURE_EVERY: Duration = Duration::from_secs(5);

/// Starts the loops; they end with the house.
pub(crate) fn start(house: &House, config: &Config) {
    describe();
    let calls = Calls::new(house.store.clone(), config.times.times(), Vec::new());
    let tariffs = TariffCache::default();
    for _ in 0..config.sweeps {
        let (calls, tariffs) = (calls.clone(), tariffs.clone());
        house.spawn("sweep", move |stop| sweep(calls.clone(), tariffs.clone(), stop));
    }
    let store = house.store.clone();
    house.every("holds", HOLDS_EVERY, move || sweep_holds(store.clone()));
    let store = house.store.clone();
    house.every("pushes", PRUNE_EVERY, move || prune(store.clone()));
    let store = house.store.clone();
    house.every("lag", MEASURE_EVERY, move || measure(store.clone()));
}

async fn sweep(calls: Calls, tariffs: TariffCache, stop: CancellationToken) -> Result<(), StoreError> {
    while !stop.is_cancelled() {
        let started = Instant::now();
        let Some(swept) = calls.sweep(&tariffs).await? else {
            stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await;
            continue;
        };
        metrics::histogram!("callboard_sweep_seconds").record(started.elapsed().as_secs_f64());
        let counts = [
            ("callboard_ticks_total", swept.ticks),
            ("callboard_holds_extended_total", swept.extended),
            ("callboard_legs_ended_total", swept.ended),
            ("callboard_legs_settled_total", swept.settled),
            ("callboard_legs_set_aside_total", swept.set_aside),
        ];
        for (name, count) in counts {
            metrics::counter!(name).increment(count as u64);
        }
        if swept.set_aside > 0 {
            tracing::debug!(shard = swept.shard, legs = swept.set_aside, "legs were set aside until the next round");
        }
    }
    Ok(())
}

async fn sweep_holds(store: Store) -> Result<(), StoreError> {
    let found = holds::sweep_house(&store).await?;
    for hold in &found.released {
        tracing::error!(
            hold.id = %hold.hold_id, leg.id = %hold.leg_id, call.id = %hold.call_id, amount_units = hold.held.units(),
            "a hold of {} was left behind by call {} and is released now; look at the call's timeline", hold.held, hold.call_id
        );
    }
    metrics::counter!("callboard_holds_left_behind_total").increment(found.released.len() as u64);
    metrics::gauge!("callboard_holds_open").set(gauge(found.looked_at));
    Ok(())
}

async fn prune(store: Store) -> Result<(), StoreError> {
    let pruned = prune_pushes(&store).await?;
    if pruned > 0 {
        tracing::info!(pruned, "old pushes were forgotten");
    }
    Ok(())
}

async fn measure(store: Store) -> Result<(), StoreError> {
    let (waiting, oldest_ms) = outbox_lag(&store).await?;
    metrics::gauge!("callboard_outbox_waiting").set(gauge(waiting.unsigned_abs()));
    metrics::gauge!("callboard_outbox_lag_seconds").set(seconds(oldest_ms));
    let lag_ms = sweep_lag_ms(&mut *store.pool().acquire().await?).await?;
    metrics::gauge!("callboard_sweep_lag_seconds").set(seconds(lag_ms));
    Ok(())
}

/// Figures for graphs may lose digits that nobody sees.
#[expect(clippy::cast_precision_loss, reason = "a graph, not money")]
fn gauge(count: u64) -> f64 {
    count as f64
}

fn seconds(ms: i64) -> f64 {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default()).as_secs_f64()
}

fn describe() {
    metrics::describe_histogram!("callboard_sweep_seconds", "Time that one round over one shard took.");
    metrics::describe_counter!("callboard_ticks_total", "Legs metered.");
    metrics::describe_counter!("callboard_holds_extended_total", "Holds extended.");
    metrics::describe_counter!("callboard_legs_ended_total", "Legs that the sweep ended.");
    metrics::describe_counter!("callboard_legs_settled_total", "Legs settled, interim or for good.");
    metrics::describe_counter!("callboard_legs_set_aside_total", "Legs that had to wait for the next round.");
    metrics::describe_counter!(
        "callboard_holds_left_behind_total",
        "Holds found without a live call. It must stay at nothing."
    );
    metrics::describe_gauge!("callboard_holds_open", "Open holds.");
    metrics::describe_gauge!("callboard_outbox_lag_seconds", "Age of the oldest event that was not sent yet.");
    metrics::describe_gauge!("callboard_sweep_lag_seconds", "How long the shard that waits longest is overdue.");
}
