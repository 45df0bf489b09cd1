//! What a transaction does to the calls of one shard: pure changes in memory, collected, then written set by set.
//!
//! Commands on one call and the sweep over many go through the same functions, so that they cannot differ.
//! Lock order: the shard's row first (whoever makes a batch holds it), then accounts by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use callboard_contract::view::{Receipt, SplitPart};
use callboard_contract::{EventPush, LegPush, LowBalance};
use callboard_domain::{
    AccountId, At, By, CallState, Coins, EndReason, LegEvent, LegEventKind, LegId, LegState, Millis, Outage, Side, Uid,
};
use callboard_ledger::accounts::Balance;
use callboard_ledger::hold::Grant;
use callboard_ledger::journal::{Shard, Tick};
use callboard_ledger::settle::Target;
use callboard_store::{HouseTime, NewEvent, StoreError};
use serde_json::{Value, json};

use crate::model::{Call, Leg};
use crate::times::Times;

/// Changes to be written.
#[derive(Debug)]
pub(crate) struct Batch {
    pub shard: Shard,
    pub time: HouseTime,
    pub times: Times,
    pub outages: Vec<Outage>,
    /// Locked balances.
    pub balances: BTreeMap<AccountId, Balance>,
    pub events: Vec<NewEvent>,
    pub leg_events: Vec<(LegId, i32, LegEvent)>,
    pub ticks: Vec<Tick>,
    pub grants: Vec<Grant>,
    pub settlements: Vec<(Leg, Target)>,
    pub free_time: Vec<(Uid, Uid, At)>,
    pub calls_ended: i32,
}

impl Batch {
    pub(crate) fn new(shard: Shard, time: HouseTime, times: Times, outages: Vec<Outage>) -> Self {
        Self {
            shard,
            time,
            times,
            outages,
            balances: BTreeMap::new(),
            events: Vec::new(),
            leg_events: Vec::new(),
            ticks: Vec::new(),
            grants: Vec::new(),
            settlements: Vec::new(),
            free_time: Vec::new(),
            calls_ended: 0,
        }
    }

    /// Tells that something happened to a call, and pushes it to some of its members.
    pub(crate) fn tell(
        &mut self,
        call: &mut Call,
        event: &'static str,
        actor: &str,
        data: Value,
        pushes: Vec<EventPush>,
    ) {
        call.version += 1;
        self.events.push(NewEvent {
            event,
            entity: call.id.to_string(),
            version: call.version,
            at: self.time.now,
            actor: actor.to_owned(),
            data,
            pushes,
        });
    }

    /// Tells how the call is now, pushing the view to some.
    pub(crate) fn tell_view(
        &mut self,
        call: &mut Call,
        event: &'static str,
        push: &'static str,
        actor: &str,
        to: Vec<Uid>,
    ) {
        call.version += 1;
        let data = serde_json::to_value(call.view()).unwrap_or_default();
        call.version -= 1;
        let pushes = vec![EventPush { uids: to, event: push.to_owned(), data: None }];
        self.tell(call, event, actor, data, pushes);
    }

    /// A leg starts: both sides are there.
    pub(crate) fn start(&mut self, call: &mut Call, leg: usize, at: At) -> Result<(), StoreError> {
        self.record(call, leg, at, LegEventKind::Start)?;
        let settle = self.times.settle;
        let leg = &mut call.legs[leg];
        leg.state = LegState::Metered;
        leg.started = Some(at);
        leg.settle_due = at.plus(settle);
        if leg.tariff.free() > Millis::ZERO {
            self.free_time.push((leg.payer.clone(), leg.payee.clone(), at));
        }
        let push = leg_push(leg, at, &self.outages);
        if call.state == CallState::Accepted {
            call.state = CallState::Active;
            call.active = Some(at);
        }
        self.tell_leg(call, "call.active", "calls.active", &push);
        Ok(())
    }

    /// A side fell silent: time stopped counting at an instant.
    pub(crate) fn suspend(&mut self, call: &mut Call, leg: usize, at: At, side: Side) -> Result<(), StoreError> {
        self.record(call, leg, at, LegEventKind::Suspend { side })?;
        call.legs[leg].state = LegState::Suspended;
        let push = leg_push(&call.legs[leg], at, &self.outages);
        self.tell_leg(call, "call.suspended", "calls.suspended", &push);
        Ok(())
    }

    /// Both sides are back.
    pub(crate) fn resume(&mut self, call: &mut Call, leg: usize, at: At) -> Result<(), StoreError> {
        self.record(call, leg, at, LegEventKind::Resume)?;
        call.legs[leg].state = LegState::Metered;
        let push = leg_push(&call.legs[leg], at, &self.outages);
        self.tell_leg(call, "call.resumed", "calls.resumed", &push);
        Ok(())
    }

    /// More coins are set aside. The wallet must be locked, and its locked balance must have them.
    pub(crate) fn grant(&mut self, call: &mut Call, leg: usize, amount: Coins) -> Result<(), StoreError> {
        let at = self.time.now;
        self.record(call, leg, at, LegEventKind::Grant { amount })?;
        let leg = &mut call.legs[leg];
        if let Some(balance) = self.balances.get_mut(&leg.wallet) {
            balance.held = Coins::from_units(balance.held.units() + amount.units());
        }
        self.grants.push(Grant { leg: leg.id, wallet: leg.wallet, amount });
        let push = leg_push(leg, at, &self.outages);
        self.tell_leg(call, "call.granted", "calls.granted", &push);
        Ok(())
    }

    /// The payer is told that the coins will run out.
    pub(crate) fn warn(&mut self, call: &mut Call, leg: usize, runway: Millis, available: Coins) {
        let leg = &mut call.legs[leg];
        leg.warned = true;
        leg.dirty = true;
        let data = LowBalance { call_id: call.id, leg_id: leg.id, runway_ms: runway.as_ms(), available };
        let data = serde_json::to_value(data).unwrap_or_default();
        let pushes =
            vec![EventPush { uids: vec![leg.payer.clone()], event: "calls.low_balance".to_owned(), data: None }];
        self.tell(call, "call.low_balance", "house", data, pushes);
    }

    /// A leg ends, at an instant or where it had ended by itself before. Its charge is settled and the rest of the hold goes back.
    pub(crate) fn end_leg(
        &mut self,
        call: &mut Call,
        leg: usize,
        at: At,
        by: By,
        reason: EndReason,
    ) -> Result<(), StoreError> {
        let leg = &mut call.legs[leg];
        let tariff = Arc::clone(&leg.tariff);
        let own = |r: EndReason| matches!(r, EndReason::CutOff | EndReason::MinutesUp | EndReason::LineLost);
        let outcome = leg
            .clock
            .end(&tariff, at, by, reason, &self.outages)
            .map_err(|e| StoreError::corrupt(format!("leg {}", leg.id), e))?;
        let (at, reason) = (outcome.ended_at.unwrap_or(at), outcome.reason.unwrap_or(reason));
        let by = if own(reason) { By::House } else { by };
        leg.events += 1;
        leg.state = LegState::Settled;
        leg.ended = Some(at);
        leg.reason = Some(reason);
        leg.final_connected = Some(outcome.connected);
        leg.final_charge = Some(outcome.charge);
        leg.dirty = true;
        self.leg_events.push((leg.id, leg.events, LegEvent { at, kind: LegEventKind::End { by, reason } }));
        if leg.started.is_some() {
            self.ticks.push(Tick { leg: leg.id, through: at, elapsed: outcome.connected, charge: outcome.charge });
        }
        self.settlements.push((leg.clone(), Target::Final(outcome.charge)));
        let receipt = receipt(&call.tariff_name, leg, outcome.charge);
        self.tell_receipt(call, &receipt);
        Ok(())
    }

    /// The call is over. All its legs must have ended.
    pub(crate) fn finish(
        &mut self,
        call: &mut Call,
        state: CallState,
        reason: EndReason,
        at: At,
        event: (&'static str, &'static str),
        actor: &str,
    ) {
        debug_assert!(call.live_legs().next().is_none(), "a call outlives its legs");
        debug_assert!(call.state.may_become(state), "{} -> {state}", call.state);
        let everybody = call.everybody();
        call.state = state;
        call.ended = Some(at.max(call.created));
        call.reason = Some(reason);
        for member in &mut call.members {
            member.dirty |= member.live;
            member.live = false;
        }
        self.calls_ended += 1;
        self.tell_view(call, event.0, event.1, actor, everybody);
    }

    fn tell_leg(&mut self, call: &mut Call, event: &'static str, push: &'static str, data: &LegPush) {
        let data = serde_json::to_value(data).unwrap_or_default();
        let uids = call.everybody();
        self.tell(call, event, "house", data, vec![EventPush { uids, event: push.to_owned(), data: None }]);
    }

    fn tell_receipt(&mut self, call: &mut Call, receipt: &Receipt) {
        let uids = vec![receipt.payer.clone(), receipt.payee.clone()];
        let data = serde_json::to_value(receipt).unwrap_or_default();
        let started = receipt.started_at.is_some();
        // A call that never started has nothing to show a receipt for.
        let pushes =
            if started { vec![EventPush { uids, event: "calls.receipt".to_owned(), data: None }] } else { Vec::new() };
        self.tell(call, "call.leg_ended", "house", data, pushes);
    }

    fn record(&mut self, call: &mut Call, leg: usize, at: At, kind: LegEventKind) -> Result<(), StoreError> {
        let leg = &mut call.legs[leg];
        let event = LegEvent { at, kind };
        leg.clock.apply(&event, &self.outages).map_err(|e| StoreError::corrupt(format!("leg {}", leg.id), e))?;
        leg.events += 1;
        leg.dirty = true;
        self.leg_events.push((leg.id, leg.events, event));
        Ok(())
    }
}

/// How a leg is now, for its members.
pub(crate) fn leg_push(leg: &Leg, at: At, outages: &[Outage]) -> LegPush {
    LegPush {
        call_id: leg.call,
        leg_id: leg.id,
        payer: leg.payer.clone(),
        state: leg.state,
        at,
        grant_until: leg.clock.cutoff_at(&leg.tariff, outages),
        lost_at: leg.clock.line_lost_at(&leg.tariff, outages),
    }
}

fn receipt(tariff_name: &str, leg: &Leg, charge: Coins) -> Receipt {
    let split = leg
        .tariff
        .split()
        .divide(charge)
        .into_iter()
        .map(|(party, amount)| SplitPart { party: party.to_string(), amount })
        .collect();
    Receipt {
        call_id: leg.call,
        leg_id: leg.id,
        payer: leg.payer.clone(),
        payee: leg.payee.clone(),
        tariff_name: tariff_name.to_owned(),
        started_at: leg.started,
        ended_at: leg.ended.unwrap_or_default(),
        reason: leg.reason.unwrap_or(EndReason::Staff),
        connected_ms: leg.final_connected.unwrap_or_default().as_ms(),
        charge,
        returned: leg.clock.granted().saturating_sub(charge),
        split,
    }
}

/// The data of a transfer's event.
pub(crate) fn transfer_data(transfer: &callboard_ledger::transfer::NewTransfer, at: At) -> Value {
    json!({
        "transfer_id": transfer.id,
        "kind": transfer.kind.as_str(),
        "reference": transfer.reference,
        "call_id": transfer.leg.map(|(call, _)| call),
        "leg_id": transfer.leg.map(|(_, leg)| leg),
        "at": at,
        "entries": transfer.entries.iter().filter(|(_, n)| !n.is_zero()).map(|(a, n)| json!({ "account": a, "amount": n })).collect::<Vec<_>>(),
    })
}
