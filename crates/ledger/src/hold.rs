//! Holds: coins set aside for a leg, granted in slices, settled in parts, the rest released (RFC 8506: reserve, grant, final unit).

use std::collections::BTreeMap;

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{AccountId, At, CallId, Coins, HoldId, LegId};
use callboard_store::{StoreError, refuse};
use sqlx::PgConnection;

use crate::accounts;

/// A hold, as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// The leg that it is for.
    pub leg: LegId,
    /// The wallet.
    pub wallet: AccountId,
    /// Granted in all.
    pub granted: Coins,
    /// Already posted.
    pub settled: Coins,
    /// The cumulative charge of the last interim settlement.
    pub basis: Coins,
    /// What the leg came to, once it is over.
    pub final_charge: Option<Coins>,
    /// Given back of it by refunds.
    pub refunded: Coins,
    /// Whether what was not charged went back.
    pub released: bool,
}

impl Hold {
    /// What is still set aside.
    pub fn held(&self) -> Coins {
        if self.released { Coins::ZERO } else { self.granted.saturating_sub(self.settled) }
    }
}

/// Places a hold: locks the wallet, and refuses with `insufficient_funds` where it does not hold enough.
pub async fn place(
    conn: &mut PgConnection,
    call: CallId,
    leg: LegId,
    wallet: AccountId,
    amount: Coins,
    at: At,
) -> Result<HoldId, StoreError> {
    let balance = accounts::lock(&mut *conn, &[wallet])
        .await?
        .remove(&wallet)
        .ok_or_else(|| StoreError::corrupt("a wallet", wallet.0))?;
    if balance.available() < amount {
        let message =
            format!("the wallet has {} to spend, and {amount} must be set aside; add coins first", balance.available());
        return refuse(ErrorCode::InsufficientFunds, message);
    }
    let id = HoldId::generate();
    sqlx::query!(
        "insert into ledger.holds (id, leg_id, call_id, account_id, granted, placed_ms) values ($1, $2, $3, $4, $5, $6)",
        id.as_uuid(),
        leg.as_uuid(),
        call.as_uuid(),
        wallet.0,
        amount.units(),
        at.as_ms()
    )
    .execute(&mut *conn)
    .await?;
    accounts::add_held(conn, &BTreeMap::from([(wallet, amount.units())])).await?;
    Ok(id)
}

/// A grant of more coins to a leg's hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The leg.
    pub leg: LegId,
    /// Its wallet, which must be locked.
    pub wallet: AccountId,
    /// How much more.
    pub amount: Coins,
}

/// Extends holds. The wallets must be locked, and what is granted must have been available under that lock.
pub async fn extend(conn: &mut PgConnection, grants: &[Grant]) -> Result<(), StoreError> {
    if grants.is_empty() {
        return Ok(());
    }
    let mut held = BTreeMap::new();
    for grant in grants {
        *held.entry(grant.wallet).or_insert(0) += grant.amount.units();
    }
    let legs: Vec<uuid::Uuid> = grants.iter().map(|g| g.leg.as_uuid()).collect();
    let amounts: Vec<i64> = grants.iter().map(|g| g.amount.units()).collect();
    let done = sqlx::query!(
        "update ledger.holds h set granted = h.granted + d.amount from unnest($1::uuid[], $2::bigint[]) as d (leg, amount)
         where h.leg_id = d.leg and h.released_ms is null",
        &legs,
        &amounts
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() != grants.len() as u64 {
        return Err(StoreError::corrupt("a hold", "an extension found none that is open"));
    }
    accounts::add_held(conn, &held).await
}

/// The holds of legs. The shard's lock keeps them from changing.
pub async fn of_legs(conn: &mut PgConnection, legs: &[LegId]) -> Result<BTreeMap<LegId, Hold>, StoreError> {
    let ids: Vec<uuid::Uuid> = legs.iter().map(|l| l.as_uuid()).collect();
    let rows = sqlx::query!(
        "select id, leg_id, account_id, granted, settled, basis, final_charge, refunded, released_ms from ledger.holds where leg_id = any($1)",
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let hold = Hold {
                id: HoldId::from_uuid(r.id),
                leg: LegId::from_uuid(r.leg_id),
                wallet: AccountId(r.account_id),
                granted: Coins::from_units(r.granted),
                settled: Coins::from_units(r.settled),
                basis: Coins::from_units(r.basis),
                final_charge: r.final_charge.map(Coins::from_units),
                refunded: Coins::from_units(r.refunded),
                released: r.released_ms.is_some(),
            };
            (hold.leg, hold)
        })
        .collect())
}

/// The hold of one leg, or `not_found`.
pub async fn of_leg(conn: &mut PgConnection, leg: LegId) -> Result<Hold, StoreError> {
    of_legs(conn, &[leg])
        .await?
        .remove(&leg)
        .ok_or_else(|| ApiError::new(ErrorCode::NotFound, format!("leg {leg} has no hold")).into())
}
