//! What running calls cost now.

use callboard_domain::{At, Coins, Uid};
use callboard_store::{HouseTime, Store, StoreError, house_time, outages_since};
use sqlx::PgConnection;

use crate::load;
use crate::model::{Call, Leg};

/// What the house burns now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Burn {
    /// Live calls.
    pub calls: u32,
    /// Legs whose time counts.
    pub metered_legs: u32,
    /// Coins per minute.
    pub per_minute: Coins,
    /// The house's share of it.
    pub platform_per_minute: Coins,
}

/// Coins per minute that a user's running calls cost him now.
pub async fn burn_of(store: &Store, uid: &Uid) -> Result<Coins, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let ids = sqlx::query_scalar!("select distinct call_id from calls.members where uid = $1 and live", uid.as_str())
        .fetch_all(&mut *conn)
        .await?;
    let ids: Vec<_> = ids.into_iter().map(callboard_domain::CallId::from_uuid).collect();
    let calls = load::calls(&mut conn, &ids).await?;
    let time = house_time(&mut conn).await?;
    let outages = outages_since(&mut conn, oldest(&calls, time)).await?;
    let legs = calls.iter().flat_map(|c| &c.legs).filter(|l| &l.payer == uid);
    Ok(sum(legs.map(|l| l.clock.burn(&l.tariff, time.alive, &outages))))
}

/// What all running calls cost now. Legs under the same tariff at the same stage cost the same, so this groups in SQL and
/// prices each group once.
pub async fn house_burn(store: &Store) -> Result<Burn, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let calls = sqlx::query_scalar!(
        "select count(*) as \"n!\" from calls.calls where state in ('pending', 'accepted', 'active')"
    )
    .fetch_one(&mut *conn)
    .await?;
    let time = house_time(&mut conn).await?;
    let rows = sqlx::query!(
        "select tariff, count(*) as \"legs!\", min(connected_ms + greatest($1 - since_ms, 0)) as \"least!\",
             max(connected_ms + greatest($1 - since_ms, 0)) as \"most!\"
         from calls.legs where state <> 'settled' and state = 'metered'
         group by tariff, (connected_ms + greatest($1 - since_ms, 0)) < coalesce((tariff->>'free_s')::bigint * 1000, 0),
             (connected_ms + greatest($1 - since_ms, 0)) < coalesce(((tariff->'flat')->>'minutes')::numeric * 60000, 0)",
        time.alive.as_ms()
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut burn = Burn { calls: u32::try_from(calls).unwrap_or(u32::MAX), ..Burn::default() };
    for r in rows {
        let tariff = load::tariff(r.tariff)?;
        let each = tariff.burn(callboard_domain::Millis::from_ms(r.least));
        let platform = platform_part(&tariff, each);
        let times = |c: Coins| Coins::from_units(c.units().saturating_mul(r.legs));
        burn.metered_legs += u32::try_from(r.legs).unwrap_or_default();
        burn.per_minute = add(burn.per_minute, times(each));
        burn.platform_per_minute = add(burn.platform_per_minute, times(platform));
    }
    Ok(burn)
}

/// The house's share of an amount.
pub(super) fn platform_part(tariff: &callboard_domain::Tariff, amount: Coins) -> Coins {
    sum(tariff.split().divide(amount).into_iter().filter(|(party, _)| party.is_house()).map(|(_, part)| part))
}

pub(super) fn sum(amounts: impl Iterator<Item = Coins>) -> Coins {
    amounts.fold(Coins::ZERO, add)
}

fn add(a: Coins, b: Coins) -> Coins {
    a.checked_add(b).unwrap_or(Coins::MAX)
}

pub(super) fn oldest(calls: &[Call], time: HouseTime) -> At {
    calls.iter().map(|c| c.created).min().unwrap_or(time.now)
}

/// Charged so far, up to the evidence.
pub(super) fn charged(leg: &Leg, outages: &[callboard_domain::Outage]) -> Coins {
    match leg.final_charge {
        Some(charge) => charge,
        None => leg.tariff.exact(leg.clock.metered_at(&leg.tariff, leg.through(), outages)),
    }
}

// Opens a connection to be passed on: kept here so that readers share one.
pub(super) async fn conn(store: &Store) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>, StoreError> {
    let conn: sqlx::pool::PoolConnection<sqlx::Postgres> = store.pool().acquire().await?;
    Ok(conn)
}

/// The clock and the outages that matter to some calls.
pub(super) async fn clock(
    conn: &mut PgConnection,
    calls: &[Call],
) -> Result<(HouseTime, Vec<callboard_domain::Outage>), StoreError> {
    let time = house_time(&mut *conn).await?;
    let outages = outages_since(conn, oldest(calls, time)).await?;
    Ok((time, outages))
}
