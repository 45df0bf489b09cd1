//! Signs of life: kept in memory, written once a second, and only while the house hears itself.
//!
//! Liveness goes first: this worker asks itself through nats-server, and only if the answer comes back are liveness and
//! beats written, in one transaction. A house that nobody can reach must not count silence against anybody.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_bus::{Bus, CancellationToken, ConnectionState};
use callboard_calls::{Beat, Calls};
use callboard_contract::adm::calls::Quality;
use callboard_contract::api::calls::{BeatRequest, Line};
use callboard_worker::House;
use tokio::time::MissedTickBehavior;

use crate::error::LoopError;

const FLUSH_EVERY: Duration = Duration::from_secs(1);
const PING_PATIENCE: Duration = Duration::from_secs(1);

/// The last sign of life of each member since the last flush.
#[derive(Default)]
pub(crate) struct Beats {
    waiting: Mutex<HashMap<i64, Waiting>>,
}

#[derive(Clone, Copy)]
struct Waiting {
    came: Instant,
    line: Line,
    media: bool,
    quality: Quality,
}

impl Beats {
    /// Flushes each second until the worker stops.
    pub(crate) fn start(house: &House, calls: Calls) -> Arc<Self> {
        let beats = Arc::new(Self::default());
        let (kept, bus) = (Arc::clone(&beats), house.bus.clone());
        house.spawn("liveness", move |stop| {
            let (beats, bus, calls) = (Arc::clone(&kept), bus.clone(), calls.clone());
            async move { beats.run(&bus, &calls, &stop).await }
        });
        beats
    }

    /// Keeps a member's beat until the next flush. Media once received stays received.
    pub(crate) fn note(&self, member: i64, beat: &BeatRequest) {
        let quality = Quality {
            line: Some(beat.line),
            rtt_ms: beat.rtt_ms,
            loss_permille: beat.loss_permille,
            jitter_ms: beat.jitter_ms,
            bitrate_kbps: beat.bitrate_kbps,
            silent_ms: None,
        };
        let new = Waiting { came: Instant::now(), line: beat.line, media: beat.packets_received > 0, quality };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        merge(&mut waiting, member, new);
    }

    async fn run(&self, bus: &Bus, calls: &Calls, stop: &CancellationToken) -> Result<(), LoopError> {
        let mut state = bus.state();
        // The connection is being made for the first time, or anew.
        if let None | Some(Err(_)) = stop.run_until_cancelled(state.wait_for(ConnectionState::is_connected)).await {
            return Ok(());
        }
        let mut pinger = bus.house_pinger().await?;
        let mut ticks = tokio::time::interval(FLUSH_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let took = pinger.ping(PING_PATIENCE).await?;
            metrics::gauge!("callboard_house_ping_seconds").set(took.as_secs_f64());
            self.flush(calls).await?;
        }
        Ok(())
    }

    async fn flush(&self, calls: &Calls) -> Result<(), LoopError> {
        let taken = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let beats: Vec<Beat> = taken.iter().map(|(&no, waiting)| waiting.beat(no)).collect();
        match calls.flush(&beats).await {
            Ok(flushed) => {
                if let Some(outage) = flushed.outage {
                    tracing::warn!(from = %outage.from, to = %outage.to, "the house was not listening; nobody is billed for it");
                }
                metrics::counter!("callboard_beats_written_total").increment(beats.len() as u64);
                Ok(())
            }
            Err(error) => {
                // They are written with the next flush, aged as they are.
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                for (no, older) in taken {
                    let newer = waiting.remove(&no);
                    waiting.insert(no, older);
                    if let Some(newer) = newer {
                        merge(&mut waiting, no, newer);
                    }
                }
                Err(error.into())
            }
        }
    }
}

impl Waiting {
    fn beat(&self, no: i64) -> Beat {
        let age_ms = i64::try_from(self.came.elapsed().as_millis()).unwrap_or(i64::MAX);
        Beat { no, age_ms, line: self.line, media: self.media, quality: self.quality }
    }
}

fn merge(waiting: &mut HashMap<i64, Waiting>, member: i64, new: Waiting) {
    let media = waiting.get(&member).is_some_and(|older| older.media);
    waiting.insert(member, Waiting { media: new.media || media, ..new });
}

#[cfg(test)]
mod tests {
    use callboard_domain::{CallId, DeviceId};

    use super::*;

    #[test]
    fn the_last_beat_counts_and_media_stays_received() {
        let beat = |packets_received, line| BeatRequest {
            call_id: CallId::generate(),
            device: DeviceId::new("d").unwrap(),
            line,
            packets_received,
            rtt_ms: None,
            loss_permille: None,
            jitter_ms: None,
            bitrate_kbps: None,
        };
        let beats = Beats::default();
        beats.note(1, &beat(5, Line::Connected));
        beats.note(1, &beat(0, Line::Broken));
        let kept = beats.waiting.lock().unwrap()[&1].beat(1);
        assert_eq!((kept.line, kept.media), (Line::Broken, true));
    }
}
