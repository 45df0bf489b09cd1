//! The clock of a leg: live with grants in slices, re-run from records, and through outages, it comes to the same.

use callboard_domain::{
    At, By, Coins, EndReason, EndRule, LegClock, LegClockError, LegEvent, LegEventKind, LegOutcome, LegPhase, Millis,
    Outage, Preset, Recorded, Side, Tariff, replay, simulate,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::random::{coins, tariffs, timelines};

fn at(ms: i64) -> At {
    At::from_ms(ms)
}

fn event(ms: i64, kind: LegEventKind) -> LegEvent {
    LegEvent { at: at(ms), kind }
}

/// Runs recorded events again; all outages were known.
fn again(tariff: &Tariff, events: &[LegEvent], outages: &[Outage]) -> Result<LegOutcome, LegClockError> {
    let recorded: Vec<Recorded> = events.iter().copied().map(Recorded::from).collect();
    replay(tariff, &recorded, outages)
}

/// A leg as the house runs it, without latency: top-ups reach the wallet, and slices are granted when the cut-off is there.
/// Gives what it came to and everything that was recorded. `None`: nothing ends it, or the first hold is refused.
fn live(tariff: &Tariff, wallet: Coins, timeline: &[LegEvent]) -> Option<(LegOutcome, Vec<LegEvent>)> {
    let (mut clock, mut wallet) = (LegClock::new(), wallet);
    let mut recorded = Vec::new();
    let mut record = |clock: &mut LegClock, event: LegEvent| {
        clock.apply(&event, &[]).expect("a timeline in order");
        recorded.push(event);
    };
    let hold = tariff.first_hold();
    wallet = wallet.checked_sub(hold).ok().filter(|left| !left.is_negative())?;
    record(&mut clock, LegEvent { at: timeline[0].at, kind: LegEventKind::Grant { amount: hold } });
    let mut events = timeline.iter().copied().peekable();
    loop {
        let due = clock.due(tariff, &[]);
        let first = events.peek().copied().filter(|event| due.is_none_or(|due| event.at <= due.at));
        match (first, due) {
            (Some(LegEvent { at, kind: LegEventKind::End { by, reason } }), _) => {
                let outcome = clock.end(tariff, at, by, reason, &[]).expect("it runs");
                recorded.push(event(at.as_ms(), LegEventKind::End { by, reason }));
                return Some((outcome, recorded));
            }
            (Some(event), _) => {
                events.next();
                match event.kind {
                    LegEventKind::Grant { amount } => {
                        wallet = wallet.checked_add(amount).expect("small sums");
                    }
                    _ => record(&mut clock, event),
                }
            }
            (None, None) => return None,
            (None, Some(due)) => {
                let amount = tariff.next_grant(clock.granted(), wallet);
                if due.reason == EndReason::CutOff && amount.is_positive() {
                    wallet = wallet.checked_sub(amount).expect("no more than there is");
                    record(&mut clock, LegEvent { at: due.at, kind: LegEventKind::Grant { amount } });
                    continue;
                }
                let outcome = clock.end(tariff, due.at, By::House, due.reason, &[]).expect("it runs");
                recorded.push(event(due.at.as_ms(), LegEventKind::End { by: By::House, reason: due.reason }));
                return Some((outcome, recorded));
            }
        }
    }
}

/// The same timeline as a worked case.
fn simulated(tariff: &Tariff, wallet: Coins, timeline: &[LegEvent]) -> Value {
    let event = |event: &LegEvent| {
        let at = Millis::from_ms(event.at.as_ms()).to_string();
        match event.kind {
            LegEventKind::Start => json!({"at": at, "event": "start"}),
            LegEventKind::Suspend { side } => json!({"at": at, "event": "suspend", "side": side}),
            LegEventKind::Resume => json!({"at": at, "event": "resume"}),
            LegEventKind::Grant { amount } => json!({"at": at, "event": "topup", "amount": amount}),
            LegEventKind::End { by, .. } => json!({"at": at, "event": "end", "by": by}),
        }
    };
    let timeline: Vec<Value> = timeline.iter().map(event).collect();
    let case = json!({"name": "random", "tariff": tariff, "wallet": wallet, "timeline": timeline});
    simulate(&json!({"tariff_cases": [case]})).expect("a case in order")["tariff_cases"][0]["result"].clone()
}

/// The instant at which something happens if the house was deaf for a while before it.
fn shifted(instant: At, outage: Outage) -> At {
    if instant > outage.from { instant.plus(outage.to.since(outage.from)) } else { instant }
}

#[test]
fn events_that_do_not_fit_are_refused() {
    let mut clock = LegClock::new();
    let suspend = LegEventKind::Suspend { side: Side::Payee };
    assert_eq!(clock.apply(&event(0, suspend), &[]), Err(LegClockError::NotStarted));
    clock.apply(&event(5_000, LegEventKind::Start), &[]).unwrap();
    assert_eq!(clock.apply(&event(6_000, LegEventKind::Start), &[]), Err(LegClockError::Started));
    assert_eq!(clock.apply(&event(6_000, LegEventKind::Resume), &[]), Err(LegClockError::NotSuspended));
    let debit = LegEventKind::Grant { amount: Coins::whole(-1) };
    assert_eq!(clock.apply(&event(6_000, debit), &[]), Err(LegClockError::Grants));
    // An instant before the last change counts as that change.
    clock.apply(&event(4_000, suspend), &[]).unwrap();
    assert_eq!((clock.connected(), clock.since(), clock.lost_side()), (Millis::ZERO, at(5_000), Some(Side::Payee)));
    assert_eq!(clock.apply(&event(6_000, suspend), &[]), Err(LegClockError::Suspended));
    let end = LegEventKind::End { by: By::Payer, reason: EndReason::PayerHungUp };
    clock.apply(&event(7_000, end), &[]).unwrap();
    assert_eq!((clock.lost(), clock.phase()), (Millis::from_secs(2), LegPhase::Ended));
    assert_eq!(clock.apply(&event(8_000, end), &[]), Err(LegClockError::Ended));
}

#[test]
fn a_late_end_is_charged_to_the_cut_off_and_a_late_extension_counts() {
    let tariff = Tariff::try_from(Preset::CoinBurn.spec(None, None)).unwrap();
    let grant = LegEventKind::Grant { amount: Coins::whole(10) };
    let end = event(100_000, LegEventKind::End { by: By::Payee, reason: EndReason::PayeeHungUp });
    let outcome = again(&tariff, &[event(0, grant), event(0, LegEventKind::Start), end], &[]).unwrap();
    assert_eq!((outcome.connected, outcome.charge), (Millis::from_secs(60), Coins::whole(10)));
    assert_eq!((outcome.ended_at, outcome.reason), (Some(at(60_000)), Some(EndReason::CutOff)));
    // The sweep saw the cut-off three seconds late and extended.
    let events = [event(0, grant), event(0, LegEventKind::Start), event(63_000, grant), end];
    let outcome = again(&tariff, &events, &[]).unwrap();
    assert_eq!((outcome.connected, outcome.rule), (Millis::from_secs(100), EndRule::UsedOnly));
    assert_eq!(outcome.reason, Some(EndReason::PayeeHungUp));
    assert_eq!(again(&tariff, &[end, event(200_000, grant)], &[]), Err(LegClockError::Ended));
}

#[test]
fn an_outage_that_is_found_later_changes_nothing_that_was_recorded_before() {
    let tariff = Tariff::try_from(Preset::CoinBurn.spec(None, None)).unwrap();
    let outage = |from, to| Outage { from: at(from), to: at(to) };
    // The house last wrote that it listens at 29.5 s, took the end at 30 s, and was killed.
    let outages = [outage(10_000, 20_000), outage(29_500, 90_000)];
    let known_to = |event, to| Recorded { event, outages_to: Some(at(to)) };
    let grant = event(0, LegEventKind::Grant { amount: Coins::whole(10) });
    let end = event(30_000, LegEventKind::End { by: By::Payee, reason: EndReason::PayeeHungUp });
    let events = [known_to(grant, 0), known_to(event(0, LegEventKind::Start), 0), known_to(end, 20_000)];
    assert_eq!(replay(&tariff, &events, &outages).unwrap().connected, Millis::from_secs(20));
    // Had it gone on, all of the outage would be left out.
    let later = event(100_000, LegEventKind::End { by: By::Payee, reason: EndReason::PayeeHungUp });
    let events = [events[0], events[1], known_to(later, 90_000)];
    assert_eq!(replay(&tariff, &events, &outages).unwrap().connected, Millis::from_ms(29_500));
}

#[test]
fn runway_and_burn_are_what_staff_watch() {
    let tariff = Tariff::try_from(Preset::CoinBurn.spec(None, None)).unwrap();
    let mut clock = LegClock::new();
    clock.apply(&event(0, LegEventKind::Grant { amount: Coins::whole(10) }), &[]).unwrap();
    assert_eq!(clock.burn(&tariff, at(0), &[]), Coins::ZERO);
    clock.apply(&event(0, LegEventKind::Start), &[]).unwrap();
    assert_eq!(clock.runway(&tariff, Coins::whole(5), at(30_000), &[]), Some(Millis::from_secs(60)));
    assert_eq!(clock.burn(&tariff, at(30_000), &[]), Coins::whole(10));
    assert_eq!(clock.metered_at(&tariff, at(90_000), &[]), Millis::from_secs(60));
    clock.apply(&event(30_000, LegEventKind::Suspend { side: Side::Payer }), &[]).unwrap();
    assert_eq!(clock.burn(&tariff, at(40_000), &[]), Coins::ZERO);
    assert_eq!(clock.line_lost_at(&tariff, &[]), Some(at(60_000)));
    let wire = serde_json::to_string(&clock).unwrap();
    assert_eq!(serde_json::from_str::<LegClock>(&wire).unwrap(), clock);
}

#[test]
fn overlapping_outages_count_once() {
    let outage = |from, to| Outage { from: at(from), to: at(to) };
    let outages = [outage(20_000, 40_000), outage(10_000, 30_000), outage(15_000, 16_000), outage(90_000, 90_000)];
    let tariff = Tariff::try_from(Preset::CoinBurn.spec(None, None)).unwrap();
    let grant = LegEventKind::Grant { amount: Coins::whole(10) };
    let mut clock = LegClock::new();
    clock.apply(&event(0, grant), &outages).unwrap();
    clock.apply(&event(0, LegEventKind::Start), &outages).unwrap();
    assert_eq!(clock.connected_at(at(25_000), &outages), Millis::from_secs(10));
    assert_eq!(clock.connected_at(at(50_000), &outages), Millis::from_secs(20));
    assert_eq!(clock.cutoff_at(&tariff, &outages), Some(at(90_000)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn live_with_slices_comes_to_what_the_simulation_says(tariff in tariffs(), spare in coins(0..3_000_000), timeline in timelines()) {
        let wallet = tariff.first_hold().checked_add(spare).unwrap();
        let expected = simulated(&tariff, wallet, &timeline);
        let Some((outcome, recorded)) = live(&tariff, wallet, &timeline) else {
            prop_assert_eq!(&expected["outcome"], "open");
            return Ok(());
        };
        prop_assert_eq!(json!(outcome.charge), expected["charge"].clone());
        prop_assert_eq!(json!(outcome.connected.to_string()), expected["connected_s"].clone());
        let ended_at = outcome.ended_at.map(|at| Millis::from_ms(at.as_ms()).to_string());
        prop_assert_eq!(json!(ended_at), expected["ended_at"].clone());
        prop_assert!(outcome.charge <= outcome.granted);
        prop_assert_eq!(again(&tariff, &recorded, &[]), Ok(outcome));
    }

    #[test]
    fn the_charge_is_never_above_the_funds_and_nothing_is_lost(tariff in tariffs(), wallet in coins(0..3_000_000), timeline in timelines()) {
        let result = simulated(&tariff, wallet, &timeline);
        let coins = |value: &Value| value.as_str().unwrap().parse::<Coins>().unwrap().units();
        let topped: i64 = timeline.iter().map(|event| match event.kind {
            LegEventKind::Grant { amount } => amount.units(),
            _ => 0,
        }).sum();
        let (charge, after) = (coins(&result["charge"]), coins(&result["wallet_after"]));
        prop_assert!(after >= 0 && charge >= 0 && charge + after <= wallet.units() + topped && charge + after >= wallet.units());
        let split = result["split"].as_object().unwrap().values().map(coins).sum::<i64>();
        prop_assert_eq!(split, charge);
    }

    #[test]
    fn an_outage_only_shifts(tariff in tariffs(), spare in coins(0..3_000_000), timeline in timelines(), from in 0_i64..4_000_000, length in 1_i64..600_000) {
        let wallet = tariff.first_hold().checked_add(spare).unwrap();
        let Some((outcome, recorded)) = live(&tariff, wallet, &timeline) else { return Ok(()) };
        let outage = Outage { from: at(from), to: at(from + length) };
        let later: Vec<LegEvent> = recorded.iter().map(|event| LegEvent { at: shifted(event.at, outage), kind: event.kind }).collect();
        let through = again(&tariff, &later, &[outage]).unwrap();
        let expected = LegOutcome { ended_at: outcome.ended_at.map(|at| shifted(at, outage)), ..outcome };
        prop_assert_eq!(through, expected);
    }
}
