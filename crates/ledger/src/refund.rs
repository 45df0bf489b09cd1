//! Refunds: coins of a settled leg go back to its payer, from those who received them or at the house's cost.
//!
//! In sum never above what was charged, in any number of steps; each party gives exactly what it got. What a payee no longer has
//! becomes a receivable, which later earnings repay first. Locks: the member of staff, the leg's shard, then accounts by id.

mod limits;
mod list;

use std::collections::BTreeMap;

use callboard_contract::adm::refund::{CreateRequest, Posting, PreviewRequest, RefundFrom, RefundPreview, RefundView};
use callboard_contract::{ApiError, ErrorCode, WalletChanged};
use callboard_domain::{AccountId, CallId, Coins, LegId, RefundLimits, Split, TransferId, Uid};
use callboard_store::{Action, StoreError, log_action, now, refuse};
use sqlx::PgConnection;

use crate::accounts::{self, Balance, Kind, Name};
use crate::minutes::{self, Minute};
use crate::topup::{check_cap, tell};
use crate::transfer::{NewTransfer, TransferKind, post};
use crate::{history, journal};

pub use list::ls;

/// A leg that was settled, as the calls know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledLeg {
    /// Its call.
    pub call: CallId,
    /// The leg.
    pub leg: LegId,
    /// Its shard.
    pub shard: i16,
    /// Who paid.
    pub payer: Uid,
    /// The payer's wallet.
    pub wallet: AccountId,
    /// The payee's earnings.
    pub earnings: AccountId,
    /// What the payee owes.
    pub receivable: AccountId,
    /// Who shared the charge.
    pub split: Split,
}

/// Who refunds, and how much alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunder {
    /// `staff:fay`.
    pub actor: String,
    /// The limits of the role or the person, read at this request.
    pub limits: RefundLimits,
}

/// What a refund comes to.
struct Plan {
    charged: Coins,
    before: Coins,
    amount: Coins,
    entries: Vec<(AccountId, Coins)>,
    payer_before: Balance,
}

/// Says what a refund would do. Nothing is locked: another refund may come in between.
pub async fn preview(
    conn: &mut PgConnection,
    who: &Refunder,
    leg: &SettledLeg,
    request: &PreviewRequest,
) -> Result<RefundPreview, StoreError> {
    let parties = parties(&mut *conn, leg, request.from, Making::Reading).await?;
    let balances = accounts::read(&mut *conn, &parties.ids).await?;
    let plan = plan(&mut *conn, leg, &parties, &balances, request.amount).await?;
    let used = limits::used(&mut *conn, &who.actor, &leg.payer, leg.leg).await?;
    let names = names(&mut *conn, &plan.entries, &parties).await?;
    Ok(RefundPreview {
        call_id: leg.call,
        leg_id: leg.leg,
        payer: leg.payer.clone(),
        charged: plan.charged,
        refunded_before: plan.before,
        amount: plan.amount,
        from: request.from,
        postings: names,
        limit_per_act: who.limits.per_act,
        limit_per_day: who.limits.per_day,
        used_today: used.most(),
        within_limits: limits::check(&who.limits, &used, plan.amount).is_ok(),
    })
}

/// Gives coins back, in the caller's transaction. Checks everything under the locks; the leg must be over.
pub async fn create(
    conn: &mut PgConnection,
    who: &Refunder,
    leg: &SettledLeg,
    request: &CreateRequest,
) -> Result<RefundView, StoreError> {
    request.reason.check().map_err(|text| ApiError::new(ErrorCode::BadRequest, text).on_field("reason"))?;
    limits::lock(&mut *conn, &who.actor).await?;
    journal::lock_shard(&mut *conn, leg.shard).await?;
    let parties = parties(&mut *conn, leg, request.from, Making::Allowed).await?;
    let balances = accounts::lock(&mut *conn, &parties.ids).await?;
    let plan = plan(&mut *conn, leg, &parties, &balances, request.amount).await?;
    if request.expect_refunded_before.is_some_and(|seen| plan.before > seen) {
        return refuse(
            ErrorCode::Stale,
            format!("{} of leg {} were refunded by now; look at it again", plan.before, leg.leg),
        );
    }
    let used = limits::used(&mut *conn, &who.actor, &leg.payer, leg.leg).await?;
    limits::check(&who.limits, &used, plan.amount)?;
    check_cap(&leg.payer, plan.payer_before.posted, plan.amount)?;
    let at = now(&mut *conn).await?;
    let id = TransferId::generate();
    let reason = request.reason.to_string();
    let transfer = NewTransfer {
        id,
        kind: TransferKind::Refund,
        reference: format!("leg {}", leg.leg),
        leg: Some((leg.call, leg.leg)),
        actor: who.actor.clone(),
        reason: Some(reason.clone()),
        reverses: None,
        entries: plan.entries.clone(),
    };
    post(&mut *conn, at, &[transfer]).await?;
    sqlx::query!(
        "update ledger.holds set refunded = refunded + $2 where leg_id = $1",
        leg.leg.as_uuid(),
        plan.amount.units()
    )
    .execute(&mut *conn)
    .await?;
    minutes::add(&mut *conn, at, leg.shard, &Minute { refunded: plan.amount.units(), ..Minute::default() }).await?;
    let available = Coins::from_units(plan.payer_before.available().units() + plan.amount.units());
    tell(&mut *conn, id, &leg.payer, &WalletChanged { kind: "refund".to_owned(), amount: plan.amount, available })
        .await?;
    let postings = history::transfer(&mut *conn, id).await?.postings;
    let view = RefundView {
        transfer_id: id,
        at,
        call_id: leg.call,
        leg_id: leg.leg,
        payer: leg.payer.clone(),
        amount: plan.amount,
        postings,
        actor: who.actor.clone(),
        reason: reason.clone(),
        dry_run: request.dry_run,
    };
    let action = Action {
        actor: &who.actor,
        act: "refund.create",
        target: format!("leg {}", leg.leg),
        reason: Some(reason),
        before: Some(serde_json::json!({ "charged": plan.charged, "refunded": plan.before })),
        after: Some(serde_json::to_value(&view).map_err(|e| StoreError::corrupt("a refund", e))?),
    };
    log_action(conn, &action).await?;
    Ok(view)
}

/// The accounts that a refund touches: each party of the split with where its part comes from.
struct Parties {
    ids: Vec<AccountId>,
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
enum Making {
    /// Accounts that are not there yet are made.
    Allowed,
    /// Nothing is written.
    Reading,
}

async fn parties(
    conn: &mut PgConnection,
    leg: &SettledLeg,
    from: RefundFrom,
    making: Making,
) -> Result<Parties, StoreError> {
    let mut found = Finder { making, missing: BTreeMap::new() };
    let source = match from {
        RefundFrom::Platform => Source::House(found.account(&mut *conn, Name::house(Kind::RefundCost, 0)).await?),
        RefundFrom::Receivers => {
            let mut bearers = Vec::new();
            for (party, _) in leg.split.parties() {
                bearers.push(if party.is_house() {
                    Bearer {
                        account: found.account(&mut *conn, Name::house(Kind::Revenue, leg.shard)).await?,
                        owes: None,
                    }
                } else if Some(party) == leg.split.payee() {
                    Bearer { account: leg.earnings, owes: Some(leg.receivable) }
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
    let mut ids = vec![leg.wallet];
    match &source {
        Source::House(account) => ids.push(*account),
        Source::Receivers(bearers) => ids.extend(bearers.iter().flat_map(|b| [Some(b.account), b.owes]).flatten()),
    }
    Ok(Parties { ids, wallet: leg.wallet, source, missing: found.missing })
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

async fn plan(
    conn: &mut PgConnection,
    leg: &SettledLeg,
    parties: &Parties,
    balances: &BTreeMap<AccountId, Balance>,
    amount: Option<Coins>,
) -> Result<Plan, StoreError> {
    let hold = sqlx::query!("select final_charge, refunded from ledger.holds where leg_id = $1", leg.leg.as_uuid())
        .fetch_optional(conn)
        .await?
        .and_then(|r| Some((Coins::from_units(r.final_charge?), Coins::from_units(r.refunded))));
    let Some((charged, before)) = hold else {
        return refuse(ErrorCode::Conflict, format!("leg {} is not settled yet; end the call first", leg.leg));
    };
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
            for (bearer, (_, part)) in bearers.iter().zip(leg.split.refund_parts(charged, before, amount)) {
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
    let payer_before =
        balances.get(&leg.wallet).copied().ok_or_else(|| StoreError::corrupt("a wallet", leg.wallet.0))?;
    Ok(Plan { charged, before, amount, entries, payer_before })
}

async fn names(
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
