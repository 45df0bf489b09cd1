//! What all copies of this worker report of their programmes, each kept for some seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_bus::{Bus, CancellationToken};
use callboard_contract::limits::STATUS_MS;
use callboard_contract::programme::ProgrammeStatus;
use callboard_contract::subject;
use callboard_domain::ProgrammeId;
use futures::StreamExt as _;

/// A worker that reported within this time lives.
const LIVES: Duration = Duration::from_secs(3);

type Kept = HashMap<(ProgrammeId, String), (Instant, ProgrammeStatus)>;

/// The last report on each programme by each worker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statuses {
    kept: Arc<Mutex<Kept>>,
}

impl Statuses {
    /// Listens until stopped.
    pub(crate) async fn listen(&self, bus: &Bus, stop: &CancellationToken) -> Result<(), async_nats::SubscribeError> {
        let mut heard = bus.client().subscribe(subject::ALL_PROGRAMME_STATUS).await?;
        while let Some(Some(message)) = stop.run_until_cancelled(heard.next()).await {
            match serde_json::from_slice(&message.payload) {
                Ok(status) => self.put(status),
                Err(error) => tracing::warn!(%error, "cannot read a report on a programme"),
            }
        }
        Ok(())
    }

    pub(crate) fn put(&self, status: ProgrammeStatus) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let keep = Duration::from_millis(STATUS_MS.unsigned_abs());
        kept.retain(|_, (at, _)| at.elapsed() < keep);
        kept.insert((status.programme_id, status.worker.clone()), (Instant::now(), status));
    }

    /// The newest report on a programme.
    pub(crate) fn of(&self, programme: ProgrammeId) -> Option<ProgrammeStatus> {
        self.newest(programme, |_| true, Duration::from_millis(STATUS_MS.unsigned_abs()))
    }

    /// The report of another worker that runs the same programme just now.
    pub(crate) fn rival(&self, programme: ProgrammeId, me: &str) -> Option<ProgrammeStatus> {
        self.newest(programme, |worker| worker != me, LIVES)
    }

    fn newest(
        &self,
        programme: ProgrammeId,
        whose: impl Fn(&str) -> bool,
        within: Duration,
    ) -> Option<ProgrammeStatus> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let of_it =
            kept.iter().filter(|((id, worker), (at, _))| *id == programme && whose(worker) && at.elapsed() < within);
        of_it.max_by_key(|(_, (at, _))| *at).map(|(_, (_, status))| status.clone())
    }
}
