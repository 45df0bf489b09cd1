//! Live calls as rows of the console.

use std::collections::BTreeMap;

use callboard_contract::adm::calls::{LiveCall, LivePage, Quality};
use callboard_contract::view::MemberState;
use callboard_contract::{ApiError, ErrorCode, PageQuery};
use callboard_domain::{AccountId, CallId, Coins, LegId, LegState, Millis, Outage};
use callboard_ledger::accounts::{self, Balance};
use callboard_ledger::hold::{self, Hold};
use callboard_store::{HouseTime, StoreError};

use super::burn::{charged, clock, conn, platform_part, sum};
use super::quality;
use crate::model::{Call, Leg};
use crate::{Calls, load};

impl Calls {
    /// Lists live calls, oldest first.
    pub async fn live(&self, page: &PageQuery) -> Result<LivePage, StoreError> {
        let limit = page.limit()?;
        let after = match &page.cursor {
            None => uuid::Uuid::nil(),
            Some(text) => text
                .parse::<CallId>()
                .map_err(|_| ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor"))?
                .as_uuid(),
        };
        let mut conn = conn(self.store()).await?;
        let ids = sqlx::query_scalar!(
            "select id from calls.calls where state in ('pending', 'accepted', 'active') and id > $1 order by id limit $2",
            after,
            i64::from(limit)
        )
        .fetch_all(&mut *conn)
        .await?;
        let cursor = (ids.len() == limit as usize).then(|| ids.last().map(ToString::to_string)).flatten();
        let ids: Vec<CallId> = ids.into_iter().map(CallId::from_uuid).collect();
        let calls = load::calls(&mut conn, &ids).await?;
        let (time, outages) = clock(&mut conn, &calls).await?;
        let legs: Vec<&Leg> = calls.iter().flat_map(|c| &c.legs).collect();
        let holds = hold::of_legs(&mut conn, &legs.iter().map(|l| l.id).collect::<Vec<_>>()).await?;
        let wallets = accounts::read(&mut conn, &legs.iter().map(|l| l.wallet).collect::<Vec<_>>()).await?;
        let nos: Vec<i64> = calls.iter().flat_map(|c| &c.members).map(|m| m.no).collect();
        let lines = quality::of_members(&mut conn, &nos, time.now).await?;
        let items = calls.iter().map(|c| row(c, time, &outages, &holds, &wallets, &lines)).collect();
        Ok(LivePage { as_of: time.now, items, cursor })
    }
}

fn row(
    call: &Call,
    time: HouseTime,
    outages: &[Outage],
    holds: &BTreeMap<LegId, Hold>,
    wallets: &BTreeMap<AccountId, Balance>,
    lines: &BTreeMap<i64, Quality>,
) -> LiveCall {
    let live: Vec<&Leg> = call.legs.iter().filter(|l| !l.state.is_over()).collect();
    let available = |leg: &Leg| wallets.get(&leg.wallet).map_or(Coins::ZERO, Balance::available);
    let connected =
        |leg: &Leg| leg.final_connected.unwrap_or_else(|| leg.clock.metered_at(&leg.tariff, time.alive, outages));
    let runway = live.iter().filter_map(|l| l.clock.runway(&l.tariff, available(l), time.alive, outages)).min();
    let warn = live.first().map_or(Millis::ZERO, |l| l.tariff.warn());
    let stage = [LegState::Metered, LegState::Suspended, LegState::Waiting, LegState::Reserved];
    let leg_state = stage.into_iter().find(|s| live.iter().any(|l| l.state == *s)).unwrap_or(LegState::Waiting);
    let burn = |l: &Leg| l.clock.burn(&l.tariff, time.alive, outages);
    let here = call.members.iter().filter(|m| m.state == MemberState::Joined);
    let payers: Vec<_> = live.iter().map(|l| l.payer.clone()).collect();
    LiveCall {
        call_id: call.id,
        kind: call.kind,
        state: call.state,
        leg_state,
        available: (live.len() == 1).then(|| live.first().map_or(Coins::ZERO, |l| available(l))),
        payers: if payers.is_empty() && call.caller != call.payee { vec![call.caller.clone()] } else { payers },
        payee: call.payee.clone(),
        members: u32::try_from(call.present()).unwrap_or_default(),
        tariff_name: call.tariff_name.clone(),
        created_at: call.created,
        connected_ms: call.legs.iter().map(|l| connected(l).as_ms()).max().unwrap_or_default(),
        burn_per_minute: sum(live.iter().map(|l| burn(l))),
        platform_per_minute: sum(live.iter().map(|l| platform_part(&l.tariff, burn(l)))),
        runway_ms: runway.map(Millis::as_ms),
        charge: sum(call.legs.iter().map(|l| charged(l, outages))),
        held: sum(live.iter().filter_map(|l| holds.get(&l.id)).map(Hold::held)),
        quality: quality::worst(here.filter_map(|m| lines.get(&m.no)).copied()),
        lost_at: live.iter().filter_map(|l| l.clock.line_lost_at(&l.tariff, outages)).min(),
        low_balance: runway.is_some_and(|r| r < warn),
        muted_by_staff: call.members.iter().any(|m| m.devices.muted_by_staff),
        version: u64::try_from(call.version).unwrap_or_default(),
    }
}
