//! Refunds that were made.

use callboard_contract::adm::refund::RefundView;
use callboard_contract::{Page, PageQuery};
use callboard_domain::{At, CallId, Coins, LegId, TransferId, Uid};
use callboard_store::{Store, StoreError};
use uuid::Uuid;

use crate::history::{postings, transfer_cursor};

/// Refunds, newest first.
pub async fn ls(store: &Store, query: &PageQuery) -> Result<Page<RefundView>, StoreError> {
    let limit = query.limit()?;
    let before = transfer_cursor(query)?;
    let mut conn = store.pool().acquire().await?;
    let rows = sqlx::query!(
        "select t.id, t.at_ms, t.call_id, t.leg_id, t.reverses, t.actor, coalesce(t.reason, '') as \"reason!\", a.owner, e.amount
         from ledger.transfers t join ledger.entries e on e.transfer_id = t.id and e.amount > 0
         join ledger.accounts a on a.id = e.account_id and a.kind = 'wallet'
         where t.kind = 'refund' and (t.leg_id is not null or t.reverses is not null) and t.id < $1 order by t.id desc limit $2",
        before,
        i64::from(limit)
    )
    .fetch_all(&mut *conn)
    .await?;
    let cursor = (rows.len() == limit as usize).then(|| rows.last().map(|r| r.id.to_string())).flatten();
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let mut postings = postings(&mut conn, &ids).await?;
    let mut items = Vec::with_capacity(rows.len());
    for r in rows {
        let payer = Uid::new(r.owner.trim_start_matches("user:"))
            .map_err(|e| StoreError::corrupt(format!("an account of `{}`", r.owner), e))?;
        items.push(RefundView {
            transfer_id: TransferId::from_uuid(r.id),
            at: At::from_ms(r.at_ms),
            call_id: r.call_id.map(CallId::from_uuid),
            leg_id: r.leg_id.map(LegId::from_uuid),
            of_transfer: r.reverses.map(TransferId::from_uuid),
            payer,
            amount: Coins::from_units(r.amount),
            postings: postings.remove(&r.id).unwrap_or_default(),
            actor: r.actor,
            reason: r.reason,
            dry_run: false,
        });
    }
    Ok(Page { items, cursor })
}
