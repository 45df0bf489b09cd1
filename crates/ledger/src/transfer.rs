//! Transfers: balanced sets of postings, written whole and never changed.

use callboard_domain::{AccountId, At, CallId, Coins, LegId, TransferId};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

/// What a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferKind {
    /// Coins sold or given.
    Topup,
    /// A part of a leg's charge.
    Settle,
    /// Coins given back.
    Refund,
    /// What somebody paid to enter a room.
    EntryFee,
    /// A gift or a tip.
    Gift,
    /// A payment that is given back by a rule of the house, not by staff.
    GiveBack,
}

impl TransferKind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topup => "topup",
            Self::Settle => "settle",
            Self::Refund => "refund",
            Self::EntryFee => "entry_fee",
            Self::Gift => "gift",
            Self::GiveBack => "give_back",
        }
    }
}

/// A transfer to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTransfer {
    /// Its id.
    pub id: TransferId,
    /// What it is.
    pub kind: TransferKind,
    /// What it is about, for people.
    pub reference: String,
    /// The call and the leg that it is about.
    pub leg: Option<(CallId, LegId)>,
    /// Who made it: `house`, `staff:fay`.
    pub actor: String,
    /// Why, where staff made it.
    pub reason: Option<String>,
    /// Which transfer it takes back.
    pub reverses: Option<TransferId>,
    /// The postings. Those of nothing are left out; they must sum to nothing.
    pub entries: Vec<(AccountId, Coins)>,
}

/// Posts transfers at an instant: two statements, however many. The database checks that each balances and moves the balances.
///
/// The accounts must be locked. A transfer whose postings are all of nothing is left out.
pub async fn post(conn: &mut PgConnection, at: At, transfers: &[NewTransfer]) -> Result<(), StoreError> {
    let (mut ids, mut kinds, mut references, mut calls, mut legs) = (vec![], vec![], vec![], vec![], vec![]);
    let (mut actors, mut reasons, mut reverses, mut counts) = (vec![], vec![], vec![], vec![]);
    let (mut owners, mut seqs, mut accounts, mut amounts) = (vec![], vec![], vec![], vec![]);
    for transfer in transfers {
        let entries: Vec<_> = transfer.entries.iter().filter(|(_, amount)| !amount.is_zero()).collect();
        if entries.is_empty() {
            continue;
        }
        ids.push(transfer.id.as_uuid());
        kinds.push(transfer.kind.as_str().to_owned());
        references.push(transfer.reference.clone());
        calls.push(transfer.leg.map(|(call, _)| call.as_uuid()));
        legs.push(transfer.leg.map(|(_, leg)| leg.as_uuid()));
        actors.push(transfer.actor.clone());
        reasons.push(transfer.reason.clone());
        reverses.push(transfer.reverses.map(TransferId::as_uuid));
        counts.push(i16::try_from(entries.len()).map_err(|_| StoreError::corrupt("a transfer", "too many postings"))?);
        for (seq, (account, amount)) in (0_i16..).zip(entries) {
            owners.push(transfer.id.as_uuid());
            seqs.push(seq);
            accounts.push(account.0);
            amounts.push(amount.units());
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into ledger.transfers (id, kind, reference, call_id, leg_id, actor, reason, reverses, entries, at_ms)
         select *, $10::bigint from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::smallint[])",
        &ids,
        &kinds,
        &references,
        &calls as &[Option<Uuid>],
        &legs as &[Option<Uuid>],
        &actors,
        &reasons as &[Option<String>],
        &reverses as &[Option<Uuid>],
        &counts,
        at.as_ms()
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into ledger.entries (transfer_id, seq, account_id, amount)
         select * from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bigint[])",
        &owners,
        &seqs,
        &accounts,
        &amounts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The lowest id that a transfer made since an instant can have, allowing workers' clocks to be `slack_ms` behind: ids begin with the
/// milliseconds of their maker's clock, so this only narrows a search and never decides.
pub(crate) fn first_id_at(at: At, slack_ms: i64) -> Uuid {
    let ms = u64::try_from((at.as_ms() - slack_ms).max(0)).unwrap_or_default();
    Uuid::from_u128(u128::from(ms) << 80)
}

/// A posted transfer of a leg, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Its id.
    pub id: TransferId,
    /// `settle` or `refund`.
    pub kind: String,
    /// The leg.
    pub leg: LegId,
    /// Who made it.
    pub actor: String,
    /// Why, where staff made it.
    pub reason: Option<String>,
    /// What moved, as a positive amount.
    pub amount: Coins,
    /// When.
    pub at: At,
}

/// The transfers of legs, oldest first.
pub async fn of_legs(conn: &mut PgConnection, legs: &[LegId]) -> Result<Vec<Posted>, StoreError> {
    let legs: Vec<Uuid> = legs.iter().map(|l| l.as_uuid()).collect();
    let rows = sqlx::query!(
        "select t.id, t.kind, t.leg_id as \"leg_id!\", t.actor, t.reason, t.at_ms,
             (select sum(e.amount) from ledger.entries e where e.transfer_id = t.id and e.amount > 0)::bigint as \"amount!\"
         from ledger.transfers t where t.leg_id = any($1) order by t.at_ms, t.id",
        &legs
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Posted {
            id: TransferId::from_uuid(r.id),
            kind: r.kind,
            leg: LegId::from_uuid(r.leg_id),
            actor: r.actor,
            reason: r.reason,
            amount: Coins::from_units(r.amount),
            at: At::from_ms(r.at_ms),
        })
        .collect())
}
