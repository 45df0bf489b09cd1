//! Refunds: coins of a settled leg, an entry fee or a gift go back to their payer, from those who received them or at the house's cost.
//!
//! In sum never above what was charged, in any number of steps; each party gives exactly what it got. What a payee no longer has
//! becomes a receivable, which later earnings repay first. Locks: the member of staff, the leg's shard or the payment, then accounts
//! by id.

mod limits;
mod list;
pub(crate) mod payments;
mod plan;

use std::fmt;

use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundPreview, RefundView};
use callboard_contract::{ApiError, ErrorCode, WalletChanged};
use callboard_domain::{AccountId, At, CallId, Coins, LegId, RefundLimits, Split, TransferId, Uid};
use callboard_store::{Action, StoreError, log_action, now, refuse};
use sqlx::PgConnection;

use self::plan::{Making, Plan, names, parties, plan};
use crate::minutes::{self, Minute};
use crate::topup::{check_cap, tell};
use crate::transfer::{NewTransfer, TransferKind, post};
use crate::{accounts, history, journal};

pub use list::ls;
pub use payments::payment;

/// What is refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A leg of a call.
    Leg(CallId, LegId),
    /// An entry fee or a gift, by its transfer.
    Payment(TransferId),
}

impl Of {
    const fn leg(self) -> Option<(CallId, LegId)> {
        match self {
            Self::Leg(call, leg) => Some((call, leg)),
            Self::Payment(_) => None,
        }
    }

    const fn transfer(self) -> Option<TransferId> {
        match self {
            Self::Leg(..) => None,
            Self::Payment(transfer) => Some(transfer),
        }
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leg(_, leg) => write!(f, "leg {leg}"),
            Self::Payment(transfer) => write!(f, "transfer {transfer}"),
        }
    }
}

/// Something that was paid for and can be refunded: a settled leg, as the calls know it, or a payment ([`payment`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refundable {
    /// What it is.
    pub of: Of,
    /// The stripe of the house's revenue that got the house's part: for a leg, its shard.
    pub stripe: i16,
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

impl Refundable {
    /// Locks what says how much was refunded.
    async fn lock(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        match self.of {
            Of::Leg(..) => journal::lock_shard(conn, self.stripe).await.map(|_| ()),
            Of::Payment(transfer) => payments::lock(conn, &[transfer]).await.map(|_| ()),
        }
    }
}

/// Who refunds, and how much alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunder {
    /// `staff:fay`.
    pub actor: String,
    /// The limits of the role or the person, read at this request.
    pub limits: RefundLimits,
}

/// Says what a refund would do. Nothing is locked: another refund may come in between.
pub async fn preview(
    conn: &mut PgConnection,
    who: &Refunder,
    of: &Refundable,
    request: &PreviewRequest,
) -> Result<RefundPreview, StoreError> {
    let parties = parties(&mut *conn, of, request.from, Making::Reading).await?;
    let balances = accounts::read(&mut *conn, &parties.ids).await?;
    let plan = plan(&mut *conn, of, &parties, &balances, request.amount).await?;
    let used = limits::used(&mut *conn, &who.actor, &of.payer, of.of).await?;
    let names = names(&mut *conn, &plan.entries, &parties).await?;
    Ok(RefundPreview {
        call_id: of.of.leg().map(|(call, _)| call),
        leg_id: of.of.leg().map(|(_, leg)| leg),
        of_transfer: of.of.transfer(),
        payer: of.payer.clone(),
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

/// Gives coins back, in the caller's transaction. Checks everything under the locks; a leg must be over.
pub async fn create(
    conn: &mut PgConnection,
    who: &Refunder,
    of: &Refundable,
    request: &CreateRequest,
) -> Result<RefundView, StoreError> {
    request.reason.check().map_err(|text| ApiError::new(ErrorCode::BadRequest, text).on_field("reason"))?;
    limits::lock(&mut *conn, &who.actor).await?;
    of.lock(&mut *conn).await?;
    let parties = parties(&mut *conn, of, request.from, Making::Allowed).await?;
    let balances = accounts::lock(&mut *conn, &parties.ids).await?;
    let plan = plan(&mut *conn, of, &parties, &balances, request.amount).await?;
    if request.expect_refunded_before.is_some_and(|seen| plan.before > seen) {
        return refuse(
            ErrorCode::Stale,
            format!("{} of {} were refunded by now; look at it again", plan.before, of.of),
        );
    }
    let used = limits::used(&mut *conn, &who.actor, &of.payer, of.of).await?;
    limits::check(&who.limits, &used, plan.amount)?;
    let at = now(&mut *conn).await?;
    let reason = request.reason.to_string();
    let id = write(&mut *conn, at, of, &plan, TransferKind::Refund, (&who.actor, &reason)).await?;
    minutes::add(&mut *conn, at, of.stripe, &Minute { refunded: plan.amount.units(), ..Minute::default() }).await?;
    let postings = history::transfer(&mut *conn, id).await?.postings;
    let view = RefundView {
        transfer_id: id,
        at,
        call_id: of.of.leg().map(|(call, _)| call),
        leg_id: of.of.leg().map(|(_, leg)| leg),
        of_transfer: of.of.transfer(),
        payer: of.payer.clone(),
        amount: plan.amount,
        postings,
        actor: who.actor.clone(),
        reason: reason.clone(),
        dry_run: request.dry_run,
    };
    let action = Action {
        actor: &who.actor,
        act: "refund.create",
        target: of.of.to_string(),
        reason: Some(reason),
        before: Some(serde_json::json!({ "charged": plan.charged, "refunded": plan.before })),
        after: Some(serde_json::to_value(&view).map_err(|e| StoreError::corrupt("a refund", e))?),
    };
    log_action(conn, &action).await?;
    Ok(view)
}

/// Posts what a plan says, counts it against what was paid, and tells of it.
async fn write(
    conn: &mut PgConnection,
    at: At,
    of: &Refundable,
    plan: &Plan,
    kind: TransferKind,
    (actor, reason): (&str, &str),
) -> Result<TransferId, StoreError> {
    check_cap(&of.payer, plan.payer_before.posted, plan.amount)?;
    let id = TransferId::generate();
    let transfer = NewTransfer {
        id,
        kind,
        reference: of.of.to_string(),
        leg: of.of.leg(),
        actor: actor.to_owned(),
        reason: Some(reason.to_owned()),
        reverses: of.of.transfer(),
        entries: plan.entries.clone(),
    };
    post(&mut *conn, at, &[transfer]).await?;
    match of.of {
        Of::Leg(_, leg) => {
            sqlx::query!(
                "update ledger.holds set refunded = refunded + $2 where leg_id = $1",
                leg.as_uuid(),
                plan.amount.units()
            )
            .execute(&mut *conn)
            .await?;
        }
        Of::Payment(transfer) => payments::count(&mut *conn, transfer, plan.amount).await?,
    }
    let available = Coins::from_units(plan.payer_before.available().units() + plan.amount.units());
    let changed = WalletChanged { kind: "refund".to_owned(), amount: plan.amount, available };
    tell(conn, id, &of.payer, &changed).await?;
    Ok(id)
}
