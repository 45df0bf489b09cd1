//! What people see of the books: wallets, lines of postings, transfers. Reads only; nothing here decides anything.
//!
//! Lists are ordered by the ids of transfers, which begin with the time at which they were made. What burns just now is the calls'
//! to know: views leave here with a burn of nothing.

use callboard_contract::adm::money::TransferView;
use callboard_contract::adm::refund::Posting;
use callboard_contract::adm::wallet::WalletView;
use callboard_contract::api::wallet::{BalanceReply, EarningsReply, WalletLine};
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, CallId, Coins, LegId, TransferId, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::accounts::user_owner;

/// What a person has. A person without accounts has nothing.
pub async fn wallet(conn: &mut PgConnection, uid: &Uid) -> Result<WalletView, StoreError> {
    let rows = sqlx::query_as!(
        BalanceRow,
        "select owner, kind, posted, held from ledger.accounts where owner = $1 and asset = 'COIN'",
        user_owner(uid)
    )
    .fetch_all(conn)
    .await?;
    Ok(view(uid.clone(), &rows))
}

/// What a person can spend, as the own app sees it.
pub async fn balance(store: &Store, uid: &Uid) -> Result<BalanceReply, StoreError> {
    let view = wallet(&mut *store.pool().acquire().await?, uid).await?;
    Ok(BalanceReply { posted: view.posted, held: view.held, available: view.available, burn_per_minute: Coins::ZERO })
}

/// What a payee earned and owes, as the own app sees it.
pub async fn earnings(store: &Store, uid: &Uid) -> Result<EarningsReply, StoreError> {
    let view = wallet(&mut *store.pool().acquire().await?, uid).await?;
    Ok(EarningsReply { posted: view.earnings, owed: view.owed })
}

/// People who have or had coins, by name.
pub async fn wallets(store: &Store, query: &PageQuery) -> Result<Page<WalletView>, StoreError> {
    let limit = query.limit()?;
    let after = query
        .cursor
        .as_deref()
        .map(|c| Uid::new(c).map(|uid| user_owner(&uid)).map_err(|_| bad_cursor()))
        .transpose()?;
    let rows = sqlx::query_as!(
        BalanceRow,
        "select a.owner, a.kind, a.posted, a.held
         from (select distinct owner from ledger.accounts where owner like 'user:%' and asset = 'COIN' and ($1::text is null or owner > $1)
               order by owner limit $2) o
         join ledger.accounts a on a.owner = o.owner and a.asset = 'COIN' order by a.owner",
        after,
        i64::from(limit)
    )
    .fetch_all(store.pool())
    .await?;
    let mut items = Vec::new();
    for of_one in rows.chunk_by(|a, b| a.owner == b.owner) {
        let name = of_one[0].owner.trim_start_matches("user:");
        let uid = Uid::new(name).map_err(|e| StoreError::corrupt(format!("an account of `{name}`"), e))?;
        items.push(view(uid, of_one));
    }
    let cursor = (items.len() == limit as usize).then(|| items.last().map(|w| w.uid.to_string())).flatten();
    Ok(Page { items, cursor })
}

/// A person's postings, newest first.
pub async fn lines(store: &Store, uid: &Uid, query: &PageQuery) -> Result<Page<WalletLine>, StoreError> {
    let limit = query.limit()?;
    let (before, before_seq) = query.cursor.as_deref().map(line_cursor).transpose()?.unwrap_or((Uuid::max(), 0));
    // Per account the newest ones from its index, then the newest of all: a payee's thousands of lines are never sorted.
    let rows = sqlx::query!(
        "select l.transfer_id as \"transfer_id!\", l.seq as \"seq!\", l.amount as \"amount!\", a.kind as account, t.at_ms, t.kind, t.call_id, t.leg_id, t.reason
         from ledger.accounts a
         cross join lateral (
             select e.transfer_id, e.seq, e.amount from ledger.entries e
             where e.account_id = a.id and e.transfer_id <= $2 and (e.transfer_id, e.seq) < ($2, $3)
             order by e.transfer_id desc, e.seq desc limit $4) l
         join ledger.transfers t on t.id = l.transfer_id
         where a.owner = $1 and a.kind in ('wallet', 'earnings', 'receivable')
         order by l.transfer_id desc, l.seq desc limit $4",
        user_owner(uid),
        before,
        before_seq,
        i64::from(limit)
    )
    .fetch_all(store.pool())
    .await?;
    let cursor =
        (rows.len() == limit as usize).then(|| rows.last().map(|r| format!("{}.{}", r.transfer_id, r.seq))).flatten();
    let items = rows
        .into_iter()
        .map(|r| WalletLine {
            transfer_id: TransferId::from_uuid(r.transfer_id),
            at: At::from_ms(r.at_ms),
            kind: r.kind,
            account: r.account,
            amount: Coins::from_units(r.amount),
            call_id: r.call_id.map(CallId::from_uuid),
            leg_id: r.leg_id.map(LegId::from_uuid),
            reason: r.reason,
        })
        .collect();
    Ok(Page { items, cursor })
}

/// Transfers, newest first.
pub async fn transfers(store: &Store, query: &PageQuery) -> Result<Page<TransferView>, StoreError> {
    let limit = query.limit()?;
    let before = transfer_cursor(query)?;
    let rows = sqlx::query_as!(
        TransferRow,
        "select id, at_ms, kind, reference, actor, reason from ledger.transfers where id < $1 order by id desc limit $2",
        before,
        i64::from(limit)
    )
    .fetch_all(store.pool())
    .await?;
    let cursor = (rows.len() == limit as usize).then(|| rows.last().map(|r| r.id.to_string())).flatten();
    let items = with_postings(&mut *store.pool().acquire().await?, rows).await?;
    Ok(Page { items, cursor })
}

/// One transfer, as people read it: what is told in its event.
pub(crate) async fn transfer(conn: &mut PgConnection, id: TransferId) -> Result<TransferView, StoreError> {
    let rows = sqlx::query_as!(
        TransferRow,
        "select id, at_ms, kind, reference, actor, reason from ledger.transfers where id = $1",
        id.as_uuid()
    )
    .fetch_all(&mut *conn)
    .await?;
    with_postings(conn, rows)
        .await?
        .pop()
        .ok_or_else(|| StoreError::corrupt("a transfer", format!("{id} was posted and is not there")))
}

/// The name of an account, as people read it: `maya wallet`, `platform revenue`.
pub(crate) fn account_name(owner: &str, kind: &str) -> String {
    let owner = match owner.split_once(':') {
        Some((_, name)) => name,
        None if owner == "house" => "platform",
        None => owner,
    };
    format!("{owner} {}", kind.replace('_', " "))
}

/// The transfer before which a page starts.
pub(crate) fn transfer_cursor(query: &PageQuery) -> Result<Uuid, StoreError> {
    let id = query.cursor.as_deref().map(|c| c.parse::<TransferId>().map_err(|_| bad_cursor())).transpose()?;
    Ok(id.map_or(Uuid::max(), TransferId::as_uuid))
}

pub(crate) fn bad_cursor() -> StoreError {
    ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor").into()
}

async fn with_postings(conn: &mut PgConnection, rows: Vec<TransferRow>) -> Result<Vec<TransferView>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let mut postings = postings(conn, &ids).await?;
    let take = |r: TransferRow| TransferView {
        transfer_id: TransferId::from_uuid(r.id),
        at: At::from_ms(r.at_ms),
        kind: r.kind,
        reference: r.reference,
        actor: r.actor,
        reason: r.reason,
        postings: postings.remove(&r.id).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(take).collect())
}

/// The postings of transfers, as people read them.
pub(crate) async fn postings(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<std::collections::BTreeMap<Uuid, Vec<Posting>>, StoreError> {
    let rows = sqlx::query!(
        "select e.transfer_id, a.owner, a.kind, e.amount from ledger.entries e join ledger.accounts a on a.id = e.account_id
         where e.transfer_id = any($1) order by e.transfer_id, e.seq",
        ids
    )
    .fetch_all(conn)
    .await?;
    let mut postings = std::collections::BTreeMap::<Uuid, Vec<Posting>>::new();
    for r in rows {
        let posting = Posting { account: account_name(&r.owner, &r.kind), amount: Coins::from_units(r.amount) };
        postings.entry(r.transfer_id).or_default().push(posting);
    }
    Ok(postings)
}

fn line_cursor(text: &str) -> Result<(Uuid, i16), StoreError> {
    let (id, seq) = text.split_once('.').ok_or_else(bad_cursor)?;
    let id: TransferId = id.parse().map_err(|_| bad_cursor())?;
    Ok((id.as_uuid(), seq.parse().map_err(|_| bad_cursor())?))
}

fn view(uid: Uid, rows: &[BalanceRow]) -> WalletView {
    let of = |kind: &str| rows.iter().find(|r| r.kind == kind).map_or((0, 0), |r| (r.posted, r.held));
    let (posted, held) = of("wallet");
    WalletView {
        uid,
        posted: Coins::from_units(posted),
        held: Coins::from_units(held),
        available: Coins::from_units(posted - held),
        earnings: Coins::from_units(of("earnings").0),
        owed: Coins::from_units(of("receivable").0.saturating_neg().max(0)),
        burn_per_minute: Coins::ZERO,
    }
}

/// A balance as the table has it.
struct BalanceRow {
    owner: String,
    kind: String,
    posted: i64,
    held: i64,
}

/// A transfer as the table has it.
struct TransferRow {
    id: Uuid,
    at_ms: i64,
    kind: String,
    reference: String,
    actor: String,
    reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_have_names_for_people() {
        assert_eq!(account_name("user:maya", "wallet"), "maya wallet");
        assert_eq!(account_name("house", "refund_cost"), "platform refund cost");
        assert_eq!(account_name("partner:agency", "earnings"), "agency earnings");
    }

    #[test]
    fn cursors_that_are_not_ours_are_refused() {
        for bad in ["", "x", "1.2", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000.x"] {
            assert!(line_cursor(bad).is_err(), "{bad}");
        }
        assert!(line_cursor("01900000-0000-7000-8000-000000000000.3").is_ok());
    }
}
