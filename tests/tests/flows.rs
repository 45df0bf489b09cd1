//! The platforms that the house replaces, each as a call between real apps at a price fast enough for seconds. All rows run side by
//! side in one house; the books must be balanced at the end.

use std::sync::Arc;
use std::time::Duration;

use callboard_contract::LowBalance;
use callboard_contract::adm::calls::{CallDetail, LegDetail};
use callboard_contract::api::calls::{Accept, Cancel, End, Initiate, Leave, Pending, Reject};
use callboard_contract::api::session::{Sync, SyncRequest};
use callboard_contract::api::wallet::{Balance, Earnings};
use callboard_contract::api::{Nothing, calls};
use callboard_contract::view::{CallView, Receipt};
use callboard_contract::{LegPush, Push};
use callboard_domain::{CallKind, CallState, Coins, EndReason, LegState};
use callboard_tests::{House, Options, PATIENCE, Person, Rows, coins, eventually};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn tariff(rate: &str, increment: &str, reserve: &Value, payee: &str, share: &str, rest: &str) -> Value {
    let house = if payee == "astrologer" { "admin" } else { "platform" };
    json!({ "rate": rate, "increment": increment, "reserve": reserve, "warn_s": 60, "reconnect_s": 30,
        "split": [[payee, share], [house, rest]] })
}

async fn tariffs(house: &House) {
    let (upfront, rolling) = (json!({ "mode": "upfront", "minutes": 1 }), json!({ "mode": "rolling", "ahead_s": 20 }));
    house.tariff("hold", tariff("60", "1/1", &upfront, "creator", "0.8", "0.2")).await;
    house.tariff("whole", tariff("60", "2/2", &rolling, "reader", "0.7", "0.3")).await;
    house.tariff("second", tariff("60", "1/1", &rolling, "astrologer", "0.9", "0.1")).await;
    let mut short = tariff("60", "1/1", &rolling, "creator", "0.8", "0.2");
    short["reconnect_s"] = json!(6);
    house.tariff("short-line", short).await;
    let flat = json!({ "rate": "0", "flat": { "price": "45", "minutes": "0.1", "overrun": "end" },
        "split": [["reader", "0.7"], ["platform", "0.3"]] });
    house.tariff("flat", flat).await;
}

fn data<T: DeserializeOwned>(push: Push) -> T {
    let event = push.event;
    serde_json::from_value(push.data).unwrap_or_else(|e| panic!("{event}: {e}"))
}

fn seconds(ms: i64) -> Coins {
    Coins::whole((ms + 999) / 1000)
}

fn only(mut detail: CallDetail) -> LegDetail {
    assert_eq!(detail.legs.len(), 1);
    detail.legs.remove(0)
}

/// Checks that a leg's charge is where it belongs, to the last unit.
async fn adds_up(house: &House, fan: &Person, creator: &Person, had: &str, leg: &LegDetail, to_payee: Coins) {
    let wallet = house.wallet(fan.uid()).await;
    assert_eq!(wallet.posted, coins(had).checked_sub(leg.charge).expect("small"), "wallet of {}", fan.uid());
    assert_eq!((wallet.held, wallet.available), (Coins::ZERO, wallet.posted));
    assert_eq!(house.wallet(creator.uid()).await.earnings, to_payee, "earnings of {}", creator.uid());
    assert_eq!((leg.settled, leg.held), (leg.charge, Coins::ZERO));
    let split: i64 = leg.split.iter().map(|part| part.amount.units()).sum();
    assert_eq!(split, leg.charge.units());
    let postings = house.postings(leg.leg_id).await;
    assert_eq!(postings.values().map(|c| c.units()).sum::<i64>(), 0, "{postings:?}");
    let of = |who: &str| postings.iter().filter(|(a, _)| a.contains(who)).map(|(_, c)| c.units()).sum::<i64>();
    assert_eq!(of(fan.uid().as_str()), -leg.charge.units(), "{postings:?}");
    assert_eq!(of(creator.uid().as_str()), to_payee.units(), "{postings:?}");
    assert_eq!(of("platform"), leg.charge.units() - to_payee.units(), "{postings:?}");
}

async fn estimate(house: Arc<House>) {
    let (fan, creator) = (house.fan("est-fan", "100").await, house.person("est-creator").await);
    creator.offers("hold", CallKind::Video, "60").await;
    // Whatever is asked twice with the same request id is done once and answered alike.
    let calling = fan.calling(creator.uid(), CallKind::Video);
    let made = fan.ask::<Initiate>(&calling).await;
    assert_eq!(fan.ask::<Initiate>(&calling).await, made);
    let wallet = fan.ask::<Balance>(&Nothing {}).await;
    assert_eq!((wallet.posted, wallet.held, wallet.available), (coins("100"), coins("60"), coins("40")));
    assert_eq!(creator.ask::<Pending>(&Nothing {}).await.calls.len(), 1);
    let talk = fan.begin(made.call_id, &creator).await;
    house.connected(talk.call_id, 3_500).await;
    let on = fan.on(talk.call_id);
    let ended = fan.ask::<End>(&on).await;
    assert_eq!(fan.ask::<End>(&on).await, ended);
    assert_eq!((ended.state, ended.end_reason), (CallState::Completed, Some(EndReason::PayerHungUp)));
    creator.hears_of(talk.call_id, "calls.ended").await;
    let leg = only(house.call(talk.call_id).await);
    assert!((3_500..20_000).contains(&leg.connected_ms), "{}", leg.connected_ms);
    assert_eq!(leg.charge, seconds(leg.connected_ms));
    adds_up(&house, &fan, &creator, "100", &leg, Coins::from_units(leg.charge.units() * 8 / 10)).await;
    let receipt: Receipt = data(fan.hears_of(talk.call_id, "calls.receipt").await);
    assert_eq!(
        (receipt.charge, receipt.connected_ms, receipt.reason),
        (leg.charge, leg.connected_ms, EndReason::PayerHungUp)
    );
    assert_eq!(receipt.returned, coins("60").checked_sub(leg.charge).expect("small"));
    let told: Receipt = data(creator.hears_of(talk.call_id, "calls.receipt").await);
    assert_eq!(told.split, receipt.split);
    let earned = creator.ask::<Earnings>(&Nothing {}).await;
    assert_eq!((earned.posted, earned.owed), (receipt.split[0].amount, Coins::ZERO));
}

async fn nothing_charged(house: &House, fan: &Person) {
    let wallet = house.wallet(fan.uid()).await;
    assert_eq!((wallet.posted, wallet.held), (coins("100"), Coins::ZERO), "wallet of {}", fan.uid());
}

async fn rejected(house: Arc<House>) {
    let (fan, creator) = (house.fan("rej-fan", "100").await, house.person("rej-creator").await);
    creator.offers("hold", CallKind::Audio, "60").await;
    let call = fan.initiate(creator.uid(), CallKind::Audio).await.call_id;
    assert_eq!(house.wallet(fan.uid()).await.held, coins("60"));
    let on = creator.on(call);
    let view = creator.ask::<Reject>(&on).await;
    assert_eq!(creator.ask::<Reject>(&on).await, view);
    let told: CallView = data(fan.hears_of(call, "calls.rejected").await);
    assert_eq!((told.state, told.end_reason), (CallState::Rejected, Some(EndReason::Rejected)));
    nothing_charged(&house, &fan).await;
}

async fn cancelled(house: Arc<House>) {
    let (fan, creator) = (house.fan("can-fan", "100").await, house.person("can-creator").await);
    creator.offers("hold", CallKind::Audio, "60").await;
    let call = fan.initiate(creator.uid(), CallKind::Audio).await.call_id;
    creator.hears_of(call, "calls.requested").await;
    assert_eq!(fan.ask::<Cancel>(&fan.on(call)).await.state, CallState::Cancelled);
    creator.hears_of(call, "calls.cancelled").await;
    assert!(creator.ask::<Pending>(&Nothing {}).await.calls.is_empty());
    nothing_charged(&house, &fan).await;
}

async fn missed_and_expired(house: Arc<House>) {
    let (fan, creator) = (house.fan("missed-fan", "100").await, house.person("missed-creator").await);
    creator.offers("hold", CallKind::Audio, "60").await;
    let call = fan.initiate(creator.uid(), CallKind::Audio).await.call_id;
    for person in [&fan, &creator] {
        let told: CallView = data(person.hears_of(call, "calls.missed").await);
        assert_eq!(told.state, CallState::Missed);
    }
    nothing_charged(&house, &fan).await;
    let call = fan.initiate(creator.uid(), CallKind::Audio).await.call_id;
    creator.accept(call).await;
    creator.join(call).await;
    let told: CallView = data(fan.hears_of(call, "calls.expired").await);
    assert_eq!(told.state, CallState::Expired);
    nothing_charged(&house, &fan).await;
}

/// A fan who runs dry: gives the leg after the automatic end.
async fn runs_dry(house: &House, fan: &Person, creator: &Person, kind: CallKind) -> LegDetail {
    let talk = fan.talk(creator, kind).await;
    let warned: LowBalance = data(fan.hears_of(talk.call_id, "calls.low_balance").await);
    assert!(warned.runway_ms <= 60_000);
    let told: CallView = data(fan.hears_of(talk.call_id, "calls.ended").await);
    assert_eq!((told.state, told.end_reason), (CallState::Completed, Some(EndReason::CutOff)));
    creator.hears_of(talk.call_id, "calls.ended").await;
    only(house.call(talk.call_id).await)
}

async fn whole_increments(house: Arc<House>) {
    let (fan, creator) = (house.fan("inc-fan", "21").await, house.person("inc-creator").await);
    creator.offers("whole", CallKind::Chat, "60").await;
    let leg = runs_dry(&house, &fan, &creator, CallKind::Chat).await;
    // One coin is left, and an increment costs two.
    assert_eq!((leg.connected_ms, leg.charge), (20_000, coins("20")));
    adds_up(&house, &fan, &creator, "21", &leg, coins("14")).await;
}

async fn per_second(house: Arc<House>) {
    let (fan, creator) = (house.fan("sec-fan", "22").await, house.person("sec-creator").await);
    creator.offers("second", CallKind::Audio, "60").await;
    let leg = runs_dry(&house, &fan, &creator, CallKind::Audio).await;
    assert_eq!((leg.connected_ms, leg.charge), (22_000, coins("22")));
    adds_up(&house, &fan, &creator, "22", &leg, coins("19.8")).await;
}

async fn payee_hangs_up(house: Arc<House>) {
    let (fan, creator) = (house.fan("pay-fan", "50").await, house.person("pay-creator").await);
    creator.offers("whole", CallKind::Audio, "60").await;
    let talk = fan.talk(&creator, CallKind::Audio).await;
    house.connected(talk.call_id, 2_000).await;
    assert_eq!(creator.end(talk.call_id).await.end_reason, Some(EndReason::PayeeHungUp));
    let leg = only(house.call(talk.call_id).await);
    // Only what was used counts, not the increment that has begun.
    assert_eq!(leg.charge, seconds(leg.connected_ms));
    adds_up(&house, &fan, &creator, "50", &leg, Coins::from_units(leg.charge.units() * 7 / 10)).await;
}

async fn flat_session(house: Arc<House>) {
    let (fan, creator) = (house.fan("flat-fan", "60").await, house.person("flat-creator").await);
    creator.offers("flat", CallKind::Video, "45").await;
    let talk = fan.talk(&creator, CallKind::Video).await;
    assert_eq!(house.wallet(fan.uid()).await.available, coins("15"));
    let told: CallView = data(creator.hears_of(talk.call_id, "calls.ended").await);
    assert_eq!(told.end_reason, Some(EndReason::MinutesUp));
    let leg = only(house.call(talk.call_id).await);
    assert_eq!((leg.connected_ms, leg.charge), (6_000, coins("45")));
    adds_up(&house, &fan, &creator, "60", &leg, coins("31.5")).await;
}

async fn group_of_five(house: Arc<House>) {
    let (host, free) = (house.person("grp-host").await, house.person("grp-free").await);
    host.offers("second", CallKind::Group, "60").await;
    let mut payers = Vec::new();
    for name in ["grp-1", "grp-2", "grp-3"] {
        payers.push(house.fan(name, "100").await);
    }
    let guests = [(payers[0].uid(), true), (payers[1].uid(), true), (payers[2].uid(), true), (free.uid(), false)];
    let call = host.open_group(&guests).await.call_id;
    let mut beats = Vec::new();
    for guest in payers.iter().chain([&free]) {
        guest.hears_of(call, "calls.requested").await;
        guest.accept(call).await;
        guest.join(call).await;
        beats.push(guest.beat(call));
    }
    host.join(call).await;
    beats.push(host.beat(call));
    for payer in &payers {
        let (name, id) = (payer.uid().as_str(), call.to_string());
        let mine = |p: &Push| p.event == "calls.active" && p.data["call_id"] == id.as_str() && p.data["payer"] == name;
        let leg: LegPush = data(payer.hears("its leg to start", mine).await);
        assert_eq!(leg.state, LegState::Metered);
    }
    house.connected(call, 2_000).await;
    payers[0].ask::<Leave>(&payers[0].on(call)).await;
    host.hears_of(call, "calls.member_left").await;
    assert_eq!(house.call(call).await.call.state, CallState::Active);
    house.connected(call, 4_500).await;
    host.end(call).await;
    free.hears_of(call, "calls.ended").await;
    let legs = house.call(call).await.legs;
    assert_eq!(legs.len(), 3, "he who does not pay has no leg");
    let mut earned = 0;
    for payer in &payers {
        let leg = legs.iter().find(|l| &l.payer == payer.uid()).expect("a leg for each payer");
        assert!(leg.charge >= coins("2") && leg.charge == seconds(leg.connected_ms), "{leg:?}");
        earned += leg.charge.units() * 9 / 10;
        let wallet = house.wallet(payer.uid()).await;
        assert_eq!(wallet.posted, coins("100").checked_sub(leg.charge).expect("small"));
        assert!(wallet.held.is_zero());
        let receipt: Receipt = data(payer.hears_of(call, "calls.receipt").await);
        assert_eq!((receipt.payer.clone(), receipt.charge), (payer.uid().clone(), leg.charge));
    }
    let left = |p: &Person| legs.iter().find(|l| &l.payer == p.uid()).expect("a leg").connected_ms;
    assert!(left(&payers[0]) < left(&payers[1]), "who leaves early pays less");
    assert_eq!(house.wallet(host.uid()).await.earnings.units(), earned);
    assert_eq!(house.wallet(free.uid()).await.posted, Coins::ZERO);
}

async fn silence(house: Arc<House>) {
    let (fan, creator) = (house.fan("sil-fan", "200").await, house.person("sil-creator").await);
    creator.offers("short-line", CallKind::Video, "60").await;
    let mut talk = fan.talk(&creator, CallKind::Video).await;
    house.connected(talk.call_id, 1_500).await;
    talk.fan_beats = None;
    creator.hears_of(talk.call_id, "calls.suspended").await;
    let counted = only(house.call(talk.call_id).await);
    assert_eq!(counted.state, LegState::Suspended);
    // He comes back within the budget, and time counts again from there.
    talk.fan_beats = Some(fan.beat(talk.call_id));
    creator.hears_of(talk.call_id, "calls.resumed").await;
    house.connected(talk.call_id, counted.connected_ms + 1_000).await;
    // Then he is lost for good.
    talk.fan_beats = None;
    let told: CallView = data(creator.hears_of(talk.call_id, "calls.ended").await);
    assert_eq!(told.end_reason, Some(EndReason::LineLost));
    let leg = only(house.call(talk.call_id).await);
    let wall = leg.ended_at.expect("ended").since(leg.started_at.expect("started")).as_ms();
    assert!(leg.connected_ms <= wall - 6_000, "{} of {wall} ms counted though 6 s were lost", leg.connected_ms);
    assert_eq!(leg.charge, seconds(leg.connected_ms));
    adds_up(&house, &fan, &creator, "200", &leg, Coins::from_units(leg.charge.units() * 8 / 10)).await;
}

async fn missed_pushes(house: Arc<House>) {
    let (fan, creator) = (house.fan("syn-fan", "100").await, house.person("syn-creator").await);
    creator.offers("hold", CallKind::Chat, "60").await;
    let call = fan.initiate(creator.uid(), CallKind::Chat).await.call_id;
    fan.hears_of(call, "calls.requested").await;
    let seen = fan.heard().iter().filter_map(|p| p.seq).max().expect("numbered pushes");
    fan.clone().leave_house().await;
    creator.ask::<Reject>(&creator.on(call)).await;
    house.topup("syn-fan", "5").await;
    let fan = house.person("syn-fan").await;
    let missed = eventually("the missed pushes", PATIENCE, || async {
        let reply = fan.ask::<Sync>(&SyncRequest { after: seen }).await;
        (reply.pushes.len() >= 2).then_some(reply)
    })
    .await;
    assert!(missed.complete);
    let events: Vec<(&str, Option<u64>)> = missed.pushes.iter().map(|p| (p.event.as_str(), p.seq)).collect();
    assert_eq!(events, [("calls.rejected", Some(seen + 1)), ("wallet.changed", Some(seen + 2))]);
    assert_eq!(missed.seq, seen + 2);
    let none = fan.ask::<Sync>(&SyncRequest { after: missed.seq }).await;
    assert!(none.pushes.is_empty() && none.complete);
    let all = fan.ask::<Sync>(&SyncRequest { after: 0 }).await.pushes;
    assert!(all.windows(2).all(|w| w[0].seq.map(|n| n + 1) == w[1].seq), "numbers without a gap");
}

async fn busy_and_poor(house: Arc<House>) {
    use callboard_contract::ErrorCode::{Conflict, InsufficientFunds, NotFound};
    let (fan, creator) = (house.fan("bus-fan", "100").await, house.person("bus-creator").await);
    let (poor, other) = (house.fan("bus-poor", "59.9999").await, house.fan("bus-other", "100").await);
    creator.offers("hold", CallKind::Audio, "60").await;
    assert_eq!(poor.refused::<Initiate>(&poor.calling(creator.uid(), CallKind::Audio)).await, InsufficientFunds);
    assert_eq!(fan.refused::<Initiate>(&fan.calling(creator.uid(), CallKind::Video)).await, Conflict);
    assert_eq!(fan.refused::<Initiate>(&fan.calling(other.uid(), CallKind::Audio)).await, NotFound);
    let call = fan.initiate(creator.uid(), CallKind::Audio).await.call_id;
    assert_eq!(other.refused::<Initiate>(&other.calling(creator.uid(), CallKind::Audio)).await, Conflict);
    // Nobody else can take, see or end it.
    assert_eq!(other.refused::<Accept>(&other.on_device(call)).await, NotFound);
    assert_eq!(other.refused::<End>(&other.on(call)).await, NotFound);
    assert_eq!(other.refused::<calls::Show>(&calls::CallRef { call_id: call }).await, NotFound);
    fan.ask::<Cancel>(&fan.on(call)).await;
    nothing_charged(&house, &fan).await;
    nothing_charged(&house, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_platform_that_it_replaces() {
    let house = Arc::new(House::start(Options::quick()).await);
    tariffs(&house).await;
    let mut rows = Rows::default();
    rows.add("an estimate is held, less is used, the rest comes back", estimate(Arc::clone(&house)));
    rows.add("a rejected call costs nothing", rejected(Arc::clone(&house)));
    rows.add("a cancelled call costs nothing", cancelled(Arc::clone(&house)));
    rows.add("missed and expired calls cost nothing", missed_and_expired(Arc::clone(&house)));
    rows.add("whole increments end when less than one is left", whole_increments(Arc::clone(&house)));
    rows.add("seconds end exactly at the cut-off", per_second(Arc::clone(&house)));
    rows.add("where the payee hangs up only what was used counts", payee_hangs_up(Arc::clone(&house)));
    rows.add("a flat session ends with its minutes", flat_session(Arc::clone(&house)));
    rows.add("a group of five", group_of_five(Arc::clone(&house)));
    rows.add("silence stops time, and too much of it ends the call", silence(Arc::clone(&house)));
    rows.add("missed pushes can be had", missed_pushes(Arc::clone(&house)));
    rows.add("nobody is in two calls, nobody calls without coins", busy_and_poor(Arc::clone(&house)));
    rows.all_hold().await;
    eventually("no live call", Duration::from_secs(20), || async { house.live().await.is_empty().then_some(()) }).await;
    let report = house.balanced().await;
    // Nobody gave anything or paid to enter a room here.
    let calls = |name: &str| !["payments", "entry_fees"].contains(&name);
    assert!(report.checks.iter().all(|check| check.looked_at > 0 || !calls(&check.name)), "{:#?}", report.checks);
    Arc::into_inner(house).expect("all rows are done").down();
}
