//! What moderation does by itself: it carries out what is not carried out yet (imposed by a host or by automod, or by a worker that was killed),
//! lets mutes end in calls, and takes out who slipped in while a sanction was committed.
//!
//! Any number of copies may run at once: all of it is safe to do twice.

use std::time::Duration;

use callboard_people::sanctions;
use callboard_store::StoreError;
use callboard_worker::House;

use crate::hand::Hand;
use crate::reach::Reach;

const ENFORCE_EVERY: Duration = Duration::from_millis(250);
const SWEEP_EVERY: Duration = Duration::from_secs(1);
const AT_ONCE: i64 = 100;

/// Starts the loops; they end with the house.
pub(crate) fn start(house: &House, hand: &Hand) {
    let (store, its) = (house.store.clone(), hand.clone());
    house.every("enforce", ENFORCE_EVERY, move || {
        let (store, hand) = (store.clone(), its.clone());
        async move {
            let open = sanctions::to_enforce(&mut *store.pool().acquire().await?, AT_ONCE).await?;
            for sanction in &open {
                hand.carry_out(sanction, Reach::default()).await;
            }
            let over = sanctions::to_release(&mut *store.pool().acquire().await?, AT_ONCE).await?;
            for sanction in &over {
                hand.release(sanction).await?;
            }
            Ok::<(), StoreError>(())
        }
    });
    let hand = hand.clone();
    house.every("sanctions", SWEEP_EVERY, move || {
        let hand = hand.clone();
        async move { hand.sweep().await }
    });
}
