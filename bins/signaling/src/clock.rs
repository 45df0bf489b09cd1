//! The database's clock, without asking the database each time: beats come too often for that. Only ever shown to
//! people and apps; nothing is judged by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use callboard_domain::At;
use callboard_store::{Store, StoreError, now};
use callboard_worker::House;

use crate::unix;

const COMPARE_EVERY: Duration = Duration::from_secs(1);

/// How far the database's clock is ahead of this machine's.
#[derive(Debug, Default)]
pub(crate) struct HouseClock {
    ahead_ms: AtomicI64,
}

impl HouseClock {
    /// A clock that is compared with the database's each second.
    pub(crate) fn start(house: &House) -> Arc<Self> {
        let clock = Arc::new(Self::default());
        let (kept, store) = (Arc::clone(&clock), house.store.clone());
        house.every("clock", COMPARE_EVERY, move || {
            let (clock, store) = (Arc::clone(&kept), store.clone());
            async move { clock.compare(&store).await }
        });
        clock
    }

    /// What time it is.
    pub(crate) fn now(&self) -> At {
        At::from_ms(unix::millis() + self.ahead_ms.load(Ordering::Relaxed))
    }

    async fn compare(&self, store: &Store) -> Result<(), StoreError> {
        let mut conn = store.pool().acquire().await?;
        let before = unix::millis();
        let theirs = now(&mut conn).await?;
        let between = before + (unix::millis() - before) / 2;
        self.ahead_ms.store(theirs.as_ms() - between, Ordering::Relaxed);
        Ok(())
    }
}
