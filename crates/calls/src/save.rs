//! From memory to rows: what a batch collected, set by set, in the one transaction.

use callboard_contract::EventPush;
use callboard_domain::{At, LegId};
use callboard_ledger::accounts::{self, Kind, Name};
use callboard_ledger::settle::{LegAccounts, Settlement, settle};
use callboard_ledger::{hold, journal, minutes};
use callboard_store::{NewEvent, StoreError, emit_many};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::batch::{Batch, transfer_data};
use crate::model::{Call, Leg};
use crate::programmes;

/// The accounts of legs, with the house's stripe of their shard and the partners of their splits.
pub(crate) async fn accounts_of(
    conn: &mut PgConnection,
    shard: i16,
    legs: &[&Leg],
) -> Result<Vec<LegAccounts>, StoreError> {
    let mut names = vec![Name::house(Kind::Revenue, shard)];
    let mut partners = Vec::new();
    for leg in legs {
        for (party, _) in leg.tariff.split().parties() {
            if !party.is_house() && Some(party) != leg.tariff.split().payee() && !partners.contains(party) {
                partners.push(party.clone());
                names.push(Name::partner(party.as_str()));
            }
        }
    }
    let ids = accounts::ensure(conn, &names).await?;
    let partner_ids: Vec<_> = partners.into_iter().zip(ids.iter().skip(1).copied()).collect();
    Ok(legs
        .iter()
        .map(|leg| LegAccounts {
            wallet: leg.wallet,
            earnings: leg.earnings,
            receivable: leg.receivable,
            revenue: ids[0],
            partners: partner_ids
                .iter()
                .filter(|(p, _)| leg.tariff.split().parties().iter().any(|(q, _)| q == p))
                .cloned()
                .collect(),
        })
        .collect())
}

/// Locks the accounts of legs, waiting for others, so that they can be ended or extended.
pub(crate) async fn lock_accounts(conn: &mut PgConnection, batch: &mut Batch, legs: &[&Leg]) -> Result<(), StoreError> {
    if legs.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = accounts_of(&mut *conn, batch.shard.id, legs).await?.iter().flat_map(LegAccounts::all).collect();
    batch.balances = accounts::lock(conn, &ids).await?;
    Ok(())
}

/// Writes a batch and the calls that it changed.
pub(crate) async fn write(conn: &mut PgConnection, batch: &mut Batch, calls: &[Call]) -> Result<(), StoreError> {
    let now = batch.time.now;
    hold::extend(&mut *conn, &batch.grants).await?;
    settle_all(&mut *conn, batch, now).await?;
    journal::append(&mut *conn, &mut batch.shard, now, &batch.ticks).await?;
    leg_events(&mut *conn, batch).await?;
    free_time(&mut *conn, batch).await?;
    legs(&mut *conn, calls.iter().flat_map(|c| &c.legs).filter(|l| l.dirty)).await?;
    members(&mut *conn, calls).await?;
    call_rows(&mut *conn, calls).await?;
    gone(&mut *conn, calls).await?;
    let ended = minutes::Minute { calls_ended: batch.calls_ended, ..Default::default() };
    minutes::add(&mut *conn, now, batch.shard.id, &ended).await?;
    emit_many(conn, &batch.events).await
}

async fn settle_all(conn: &mut PgConnection, batch: &mut Batch, now: At) -> Result<(), StoreError> {
    if batch.settlements.is_empty() {
        return Ok(());
    }
    let legs: Vec<&Leg> = batch.settlements.iter().map(|(leg, _)| leg).collect();
    let accounts = accounts_of(&mut *conn, batch.shard.id, &legs).await?;
    let ids: Vec<LegId> = legs.iter().map(|l| l.id).collect();
    let holds = hold::of_legs(&mut *conn, &ids).await?;
    let mut items = Vec::with_capacity(legs.len());
    for ((leg, target), accounts) in batch.settlements.iter().zip(accounts) {
        let hold =
            *holds.get(&leg.id).ok_or_else(|| StoreError::corrupt("a leg", format!("{} has no hold", leg.id)))?;
        items.push(Settlement {
            call: leg.call,
            leg: leg.id,
            hold,
            accounts,
            split: leg.tariff.split(),
            target: *target,
        });
    }
    let done = settle(conn, now, batch.shard.id, &items, &mut batch.balances).await?;
    let transfers = done.into_iter().filter_map(|d| d.transfer).map(|t| NewEvent {
        event: "ledger.transfer",
        entity: t.id.to_string(),
        version: 1,
        at: now,
        actor: "house".to_owned(),
        data: transfer_data(&t, now),
        pushes: Vec::<EventPush>::new(),
    });
    batch.events.extend(transfers);
    Ok(())
}

async fn leg_events(conn: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    if batch.leg_events.is_empty() {
        return Ok(());
    }
    let legs: Vec<Uuid> = batch.leg_events.iter().map(|(leg, _, _)| leg.as_uuid()).collect();
    let seqs: Vec<i32> = batch.leg_events.iter().map(|(_, seq, _)| *seq).collect();
    let ats: Vec<i64> = batch.leg_events.iter().map(|(_, _, e)| e.at.as_ms()).collect();
    let events = batch
        .leg_events
        .iter()
        .map(|(_, _, e)| serde_json::to_value(e).map_err(|err| StoreError::corrupt("a leg event", err)))
        .collect::<Result<Vec<_>, _>>()?;
    sqlx::query!(
        "insert into calls.leg_events (leg_id, seq, at_ms, event, outages_to_ms)
         select e.leg_id, e.seq, e.at_ms, e.event, $5 from unnest($1::uuid[], $2::int[], $3::bigint[], $4::jsonb[]) e (leg_id, seq, at_ms, event)",
        &legs,
        &seqs,
        &ats,
        &events,
        batch.outages.iter().map(|outage| outage.to.as_ms()).max().unwrap_or(0)
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn free_time(conn: &mut PgConnection, batch: &Batch) -> Result<(), StoreError> {
    for (payer, payee, at) in &batch.free_time {
        sqlx::query!(
            "insert into calls.free_time (payer, payee, at_ms) values ($1, $2, $3) on conflict (payer, payee) do update set at_ms = excluded.at_ms",
            payer.as_str(),
            payee.as_str(),
            at.as_ms()
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Writes changed legs back.
pub(crate) async fn legs<'a>(conn: &mut PgConnection, legs: impl Iterator<Item = &'a Leg>) -> Result<(), StoreError> {
    let legs: Vec<&Leg> = legs.collect();
    if legs.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = legs.iter().map(|l| l.id.as_uuid()).collect();
    let states: Vec<String> = legs.iter().map(|l| l.state.as_str().to_owned()).collect();
    let since: Vec<i64> = legs.iter().map(|l| l.clock.since().as_ms()).collect();
    let connected: Vec<i64> = legs.iter().map(|l| l.clock.connected().as_ms()).collect();
    let lost: Vec<i64> = legs.iter().map(|l| l.clock.lost().as_ms()).collect();
    let sides: Vec<Option<String>> = legs.iter().map(|l| l.clock.lost_side().map(|s| s.as_str().to_owned())).collect();
    let granted: Vec<i64> = legs.iter().map(|l| l.clock.granted().units()).collect();
    let events: Vec<i32> = legs.iter().map(|l| l.events).collect();
    let settle: Vec<i64> = legs.iter().map(|l| l.settle_due.as_ms()).collect();
    let warned: Vec<bool> = legs.iter().map(|l| l.warned).collect();
    let started: Vec<Option<i64>> = legs.iter().map(|l| l.started.map(At::as_ms)).collect();
    let ended: Vec<Option<i64>> = legs.iter().map(|l| l.ended.map(At::as_ms)).collect();
    let reasons: Vec<Option<String>> = legs.iter().map(|l| l.reason.map(|r| r.as_str().to_owned())).collect();
    let final_ms: Vec<Option<i64>> =
        legs.iter().map(|l| l.final_connected.map(callboard_domain::Millis::as_ms)).collect();
    let charges: Vec<Option<i64>> = legs.iter().map(|l| l.final_charge.map(callboard_domain::Coins::units)).collect();
    sqlx::query!(
        "update calls.legs l set state = d.state, since_ms = d.since, connected_ms = d.connected, lost_ms = d.lost, lost_side = d.side,
             granted = d.granted, events = d.events, settle_due_ms = d.settle, warned = d.warned, started_ms = d.started,
             ended_ms = d.ended, end_reason = d.reason, final_ms = d.final_ms, final_charge = d.charge
         from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::int[], $9::bigint[],
             $10::bool[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[], $15::bigint[])
             as d (id, state, since, connected, lost, side, granted, events, settle, warned, started, ended, reason, final_ms, charge)
         where l.id = d.id",
        &ids,
        &states,
        &since,
        &connected,
        &lost,
        &sides as &[Option<String>],
        &granted,
        &events,
        &settle,
        &warned,
        &started as &[Option<i64>],
        &ended as &[Option<i64>],
        &reasons as &[Option<String>],
        &final_ms as &[Option<i64>],
        &charges as &[Option<i64>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn members(conn: &mut PgConnection, calls: &[Call]) -> Result<(), StoreError> {
    for call in calls {
        for m in call.members.iter().filter(|m| m.dirty) {
            sqlx::query!(
                "update calls.members set role = $3, state = $4, live = $5, device = $6, muted = $7, camera = $8, muted_by_staff = $9
                 where call_id = $1 and uid = $2",
                call.id.as_uuid(),
                m.uid.as_str(),
                m.role.as_str(),
                m.state.as_str(),
                m.live,
                m.device.as_ref().map(callboard_domain::DeviceId::as_str),
                m.devices.muted,
                m.devices.camera,
                m.devices.muted_by_staff
            )
            .execute(&mut *conn)
            .await
            .map_err(busy)?;
        }
    }
    Ok(())
}

// Who left has left the stage too. After the calls' rows, which are locked by now: nobody comes on a stage meanwhile.
async fn gone(conn: &mut PgConnection, calls: &[Call]) -> Result<(), StoreError> {
    for call in calls.iter().filter(|c| !c.state.is_over()) {
        let gone = call.members.iter().filter(|m| m.dirty && !m.state.is_in());
        let uids: Vec<String> = gone.map(|m| m.uid.to_string()).collect();
        if !uids.is_empty() {
            programmes::left(&mut *conn, call.id, &uids).await?;
        }
    }
    Ok(())
}

async fn call_rows(conn: &mut PgConnection, calls: &[Call]) -> Result<(), StoreError> {
    if calls.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = calls.iter().map(|c| c.id.as_uuid()).collect();
    let states: Vec<String> = calls.iter().map(|c| c.state.as_str().to_owned()).collect();
    let deadlines: Vec<i64> = calls.iter().map(|c| c.deadline.as_ms()).collect();
    let active: Vec<Option<i64>> = calls.iter().map(|c| c.active.map(At::as_ms)).collect();
    let ended: Vec<Option<i64>> = calls.iter().map(|c| c.ended.map(At::as_ms)).collect();
    let reasons: Vec<Option<String>> = calls.iter().map(|c| c.reason.map(|r| r.as_str().to_owned())).collect();
    let versions: Vec<i64> = calls.iter().map(|c| c.version).collect();
    sqlx::query!(
        "update calls.calls c set state = d.state, deadline_ms = d.deadline, active_ms = d.active, ended_ms = d.ended, end_reason = d.reason, version = d.version
         from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[])
             as d (id, state, deadline, active, ended, reason, version)
         where c.id = d.id",
        &ids,
        &states,
        &deadlines,
        &active as &[Option<i64>],
        &ended as &[Option<i64>],
        &reasons as &[Option<String>],
        &versions
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Turns a breach of "one live call per user" into a refusal.
pub(crate) fn busy(error: sqlx::Error) -> StoreError {
    use callboard_contract::{ApiError, ErrorCode};
    match &error {
        sqlx::Error::Database(e) if e.constraint() == Some("one_live_call") => {
            ApiError::new(ErrorCode::Conflict, "one of the two is in another call").into()
        }
        _ => error.into(),
    }
}
