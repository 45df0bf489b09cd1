//! The roll-up behind the graphs: what was posted in each minute.

use callboard_domain::At;
use callboard_store::StoreError;
use sqlx::PgConnection;

/// What is added to a minute, in units of 1/10 000 coin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Charged.
    pub charged: i64,
    /// The house's part of it.
    pub platform: i64,
    /// Given back.
    pub refunded: i64,
    /// Calls that ended.
    pub calls_ended: i32,
}

/// Adds to the minute of an instant.
pub async fn add(conn: &mut PgConnection, at: At, stripe: i16, minute: &Minute) -> Result<(), StoreError> {
    if *minute == Minute::default() {
        return Ok(());
    }
    sqlx::query!(
        "insert into ledger.minutes as m (minute_ms, stripe, charged, platform, refunded, calls_ended) values ($1, $2, $3, $4, $5, $6)
         on conflict (minute_ms, stripe) do update set charged = m.charged + excluded.charged, platform = m.platform + excluded.platform,
             refunded = m.refunded + excluded.refunded, calls_ended = m.calls_ended + excluded.calls_ended",
        at.as_ms() - at.as_ms().rem_euclid(60_000),
        stripe,
        minute.charged,
        minute.platform,
        minute.refunded,
        minute.calls_ended
    )
    .execute(conn)
    .await?;
    Ok(())
}
