//! Open holds, page by page, and the release of those that were left behind. There should never be one to release.

use std::collections::BTreeMap;

use callboard_domain::{AccountId, At, CallId, Coins, HoldId, LegId, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::accounts;

/// A hold that was not released yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenHold {
    /// Its id.
    pub id: HoldId,
    /// The leg that it is for.
    pub leg: LegId,
    /// The call.
    pub call: CallId,
    /// The wallet.
    pub wallet: AccountId,
    /// Whose coins.
    pub payer: Uid,
    /// Granted in all.
    pub granted: Coins,
    /// Already posted.
    pub settled: Coins,
    /// When it was placed.
    pub placed: At,
}

/// Open holds after one of them, oldest first.
pub async fn page(conn: &mut PgConnection, after: Option<HoldId>, limit: i64) -> Result<Vec<OpenHold>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select h.id, h.leg_id, h.call_id, h.account_id, a.owner, h.granted, h.settled, h.placed_ms
         from ledger.holds h join ledger.accounts a on a.id = h.account_id
         where h.released_ms is null and h.id > $1 order by h.id limit $2",
        after.map_or(Uuid::nil(), HoldId::as_uuid),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(OpenHold::try_from).collect()
}

/// Those of the given holds that are still open: what was seen without a lock, looked at again under the lock of the shard.
pub async fn still_open(conn: &mut PgConnection, ids: &[HoldId]) -> Result<Vec<OpenHold>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        "select h.id, h.leg_id, h.call_id, h.account_id, a.owner, h.granted, h.settled, h.placed_ms
         from ledger.holds h join ledger.accounts a on a.id = h.account_id
         where h.released_ms is null and h.id = any($1) order by h.id",
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(OpenHold::try_from).collect()
}

/// Gives back what is left of holds; what was posted of them stays posted. The shards of their legs must be locked.
pub async fn release(conn: &mut PgConnection, holds: &[OpenHold], at: At) -> Result<(), StoreError> {
    let mut held: BTreeMap<AccountId, i64> = BTreeMap::new();
    for hold in holds {
        *held.entry(hold.wallet).or_insert(0) -= hold.granted.units() - hold.settled.units();
    }
    let wallets: Vec<AccountId> = held.keys().copied().collect();
    accounts::lock(&mut *conn, &wallets).await?;
    let ids: Vec<Uuid> = holds.iter().map(|h| h.id.as_uuid()).collect();
    sqlx::query!(
        "update ledger.holds set final_charge = settled, released_ms = $2 where id = any($1) and released_ms is null",
        &ids,
        at.as_ms()
    )
    .execute(&mut *conn)
    .await?;
    accounts::add_held(conn, &held).await
}

/// An open hold as the tables have it.
struct Row {
    id: Uuid,
    leg_id: Uuid,
    call_id: Uuid,
    account_id: i64,
    owner: String,
    granted: i64,
    settled: i64,
    placed_ms: i64,
}

impl TryFrom<Row> for OpenHold {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let payer = row.owner.strip_prefix("user:").unwrap_or(&row.owner);
        Ok(Self {
            id: HoldId::from_uuid(row.id),
            leg: LegId::from_uuid(row.leg_id),
            call: CallId::from_uuid(row.call_id),
            wallet: AccountId(row.account_id),
            payer: Uid::new(payer)
                .map_err(|e| StoreError::corrupt(format!("the owner of account {}", row.account_id), e))?,
            granted: Coins::from_units(row.granted),
            settled: Coins::from_units(row.settled),
            placed: At::from_ms(row.placed_ms),
        })
    }
}
