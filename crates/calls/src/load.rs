//! From rows to calls in memory.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{
    AccountId, At, CallId, Coins, DeviceId, DeviceState, LegClock, LegId, LegState, Millis, Side, Tariff, Uid,
};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::model::{Call, Leg, Member, Seen};

/// One call, or `not_found`.
pub(crate) async fn call(conn: &mut PgConnection, id: CallId) -> Result<Call, StoreError> {
    let missing = || ApiError::new(ErrorCode::NotFound, format!("there is no call {id}")).on_field("call_id");
    calls(conn, &[id]).await?.pop().ok_or_else(|| missing().into())
}

/// Calls with their members and legs. For changing them the shard must be locked.
pub(crate) async fn calls(conn: &mut PgConnection, ids: &[CallId]) -> Result<Vec<Call>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|c| c.as_uuid()).collect();
    let rows = sqlx::query!(
        "select id, kind, state, caller, payee, tariff_name, tariff, minutes, created_ms, deadline_ms, active_ms, ended_ms, end_reason, version
         from calls.calls where id = any($1) order by id",
        &ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut calls = Vec::with_capacity(rows.len());
    for r in rows {
        calls.push(Call {
            id: CallId::from_uuid(r.id),
            kind: word(&r.kind)?,
            state: word(&r.state)?,
            caller: uid(r.caller)?,
            payee: uid(r.payee)?,
            tariff_name: r.tariff_name,
            tariff: Arc::new(tariff(r.tariff)?),
            minutes: r.minutes,
            created: At::from_ms(r.created_ms),
            deadline: At::from_ms(r.deadline_ms),
            active: r.active_ms.map(At::from_ms),
            ended: r.ended_ms.map(At::from_ms),
            reason: r.end_reason.as_deref().map(word).transpose()?,
            version: r.version,
            members: Vec::new(),
            legs: Vec::new(),
        });
    }
    let places: BTreeMap<Uuid, usize> = calls.iter().enumerate().map(|(i, c)| (c.id.as_uuid(), i)).collect();
    members(conn, &ids, &places, &mut calls).await?;
    legs(conn, &ids, &places, &mut calls).await?;
    Ok(calls)
}

async fn members(
    conn: &mut PgConnection,
    ids: &[Uuid],
    places: &BTreeMap<Uuid, usize>,
    calls: &mut [Call],
) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        "select no, call_id, uid, role, state, live, device, muted, camera, muted_by_staff from calls.members where call_id = any($1) order by no",
        ids
    )
    .fetch_all(conn)
    .await?;
    for r in rows {
        let member = Member {
            no: r.no,
            uid: uid(r.uid)?,
            role: word(&r.role)?,
            state: word(&r.state)?,
            live: r.live,
            device: r.device.map(|d| DeviceId::new(d).map_err(|e| StoreError::corrupt("a device", e))).transpose()?,
            devices: DeviceState { muted: r.muted, camera: r.camera, muted_by_staff: r.muted_by_staff },
            dirty: false,
        };
        if let Some(call) = places.get(&r.call_id).and_then(|i| calls.get_mut(*i)) {
            call.members.push(member);
        }
    }
    Ok(())
}

async fn legs(
    conn: &mut PgConnection,
    ids: &[Uuid],
    places: &BTreeMap<Uuid, usize>,
    calls: &mut [Call],
) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        "select l.id, l.call_id, l.payer, l.payee, l.payer_no, l.payee_no, l.tariff, l.wallet_id, l.earnings_id, l.receivable_id, l.state,
             l.since_ms, l.connected_ms, l.lost_ms, l.lost_side, l.granted, l.events, l.settle_due_ms, l.warned,
             l.started_ms, l.ended_ms, l.end_reason, l.final_ms, l.final_charge,
             p.seen_ms as \"payer_seen?\", q.seen_ms as \"payee_seen?\", coalesce(p.media and q.media, false) as \"media!\"
         from calls.legs l left join calls.seen p on p.no = l.payer_no left join calls.seen q on q.no = l.payee_no
         where l.call_id = any($1) order by l.id",
        ids
    )
    .fetch_all(conn)
    .await?;
    for r in rows {
        let Some(call) = places.get(&r.call_id).and_then(|i| calls.get_mut(*i)) else { continue };
        // Usually the leg's tariff is the call's; only a payer who has had his free time has another.
        let own = tariff(r.tariff)?;
        let tariff = if own == *call.tariff { Arc::clone(&call.tariff) } else { Arc::new(own) };
        let state: LegState = word(&r.state)?;
        let side: Option<Side> = r.lost_side.as_deref().map(word).transpose()?;
        call.legs.push(Leg {
            id: LegId::from_uuid(r.id),
            call: call.id,
            payer: uid(r.payer)?,
            payee: uid(r.payee)?,
            payer_no: r.payer_no,
            payee_no: r.payee_no,
            tariff,
            wallet: AccountId(r.wallet_id),
            earnings: AccountId(r.earnings_id),
            receivable: AccountId(r.receivable_id),
            state,
            clock: LegClock::from_parts(
                Leg::phase_of(state),
                At::from_ms(r.since_ms),
                Millis::from_ms(r.connected_ms),
                Millis::from_ms(r.lost_ms),
                Coins::from_units(r.granted),
                side,
            ),
            events: r.events,
            settle_due: At::from_ms(r.settle_due_ms),
            warned: r.warned,
            started: r.started_ms.map(At::from_ms),
            ended: r.ended_ms.map(At::from_ms),
            reason: r.end_reason.as_deref().map(word).transpose()?,
            final_connected: r.final_ms.map(Millis::from_ms),
            final_charge: r.final_charge.map(Coins::from_units),
            seen: Seen { payer: r.payer_seen.map(At::from_ms), payee: r.payee_seen.map(At::from_ms), media: r.media },
            dirty: false,
        });
    }
    Ok(())
}

/// A stored word, as its type.
pub(crate) fn word<T: FromStr<Err = String>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|e| StoreError::corrupt(format!("the word `{text}`"), e))
}

/// A stored user id.
pub(crate) fn uid(text: String) -> Result<Uid, StoreError> {
    Uid::new(text).map_err(|e| StoreError::corrupt("a user id", e))
}

/// A stored tariff.
pub(crate) fn tariff(value: serde_json::Value) -> Result<Tariff, StoreError> {
    serde_json::from_value(value).map_err(|e| StoreError::corrupt("a tariff", e))
}
