//! kill -9 of each server and worker in the middle of running calls, one after another, with people and staff who go on asking.
//!
//! The short form kills each once, and keeps the house down for longer than it may be silent, each time by another of them. `CALLBOARD_SOAK_MINUTES` makes it
//! go on killing whatever chance picks (`CALLBOARD_SOAK_SEED`) for so long.

#[path = "faults/clerk.rs"]
mod clerk;
#[path = "faults/crowd.rs"]
mod crowd;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callboard_contract::PageQuery;
use callboard_contract::adm::calls::{Live, LiveCall};
use callboard_contract::adm::events::{Ls as LsEvents, LsRequest};
use callboard_contract::limits::MAX_PAGE;
use callboard_domain::{At, CallId, EndReason, LegState, Outage};
use callboard_tests::{House, Options, eventually};
use clerk::Clerk;
use crowd::Crowd;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;

const PAIRS: usize = 20;
const VICTIMS: [&str; 6] = ["signaling", "billing", "rooms", "moderation", "nats-server", "postgres"];
/// After a kill everybody is back and every call is metered again within this.
const BACK_WITHIN: Duration = Duration::from_mins(2);
/// Longer than the house may be silent before it counts as away.
const HELD_DOWN: Duration = Duration::from_secs(8);

/// Waits until all calls are live, every leg is metered, and every app has been heard since now; none of these calls may have ended.
async fn all_metered(house: &House, calls: Option<&BTreeSet<CallId>>) -> BTreeSet<CallId> {
    let since = Instant::now();
    let metered = || async {
        let page = PageQuery { limit: Some(MAX_PAGE), ..PageQuery::default() };
        let items = house.admin().call::<Live>(&page).await.ok()?.items;
        let ids: BTreeSet<CallId> = items.iter().map(|c| c.call_id).collect();
        if let Some(calls) = calls {
            assert!(ids.is_superset(calls), "calls were ended: {:?}", calls.difference(&ids).collect::<Vec<_>>());
        }
        let heard = i64::try_from(since.elapsed().as_millis()).expect("not that long");
        let fresh = |c: &LiveCall| c.quality.silent_ms.is_some_and(|ms| ms < heard);
        (ids.len() == PAIRS && items.iter().all(|c| c.leg_state == LegState::Metered && fresh(c))).then_some(ids)
    };
    eventually("all calls to be metered", BACK_WITHIN, metered).await
}

async fn strike(house: &House, victim: &'static str, calls: &BTreeSet<CallId>) {
    let pid = house.kill(victim).expect("it runs");
    let again = || async { house.pid(victim).filter(|now| *now != pid) };
    eventually("the killed process to be started again", BACK_WITHIN, again).await;
    house.is_well().await;
    all_metered(house, Some(calls)).await;
}

/// Keeps a process down for as long as the house may not be silent.
async fn hold_down(house: &House, victim: &'static str, calls: &BTreeSet<CallId>) {
    let until = Instant::now() + HELD_DOWN;
    while Instant::now() < until {
        house.kill(victim);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.is_well().await;
    all_metered(house, Some(calls)).await;
}

async fn outages(house: &House) -> Vec<Outage> {
    let mut outages = Vec::new();
    let mut request = LsRequest { limit: Some(MAX_PAGE), ..LsRequest::default() };
    loop {
        let page = house.ask::<LsEvents>(&request).await;
        for event in page.items.into_iter().filter(|e| e.event == "house.outage") {
            let at = |field: &str| -> At { serde_json::from_value(event.data[field].clone()).expect("an instant") };
            outages.push(Outage { from: at("from"), to: at("to") });
        }
        request.cursor = page.cursor;
        if request.cursor.is_none() {
            return outages;
        }
    }
}

/// Every call was ended by its payer, and no time of an outage was billed.
async fn nothing_of_it_was_billed(house: &House, calls: &BTreeSet<CallId>, outages: &[Outage]) {
    for call in calls {
        let detail = house.call(*call).await;
        assert_eq!(detail.call.end_reason, Some(EndReason::PayerHungUp), "{call}");
        let leg = &detail.legs[0];
        let (from, to) = (leg.started_at.expect("started"), leg.ended_at.expect("ended"));
        let away: i64 = outages.iter().map(|o| o.to.min(to).since(o.from.max(from)).as_ms()).sum();
        let listened = to.since(from).as_ms() - away;
        assert!(
            leg.connected_ms <= listened,
            "{call}: {} ms counted, the house listened {listened} ms",
            leg.connected_ms
        );
        // All else was billed, but for what an app was silent at the start, at the end and in being suspended for a moment.
        assert!(leg.connected_ms > listened / 2, "{call}: only {} of {listened} ms counted", leg.connected_ms);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_comes_back_and_the_books_are_balanced() {
    let options = Options::default().env("CALLBOARD_SWEEP_SECONDS", "1").env("CALLBOARD_SETTLE_SECONDS", "4");
    let house = Arc::new(House::start(options).await);
    let tariff = json!({ "rate": "6", "increment": "1/1", "reserve": { "mode": "rolling", "ahead_s": 30 },
        "split": [["creator", "0.8"], ["platform", "0.2"]] });
    house.tariff("slow", tariff).await;
    let crowd = Crowd::begin(&house, PAIRS, "slow").await;
    let calls = all_metered(&house, None).await;
    let clerk = Clerk::begin(&house).await;
    for victim in VICTIMS {
        strike(&house, victim, &calls).await;
    }
    for victim in ["signaling", "nats-server", "postgres"] {
        hold_down(&house, victim, &calls).await;
    }
    let long = outages(&house).await.into_iter().filter(|o| o.to.since(o.from).as_ms() >= 5_000);
    assert!(long.count() >= 3, "each time that the house was held down is an outage");
    soak(&house, &calls).await;
    let asked = clerk.finish(&house).await;
    assert!(asked > 20, "{asked} commands were asked meanwhile");
    let summary = crowd.finish().await;
    assert!(summary.errors.is_empty(), "{:#?}", summary.errors);
    eventually("no live call", BACK_WITHIN, || async { house.live().await.is_empty().then_some(()) }).await;
    let outages = outages(&house).await;
    nothing_of_it_was_billed(&house, &calls, &outages).await;
    let report = house.balanced().await;
    let journal = report.checks.iter().find(|c| c.name == "journal").expect("the journal is checked");
    assert!(journal.looked_at > 0 && journal.differences == 0, "{journal:?}");
    Arc::into_inner(house).expect("nobody else has it").down();
}

async fn soak(house: &House, calls: &BTreeSet<CallId>) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let Some(minutes) = number("CALLBOARD_SOAK_MINUTES") else { return };
    let mut rng = StdRng::seed_from_u64(number("CALLBOARD_SOAK_SEED").unwrap_or(1));
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    while Instant::now() < until {
        let victim = VICTIMS.choose(&mut rng).copied().expect("there are some");
        if rng.random_ratio(1, 5) {
            hold_down(house, victim, calls).await;
        } else {
            strike(house, victim, calls).await;
        }
    }
}
