//! Entry fees as they were paid, for whoever compares them with what they let people into.

use callboard_domain::{Coins, TransferId, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

/// An entry fee that was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFee {
    /// The transfer that paid it.
    pub transfer: TransferId,
    /// Who paid.
    pub payer: Uid,
    /// How much.
    pub amount: Coins,
    /// What of it went back.
    pub refunded: Coins,
}

/// Some entry fees, in no order. Those that are not there are left out.
pub async fn entry_fees(conn: &mut PgConnection, transfers: &[TransferId]) -> Result<Vec<EntryFee>, StoreError> {
    let ids: Vec<Uuid> = transfers.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        "select transfer_id, payer, amount, refunded from ledger.payments where kind = 'entry_fee' and transfer_id = any($1)",
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(EntryFee::try_from).collect()
}

/// A page of all entry fees, by the ids of their transfers after one of them.
pub async fn entry_fees_after(conn: &mut PgConnection, after: Uuid, limit: i64) -> Result<Vec<EntryFee>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select transfer_id, payer, amount, refunded from ledger.payments
         where kind = 'entry_fee' and transfer_id > $1 order by transfer_id limit $2",
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(EntryFee::try_from).collect()
}

struct Row {
    transfer_id: Uuid,
    payer: String,
    amount: i64,
    refunded: i64,
}

impl TryFrom<Row> for EntryFee {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            transfer: TransferId::from_uuid(row.transfer_id),
            payer: Uid::new(row.payer).map_err(|e| StoreError::corrupt("an entry fee", e))?,
            amount: Coins::from_units(row.amount),
            refunded: Coins::from_units(row.refunded),
        })
    }
}
