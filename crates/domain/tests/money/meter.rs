//! The meter over random tariffs: cumulative, within the funds, and cut off at the last possible instant.

use callboard_domain::{Coins, EndRule, Millis, Preset, Tariff};
use proptest::prelude::*;

use crate::random::{coins, tariffs};

#[test]
fn a_slice_is_worth_the_time_ahead_or_an_increment() {
    let tariff = |preset: Preset| Tariff::try_from(preset.spec(None, None)).unwrap();
    assert_eq!(tariff(Preset::CoinBurn).slice(), Coins::whole(10));
    assert_eq!(tariff(Preset::Reader).slice().to_string(), "3.9900");
    assert_eq!(tariff(Preset::CreatorHold).slice(), Coins::whole(10));
    assert_eq!(tariff(Preset::ReaderFlat).slice(), Coins::ZERO);
    assert_eq!(tariff(Preset::ReaderFlat).flat_end(), Some(Millis::from_secs(900)));
    assert_eq!(tariff(Preset::Reader).next_grant(Coins::ZERO, Coins::whole(2)), Coins::whole(2));
}

#[test]
fn what_nobody_shows_up_for_or_cancels_late_costs_its_share() {
    let mut spec = Preset::ReaderFlat.spec(None, None);
    let flat = spec.flat.as_mut().unwrap();
    flat.no_show_share = Some("0.5".parse().unwrap());
    flat.cancel_share = Some("0.25".parse().unwrap());
    flat.cancel_before_s = Some(3600);
    let tariff = Tariff::try_from(spec).unwrap();
    assert_eq!(tariff.no_show_charge().to_string(), "22.5000");
    assert_eq!(tariff.cancel_charge(Millis::from_secs(3599)).to_string(), "11.2500");
    assert_eq!(tariff.cancel_charge(Millis::from_secs(3600)), Coins::ZERO);
}

#[test]
fn extremes_neither_overflow_nor_panic() {
    let mut spec = Preset::CoinBurn.spec(Some(Coins::whole(1_000_000)), None);
    let dear = Tariff::try_from(spec.clone()).unwrap();
    assert_eq!(dear.charge(Millis::from_ms(i64::MAX), EndRule::Full), Coins::MAX);
    assert_eq!(dear.cutoff(Coins::MAX), Some(Millis::from_secs(60_000_000)));
    spec.rate = Coins::from_units(1);
    assert_eq!(Tariff::try_from(spec).unwrap().cutoff(Coins::MAX), None);
    assert_eq!(dear.cutoff(Coins::from_units(i64::MIN / 2)), Some(Millis::ZERO));
}

proptest! {
    #[test]
    fn the_charge_grows_and_what_was_used_is_never_above_it(tariff in tariffs(), a in 0_i64..10_000_000, b in 0_i64..200_000) {
        let (earlier, later) = (Millis::from_ms(a), Millis::from_ms(a + b));
        for rule in [EndRule::Full, EndRule::UsedOnly] {
            prop_assert!(tariff.charge(earlier, rule) <= tariff.charge(later, rule));
        }
        prop_assert!(tariff.exact(later) <= tariff.charge(later, EndRule::Full));
        prop_assert_eq!(tariff.charge(Millis::ZERO, EndRule::Full), Coins::ZERO);
        prop_assert!(tariff.charge(Millis::from_ms(1), EndRule::UsedOnly) >= tariff.connect_fee());
    }

    #[test]
    fn the_cut_off_is_the_last_affordable_instant(tariff in tariffs(), funds in prop_oneof![coins(0..500_000), coins(0..20_000_000)]) {
        let limit = tariff.max_spend().map_or(funds, |most| most.min(funds));
        match tariff.cutoff(funds) {
            Some(cutoff) => {
                prop_assert!(tariff.charge(cutoff, EndRule::Full) <= limit);
                prop_assert!(tariff.charge(cutoff.plus(Millis::from_ms(1)), EndRule::Full) > limit);
            }
            None => prop_assert!(tariff.charge(Millis::from_secs(100_000_000), EndRule::Full) <= limit),
        }
    }

    #[test]
    fn the_first_hold_pays_for_the_first_instant(tariff in tariffs()) {
        let hold = tariff.first_hold();
        prop_assert!(tariff.charge(Millis::from_ms(1), EndRule::Full) <= hold);
        let first = tariff.free().plus(Millis::from_secs(i64::from(tariff.increment().first)));
        let started = if tariff.flat().is_some() { Millis::from_ms(1) } else { first };
        prop_assert!(tariff.cutoff(hold).is_none_or(|cutoff| cutoff >= started));
    }

    #[test]
    fn every_full_slice_moves_the_cut_off_on(tariff in tariffs(), extra in coins(0..1_000_000)) {
        let mut spec = tariff.spec();
        spec.max_spend = None;
        let tariff = Tariff::try_from(spec).unwrap();
        let funds = tariff.first_hold().checked_add(extra).unwrap();
        if let Some(cutoff) = tariff.cutoff(funds) {
            let further = tariff.cutoff(funds.checked_add(tariff.slice()).unwrap());
            prop_assert!(further.is_none_or(|further| further > cutoff));
        }
    }

    #[test]
    fn a_tariff_survives_the_wire(tariff in tariffs()) {
        let wire = serde_json::to_string(&tariff).unwrap();
        prop_assert_eq!(serde_json::from_str::<Tariff>(&wire).unwrap(), tariff);
    }
}
