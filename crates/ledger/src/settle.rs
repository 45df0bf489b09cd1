//! Settlement: a leg's charge goes from the payer's hold to those who share it.
//!
//! While a leg runs, each party is brought to floor(share * cumulative charge) and the residue stays held. The end applies the end's
//! rule and divides by largest remainder. Both only ever add, so no settlement is negative. What a payee owes is repaid first.

use std::collections::BTreeMap;

use callboard_domain::{AccountId, At, CallId, Coins, LegId, Party, Split, TransferId};
use callboard_store::StoreError;
use sqlx::PgConnection;

use crate::accounts::{self, Balance};
use crate::hold::Hold;
use crate::minutes::{self, Minute};
use crate::transfer::{NewTransfer, TransferKind, post};

/// What is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Bring the parties to their floors of this cumulative charge.
    Interim(Coins),
    /// The leg is over: this is its charge, and the rest of the hold goes back.
    Final(Coins),
}

/// The accounts of a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegAccounts {
    /// The payer's wallet.
    pub wallet: AccountId,
    /// The payee's earnings.
    pub earnings: AccountId,
    /// What the payee owes.
    pub receivable: AccountId,
    /// The house's revenue, in the shard's stripe.
    pub revenue: AccountId,
    /// Other parties of the split.
    pub partners: Vec<(Party, AccountId)>,
}

impl LegAccounts {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = AccountId> + '_ {
        [self.wallet, self.earnings, self.receivable, self.revenue]
            .into_iter()
            .chain(self.partners.iter().map(|(_, id)| *id))
    }
}

/// A leg to be settled.
#[derive(Clone, Debug)]
pub struct Settlement<'a> {
    /// Its call.
    pub call: CallId,
    /// The leg.
    pub leg: LegId,
    /// Its hold.
    pub hold: Hold,
    /// Its accounts, which must be locked.
    pub accounts: LegAccounts,
    /// Who shares.
    pub split: &'a Split,
    /// What is settled.
    pub target: Target,
}

/// What was posted for a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The leg.
    pub leg: LegId,
    /// The transfer; absent where there was nothing to post.
    pub transfer: Option<NewTransfer>,
    /// What the leg has been settled to in all.
    pub settled: Coins,
    /// What went back from the hold.
    pub returned: Coins,
}

/// Settles legs, in a handful of statements however many they are.
///
/// `balances` are the locked balances; they are carried forward, so that a payee who owes and is paid by several legs repays once.
pub async fn settle(
    conn: &mut PgConnection,
    at: At,
    stripe: i16,
    items: &[Settlement<'_>],
    balances: &mut BTreeMap<AccountId, Balance>,
) -> Result<Vec<Settled>, StoreError> {
    let mut held: BTreeMap<AccountId, i64> = BTreeMap::new();
    let (mut legs, mut settled_now, mut bases, mut finals) = (vec![], vec![], vec![], vec![]);
    let mut minute = Minute::default();
    let mut done = Vec::with_capacity(items.len());
    for item in items {
        let parts = parts(item);
        let sum: i64 = parts.iter().map(|(_, amount)| amount.units()).sum();
        let entries = entries(item, &parts, balances);
        let (basis, final_charge, returned) = match item.target {
            Target::Interim(charge) => (charge, None, Coins::ZERO),
            Target::Final(charge) => (charge, Some(charge), item.hold.granted.saturating_sub(charge)),
        };
        *held.entry(item.accounts.wallet).or_insert(0) -= sum + returned.units();
        legs.push(item.leg.as_uuid());
        settled_now.push(sum);
        bases.push(basis.units());
        finals.push(final_charge.map(Coins::units));
        minute.charged += sum;
        minute.platform +=
            parts.iter().filter(|(party, _)| party.is_house()).map(|(_, amount)| amount.units()).sum::<i64>();
        let transfer = (sum > 0).then(|| NewTransfer {
            id: TransferId::generate(),
            kind: TransferKind::Settle,
            reference: format!("leg {}", item.leg),
            leg: Some((item.call, item.leg)),
            actor: "house".to_owned(),
            reason: None,
            reverses: None,
            entries,
        });
        done.push(Settled {
            leg: item.leg,
            transfer,
            settled: Coins::from_units(item.hold.settled.units() + sum),
            returned,
        });
    }
    if legs.is_empty() {
        return Ok(done);
    }
    accounts::add_held(&mut *conn, &held).await?;
    let transfers: Vec<NewTransfer> = done.iter().filter_map(|d| d.transfer.clone()).collect();
    post(&mut *conn, at, &transfers).await?;
    sqlx::query!(
        "update ledger.holds h set settled = h.settled + d.amount, basis = d.basis, final_charge = coalesce(d.final_charge, h.final_charge),
             released_ms = case when d.final_charge is null then null else $5::bigint end
         from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) as d (leg, amount, basis, final_charge)
         where h.leg_id = d.leg and h.released_ms is null",
        &legs,
        &settled_now,
        &bases,
        &finals as &[Option<i64>],
        at.as_ms()
    )
    .execute(&mut *conn)
    .await?;
    minutes::add(conn, at, stripe, &minute).await?;
    Ok(done)
}

// What each party gets now: its due less what it has.
fn parts(item: &Settlement<'_>) -> Vec<(Party, Coins)> {
    let due = match item.target {
        Target::Interim(charge) => item.split.floors(charge.max(item.hold.basis)),
        Target::Final(charge) => item.split.divide(charge),
    };
    let had = item.split.floors(item.hold.basis);
    due.into_iter()
        .zip(had)
        .map(|((party, due), (_, had))| (party, Coins::from_units(due.units() - had.units())))
        .collect()
}

fn entries(
    item: &Settlement<'_>,
    parts: &[(Party, Coins)],
    balances: &mut BTreeMap<AccountId, Balance>,
) -> Vec<(AccountId, Coins)> {
    let accounts = &item.accounts;
    let mut sums: BTreeMap<AccountId, i64> = BTreeMap::new();
    for (party, amount) in parts {
        *sums.entry(accounts.wallet).or_insert(0) -= amount.units();
        if party.is_house() {
            *sums.entry(accounts.revenue).or_insert(0) += amount.units();
        } else if Some(party) == item.split.payee() {
            let debt = balances.get(&accounts.receivable).map_or(0, |b| (-b.posted.units()).max(0));
            let repaid = debt.min(amount.units());
            if repaid > 0 {
                *sums.entry(accounts.receivable).or_insert(0) += repaid;
                if let Some(balance) = balances.get_mut(&accounts.receivable) {
                    balance.posted = Coins::from_units(balance.posted.units() + repaid);
                }
            }
            *sums.entry(accounts.earnings).or_insert(0) += amount.units() - repaid;
        } else if let Some((_, account)) = accounts.partners.iter().find(|(p, _)| p == party) {
            *sums.entry(*account).or_insert(0) += amount.units();
        }
    }
    sums.into_iter().map(|(account, amount)| (account, Coins::from_units(amount))).collect()
}
