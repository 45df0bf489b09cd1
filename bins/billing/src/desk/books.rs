//! The books: the database's own checks, and its events against the stream.
//!
//! What is under way is no difference: the stream is read after the outbox had time to be sent, and where events still differ both
//! are looked at again a few times before anything is said.

use std::time::Duration;

use callboard_bus::{BusError, Caller};
use callboard_calls::books;
use callboard_contract::adm::books::{BooksReport, ReconcileRequest};
use callboard_contract::api::Nothing;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::At;
use callboard_ledger::books::{Report, StreamIds, snapshot, verify};
use callboard_store::{StoreError, now, outbox_lag};
use callboard_worker::answer;
use tokio::sync::Semaphore;

use super::Desk;

/// How often events are looked at before a difference is told.
const LOOKS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(750);
/// How long unsent events may take before they are called unsent.
const SENDING: Duration = Duration::from_secs(5);
const SENDING_LOOK: Duration = Duration::from_millis(100);
/// Clocks of the stream's server and the database may differ by so much.
const SLACK_MS: i64 = 60_000;

/// One at a time: a reconciliation keeps the database busy.
static ONE: Semaphore = Semaphore::const_new(1);

impl Desk {
    pub(super) async fn verify(&self, _: Caller, _: Nothing) -> Result<BooksReport, ApiError> {
        let _one = one()?;
        answer(verify(&self.store).await)
    }

    pub(super) async fn reconcile(&self, _: Caller, request: ReconcileRequest) -> Result<BooksReport, ApiError> {
        if let (Some(since), Some(until)) = (request.since, request.until)
            && since >= until
        {
            return Err(ApiError::new(ErrorCode::BadRequest, "since must be before until").on_field("since"));
        }
        let _one = one()?;
        let mut report = answer(books::reconcile(&self.store, request.since, request.until).await)?;
        report.absorb(answer(self.rooms().await)?);
        report.absorb(self.compare_events(&request).await?);
        Ok(report.close())
    }

    /// What members of rooms paid to enter, in a snapshot of its own.
    async fn rooms(&self) -> Result<Report, StoreError> {
        let mut tx = self.store.pool().begin().await?;
        snapshot(&mut tx).await?;
        let mut report = Report::open(now(&mut tx).await?);
        callboard_rooms::books::reconcile(&mut tx, &mut report).await?;
        tx.rollback().await?;
        Ok(report)
    }

    async fn compare_events(&self, request: &ReconcileRequest) -> Result<Report, ApiError> {
        let mut look = 1;
        loop {
            let sent_by = answer(self.sent().await)?;
            let until = request.until.map_or(sent_by, |until| until.min(sent_by));
            let stream = self.stream(request.since).await.map_err(|error| {
                tracing::warn!(%error, "the stream cannot be read");
                ApiError::new(ErrorCode::Unavailable, "the event stream cannot be read just now; try again")
                    .retry_after(1_000)
            })?;
            let report = answer(books::events(&self.store, request.since, until, &stream).await)?;
            if report.is_balanced() || look == LOOKS {
                return Ok(report);
            }
            look += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Gives the relay time to send what is there now; gives the instant up to which events should have been sent.
    async fn sent(&self) -> Result<At, StoreError> {
        let at = now(&mut *self.store.pool().acquire().await?).await?;
        let all_sent = async {
            loop {
                let (waiting, oldest_ms) = outbox_lag(&self.store).await?;
                let here = now(&mut *self.store.pool().acquire().await?).await?;
                if waiting == 0 || here.as_ms() - oldest_ms > at.as_ms() {
                    return Ok::<_, StoreError>(());
                }
                tokio::time::sleep(SENDING_LOOK).await;
            }
        };
        if let Ok(result) = tokio::time::timeout(SENDING, all_sent).await {
            result?;
        }
        Ok(at)
    }

    async fn stream(&self, since: Option<At>) -> Result<StreamIds, BusError> {
        let from = since.map(|since| At::from_ms(since.as_ms() - SLACK_MS));
        let stored = self.bus.fetch_event_ids(from).await?;
        // A stream that begins at its first message is whole; from another it dropped what was too old.
        let oldest = stored.first().filter(|first| from.is_none() && first.sequence > 1).map(|first| first.id);
        Ok(StreamIds { ids: stored.into_iter().map(|s| s.id).collect(), oldest })
    }
}

fn one() -> Result<tokio::sync::SemaphorePermit<'static>, ApiError> {
    ONE.try_acquire().map_err(|_| {
        ApiError::new(ErrorCode::RateLimited, "somebody is checking the books just now; try again in a moment")
            .retry_after(2_000)
    })
}
