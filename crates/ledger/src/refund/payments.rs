//! Payments that are given back: by staff in parts, or by a rule of the house as a whole.

use std::collections::BTreeMap;

use callboard_contract::adm::refund::RefundFrom;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, Coins, Split, TransferId, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use super::plan::{Making, parties, plan};
use super::{Of, Refundable, write};
use crate::accounts::{self, Kind, Name};
use crate::minutes::{self, Minute};
use crate::transfer::TransferKind;

/// A payment as it was made.
pub(super) struct Row {
    id: TransferId,
    payer: Uid,
    payee: Uid,
    split: Split,
    stripe: i16,
    left: Coins,
}

/// An entry fee or a gift that staff wants to refund, or `not_found`. What is read here never changes, so nothing is locked.
pub async fn payment(conn: &mut PgConnection, transfer: TransferId) -> Result<Refundable, StoreError> {
    let row = read(&mut *conn, &[transfer]).await?.pop();
    let row = row.ok_or_else(|| {
        let text = format!(
            "no entry fee or gift was paid by transfer {transfer}; coins of a call are refunded by the id of the call"
        );
        ApiError::new(ErrorCode::NotFound, text).on_field("transfer_id")
    })?;
    let [refundable] = &mut *refundables(conn, vec![row]).await? else {
        return Err(StoreError::corrupt("a payment", "it was read and is not there"));
    };
    Ok(refundable.clone())
}

/// Gives back what is left of a payment, from those who received it; nothing if all of it went back before. For rules of the house:
/// no limit of staff holds or is used up, and the actor is who caused it. Give several back by [`give_back_all`].
pub async fn give_back(
    conn: &mut PgConnection,
    at: At,
    transfer: TransferId,
    actor: &str,
    reason: &str,
) -> Result<Option<TransferId>, StoreError> {
    Ok(give_back_all(conn, at, &[transfer], actor, reason).await?.pop().map(|(_, refund)| refund))
}

/// Gives back what is left of payments, all accounts locked at once: payments and the transfers that gave them back, in the order of
/// the payments' ids, without those of which nothing was left.
pub async fn give_back_all(
    conn: &mut PgConnection,
    at: At,
    transfers: &[TransferId],
    actor: &str,
    reason: &str,
) -> Result<Vec<(TransferId, TransferId)>, StoreError> {
    let mut rows = lock(&mut *conn, transfers).await?;
    rows.retain(|row| row.left.is_positive());
    let items = refundables(&mut *conn, rows).await?;
    let mut touched = Vec::with_capacity(items.len());
    for item in &items {
        touched.push(parties(&mut *conn, item, RefundFrom::Receivers, Making::Allowed).await?);
    }
    let mut ids: Vec<_> = touched.iter().flat_map(|parties| parties.ids.iter().copied()).collect();
    ids.sort_unstable_by_key(|id| id.0);
    ids.dedup();
    let mut balances = accounts::lock(&mut *conn, &ids).await?;
    let mut refunded: BTreeMap<i16, i64> = BTreeMap::new();
    let mut done = Vec::with_capacity(items.len());
    for (item, parties) in items.iter().zip(&touched) {
        let plan = plan(&mut *conn, item, parties, &balances, None).await?;
        let refund = write(&mut *conn, at, item, &plan, TransferKind::GiveBack, (actor, reason)).await?;
        for (account, amount) in &plan.entries {
            if let Some(balance) = balances.get_mut(account) {
                balance.posted = Coins::from_units(balance.posted.units() + amount.units());
            }
        }
        *refunded.entry(item.stripe).or_insert(0) += plan.amount.units();
        done.extend(item.of.transfer().map(|transfer| (transfer, refund)));
    }
    for (stripe, refunded) in refunded {
        minutes::add(&mut *conn, at, stripe, &Minute { refunded, ..Minute::default() }).await?;
    }
    Ok(done)
}

/// Counts what was given back of a payment, and of the gift if it was one. The payment must be locked.
pub(super) async fn count(conn: &mut PgConnection, transfer: TransferId, amount: Coins) -> Result<(), StoreError> {
    sqlx::query!(
        "update ledger.payments set refunded = refunded + $2 where transfer_id = $1",
        transfer.as_uuid(),
        amount.units()
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("update ledger.gifts set kept = kept - $2 where transfer_id = $1", transfer.as_uuid(), amount.units())
        .execute(conn)
        .await?;
    Ok(())
}

/// Locks payments in the order of their ids. Those that are not there are left out.
pub(super) async fn lock(conn: &mut PgConnection, transfers: &[TransferId]) -> Result<Vec<Row>, StoreError> {
    let ids: Vec<Uuid> = transfers.iter().map(|id| id.as_uuid()).collect();
    sqlx::query!(
        "select transfer_id from ledger.payments where transfer_id = any($1) order by transfer_id for no key update",
        &ids
    )
    .fetch_all(&mut *conn)
    .await?;
    read(conn, transfers).await
}

async fn read(conn: &mut PgConnection, transfers: &[TransferId]) -> Result<Vec<Row>, StoreError> {
    let ids: Vec<Uuid> = transfers.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query!(
        "select transfer_id, payer, payee, split, stripe, amount - refunded as \"left!\" from ledger.payments
         where transfer_id = any($1) order by transfer_id",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let uid = |text: String| Uid::new(text).map_err(|e| StoreError::corrupt("a payment", e));
    rows.into_iter()
        .map(|r| {
            Ok(Row {
                id: TransferId::from_uuid(r.transfer_id),
                payer: uid(r.payer)?,
                payee: uid(r.payee)?,
                split: serde_json::from_value(r.split).map_err(|e| StoreError::corrupt("a payment's split", e))?,
                stripe: r.stripe,
                left: Coins::from_units(r.left),
            })
        })
        .collect()
}

async fn refundables(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<Refundable>, StoreError> {
    let names: Vec<Name> = rows
        .iter()
        .flat_map(|row| {
            [
                Name::user(&row.payer, Kind::Wallet),
                Name::user(&row.payee, Kind::Earnings),
                Name::user(&row.payee, Kind::Receivable),
            ]
        })
        .collect();
    // The accounts are there since the payment was made.
    let ids = accounts::ensure(conn, &names).await?;
    Ok(rows
        .into_iter()
        .zip(ids.chunks_exact(3))
        .map(|(row, ids)| Refundable {
            of: Of::Payment(row.id),
            stripe: row.stripe,
            payer: row.payer,
            wallet: ids[0],
            earnings: ids[1],
            receivable: ids[2],
            split: row.split,
        })
        .collect())
}
