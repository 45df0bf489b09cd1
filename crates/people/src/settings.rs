//! How somebody can be called, and at which price. Calls take a snapshot; a change never touches a call that was made.

use std::collections::BTreeMap;

use callboard_contract::api::calls::{CreatorSettings, SettingsSetRequest};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{CallKind, Coins, Uid};
use callboard_store::{Begun, Command, Store, StoreError};
use serde_json::Value;
use sqlx::PgConnection;

use crate::users;

/// The highest rate: far above any price, far below where a meter's sums end.
const MAX_RATE: Coins = Coins::whole(1_000_000);
/// The most minutes that a caller may be asked to be able to pay.
const MAX_MINUTES: u32 = 1440;
const MAX_TARIFF_NAME: usize = 64;

/// A user's settings; those of somebody who cannot be called, where none were made.
pub async fn get(store: &Store, uid: &Uid) -> Result<CreatorSettings, StoreError> {
    let mut conn = store.pool().acquire().await?;
    get_in(&mut conn, uid).await
}

/// As [`get`], on the caller's connection.
pub async fn get_in(conn: &mut PgConnection, uid: &Uid) -> Result<CreatorSettings, StoreError> {
    let row = sqlx::query!(
        "select available, auto_accept, tariff, rates, minimum_minutes from people.settings where uid = $1",
        uid.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map_or_else(
        || Ok(CreatorSettings::default()),
        |r| settings(r.available, r.auto_accept, r.tariff, r.rates, r.minimum_minutes),
    )
}

/// Changes a user's settings as a whole. Whether the house has the tariff is for the caller to check.
pub async fn set(store: &Store, uid: &Uid, request: &SettingsSetRequest) -> Result<CreatorSettings, StoreError> {
    check(&request.settings)?;
    let principal = format!("user:{uid}");
    let begun = Command::begin(store, &principal, "calls.settings_set", &request.request_id, false, request).await?;
    let mut command = match begun {
        Begun::Before(settings) => return Ok(settings),
        Begun::New(command) => command,
    };
    let result = write(&mut command, uid, &request.settings).await.map(|()| request.settings.clone());
    command.finish(result).await
}

/// People who can be called, by name, after a name; of those who offer `kind`, where one is given.
pub async fn available(
    conn: &mut PgConnection,
    kind: Option<CallKind>,
    after: Option<&Uid>,
    limit: u32,
) -> Result<Vec<(Uid, CreatorSettings)>, StoreError> {
    let rows = sqlx::query!(
        "select s.uid, available, auto_accept, tariff, rates, minimum_minutes
         from people.settings s join people.users u on u.uid = s.uid
         where available and u.banned_ms is null and rates <> '{}' and s.uid > $1
           and ($2::text is null or rates ? $2)
         order by s.uid limit $3",
        after.map_or("", Uid::as_str),
        kind.map(CallKind::as_str),
        i64::from(limit)
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let uid = Uid::new(r.uid).map_err(|e| StoreError::corrupt("a uid", e))?;
            Ok((uid, settings(r.available, r.auto_accept, r.tariff, r.rates, r.minimum_minutes)?))
        })
        .collect()
}

async fn write(conn: &mut PgConnection, uid: &Uid, settings: &CreatorSettings) -> Result<(), StoreError> {
    users::ensure_in(conn, uid).await?;
    let rates = serde_json::to_value(&settings.rates).map_err(|e| StoreError::corrupt("rates", e))?;
    sqlx::query!(
        "insert into people.settings (uid, available, auto_accept, tariff, rates, minimum_minutes) values ($1, $2, $3, $4, $5, $6)
         on conflict (uid) do update set available = excluded.available, auto_accept = excluded.auto_accept,
             tariff = excluded.tariff, rates = excluded.rates, minimum_minutes = excluded.minimum_minutes",
        uid.as_str(),
        settings.available,
        settings.auto_accept,
        settings.tariff,
        rates,
        i32::try_from(settings.minimum_minutes).unwrap_or(i32::MAX)
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn check(settings: &CreatorSettings) -> Result<(), ApiError> {
    let bad = |field: &str, text: String| Err(ApiError::new(ErrorCode::BadRequest, text).on_field(field));
    for (kind, rate) in &settings.rates {
        if rate.is_negative() || *rate > MAX_RATE {
            return bad("settings.rates", format!("the rate for {kind} must be 0 to {MAX_RATE}, not {rate}"));
        }
    }
    if settings.minimum_minutes > MAX_MINUTES {
        return bad(
            "settings.minimum_minutes",
            format!("at most {MAX_MINUTES} minutes, not {}", settings.minimum_minutes),
        );
    }
    match &settings.tariff {
        Some(name) if name.is_empty() || name.len() > MAX_TARIFF_NAME => {
            bad("settings.tariff", format!("a tariff's name has 1 to {MAX_TARIFF_NAME} letters"))
        }
        _ => Ok(()),
    }
}

fn settings(
    available: bool,
    auto_accept: bool,
    tariff: Option<String>,
    rates: Value,
    minimum_minutes: i32,
) -> Result<CreatorSettings, StoreError> {
    let rates: BTreeMap<CallKind, Coins> =
        serde_json::from_value(rates).map_err(|e| StoreError::corrupt("rates", e))?;
    let minimum_minutes = u32::try_from(minimum_minutes).map_err(|e| StoreError::corrupt("minimum minutes", e))?;
    Ok(CreatorSettings { available, auto_accept, tariff, rates, minimum_minutes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_settings_are_refused_by_field() {
        let rate = |coins| CreatorSettings { rates: [(CallKind::Audio, coins)].into(), ..CreatorSettings::default() };
        assert!(check(&rate(Coins::whole(5))).is_ok());
        for (bad, field) in [
            (rate(Coins::whole(-1)), "settings.rates"),
            (rate(Coins::whole(1_000_001)), "settings.rates"),
            (CreatorSettings { minimum_minutes: 1441, ..CreatorSettings::default() }, "settings.minimum_minutes"),
            (CreatorSettings { tariff: Some(String::new()), ..CreatorSettings::default() }, "settings.tariff"),
        ] {
            assert_eq!(check(&bad).unwrap_err().field.as_deref(), Some(field));
        }
    }
}
