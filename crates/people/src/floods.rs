//! Who floods the house is cut and may not sign in for a moment, longer each time that it happens again soon. It stands in the action log.

use callboard_contract::limits::{FLOOD_PAUSE_MS, FLOOD_REMEMBERED_MS, LONGEST_FLOOD_PAUSE_MS};
use callboard_contract::svc::Flood;
use callboard_domain::Uid;
use callboard_store::{Action, Store, StoreError, log_action};
use serde_json::json;

/// As whom it is written into the log.
const ACTOR: &str = "house:sentinel";

/// Notes that somebody floods the house; gives how long he may not sign in, in milliseconds. While he may not, it is the same flood, which
/// several workers may tell of.
pub async fn note(store: &Store, uid: &Uid, flood: &Flood) -> Result<i64, StoreError> {
    let mut tx = store.begin().await?;
    sqlx::query!(
        "insert into people.floods (uid, times, at_ms, until_ms) values ($1, 0, 0, 0) on conflict do nothing",
        uid.as_str()
    )
    .execute(&mut *tx)
    .await?;
    let last = sqlx::query!(
        "select times, at_ms, until_ms, store.now_ms() as \"now!\" from people.floods where uid = $1 for update",
        uid.as_str()
    )
    .fetch_one(&mut *tx)
    .await?;
    if last.until_ms > last.now {
        return Ok(last.until_ms - last.now);
    }
    let times = if last.now - last.at_ms < FLOOD_REMEMBERED_MS { last.times.saturating_add(1) } else { 1 };
    let pause = pause_ms(times);
    sqlx::query!(
        "update people.floods set times = $2, at_ms = $3, until_ms = $4 where uid = $1",
        uid.as_str(),
        times,
        last.now,
        last.now + pause
    )
    .execute(&mut *tx)
    .await?;
    let action = Action {
        actor: ACTOR,
        act: "connections.flood",
        target: format!("user:{uid}"),
        reason: None,
        before: None,
        after: Some(json!({ "worker": flood.worker, "times": times, "pause_ms": pause })),
    };
    log_action(&mut tx, &action).await?;
    tx.commit().await?;
    Ok(pause)
}

/// How long somebody may not sign in any more because he flooded the house, in milliseconds; nothing if he may.
pub async fn pause_left(store: &Store, uid: &Uid) -> Result<Option<i64>, StoreError> {
    let left = sqlx::query_scalar!(
        "select until_ms - store.now_ms() as \"left!\" from people.floods where uid = $1",
        uid.as_str()
    );
    Ok(left.fetch_optional(store.pool()).await?.filter(|left| *left > 0))
}

/// How long who floods the house for the n-th time stays out, in milliseconds.
fn pause_ms(times: i32) -> i64 {
    let doublings = u32::try_from(times.saturating_sub(1)).unwrap_or(0).min(16);
    FLOOD_PAUSE_MS.saturating_mul(1 << doublings).min(LONGEST_FLOOD_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_it_again_and_again_waits_twice_as_long_each_time() {
        let pauses: Vec<i64> = [1, 2, 3, 4, 5, 6, 7, i32::MAX].map(pause_ms).into();
        assert_eq!(pauses, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    }
}
