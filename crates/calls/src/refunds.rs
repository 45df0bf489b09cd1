//! Refunds of legs: finds the leg and who shared its charge, the ledger does the rest. Only legs that are over, of calls that are over.

use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundPreview, RefundView};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{AccountId, CallId, LegId};
use callboard_ledger::refund::{self, Refunder, SettledLeg};
use callboard_store::{Begun, Command, Store, StoreError, refuse};
use sqlx::PgConnection;

use crate::load::{tariff, uid};

/// Says what a refund would do.
pub async fn preview(store: &Store, who: &Refunder, request: &PreviewRequest) -> Result<RefundPreview, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let leg = find(&mut conn, request.call_id, request.leg_id).await?;
    refund::preview(&mut conn, who, &leg, request).await
}

/// Gives coins of a leg back.
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
    let leg = find(&mut *conn, request.call_id, request.leg_id).await?;
    refund::create(conn, who, &leg, request).await
}

/// The leg to be refunded. What is read here never changes once a leg is settled, so no lock is needed.
async fn find(conn: &mut PgConnection, call: CallId, leg: Option<LegId>) -> Result<SettledLeg, StoreError> {
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
    Ok(SettledLeg {
        call,
        leg: LegId::from_uuid(found.id),
        shard: found.shard,
        payer: uid(found.payer)?,
        wallet: AccountId(found.wallet_id),
        earnings: AccountId(found.earnings_id),
        receivable: AccountId(found.receivable_id),
        split: tariff(found.tariff)?.split().clone(),
    })
}
