//! Refunds of legs: finds the leg and who shared its charge, the ledger does the rest. Only legs that are over, of calls that are over.
//! Entry fees and gifts, which no call knows of, are the ledger's alone.

use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundPreview, RefundView};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{AccountId, CallId, LegId, TransferId};
use callboard_ledger::refund::{self, Of, Refundable, Refunder};
use callboard_store::{Begun, Command, Store, StoreError, refuse};
use sqlx::PgConnection;

use crate::load::{tariff, uid};

/// Says what a refund would do.
pub async fn preview(store: &Store, who: &Refunder, request: &PreviewRequest) -> Result<RefundPreview, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let of = paid(&mut conn, request.call_id, request.leg_id, request.transfer_id).await?;
    refund::preview(&mut conn, who, &of, request).await
}

/// Gives coins of a leg, an entry fee or a gift back.
pub async fn create(store: &Store, who: &Refunder, request: &CreateRequest) -> Result<RefundView, StoreError> {
    match Command::begin(store, &who.actor, "refund.create", &request.request_id, request.dry_run, request).await? {
        Begun::Before(view) => Ok(view),
        Begun::New(mut command) => {
            let result = run(&mut command, who, request).await;
            command.finish(result).await
        }
    }
}

async fn run(conn: &mut PgConnection, who: &Refunder, request: &CreateRequest) -> Result<RefundView, StoreError> {
    let of = paid(&mut *conn, request.call_id, request.leg_id, request.transfer_id).await?;
    refund::create(conn, who, &of, request).await
}

/// What is to be refunded: a leg of a call, or a payment, and never both.
async fn paid(
    conn: &mut PgConnection,
    call: Option<CallId>,
    leg: Option<LegId>,
    transfer: Option<TransferId>,
) -> Result<Refundable, StoreError> {
    match (call, leg, transfer) {
        (Some(call), leg, None) => find(conn, call, leg).await,
        (None, None, Some(transfer)) => refund::payment(conn, transfer).await,
        _ => {
            let text = "say what is refunded: a call and perhaps its leg, or the transfer of an entry fee or a gift";
            Err(ApiError::new(ErrorCode::BadRequest, text).on_field("call_id").into())
        }
    }
}

/// The leg to be refunded. What is read here never changes once a leg is settled, so no lock is needed.
async fn find(conn: &mut PgConnection, call: CallId, leg: Option<LegId>) -> Result<Refundable, StoreError> {
    let ended =
        sqlx::query_scalar!("select ended_ms is not null as \"ended!\" from calls.calls where id = $1", call.as_uuid())
            .fetch_optional(&mut *conn)
            .await?;
    let Some(ended) = ended else {
        return Err(ApiError::new(ErrorCode::NotFound, format!("there is no call {call}")).on_field("call_id").into());
    };
    let mut legs = sqlx::query!(
        "select id, shard, payer, tariff, wallet_id, earnings_id, receivable_id, state from calls.legs
         where call_id = $1 and ($2::uuid is null or id = $2) order by id",
        call.as_uuid(),
        leg.map(LegId::as_uuid)
    )
    .fetch_all(conn)
    .await?;
    if legs.len() > 1 {
        let text =
            format!("call {call} has {} legs; say which one, `callboard calls show {call}` lists them", legs.len());
        return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("leg_id").into());
    }
    let Some(found) = legs.pop() else {
        let what = leg.map_or_else(
            || format!("call {call} has no leg that was paid for"),
            |leg| format!("call {call} has no leg {leg}"),
        );
        return Err(ApiError::new(ErrorCode::NotFound, what).on_field("leg_id").into());
    };
    if !ended || found.state != "settled" {
        return refuse(ErrorCode::Conflict, format!("call {call} is not over yet; end it first"));
    }
    Ok(Refundable {
        of: Of::Leg(call, LegId::from_uuid(found.id)),
        stripe: found.shard,
        payer: uid(found.payer)?,
        wallet: AccountId(found.wallet_id),
        earnings: AccountId(found.earnings_id),
        receivable: AccountId(found.receivable_id),
        split: tariff(found.tariff)?.split().clone(),
    })
}
