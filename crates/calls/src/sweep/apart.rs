//! A round that failed as a whole, call by call: each in a savepoint of its own, so that one that cannot be handled stops nobody.

use callboard_domain::Millis;
use callboard_ledger::journal::{append_until, lock_shard, set_due};
use callboard_store::{StoreError, house_time};

use super::{Swept, TariffCache, handle, running};
use crate::Calls;
use crate::batch::Batch;

/// No count of changes is this, so nothing that is remembered is taken for what is stored.
const UNKNOWN: i64 = -1;

impl Calls {
    /// Sweeps a shard call by call. If it cannot even be read, it is put off, so that the other shards get their turn.
    pub(super) async fn sweep_apart(&self, cache: &TariffCache, shard: i16) -> Result<Swept, StoreError> {
        let result = self.round_apart(cache, shard).await;
        if result.is_err() {
            let mut conn = self.store().pool().acquire().await?;
            let time = house_time(&mut conn).await?;
            set_due(&mut conn, shard, time.now.plus(self.times().sweep)).await?;
        }
        result
    }

    async fn round_apart(&self, cache: &TariffCache, id: i16) -> Result<Swept, StoreError> {
        let mut tx = self.store().begin().await?;
        let mut shard = lock_shard(&mut tx, id).await?;
        let time = house_time(&mut tx).await?;
        let round = running(&mut tx, id, UNKNOWN, cache).await?;
        let plan = self.plan(&mut tx, &round, time).await?;
        let mut swept = Swept { shard: id, ticks: plan.ticks.len(), ..Swept::default() };
        append_until(&mut tx, &mut shard, time.now, &plan.ticks, plan.due).await?;
        for call in plan.calls() {
            sqlx::query("savepoint one_call").execute(&mut *tx).await?;
            let mut batch = Batch::new(shard.clone(), time, self.times(), round.outages.clone());
            let before = swept;
            match handle(&mut tx, &mut batch, &plan, &[call], &mut swept).await {
                Ok(()) => shard = batch.shard,
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    sqlx::query("rollback to savepoint one_call").execute(&mut *tx).await?;
                    swept = Swept { set_aside: before.set_aside + 1, ..before };
                    tracing::error!(call.id = %call, %error, "the meter cannot handle call {call}; it is set aside, look at its timeline");
                }
            }
        }
        if swept.set_aside > 0 {
            set_due(&mut tx, id, time.now.plus(Millis::from_secs(1))).await?;
        }
        tx.commit().await?;
        self.store().ring();
        Ok(swept)
    }
}
