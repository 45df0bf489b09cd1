//! What nobody answers: ringing and joining end by the time in which the house was listening.

use callboard_domain::{By, CallId, CallState, EndReason};
use callboard_store::{StoreError, house_time};

use crate::lifecycle::end_all;
use crate::open::open;
use crate::{Calls, save};

impl Calls {
    /// Ends calls that rang for too long, or were accepted and never started; gives how many. Call it once a second.
    pub async fn time_out(&self) -> Result<usize, StoreError> {
        let mut conn = self.store().pool().acquire().await?;
        let time = house_time(&mut conn).await?;
        let due = sqlx::query_scalar!(
            "select id from calls.calls where state in ('pending', 'accepted') and deadline_ms <= $1 order by deadline_ms limit 200",
            time.alive.as_ms()
        )
        .fetch_all(&mut *conn)
        .await?;
        drop(conn);
        let mut ended = 0;
        for id in due {
            ended += usize::from(self.time_out_one(CallId::from_uuid(id)).await?);
        }
        if ended > 0 {
            self.store().ring();
        }
        Ok(ended)
    }

    async fn time_out_one(&self, id: CallId) -> Result<bool, StoreError> {
        let mut tx = self.store().begin().await?;
        let (mut batch, mut call) = open(&mut tx, id, self.times()).await?;
        let (state, reason, words) = match call.state {
            CallState::Pending => (CallState::Missed, EndReason::Missed, ("call.missed", "calls.missed")),
            CallState::Accepted => (CallState::Expired, EndReason::Expired, ("call.expired", "calls.expired")),
            CallState::Active
            | CallState::Completed
            | CallState::Rejected
            | CallState::Cancelled
            | CallState::Missed
            | CallState::Expired => return Ok(false),
        };
        if !batch.is_past(&call) {
            return Ok(false);
        }
        end_all(&mut tx, &mut batch, &mut call, By::House, reason).await?;
        let at = batch.time.now;
        batch.finish(&mut call, state, reason, at, words, "house");
        save::write(&mut tx, &mut batch, std::slice::from_ref(&call)).await?;
        tx.commit().await?;
        Ok(true)
    }
}
