//! What a programme says to its guests' devices, in order, through the relay that also knows who may be spoken to.

use std::time::{Duration, Instant};

use callboard_bus::{Bus, CallError};
use callboard_contract::ErrorCode;
use callboard_contract::programme::{FromProgramme, Relay};
use tokio::sync::mpsc;

const QUEUE: usize = 256;
/// What is older helps nobody: the guest has tried again by then.
const STALE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);

/// The way to the guests of one programme.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    queue: mpsc::Sender<(Instant, FromProgramme)>,
}

impl Signals {
    pub(crate) fn start(bus: &Bus) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(relay(bus.with_deadline(Duration::from_secs(2)), waiting));
        Self { queue }
    }

    pub(crate) fn send(&self, signal: FromProgramme) {
        if self.queue.try_send((Instant::now(), signal)).is_err() {
            tracing::warn!("signals to guests pile up; one was dropped");
        }
    }
}

async fn relay(bus: Bus, mut waiting: mpsc::Receiver<(Instant, FromProgramme)>) {
    while let Some((since, signal)) = waiting.recv().await {
        while since.elapsed() < STALE {
            match bus.call::<Relay>("worker", &signal).await {
                Ok(_) => break,
                Err(CallError::Api(refusal)) if refusal.code != ErrorCode::Unavailable => {
                    tracing::debug!(to = %signal.to, %refusal, "a signal was refused");
                    break;
                }
                Err(error) => {
                    tracing::debug!(to = %signal.to, %error, "a signal is tried again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
