//! Load for benches: many apps on few tasks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callboard_bus::CallError;
use callboard_contract::Endpoint;
use callboard_contract::api::calls::{
    Accept, Beat, BeatRequest, Initiate, InitiateRequest, Join, Line, OnDeviceRequest,
};
use callboard_domain::{CallId, CallKind, RequestId, Uid};
use futures::stream::{self, FuturesUnordered, StreamExt, TryStreamExt};
use serde::Serialize;

use super::{Tokens, device_of};
use crate::app::{App, Pushes};
use crate::error::ClientError;

/// How long requests took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LoadReport {
    /// Requests that got a reply.
    pub answered: u64,
    /// Requests that were refused or got none.
    pub failed: u64,
    /// The first failure.
    pub first_failure: Option<String>,
    /// Half of the replies came within so many microseconds.
    pub p50_us: u64,
    /// 99 of 100 came within so many microseconds.
    pub p99_us: u64,
    /// The slowest took so many microseconds.
    pub max_us: u64,
    /// How long it all took, in milliseconds.
    pub took_ms: u64,
}

/// Measured replies.
#[derive(Debug, Default)]
struct Measured {
    micros: Vec<u64>,
    failed: u64,
    first_failure: Option<String>,
}

impl Measured {
    fn note(&mut self, took: Duration, result: Result<(), CallError>) {
        match result {
            Ok(()) => self.micros.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
            Err(error) => {
                self.failed += 1;
                self.first_failure.get_or_insert_with(|| error.to_string());
            }
        }
    }

    fn report(mut self, took: Duration) -> LoadReport {
        self.micros.sort_unstable();
        let part = |permille: usize| {
            let index = (self.micros.len() * permille).div_ceil(1000).max(1) - 1;
            self.micros.get(index).copied().unwrap_or(0)
        };
        LoadReport {
            answered: self.micros.len() as u64,
            failed: self.failed,
            p50_us: part(500),
            p99_us: part(990),
            max_us: part(1000),
            first_failure: self.first_failure,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Signs in many users, so many at once.
pub async fn connect_many(
    ws_url: &str,
    uids: Vec<Uid>,
    tokens: &Tokens,
    at_once: usize,
) -> Result<Vec<(App, Pushes)>, ClientError> {
    stream::iter(uids)
        .map(|uid| {
            let (tokens, me, device) = (Arc::clone(tokens), uid.clone(), device_of(&uid));
            App::connect(ws_url, uid, device, Arc::new(move || tokens(&me)))
        })
        .buffer_unordered(at_once.max(1))
        .try_collect()
        .await
}

/// Asks `per_second` times a second in all, the apps in turn, for so long. Slow answers do not slow the asking down, up to
/// `in_flight` at once.
pub async fn ask_steadily<E: Endpoint>(
    apps: &[&App],
    request: impl Fn(&App) -> E::Request,
    per_second: u32,
    duration: Duration,
    in_flight: usize,
) -> LoadReport {
    let started = Instant::now();
    let mut measured = Measured::default();
    let mut pending = FuturesUnordered::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second.max(1));
    let mut turn = apps.iter().cycle();
    while started.elapsed() < duration {
        tokio::select! {
            _ = ticks.tick(), if pending.len() < in_flight => {
                let Some(app) = turn.next() else { break };
                let body = request(app);
                pending.push(async move { timed(app.call::<E>(&body)).await });
            }
            Some((took, result)) = pending.next() => measured.note(took, result),
        }
    }
    while let Some((took, result)) = pending.next().await {
        measured.note(took, result);
    }
    measured.report(started.elapsed())
}

/// A live call of two apps.
#[derive(Debug)]
pub struct LivePair {
    /// Who pays.
    pub fan: App,
    /// Who is paid.
    pub creator: App,
    /// The call.
    pub call_id: CallId,
}

impl LivePair {
    /// Calls, accepts and joins on both sides. The creator must be available for this kind, and the fan must have coins.
    pub async fn start(fan: App, creator: App, kind: CallKind) -> Result<Self, CallError> {
        let request = InitiateRequest {
            request_id: RequestId::generate(),
            kind,
            callee: Some(creator.uid().clone()),
            device: fan.device().clone(),
            minutes: None,
            invite: Vec::new(),
        };
        let call_id = fan.call::<Initiate>(&request).await?.call_id;
        let on_device =
            |app: &App| OnDeviceRequest { request_id: RequestId::generate(), call_id, device: app.device().clone() };
        creator.call::<Accept>(&on_device(&creator)).await?;
        creator.call::<Join>(&on_device(&creator)).await?;
        fan.call::<Join>(&on_device(&fan)).await?;
        Ok(Self { fan, creator, call_id })
    }
}

/// Keeps calls alive for so long: both sides of each beat once in `every`, evenly spread, from this one task.
pub async fn beat_all(pairs: &[LivePair], every: Duration, duration: Duration) -> LoadReport {
    let started = Instant::now();
    let mut measured = Measured::default();
    let sides: Vec<(&App, CallId)> =
        pairs.iter().flat_map(|p| [(&p.fan, p.call_id), (&p.creator, p.call_id)]).collect();
    let count = u32::try_from(sides.len()).unwrap_or(u32::MAX).max(1);
    let mut ticks = tokio::time::interval((every / count).max(Duration::from_micros(1)));
    let mut packets = 0;
    let mut turn = sides.iter().cycle();
    let mut pending = FuturesUnordered::new();
    while started.elapsed() < duration {
        tokio::select! {
            _ = ticks.tick() => {
                let Some((app, call_id)) = turn.next() else { break };
                packets += 1;
                let request = BeatRequest {
                    call_id: *call_id,
                    device: app.device().clone(),
                    line: Line::Connected,
                    packets_received: packets,
                    rtt_ms: Some(40),
                    loss_permille: Some(0),
                    jitter_ms: Some(4),
                    bitrate_kbps: Some(48),
                };
                pending.push(async move { timed(app.call::<Beat>(&request)).await });
            }
            Some((took, result)) = pending.next() => measured.note(took, result),
        }
    }
    while let Some((took, result)) = pending.next().await {
        measured.note(took, result);
    }
    measured.report(started.elapsed())
}

async fn timed<T>(asking: impl Future<Output = Result<T, CallError>>) -> (Duration, Result<(), CallError>) {
    let started = Instant::now();
    let result = asking.await.map(|_| ());
    (started.elapsed(), result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_measurement_are_right() {
        let mut measured = Measured::default();
        for n in (1..=1000).rev() {
            measured.note(Duration::from_micros(n), Ok(()));
        }
        measured.note(Duration::from_secs(1), Err(CallError::Timeout));
        let report = measured.report(Duration::from_secs(2));
        assert_eq!((report.p50_us, report.p99_us, report.max_us), (500, 990, 1000));
        assert_eq!((report.answered, report.failed, report.took_ms), (1000, 1, 2000));
        assert_eq!(Measured::default().report(Duration::ZERO).p99_us, 0);
    }
}
