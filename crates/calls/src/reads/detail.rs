//! One call with its legs, members and money.

use std::collections::BTreeMap;

use callboard_contract::adm::calls::{CallDetail, CallRow, LegDetail, MemberDetail};
use callboard_contract::view::SplitPart;
use callboard_domain::{CallId, Coins, LegId, LegPhase, LegState, Millis, Outage};
use callboard_ledger::accounts::{self, Balance};
use callboard_ledger::hold::{self, Hold};
use callboard_store::{HouseTime, StoreError};
use sqlx::PgConnection;

use super::burn::{charged, clock, conn, sum};
use super::quality;
use crate::model::{Call, Leg};
use crate::{Calls, load};

impl Calls {
    /// Shows a call to staff.
    pub async fn detail(&self, id: CallId) -> Result<CallDetail, StoreError> {
        detail(&mut *conn(self.store()).await?, id).await
    }
}

/// A call as staff see it, in the caller's transaction.
pub(crate) async fn detail(conn: &mut PgConnection, id: CallId) -> Result<CallDetail, StoreError> {
    let call = load::call(&mut *conn, id).await?;
    let (time, outages) = clock(&mut *conn, std::slice::from_ref(&call)).await?;
    let holds = hold::of_legs(&mut *conn, &call.legs.iter().map(|l| l.id).collect::<Vec<_>>()).await?;
    let wallets = accounts::read(&mut *conn, &call.legs.iter().map(|l| l.wallet).collect::<Vec<_>>()).await?;
    let nos: Vec<i64> = call.members.iter().map(|m| m.no).collect();
    let lines = quality::of_members(conn, &nos, time.now).await?;
    let legs = call
        .legs
        .iter()
        .map(|l| leg(l, time, &outages, &holds, wallets.get(&l.wallet).map_or(Coins::ZERO, Balance::available)))
        .collect();
    let members = call
        .members
        .iter()
        .map(|m| MemberDetail {
            uid: m.uid.clone(),
            role: m.role,
            state: m.state,
            device: m.device.clone(),
            device_state: m.devices,
            quality: lines.get(&m.no).copied().unwrap_or_default(),
        })
        .collect();
    Ok(CallDetail {
        as_of: time.now,
        call: row(&call, &outages),
        tariff: call.tariff.spec(),
        legs,
        members,
        version: u64::try_from(call.version).unwrap_or_default(),
    })
}

/// A call as a row of a list.
pub(super) fn row(call: &Call, outages: &[Outage]) -> CallRow {
    let connected = |l: &Leg| l.final_connected.unwrap_or_else(|| l.clock.metered_at(&l.tariff, l.through(), outages));
    CallRow {
        call_id: call.id,
        kind: call.kind,
        state: call.state,
        caller: call.caller.clone(),
        payee: call.payee.clone(),
        tariff_name: call.tariff_name.clone(),
        created_at: call.created,
        ended_at: call.ended,
        end_reason: call.reason,
        legs: u32::try_from(call.legs.len()).unwrap_or_default(),
        connected_ms: call.legs.iter().map(|l| connected(l).as_ms()).sum(),
        charge: sum(call.legs.iter().map(|l| charged(l, outages))),
    }
}

fn leg(leg: &Leg, time: HouseTime, outages: &[Outage], holds: &BTreeMap<LegId, Hold>, available: Coins) -> LegDetail {
    let hold = holds.get(&leg.id);
    let running = leg.clock.phase() == LegPhase::Running;
    let split = hold.map_or_else(Vec::new, |h| match h.final_charge {
        Some(charge) => leg.tariff.split().divide(charge),
        None => leg.tariff.split().floors(h.basis),
    });
    let connected =
        if running { leg.clock.metered_at(&leg.tariff, time.alive, outages) } else { leg.clock.connected() };
    LegDetail {
        leg_id: leg.id,
        payer: leg.payer.clone(),
        payee: leg.payee.clone(),
        state: leg.state,
        started_at: leg.started,
        ended_at: leg.ended,
        end_reason: leg.reason,
        connected_ms: leg.final_connected.unwrap_or(connected).as_ms(),
        metered_through: leg.started.map(|_| leg.ended.unwrap_or_else(|| leg.through())),
        charge: charged(leg, outages),
        settled: hold.map_or(Coins::ZERO, |h| h.settled),
        granted: leg.clock.granted(),
        held: hold.map_or(Coins::ZERO, Hold::held),
        refunded: hold.map_or(Coins::ZERO, |h| h.refunded),
        burn_per_minute: leg.clock.burn(&leg.tariff, time.alive, outages),
        available,
        cutoff_at: leg.clock.cutoff_at(&leg.tariff, outages),
        runway_ms: (leg.state != LegState::Settled)
            .then(|| leg.clock.runway(&leg.tariff, available, time.alive, outages))
            .flatten()
            .map(Millis::as_ms),
        lost_at: leg.clock.line_lost_at(&leg.tariff, outages),
        split: split.into_iter().map(|(party, amount)| SplitPart { party: party.to_string(), amount }).collect(),
    }
}
