//! How the house earns: the rows of the last minutes, what is held, and whether all balances still sum to nothing.

use callboard_contract::adm::money::MinuteRow;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, Coins};
use callboard_store::StoreError;
use sqlx::PgConnection;

/// The minutes that a summary goes back where nothing is said.
const DEFAULT_MINUTES: u32 = 30;
/// The most minutes that a summary goes back.
const MAX_MINUTES: u32 = 240;
const MINUTE_MS: i64 = 60_000;

/// The number of minutes to give, or a refusal.
pub fn span(minutes: Option<u32>) -> Result<u32, ApiError> {
    let minutes = minutes.unwrap_or(DEFAULT_MINUTES);
    if (1..=MAX_MINUTES).contains(&minutes) {
        return Ok(minutes);
    }
    Err(ApiError::new(ErrorCode::BadRequest, format!("minutes must be 1 to {MAX_MINUTES}, not {minutes}"))
        .on_field("minutes"))
}

/// One row for each of the last minutes, oldest first, the running one last; minutes in which nothing was posted are rows of nothing.
pub async fn minutes(conn: &mut PgConnection, now: At, span: u32) -> Result<Vec<MinuteRow>, StoreError> {
    let last = now.as_ms() - now.as_ms().rem_euclid(MINUTE_MS);
    let first = last - (i64::from(span) - 1) * MINUTE_MS;
    let rows = sqlx::query!(
        "select s.at as \"at!\", coalesce(sum(m.charged), 0)::bigint as \"charged!\", coalesce(sum(m.platform), 0)::bigint as \"platform!\",
                coalesce(sum(m.refunded), 0)::bigint as \"refunded!\", coalesce(sum(m.calls_ended), 0)::bigint as \"calls_ended!\"
         from generate_series($1::bigint, $2::bigint, 60000) s (at) left join ledger.minutes m on m.minute_ms = s.at
         group by s.at order by s.at",
        first,
        last
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| MinuteRow {
            at: At::from_ms(r.at),
            charged: Coins::from_units(r.charged),
            platform: Coins::from_units(r.platform),
            refunded: Coins::from_units(r.refunded),
            calls_ended: u32::try_from(r.calls_ended).unwrap_or_default(),
        })
        .collect())
}

/// What is held now.
pub async fn held(conn: &mut PgConnection) -> Result<Coins, StoreError> {
    let sum = sqlx::query_scalar!(
        "select coalesce(sum(granted - settled), 0)::bigint as \"sum!\" from ledger.holds where released_ms is null"
    )
    .fetch_one(conn)
    .await?;
    Ok(Coins::from_units(sum))
}

/// The sum of all balances: nothing, or the books are wrong. Looks at every account, so ask it seldom.
pub async fn ledger_sum(conn: &mut PgConnection) -> Result<Coins, StoreError> {
    let sum = sqlx::query_scalar!(
        "select least(greatest(coalesce(sum(posted), 0), -9000000000000000000), 9000000000000000000)::bigint as \"sum!\" from ledger.accounts"
    )
    .fetch_one(conn)
    .await?;
    Ok(Coins::from_units(sum))
}

/// How long the shard that waits longest for its sweep is overdue, in milliseconds.
pub async fn sweep_lag_ms(conn: &mut PgConnection) -> Result<i64, StoreError> {
    let lag = sqlx::query_scalar!(
        "select coalesce(max(greatest(store.now_ms() - due_ms, 0)), 0) as \"lag!\" from ledger.shards"
    )
    .fetch_one(conn)
    .await?;
    Ok(lag)
}
