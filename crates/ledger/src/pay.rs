//! Payments from one person to another outside of calls: entry fees and gifts. Wallet to earnings at once, nothing is held.
//!
//! A payment is divided as a leg is, by largest remainder, and what the payee owes is repaid first. It is given back like a leg too
//! ([`crate::refund`]): in sum never above what was paid. Locks: the payment, then accounts by id.

mod fees;

use std::collections::BTreeMap;

use callboard_contract::{ApiError, ErrorCode, WalletChanged};
use callboard_domain::{AccountId, At, Coins, Party, Split, TransferId, Uid};
use callboard_store::{StoreError, refuse};
use serde_json::Value;
use sqlx::PgConnection;

use crate::accounts::{self, Balance, Kind, Name, REVENUE_STRIPES};
use crate::minutes::{self, Minute};
use crate::topup::tell;
use crate::transfer::{NewTransfer, TransferKind, post};

pub use fees::{EntryFee, entry_fees, entry_fees_after};

pub use crate::refund::payments::{give_back, give_back_all};

/// What one person pays another.
#[derive(Clone, Debug)]
pub struct Payment<'a> {
    /// What for: [`TransferKind::EntryFee`] or [`TransferKind::Gift`].
    pub kind: TransferKind,
    /// Who pays, from his wallet.
    pub payer: &'a Uid,
    /// Who earns: the first party of the split that is not the house.
    pub payee: &'a Uid,
    /// How much, more than nothing.
    pub amount: Coins,
    /// Who shares it.
    pub split: &'a Split,
    /// What it is about, for people: `room 0198…`.
    pub reference: String,
    /// Who made it: `user:maya`.
    pub actor: String,
}

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The transfer; what gives the payment back names it.
    pub transfer_id: TransferId,
    /// Each party of the split with its part; the parts sum to the amount.
    pub parts: Vec<(String, Coins)>,
    /// What the payer can spend now.
    pub available: Coins,
}

/// Pays, in the caller's transaction. Tells of the transfer, and pushes `wallet.changed` with a negative amount to the payer.
///
/// Refuses with `insufficient_funds` where the wallet does not hold enough. Whether the payer is kept from paying (a sanction
/// `restrict_payments`) is not known here: ask `people::sanctions` in the same transaction before. Accounts are the last lock: lock
/// shards and rooms before, and make no second payment in the same transaction.
pub async fn pay(conn: &mut PgConnection, at: At, payment: &Payment<'_>) -> Result<Paid, StoreError> {
    let Payment { kind, payer, payee, amount, split, .. } = *payment;
    if !amount.is_positive() {
        let refusal = ApiError::new(ErrorCode::BadRequest, format!("amount must be more than nothing, not {amount}"));
        return Err(refusal.on_field("amount").into());
    }
    if payer == payee {
        return refuse(ErrorCode::BadRequest, format!("{payer} cannot pay himself; name somebody else"));
    }
    let id = TransferId::generate();
    // The end of an id is random, so payments spread over the stripes of the revenue.
    let stripe = i16::try_from(id.as_uuid().as_u128() % u128::from(REVENUE_STRIPES.unsigned_abs()))
        .expect("a remainder of 32 is below 32");
    let parts = split.divide(amount);
    let found = Accounts::ensure(&mut *conn, payer, payee, split, stripe).await?;
    let balances = accounts::lock(&mut *conn, &found.ids).await?;
    let before = balances.get(&found.wallet).copied().ok_or_else(|| StoreError::corrupt("a wallet", found.wallet.0))?;
    if before.available() < amount {
        let has = before.available();
        let message = format!("the wallet has {has} to spend, and {amount} must be paid; add coins first");
        return refuse(ErrorCode::InsufficientFunds, message);
    }
    let transfer = NewTransfer {
        id,
        kind,
        reference: payment.reference.clone(),
        leg: None,
        actor: payment.actor.clone(),
        reason: None,
        reverses: None,
        entries: entries(&found, split, &parts, &balances),
    };
    post(&mut *conn, at, &[transfer]).await?;
    let written = serde_json::to_value(split).map_err(|e| StoreError::corrupt("a split", e))?;
    write(&mut *conn, at, id, stripe, payment, &written).await?;
    let platform = parts.iter().filter(|(party, _)| party.is_house()).map(|(_, part)| part.units()).sum();
    minutes::add(&mut *conn, at, stripe, &Minute { charged: amount.units(), platform, ..Minute::default() }).await?;
    let available = Coins::from_units(before.available().units() - amount.units());
    let changed = WalletChanged { kind: kind.as_str().to_owned(), amount: amount.negated(), available };
    tell(conn, id, payer, &changed).await?;
    let parts = parts.into_iter().map(|(party, part)| (party.to_string(), part)).collect();
    Ok(Paid { transfer_id: id, parts, available })
}

async fn write(
    conn: &mut PgConnection,
    at: At,
    id: TransferId,
    stripe: i16,
    payment: &Payment<'_>,
    split: &Value,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into ledger.payments (transfer_id, kind, payer, payee, amount, split, stripe, at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.as_uuid(),
        payment.kind.as_str(),
        payment.payer.as_str(),
        payment.payee.as_str(),
        payment.amount.units(),
        split,
        stripe,
        at.as_ms()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The accounts that a payment moves.
struct Accounts {
    wallet: AccountId,
    earnings: AccountId,
    receivable: AccountId,
    revenue: AccountId,
    partners: Vec<(Party, AccountId)>,
    ids: Vec<AccountId>,
}

impl Accounts {
    async fn ensure(
        conn: &mut PgConnection,
        payer: &Uid,
        payee: &Uid,
        split: &Split,
        stripe: i16,
    ) -> Result<Self, StoreError> {
        let others = split.parties().iter().map(|(party, _)| party);
        let others: Vec<&Party> = others.filter(|p| !p.is_house() && Some(*p) != split.payee()).collect();
        let mut names = vec![
            Name::user(payer, Kind::Wallet),
            Name::user(payee, Kind::Earnings),
            Name::user(payee, Kind::Receivable),
            Name::house(Kind::Revenue, stripe),
        ];
        names.extend(others.iter().map(|party| Name::partner(party.as_str())));
        let ids = accounts::ensure(conn, &names).await?;
        let [wallet, earnings, receivable, revenue, ..] = ids[..] else {
            return Err(StoreError::corrupt("accounts", "not as many as asked for"));
        };
        let partners = others.into_iter().cloned().zip(ids.iter().skip(4).copied()).collect();
        Ok(Self { wallet, earnings, receivable, revenue, partners, ids })
    }
}

fn entries(
    accounts: &Accounts,
    split: &Split,
    parts: &[(Party, Coins)],
    balances: &BTreeMap<AccountId, Balance>,
) -> Vec<(AccountId, Coins)> {
    let mut sums: BTreeMap<AccountId, i64> = BTreeMap::new();
    let mut add = |account: AccountId, units: i64| *sums.entry(account).or_insert(0) += units;
    for (party, part) in parts {
        add(accounts.wallet, -part.units());
        if party.is_house() {
            add(accounts.revenue, part.units());
        } else if Some(party) == split.payee() {
            let debt = balances.get(&accounts.receivable).map_or(0, |b| (-b.posted.units()).max(0));
            let repaid = debt.min(part.units());
            add(accounts.receivable, repaid);
            add(accounts.earnings, part.units() - repaid);
        } else if let Some((_, account)) = accounts.partners.iter().find(|(p, _)| p == party) {
            add(*account, part.units());
        }
    }
    sums.into_iter().map(|(account, units)| (account, Coins::from_units(units))).collect()
}
