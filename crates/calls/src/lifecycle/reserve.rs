//! Reserving a leg: the payer's estimate is held before anything rings.

use std::sync::Arc;

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, Coins, EndRule, LegClock, LegEvent, LegEventKind, LegId, LegState, Millis, Tariff, Uid};
use callboard_ledger::accounts::{self, Kind, Name};
use callboard_ledger::hold;
use callboard_store::StoreError;
use sqlx::PgConnection;

use crate::batch::Batch;
use crate::model::{Call, Leg, Seen};

/// Free time is granted once per payer and payee in so long.
const FREE_EVERY_MS: i64 = 30 * 24 * 3600 * 1000;

/// Places the hold of a payer and adds the leg to the call. Members must have their numbers.
pub(super) async fn reserve(
    conn: &mut PgConnection,
    batch: &mut Batch,
    call: &mut Call,
    payer: &Uid,
    minimum_minutes: u32,
    state: LegState,
) -> Result<(), StoreError> {
    callboard_people::sanctions::may_spend(&mut *conn, payer).await?;
    let tariff = tariff_for(&mut *conn, call, payer, batch.time.now).await?;
    let names = [
        Name::user(payer, Kind::Wallet),
        Name::user(&call.payee, Kind::Earnings),
        Name::user(&call.payee, Kind::Receivable),
    ];
    let ids = accounts::ensure(&mut *conn, &names).await?;
    let amount = tariff.first_hold();
    let leg_id = LegId::generate();
    hold::place(&mut *conn, call.id, leg_id, ids[0], amount, batch.time.now).await?;
    let floor = tariff.charge(Millis::from_secs(i64::from(minimum_minutes) * 60), EndRule::Full);
    if floor > amount {
        let left = accounts::read(&mut *conn, &ids[..1]).await?.remove(&ids[0]).map_or(Coins::ZERO, |b| b.available());
        if left.units() + amount.units() < floor.units() {
            let message = format!(
                "{} takes calls of at least {minimum_minutes} minutes, which cost {floor}; add coins first",
                call.payee
            );
            return Err(ApiError::new(ErrorCode::InsufficientFunds, message).into());
        }
    }
    let no = |uid: &Uid| call.member(uid).map_or(0, |m| m.no);
    let mut leg = Leg {
        id: leg_id,
        call: call.id,
        payer: payer.clone(),
        payee: call.payee.clone(),
        payer_no: no(payer),
        payee_no: no(&call.payee),
        tariff,
        wallet: ids[0],
        earnings: ids[1],
        receivable: ids[2],
        state,
        clock: LegClock::new(),
        events: 0,
        settle_due: At::from_ms(0),
        warned: false,
        started: None,
        ended: None,
        reason: None,
        final_connected: None,
        final_charge: None,
        seen: Seen::default(),
        dirty: false,
    };
    let grant = LegEvent { at: batch.time.now, kind: LegEventKind::Grant { amount } };
    leg.clock.apply(&grant, &batch.outages).map_err(|e| StoreError::corrupt("a new leg", e))?;
    leg.events = 1;
    insert(conn, &leg, batch.shard.id).await?;
    batch.leg_events.push((leg.id, 1, grant));
    call.legs.push(leg);
    Ok(())
}

async fn tariff_for(conn: &mut PgConnection, call: &Call, payer: &Uid, now: At) -> Result<Arc<Tariff>, StoreError> {
    if call.tariff.free() == Millis::ZERO {
        return Ok(Arc::clone(&call.tariff));
    }
    let last = sqlx::query_scalar!(
        "select at_ms from calls.free_time where payer = $1 and payee = $2",
        payer.as_str(),
        call.payee.as_str()
    )
    .fetch_optional(conn)
    .await?;
    let had = last.is_some_and(|at| now.as_ms() - at < FREE_EVERY_MS);
    Ok(if had { Arc::new((*call.tariff).clone().without_free()) } else { Arc::clone(&call.tariff) })
}

async fn insert(conn: &mut PgConnection, leg: &Leg, shard: i16) -> Result<(), StoreError> {
    let tariff = serde_json::to_value(&*leg.tariff).map_err(|e| StoreError::corrupt("a tariff", e))?;
    sqlx::query!(
        "insert into calls.legs (id, call_id, shard, payer, payee, payer_no, payee_no, tariff, wallet_id, earnings_id, receivable_id, state, granted, events)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        leg.id.as_uuid(),
        leg.call.as_uuid(),
        shard,
        leg.payer.as_str(),
        leg.payee.as_str(),
        leg.payer_no,
        leg.payee_no,
        tariff,
        leg.wallet.0,
        leg.earnings.0,
        leg.receivable.0,
        leg.state.as_str(),
        leg.clock.granted().units(),
        leg.events
    )
    .execute(conn)
    .await?;
    Ok(())
}
