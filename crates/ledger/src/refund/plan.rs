//! What a refund comes to: whose accounts it touches, and what each gives and gets.

use std::collections::BTreeMap;

use callboard_contract::adm::refund::{Posting, RefundFrom};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{AccountId, Coins};
use callboard_store::{StoreError, refuse};
use sqlx::PgConnection;

use super::{Of, Refundable};
use crate::accounts::{self, Balance, Kind, Name};
use crate::history;

/// What a refund comes to.
pub(super) struct Plan {
    pub(super) charged: Coins,
    pub(super) before: Coins,
    pub(super) amount: Coins,
    pub(super) entries: Vec<(AccountId, Coins)>,
    pub(super) payer_before: Balance,
}

/// The accounts that a refund touches: each party of the split with where its part comes from.
pub(super) struct Parties {
    pub(super) ids: Vec<AccountId>,
    wallet: AccountId,
    source: Source,
    /// Accounts that a preview would have to make, under stand-in ids.
    missing: BTreeMap<AccountId, Name>,
}

enum Source {
    /// One account of the house bears it all.
    House(AccountId),
    /// Each party bears its part; a payee or partner with too little owes the rest.
    Receivers(Vec<Bearer>),
}

struct Bearer {
    account: AccountId,
    /// Where the rest is written that the account does not hold; none for the house.
    owes: Option<AccountId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Making {
    /// Accounts that are not there yet are made.
    Allowed,
    /// Nothing is written.
    Reading,
}

pub(super) async fn parties(
    conn: &mut PgConnection,
    of: &Refundable,
    from: RefundFrom,
    making: Making,
) -> Result<Parties, StoreError> {
    let mut found = Finder { making, missing: BTreeMap::new() };
    let source = match from {
        RefundFrom::Platform => Source::House(found.account(&mut *conn, Name::house(Kind::RefundCost, 0)).await?),
        RefundFrom::Receivers => {
            let mut bearers = Vec::new();
            for (party, _) in of.split.parties() {
                bearers.push(if party.is_house() {
                    Bearer {
                        account: found.account(&mut *conn, Name::house(Kind::Revenue, of.stripe)).await?,
                        owes: None,
                    }
                } else if Some(party) == of.split.payee() {
                    Bearer { account: of.earnings, owes: Some(of.receivable) }
                } else {
                    let name = Name::partner(party.as_str());
                    let debt = Name { kind: Kind::Receivable, ..name.clone() };
                    let account = found.account(&mut *conn, name).await?;
                    Bearer { account, owes: Some(found.account(&mut *conn, debt).await?) }
                });
            }
            Source::Receivers(bearers)
        }
    };
    let mut ids = vec![of.wallet];
    match &source {
        Source::House(account) => ids.push(*account),
        Source::Receivers(bearers) => ids.extend(bearers.iter().flat_map(|b| [Some(b.account), b.owes]).flatten()),
    }
    Ok(Parties { ids, wallet: of.wallet, source, missing: found.missing })
}

struct Finder {
    making: Making,
    missing: BTreeMap<AccountId, Name>,
}

impl Finder {
    async fn account(&mut self, conn: &mut PgConnection, name: Name) -> Result<AccountId, StoreError> {
        if self.making == Making::Allowed {
            let ids = accounts::ensure(conn, &[name]).await?;
            return ids
                .first()
                .copied()
                .ok_or_else(|| StoreError::corrupt("an account", "it was made and is not there"));
        }
        let id = sqlx::query_scalar!(
            "select id from ledger.accounts where owner = $1 and kind = $2 and asset = 'COIN' and stripe = $3",
            name.owner,
            name.kind.as_str(),
            name.stripe
        )
        .fetch_optional(conn)
        .await?;
        Ok(id.map_or_else(
            || {
                // Ids of accounts are positive: what does not exist yet gets a negative one for this preview.
                let stand_in = AccountId(-1 - i64::try_from(self.missing.len()).unwrap_or_default());
                self.missing.insert(stand_in, name);
                stand_in
            },
            AccountId,
        ))
    }
}

pub(super) async fn plan(
    conn: &mut PgConnection,
    of: &Refundable,
    parties: &Parties,
    balances: &BTreeMap<AccountId, Balance>,
    amount: Option<Coins>,
) -> Result<Plan, StoreError> {
    let (charged, before) = paid(conn, of.of).await?;
    let left = charged.saturating_sub(before);
    let amount = amount.unwrap_or(left);
    if amount.is_negative() || (amount.is_zero() && left.is_positive()) {
        let refusal = ApiError::new(ErrorCode::BadRequest, format!("amount must be more than nothing, not {amount}"));
        return Err(refusal.on_field("amount").into());
    }
    if left.is_zero() {
        return refuse(
            ErrorCode::Conflict,
            format!("nothing is left to refund: {charged} were charged, {before} were refunded before"),
        );
    }
    if amount > left {
        return refuse(ErrorCode::Conflict, format!("{amount} is more than the {left} that are left of {charged}"));
    }
    let mut sums: BTreeMap<AccountId, i64> = BTreeMap::from([(parties.wallet, amount.units())]);
    let mut take = |account: AccountId, amount: i64| *sums.entry(account).or_insert(0) -= amount;
    match &parties.source {
        Source::House(account) => take(*account, amount.units()),
        Source::Receivers(bearers) => {
            for (bearer, (_, part)) in bearers.iter().zip(of.split.refund_parts(charged, before, amount)) {
                let has = balances.get(&bearer.account).map_or(0, |b| b.available().units()).max(0);
                match bearer.owes {
                    None => take(bearer.account, part.units()),
                    Some(owes) => {
                        let paid = has.min(part.units());
                        take(bearer.account, paid);
                        take(owes, part.units() - paid);
                    }
                }
            }
        }
    }
    // A payer who is also the payee holds different accounts, so only what cancels out to nothing is left out.
    let entries =
        sums.into_iter().filter(|(_, n)| *n != 0).map(|(account, n)| (account, Coins::from_units(n))).collect();
    let payer_before = balances.get(&of.wallet).copied().ok_or_else(|| StoreError::corrupt("a wallet", of.wallet.0))?;
    Ok(Plan { charged, before, amount, entries, payer_before })
}

pub(super) async fn names(
    conn: &mut PgConnection,
    entries: &[(AccountId, Coins)],
    parties: &Parties,
) -> Result<Vec<Posting>, StoreError> {
    let ids: Vec<i64> = entries.iter().map(|(id, _)| id.0).collect();
    let rows =
        sqlx::query!("select id, owner, kind from ledger.accounts where id = any($1)", &ids).fetch_all(conn).await?;
    let mut known: BTreeMap<i64, String> =
        rows.into_iter().map(|r| (r.id, history::account_name(&r.owner, &r.kind))).collect();
    known.extend(
        parties.missing.iter().map(|(id, name)| (id.0, history::account_name(&name.owner, name.kind.as_str()))),
    );
    Ok(entries
        .iter()
        .map(|(id, amount)| Posting {
            account: known.remove(&id.0).unwrap_or_else(|| format!("account {}", id.0)),
            amount: *amount,
        })
        .collect())
}

/// What was charged for a leg or paid, and what of it went back before.
async fn paid(conn: &mut PgConnection, of: Of) -> Result<(Coins, Coins), StoreError> {
    let (charged, refunded) = match of {
        Of::Leg(_, leg) => {
            let hold = sqlx::query!("select final_charge, refunded from ledger.holds where leg_id = $1", leg.as_uuid())
                .fetch_optional(conn)
                .await?;
            let Some((charged, refunded)) = hold.and_then(|r| Some((r.final_charge?, r.refunded))) else {
                return refuse(ErrorCode::Conflict, format!("leg {leg} is not settled yet; end the call first"));
            };
            (charged, refunded)
        }
        Of::Payment(id) => {
            let row = sqlx::query!("select amount, refunded from ledger.payments where transfer_id = $1", id.as_uuid())
                .fetch_one(conn)
                .await?;
            (row.amount, row.refunded)
        }
    };
    Ok((Coins::from_units(charged), Coins::from_units(refunded)))
}
