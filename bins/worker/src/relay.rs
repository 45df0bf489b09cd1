//! Carries the outbox: events to the stream, and, once they are stored there, pushes to client apps.
//!
//! One worker of the house holds the lease; the others wait for it and wake the holder when they commit something.
//! At least once, in order per entity: what was published but not marked is published again with the same message id.

use std::collections::HashSet;
use std::time::Duration;

use callboard_bus::{Bus, BusError, CancellationToken};
use callboard_contract::Event;
use callboard_store::{Relay, Store, StoreError};
use futures::StreamExt;
use futures::stream::Stream;

use crate::waves::waves;

const BATCH: i64 = 500;
const LOOK_EVERY: Duration = Duration::from_millis(250);
const LEASE_EVERY: Duration = Duration::from_secs(1);
const BACK_OFF_FIRST: Duration = Duration::from_millis(100);
const BACK_OFF_LAST: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error("{0} of {1} events were not stored; the first: {2}")]
    Unstored(usize, usize, String),
}

/// Carries until stopped; what is in the outbox then is carried by the next holder.
pub(crate) async fn run(bus: &Bus, store: &Store, stop: &CancellationToken) {
    let mut back_off = BACK_OFF_FIRST;
    while !stop.is_cancelled() {
        match one_lease(bus, store, stop).await {
            Ok(()) => back_off = BACK_OFF_FIRST,
            Err(error) => {
                tracing::warn!(%error, again_in = ?back_off, "the outbox is not carried just now");
                metrics::counter!("callboard_relay_failures_total").increment(1);
                stop.run_until_cancelled(tokio::time::sleep(back_off)).await;
                back_off = BACK_OFF_LAST.min(back_off * 2);
            }
        }
    }
}

async fn one_lease(bus: &Bus, store: &Store, stop: &CancellationToken) -> Result<(), RelayError> {
    let Some(mut relay) = Relay::lease(store).await? else {
        tokio::select! {
            () = store.rung() => bus.wake_outbox().await?,
            () = tokio::time::sleep(LEASE_EVERY) => {}
            () = stop.cancelled() => {}
        }
        return Ok(());
    };
    tracing::info!("carrying the outbox");
    let carried = carry(&mut relay, bus, store, stop).await;
    // If this fails the connection is broken, and the lease is gone with it.
    let released = relay.release().await;
    carried?;
    Ok(released?)
}

async fn carry(relay: &mut Relay, bus: &Bus, store: &Store, stop: &CancellationToken) -> Result<(), RelayError> {
    let mut wakes = bus.outbox_wakes().await?;
    loop {
        let events = relay.unsent(BATCH).await?;
        let full = events.len() == usize::try_from(BATCH).unwrap_or(usize::MAX);
        if !events.is_empty() {
            carry_batch(relay, bus, &events).await?;
        }
        if stop.is_cancelled() {
            return Ok(());
        }
        if !full {
            wait(store, &mut wakes, stop).await;
        }
    }
}

async fn wait(store: &Store, wakes: &mut (impl Stream<Item = ()> + Unpin), stop: &CancellationToken) {
    tokio::select! {
        () = store.rung() => {}
        Some(()) = wakes.next() => {}
        () = tokio::time::sleep(LOOK_EVERY) => {}
        () = stop.cancelled() => {}
    }
}

async fn carry_batch(relay: &mut Relay, bus: &Bus, events: &[Event]) -> Result<(), RelayError> {
    let (stored, error) = publish(bus, events).await;
    if !stored.is_empty() {
        let relayed = relay.settle(&stored).await?;
        for wire in &relayed.pushes {
            bus.push(&wire.uid, &wire.push).await?;
        }
        metrics::counter!("callboard_events_sent_total").increment(stored.len() as u64);
        metrics::counter!("callboard_pushes_sent_total").increment(relayed.pushes.len() as u64);
    }
    match error {
        None => Ok(()),
        Some(error) => Err(RelayError::Unstored(events.len() - stored.len(), events.len(), error.to_string())),
    }
}

/// Publishes in waves; gives what the stream has, in order, and the first failure. After a failure of an entity nothing
/// later of it is sent.
async fn publish(bus: &Bus, events: &[Event]) -> (Vec<Event>, Option<BusError>) {
    let mut stored = vec![false; events.len()];
    let mut blocked: HashSet<&str> = HashSet::new();
    let mut first = None;
    for wave in waves(events) {
        let wave: Vec<usize> = wave.into_iter().filter(|&i| !blocked.contains(events[i].entity.as_str())).collect();
        let batch: Vec<Event> = wave.iter().map(|&i| events[i].clone()).collect();
        for (&i, result) in wave.iter().zip(bus.publish_events(&batch).await) {
            match result {
                Ok(_) => stored[i] = true,
                Err(error) => {
                    blocked.insert(&events[i].entity);
                    first.get_or_insert(error);
                }
            }
        }
    }
    let stored = events.iter().zip(stored).filter(|(_, stored)| *stored).map(|(event, _)| event.clone()).collect();
    (stored, first)
}
