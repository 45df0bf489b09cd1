//! Opening a call for change: the shard's lock, the clock, the outages, the call itself.

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, CallId, Coins, LegClock, LegPhase, Millis, Outage};
use callboard_ledger::journal::{lock_shard, shard_of};
use callboard_store::{StoreError, note_outage, outages_since};
use sqlx::PgConnection;

use crate::batch::Batch;
use crate::load;
use crate::model::{Call, Leg};
use crate::times::Times;

/// Locks a call's shard and loads the call. Nobody else changes it until this transaction is over.
pub(crate) async fn open(conn: &mut PgConnection, id: CallId, times: Times) -> Result<(Batch, Call), StoreError> {
    let shard = lock_shard(&mut *conn, shard_of(id)).await?;
    let call = load::call(&mut *conn, id).await?;
    let time = note_outage(&mut *conn).await?;
    let outages = outages_since(conn, call.created).await?;
    Ok((Batch::new(shard, time, times, outages), call))
}

/// The span between two instants in which the house was listening.
pub(crate) fn listened(from: At, to: At, outages: &[Outage]) -> Millis {
    LegClock::from_parts(LegPhase::Running, from, Millis::ZERO, Millis::ZERO, Coins::ZERO, None)
        .connected_at(to, outages)
}

impl Batch {
    /// The instant to which an orderly end meters: now, if both sides were there within the grace, else their older last sign of life.
    pub(crate) fn end_instant(&self, leg: &Leg) -> At {
        let both = leg.through();
        if leg.clock.phase() == LegPhase::Running && listened(both, self.time.now, &self.outages) > self.times.grace {
            both
        } else {
            self.time.now
        }
    }

    /// Whether a call's deadline is past, by the time in which the house listened.
    pub(crate) fn is_past(&self, call: &Call) -> bool {
        listened(call.created, self.time.alive, &self.outages) >= call.deadline.since(call.created)
    }
}

/// Refuses an act that does not fit the state of a call.
pub(crate) fn conflict(message: impl Into<String>) -> StoreError {
    ApiError::new(ErrorCode::Conflict, message).into()
}

/// Refuses a bad request, naming the field.
pub(crate) fn bad(field: &str, message: impl Into<String>) -> StoreError {
    ApiError::new(ErrorCode::BadRequest, message).on_field(field).into()
}
