//! The metering sweep (MONEY, How ticks are kept).
//!
//! A round takes one shard that is due and that nobody else has, reads its running legs, meters each to the older last sign of life
//! of its sides, journals the round in one row, extends holds that run low, warns, ends what is over, and settles what is due.
//! Nothing is decided by an instant at which the house was not listening.

use std::collections::{BTreeMap, HashSet};

use callboard_domain::{
    AccountId, At, By, CallId, Coins, EndReason, LegClock, LegId, LegPhase, Millis, Outage, Tariff,
};
use callboard_ledger::accounts;
use callboard_ledger::journal::{Claimed, Tick, append_until, claim_due, set_due};
use callboard_ledger::settle::{LegAccounts, Target};
use callboard_store::{HouseTime, StoreError};
use sqlx::PgConnection;

use crate::batch::Batch;
use crate::lifecycle::after_leg;
use crate::model::{Call, Leg};
use crate::{Calls, load, save};

mod apart;
mod running;

use running::{Round, Running, running};

pub use running::TariffCache;

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Which shard.
    pub shard: i16,
    /// Legs that were metered.
    pub ticks: usize,
    /// Holds that were extended.
    pub extended: usize,
    /// Legs that ended.
    pub ended: usize,
    /// Legs that were settled, ended ones included.
    pub settled: usize,
    /// Legs that could not be handled and were set aside until the next round.
    pub set_aside: usize,
}

#[derive(Debug, Default)]
struct Plan {
    /// Legs that need more than a tick: to be extended, warned or ended.
    work: Vec<(LegId, CallId)>,
    /// Legs whose interim settlement is due.
    settle: Vec<(LegId, CallId)>,
    ticks: Vec<Tick>,
    /// When the shard should be looked at again at the latest.
    due: At,
}

impl Calls {
    /// Sweeps one shard that is due, if there is one. Safe to run in any number of copies at once.
    ///
    /// Where a round fails for another reason than a database that is away, its calls are handled one by one, so that a call that
    /// cannot be handled is set aside and told, and neither its shard nor the others wait for it.
    pub async fn sweep(&self, cache: &TariffCache) -> Result<Option<Swept>, StoreError> {
        let mut claimed = None;
        match (self.round(cache, &mut claimed).await, claimed) {
            (Err(error), Some(shard)) if !error.is_transient() => {
                tracing::error!(shard, %error, "a round of the meter failed; its calls are handled one by one");
                self.sweep_apart(cache, shard).await.map(Some)
            }
            (result, _) => result,
        }
    }

    async fn round(&self, cache: &TariffCache, claimed: &mut Option<i16>) -> Result<Option<Swept>, StoreError> {
        let mut tx = self.store().begin().await?;
        let Some(Claimed { shard, changes, time }) = claim_due(&mut tx).await? else { return Ok(None) };
        *claimed = Some(shard.id);
        let round = running(&mut tx, shard.id, changes, cache).await?;
        let plan = self.plan(&mut tx, &round, time).await?;
        let mut swept = Swept { shard: shard.id, ticks: plan.ticks.len(), ..Swept::default() };
        let mut batch = Batch::new(shard, time, self.times(), round.outages);
        let shard_id = batch.shard.id;
        append_until(&mut tx, &mut batch.shard, time.now, &plan.ticks, plan.due).await?;
        if plan.work.is_empty() && plan.settle.is_empty() {
            tx.commit().await?;
            return Ok(Some(swept));
        }
        handle(&mut tx, &mut batch, &plan, &plan.calls(), &mut swept).await?;
        if swept.set_aside > 0 {
            // A leg that had to wait for a lock is looked at again soon.
            set_due(&mut tx, shard_id, time.now.plus(Millis::from_ms(500))).await?;
        }
        tx.commit().await?;
        self.store().ring();
        Ok(Some(swept))
    }

    async fn plan(&self, conn: &mut PgConnection, round: &Round, time: HouseTime) -> Result<Plan, StoreError> {
        let (times, outages) = (self.times(), round.outages.as_slice());
        let mut plan = Plan { due: time.now.plus(times.sweep), ..Plan::default() };
        plan.ticks.reserve_exact(round.legs.len());
        let mut low: Vec<&Running> = Vec::new();
        for (leg, both) in round.legs.iter().zip(&round.both) {
            let through = both.unwrap_or(leg.clock.since()).max(leg.clock.since());
            let due = leg.due(outages);
            if leg.clock.phase() == LegPhase::Running {
                // Beyond the instant at which it ends by itself nothing is metered, unless an extension moves that instant.
                let metered = due.map_or(through, |due| through.min(due.at));
                let elapsed = leg.metered_at(metered, outages);
                plan.ticks.push(Tick { leg: leg.id, through: metered, elapsed, charge: leg.tariff.exact(elapsed) });
                if leg.settle_due <= time.now {
                    plan.settle.push((leg.id, leg.call));
                }
                let left = leg.granted_for(time.alive, outages);
                if left.is_some_and(|left| left < times.extend_below.max(leg.tariff.warn())) {
                    low.push(leg);
                }
            }
            match due {
                // Over: a line lost is judged by the clock, the rest by evidence that both sides were there up to the end.
                Some(d) if d.reason == EndReason::LineLost && d.at <= time.alive => plan.work.push((leg.id, leg.call)),
                Some(d) if d.reason != EndReason::LineLost && d.at <= through => plan.work.push((leg.id, leg.call)),
                Some(d) if d.at > time.now => plan.due = plan.due.min(d.at.plus(Millis::from_ms(50))),
                // The end is past, the evidence is not there yet: soon either a beat or the silence will tell.
                Some(_) => plan.due = plan.due.min(time.now.plus(Millis::from_secs(1))),
                None => {}
            }
        }
        self.plan_low(conn, &low, time, outages, &mut plan).await?;
        plan.work.sort();
        plan.work.dedup();
        Ok(plan)
    }

    // Legs that run low: the wallet is read without a lock, to see whether there is anything to do at all.
    async fn plan_low(
        &self,
        conn: &mut PgConnection,
        low: &[&Running],
        time: HouseTime,
        outages: &[Outage],
        plan: &mut Plan,
    ) -> Result<(), StoreError> {
        if low.is_empty() {
            return Ok(());
        }
        let wallets: Vec<AccountId> = low.iter().map(|l| l.wallet).collect();
        let balances = accounts::read(conn, &wallets).await?;
        for leg in low {
            let available = balances.get(&leg.wallet).map_or(Coins::ZERO, accounts::Balance::available);
            let runway = leg.clock.runway(&leg.tariff, available, time.alive, outages);
            let warn = runway.is_some_and(|r| r < leg.tariff.warn()) != leg.warned;
            if warn || self.wants_grant(&leg.clock, &leg.tariff, available, time, outages) {
                plan.work.push((leg.id, leg.call));
            }
        }
        Ok(())
    }

    fn wants_grant(
        &self,
        clock: &LegClock,
        tariff: &Tariff,
        available: Coins,
        time: HouseTime,
        outages: &[Outage],
    ) -> bool {
        let left = clock.runway(tariff, Coins::ZERO, time.alive, outages);
        left.is_some_and(|left| left < self.times().extend_below)
            && tariff.next_grant(clock.granted(), available).is_positive()
    }
}

impl Plan {
    /// The calls that need more than a tick.
    fn calls(&self) -> Vec<CallId> {
        let mut ids: Vec<CallId> = self.work.iter().chain(&self.settle).map(|(_, call)| *call).collect();
        ids.sort();
        ids.dedup();
        ids
    }
}

// Does what is planned for some calls, and writes it.
async fn handle(
    conn: &mut PgConnection,
    batch: &mut Batch,
    plan: &Plan,
    ids: &[CallId],
    swept: &mut Swept,
) -> Result<(), StoreError> {
    let mut calls = load::calls(&mut *conn, ids).await?;
    let locked = lock(&mut *conn, batch, &calls).await?;
    work(&mut *conn, batch, &mut calls, plan, &locked, swept).await?;
    let told: HashSet<String> = batch.events.iter().map(|e| e.entity.clone()).collect();
    calls.retain(|c| c.legs.iter().any(|l| l.dirty) || told.contains(&c.id.to_string()));
    save::write(conn, batch, &calls).await
}

// Locks the accounts of all legs that may be ended, extended or settled; those that somebody else has are left for the next round.
async fn lock(
    conn: &mut PgConnection,
    batch: &mut Batch,
    calls: &[Call],
) -> Result<BTreeMap<LegId, LegAccounts>, StoreError> {
    let legs: Vec<&Leg> = calls.iter().flat_map(|c| c.legs.iter().filter(|l| !l.state.is_over())).collect();
    let accounts = save::accounts_of(&mut *conn, batch.shard.id, &legs).await?;
    let all: Vec<AccountId> = accounts.iter().flat_map(LegAccounts::all).collect();
    batch.balances = accounts::try_lock(conn, &all).await?;
    let held = &batch.balances;
    Ok(legs.iter().map(|l| l.id).zip(accounts).filter(|(_, a)| a.all().all(|id| held.contains_key(&id))).collect())
}

async fn work(
    conn: &mut PgConnection,
    batch: &mut Batch,
    calls: &mut [Call],
    plan: &Plan,
    locked: &BTreeMap<LegId, LegAccounts>,
    swept: &mut Swept,
) -> Result<(), StoreError> {
    let work: HashSet<LegId> = plan.work.iter().map(|(leg, _)| *leg).collect();
    let settle: HashSet<LegId> = plan.settle.iter().map(|(leg, _)| *leg).collect();
    for call in calls.iter_mut() {
        for index in 0..call.legs.len() {
            let id = call.legs[index].id;
            let (works, settles) = (work.contains(&id), settle.contains(&id));
            if !works && !settles || call.legs[index].state.is_over() {
                continue;
            }
            if !locked.contains_key(&id) {
                swept.set_aside += 1;
                continue;
            }
            let mut extended = false;
            if works {
                extended = extend(&mut *conn, batch, call, index, swept).await?;
                end_if_over(batch, call, index, swept)?;
            }
            let leg = &mut call.legs[index];
            if (settles || extended && settles_early(leg, batch)) && !leg.state.is_over() {
                let elapsed = leg.clock.metered_at(&leg.tariff, leg.through(), &batch.outages);
                batch.settlements.push((leg.clone(), Target::Interim(leg.tariff.exact(elapsed))));
                let rounds = if extended { 2 * batch.times.sweep.as_ms() } else { 0 };
                leg.settle_due = batch.time.now.plus(batch.times.settle).plus(Millis::from_ms(rounds));
                leg.dirty = true;
            }
        }
    }
    swept.settled += batch.settlements.len();
    Ok(())
}

// Whether a leg that is extended is settled in the same breath: it is read, locked and written anyway. Where the next extension comes about as
// long after this one as a settlement would, the settlement waits two rounds for it, so that such a leg is touched once a minute and not twice.
fn settles_early(leg: &Leg, batch: &Batch) -> bool {
    leg.settle_due.since(batch.time.now).as_ms() <= batch.times.settle.as_ms() / 2
}

// Extends a hold that runs low, and says whether it did; warns the payer. Where the cut-off is past already, only what was there by then counts.
async fn extend(
    conn: &mut PgConnection,
    batch: &mut Batch,
    call: &mut Call,
    index: usize,
    swept: &mut Swept,
) -> Result<bool, StoreError> {
    let leg = &call.legs[index];
    if leg.clock.phase() != LegPhase::Running {
        return Ok(false);
    }
    let available = batch.balances.get(&leg.wallet).map_or(Coins::ZERO, accounts::Balance::available);
    let left = leg.clock.runway(&leg.tariff, Coins::ZERO, batch.time.alive, &batch.outages);
    let mut usable = available;
    if let Some(cutoff) = leg.clock.cutoff_at(&leg.tariff, &batch.outages).filter(|at| *at < batch.time.now) {
        let later = accounts::credited_after(conn, leg.wallet, cutoff).await?;
        usable = Coins::from_units((available.units() - later.units()).max(0));
    }
    let amount = leg.tariff.next_grant(leg.clock.granted(), usable);
    let extends = left.is_some_and(|left| left < batch.times.extend_below) && amount.is_positive();
    if extends {
        batch.grant(call, index, amount)?;
        swept.extended += 1;
    }
    let leg = &call.legs[index];
    let rest = batch.balances.get(&leg.wallet).map_or(Coins::ZERO, accounts::Balance::available);
    let runway = leg.clock.runway(&leg.tariff, rest, batch.time.alive, &batch.outages);
    match runway.filter(|r| *r < leg.tariff.warn()) {
        Some(runway) if !leg.warned => batch.warn(call, index, runway, rest),
        None if leg.warned => {
            let leg = &mut call.legs[index];
            leg.warned = false;
            leg.dirty = true;
        }
        _ => {}
    }
    Ok(extends)
}

fn end_if_over(batch: &mut Batch, call: &mut Call, index: usize, swept: &mut Swept) -> Result<(), StoreError> {
    let leg = &call.legs[index];
    let Some(due) = leg.clock.due(&leg.tariff, &batch.outages) else { return Ok(()) };
    let known = if due.reason == EndReason::LineLost { batch.time.alive } else { leg.through() };
    if due.at > known {
        return Ok(());
    }
    batch.end_leg(call, index, due.at, By::House, due.reason)?;
    swept.ended += 1;
    after_leg(batch, call, index);
    Ok(())
}
