//! The rows of the platforms that are replaced, on a real database, with time that passes without waiting.

mod support;

use callboard_contract::ErrorCode;
use callboard_domain::{CallState, Coins, EndReason};
use callboard_store::StoreError;
use serde_json::json;
use support::{House, coins};

#[tokio::test]
async fn estimate_held_less_used_charged_rest_back() {
    let house = House::new().await;
    let maya = house.fan("maya", "300").await;
    let okoye = house
        .creator("okoye", json!({"rate": "10", "increment": "60/60", "reserve": {"mode": "upfront", "minutes": 30}, "split": [["creator", "0.8"], ["platform", "0.2"]]}))
        .await;
    let call = house.running(&maya, &okoye, Some(30)).await;
    assert_eq!(house.wallet(&maya).await, (coins("300"), coins("300")));
    house.pass(17 * 60_000 + 30_000).await;
    house.beat(call, &[&maya, &okoye]).await;
    house.end(call, &maya).await;
    assert_eq!(house.wallet(&maya).await, (coins("120"), Coins::ZERO));
    assert_eq!(house.earned(&okoye).await, coins("144"));
    assert_eq!(house.revenue().await, coins("36"));
    assert_eq!(house.state(call).await, CallState::Completed);
    house.balanced().await;
}

#[tokio::test]
async fn rejected_cancelled_missed_and_expired_cost_nothing() {
    let house = House::new().await;
    let maya = house.fan("maya", "100").await;
    let leo = house.creator("leo", support::per_second()).await;
    let rejected = house.initiate(&maya, &leo, None).await.expect("rings").call_id;
    assert_eq!(house.wallet(&maya).await.1, coins("20"));
    house.calls.reject(&leo, &House::on(rejected)).await.expect("declined");
    let cancelled = house.initiate(&maya, &leo, None).await.expect("rings").call_id;
    house.calls.cancel(&maya, &House::on(cancelled)).await.expect("taken back");
    let missed = house.initiate(&maya, &leo, None).await.expect("rings").call_id;
    house.pass(46_000).await;
    house.calls.flush(&[]).await.expect("the house is alive");
    house.calls.time_out().await.expect("timeouts run");
    let expired = house.initiate(&maya, &leo, None).await.expect("rings").call_id;
    house.accept(expired, &leo).await;
    house.pass(61_000).await;
    house.calls.flush(&[]).await.expect("the house is alive");
    house.calls.time_out().await.expect("timeouts run");
    for (call, state) in [
        (rejected, CallState::Rejected),
        (cancelled, CallState::Cancelled),
        (missed, CallState::Missed),
        (expired, CallState::Expired),
    ] {
        assert_eq!(house.state(call).await, state);
    }
    assert_eq!(house.wallet(&maya).await, (coins("100"), Coins::ZERO));
    assert_eq!(house.revenue().await, Coins::ZERO);
    house.balanced().await;
}

#[tokio::test]
async fn whole_minutes_end_when_less_than_one_is_left() {
    let house = House::new().await;
    let maya = house.fan("maya", "20").await;
    let ana = house
        .creator("ana", json!({"rate": "3.99", "increment": "60/60", "reserve": {"mode": "rolling", "ahead_s": 60}, "split": [["reader", "0.7"], ["platform", "0.3"]]}))
        .await;
    let call = house.running(&maya, &ana, None).await;
    for _ in 0..11 {
        house.pass(30_000).await;
        house.beat(call, &[&maya, &ana]).await;
        house.sweep().await;
    }
    let detail = house.calls.detail(call).await.expect("the call is there");
    assert_eq!(detail.call.state, CallState::Completed);
    assert_eq!(detail.call.end_reason, Some(EndReason::CutOff));
    assert_eq!(detail.legs[0].connected_ms, 300_000);
    assert_eq!(detail.legs[0].charge, coins("19.95"));
    assert_eq!(house.wallet(&maya).await, (coins("0.05"), Coins::ZERO));
    assert_eq!(house.earned(&ana).await, coins("13.965"));
    assert_eq!(house.revenue().await, coins("5.985"));
    house.balanced().await;
}

#[tokio::test]
async fn per_second_ends_exactly_at_the_cut_off() {
    let house = House::new().await;
    let maya = house.fan("maya", "25").await;
    let star = house
        .creator("star", json!({"rate": "10", "increment": "1/1", "reserve": {"mode": "rolling", "ahead_s": 60}, "split": [["astrologer", "0.9"], ["admin", "0.1"]]}))
        .await;
    let call = house.running(&maya, &star, None).await;
    for _ in 0..16 {
        house.pass(10_000).await;
        house.beat(call, &[&maya, &star]).await;
        house.sweep().await;
    }
    let leg = house.calls.detail(call).await.expect("the call is there").legs.remove(0);
    assert_eq!((leg.connected_ms, leg.charge), (150_000, coins("25")));
    assert_eq!(house.wallet(&maya).await, (Coins::ZERO, Coins::ZERO));
    assert_eq!(house.earned(&star).await, coins("22.5"));
    house.balanced().await;
}

#[tokio::test]
async fn a_running_leg_is_settled_once_a_minute_with_the_extension_of_its_hold() {
    let house = House::new().await;
    let maya = house.fan("maya", "1000").await;
    let star = house
        .creator("star", json!({"rate": "10", "increment": "1/1", "reserve": {"mode": "rolling", "ahead_s": 60}, "split": [["creator", "0.8"], ["platform", "0.2"]]}))
        .await;
    let call = house.running(&maya, &star, None).await;
    for _ in 0..125 {
        house.pass(5_000).await;
        house.beat(call, &[&maya, &star]).await;
        house.sweep().await;
    }
    let at = async |sql: &'static str| -> Vec<i64> {
        sqlx::query_scalar(sql).fetch_all(&house.base.owner).await.expect("instants")
    };
    let settled = at("select at_ms from ledger.transfers where kind = 'settle' order by at_ms").await;
    // The first grant came before the leg started.
    let extended =
        at("select at_ms from calls.leg_events where event->>'kind' = 'grant' order by at_ms offset 1").await;
    assert_eq!(settled.len(), 10, "{settled:?}");
    assert!(settled.windows(2).all(|two| two[1] - two[0] <= 65_000), "{settled:?}");
    // The first extension comes too early for a settlement: the minute is not half over.
    let both = settled.iter().filter(|at| extended.contains(at)).count();
    assert!(both >= 9, "settled at {settled:?}, extended at {extended:?}");
    house.end(call, &maya).await;
    assert_eq!(house.wallet(&maya).await, (coins("895.8333"), Coins::ZERO));
    house.balanced().await;
}

#[tokio::test]
async fn a_flat_session_ends_with_its_minutes() {
    let house = House::new().await;
    let maya = house.fan("maya", "60").await;
    let ana = house.creator("ana", json!({"rate": "0", "flat": {"price": "45", "minutes": 15, "overrun": "end"}, "split": [["reader", "0.7"], ["platform", "0.3"]]})).await;
    let call = house.running(&maya, &ana, None).await;
    assert_eq!(house.wallet(&maya).await.1, coins("45"));
    for _ in 0..92 {
        house.pass(10_000).await;
        house.beat(call, &[&maya, &ana]).await;
    }
    house.sweep().await;
    let detail = house.calls.detail(call).await.expect("the call is there");
    assert_eq!(detail.call.end_reason, Some(EndReason::MinutesUp));
    assert_eq!(detail.legs[0].connected_ms, 900_000);
    assert_eq!(house.wallet(&maya).await, (coins("15"), Coins::ZERO));
    assert_eq!(house.earned(&ana).await, coins("31.5"));
    house.balanced().await;
}

#[tokio::test]
async fn a_group_of_five_has_a_leg_for_each_who_pays() {
    let house = House::new().await;
    let host = house.creator("host", support::per_second()).await;
    let payers = [house.fan("p1", "100").await, house.fan("p2", "100").await, house.fan("p3", "100").await];
    let free = support::uid("free");
    let call = house.group(&host, &[(&payers[0], true), (&payers[1], true), (&payers[2], true), (&free, false)]).await;
    let everybody = [&host, &payers[0], &payers[1], &payers[2], &free];
    house.join_all(call, &everybody).await;
    house.beat(call, &everybody).await;
    house.pass(10_000).await;
    house.beat(call, &everybody).await;
    house.calls.leave(&payers[0], &House::on(call)).await.expect("one leaves");
    assert_eq!(house.state(call).await, CallState::Active);
    let rest = [&host, &payers[1], &payers[2], &free];
    house.pass(10_000).await;
    house.beat(call, &rest).await;
    house.end(call, &host).await;
    assert_eq!(house.state(call).await, CallState::Completed);
    let legs = house.calls.detail(call).await.expect("the call is there").legs;
    assert_eq!(legs.len(), 3);
    let charged: i64 = legs.iter().map(|l| l.charge.units()).sum();
    // One coin a second: ten, twenty and twenty seconds, and the moments that the test itself took.
    assert!((coins("50").units()..coins("56").units()).contains(&charged), "{charged}");
    let (earned, revenue) = (house.earned(&host).await.units(), house.revenue().await.units());
    assert_eq!(earned + revenue, charged);
    assert!((earned - charged * 9 / 10).abs() <= 3);
    house.balanced().await;
}

#[tokio::test]
async fn a_lost_line_stops_time_and_the_budget_ends_the_call() {
    let house = House::new().await;
    let maya = house.fan("maya", "500").await;
    let leo = house.creator("leo", support::per_second()).await;
    let call = house.running(&maya, &leo, None).await;
    for _ in 0..6 {
        house.pass(10_000).await;
        house.beat(call, &[&maya, &leo]).await;
        house.sweep().await;
    }
    // The fan falls silent for 12 s and comes back: 12 s are lost and not billed.
    house.pass(12_000).await;
    house.beat(call, &[&leo]).await;
    assert_eq!(house.calls.detail(call).await.expect("there").legs[0].state, callboard_domain::LegState::Suspended);
    house.beat(call, &[&maya, &leo]).await;
    let leg = house.calls.detail(call).await.expect("there").legs.remove(0);
    assert_eq!(leg.state, callboard_domain::LegState::Metered);
    assert!(leg.connected_ms < 61_000, "{}", leg.connected_ms);
    // Then for good: of the budget of 30 s, 12 are used, so it ends 18 s after the last sign of life.
    house.pass(40_000).await;
    house.beat(call, &[&leo]).await;
    house.sweep().await;
    let detail = house.calls.detail(call).await.expect("there");
    assert_eq!(detail.call.end_reason, Some(EndReason::LineLost));
    assert!(detail.legs[0].connected_ms < 61_000);
    let (posted, held) = house.wallet(&maya).await;
    assert!(held.is_zero() && posted > coins("438") && posted < coins("441"), "{posted}");
    house.balanced().await;
}

#[tokio::test]
async fn an_outage_of_the_house_is_not_billed_and_ends_no_call() {
    let house = House::new().await;
    let maya = house.fan("maya", "500").await;
    let leo = house.creator("leo", support::per_second()).await;
    let ringing = house.fan("ringing", "50").await;
    let ana = house.creator("ana", support::per_second()).await;
    let call = house.running(&maya, &leo, None).await;
    let rings = house.initiate(&ringing, &ana, None).await.expect("rings").call_id;
    house.pass(10_000).await;
    house.beat(call, &[&maya, &leo]).await;
    house.outage(300_000).await;
    // While the house hears nothing, a sweep ends nothing.
    assert_eq!(house.sweep().await, 0);
    house.calls.flush(&[]).await.expect("the house is back");
    house.calls.time_out().await.expect("timeouts run");
    house.sweep().await;
    assert_eq!(house.state(call).await, CallState::Active);
    assert_eq!(house.state(rings).await, CallState::Pending);
    house.beat(call, &[&maya, &leo]).await;
    let leg = house.calls.detail(call).await.expect("there").legs.remove(0);
    assert!((10_000..13_000).contains(&leg.connected_ms), "{}", leg.connected_ms);
    house.end(call, &leo).await;
    let leg = house.calls.detail(call).await.expect("there").legs.remove(0);
    assert!(leg.charge >= coins("10") && leg.charge < coins("14"), "{}", leg.charge);
    house.calls.cancel(&ringing, &House::on(rings)).await.expect("taken back");
    house.balanced().await;
}

#[tokio::test]
async fn a_house_that_goes_away_right_after_an_end_stands_by_what_it_charged() {
    let house = House::new().await;
    let maya = house.fan("maya", "500").await;
    let leo = house.creator("leo", support::per_second()).await;
    let call = house.running(&maya, &leo, None).await;
    house.pass(10_000).await;
    house.beat(call, &[&maya, &leo]).await;
    // Liveness is written once a second, and an end comes between two of them.
    house.outage(900).await;
    house.end(call, &leo).await;
    let before = house.calls.detail(call).await.expect("there").legs.remove(0);
    assert!(before.connected_ms >= 10_900, "{}", before.connected_ms);
    house.outage(60_000).await;
    let outage = house.calls.flush(&[]).await.expect("the house is back").outage.expect("an outage");
    assert!(outage.from < before.ended_at.expect("ended"), "it reaches back before the end");
    let after = house.calls.detail(call).await.expect("there").legs.remove(0);
    assert_eq!((after.connected_ms, after.charge), (before.connected_ms, before.charge));
    house.balanced().await;
}

#[tokio::test]
async fn without_evidence_nothing_starts_and_nothing_is_billed() {
    let house = House::new().await;
    let maya = house.fan("maya", "100").await;
    let leo = house.creator("leo", support::per_second()).await;
    let call = house.initiate(&maya, &leo, None).await.expect("rings").call_id;
    house.accept(call, &leo).await;
    house.join(call, &maya).await;
    house.join(call, &leo).await;
    house.beat(call, &[&leo]).await;
    assert_eq!(house.state(call).await, CallState::Accepted);
    house.beat(call, &[&maya, &leo]).await;
    // The fan's app goes on talking but withholds its beats; the end is far beyond the grace.
    house.pass(25_000).await;
    house.beat(call, &[&leo]).await;
    house.end(call, &maya).await;
    let leg = house.calls.detail(call).await.expect("there").legs.remove(0);
    assert!(leg.connected_ms < 1_000, "{}", leg.connected_ms);
    house.balanced().await;
}

#[tokio::test]
async fn nobody_is_in_two_calls_and_nobody_calls_without_coins() {
    let house = House::new().await;
    let (maya, poor) = (house.fan("maya", "100").await, house.fan("poor", "19.9999").await);
    let (leo, ana) =
        (house.creator("leo", support::per_second()).await, house.creator("ana", support::per_second()).await);
    house.initiate(&maya, &leo, None).await.expect("rings");
    let code = |r: Result<callboard_contract::view::CallView, StoreError>| match r {
        Err(StoreError::Refused(e)) => e.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(house.initiate(&maya, &ana, None).await), ErrorCode::Conflict);
    assert_eq!(code(house.initiate(&poor, &leo, None).await), ErrorCode::Conflict);
    assert_eq!(code(house.initiate(&poor, &ana, None).await), ErrorCode::InsufficientFunds);
    assert_eq!(house.wallet(&poor).await, (coins("19.9999"), Coins::ZERO));
    house.balanced().await;
}
