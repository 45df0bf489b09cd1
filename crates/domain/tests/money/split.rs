//! Parts sum to the whole, never shrink, and refunds undo them exactly.

use callboard_domain::{Coins, Party, Share, Split};
use proptest::prelude::*;

use crate::random::{coins, splits};

fn sum(parts: &[(Party, Coins)]) -> i64 {
    parts.iter().map(|(_, part)| part.units()).sum()
}

fn split(parts: &[(&str, &str)]) -> Split {
    let parts =
        parts.iter().map(|(party, share)| (party.parse().expect("a name"), share.parse().expect("a share"))).collect();
    Split::new(parts).expect("a split")
}

#[test]
fn the_odd_unit_goes_to_the_largest_remainder_and_ties_to_the_first() {
    let units = |split: &Split, total| -> Vec<i64> {
        split.divide(Coins::from_units(total)).iter().map(|(_, part)| part.units()).collect()
    };
    assert_eq!(units(&split(&[("creator", "0.8"), ("platform", "0.2")]), 1_801_667), [1_441_334, 360_333]);
    assert_eq!(units(&split(&[("creator", "0.5"), ("platform", "0.5")]), 3), [2, 1]);
    assert_eq!(units(&split(&[("platform", "0.1"), ("creator", "0.9")]), 1), [0, 1]);
    assert_eq!(units(&split(&[("creator", "1"), ("platform", "0")]), 7), [7, 0]);
}

#[test]
fn the_payee_is_the_first_who_is_not_the_house() {
    assert_eq!(split(&[("platform", "0.2"), ("creator", "0.8")]).payee().map(Party::as_str), Some("creator"));
    assert_eq!(split(&[("admin", "1")]).payee(), None);
}

proptest! {
    #[test]
    fn parts_sum_to_the_whole_and_floors_are_never_above_them(split in splits(), total in 0..=Coins::MAX.units(), less in 0_i64..1_000_000) {
        let whole = Coins::from_units(total);
        let parts = split.divide(whole);
        prop_assert_eq!(sum(&parts), total);
        // A settlement on the way, of whatever came before, never gives a party more than the last one leaves it.
        for earlier in [whole, whole.saturating_sub(Coins::from_units(less))] {
            for ((_, floor), (_, part)) in split.floors(earlier).iter().zip(&parts) {
                prop_assert!(floor <= part && !floor.is_negative());
            }
        }
    }

    #[test]
    fn refunds_in_parts_undo_the_split_exactly(split in splits(), charged in prop_oneof![1_i64..60, 1_i64..10_000_000], cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let mut stops: Vec<i64> = cuts.iter().map(|cut| i64::try_from(cut.index(usize::try_from(charged).unwrap() + 1)).unwrap()).collect();
        stops.push(charged);
        stops.sort_unstable();
        let whole = Coins::from_units(charged);
        let got = split.divide(whole);
        let mut back = vec![0; got.len()];
        let mut before = 0;
        for stop in stops {
            let parts = split.refund_parts(whole, Coins::from_units(before), Coins::from_units(stop - before));
            prop_assert_eq!(sum(&parts), stop - before);
            for ((sum, (_, part)), (_, most)) in back.iter_mut().zip(&parts).zip(&got) {
                prop_assert!(!part.is_negative());
                *sum += part.units();
                prop_assert!(*sum <= most.units());
            }
            before = stop;
        }
        prop_assert_eq!(back, got.iter().map(|(_, part)| part.units()).collect::<Vec<_>>());
        prop_assert_eq!(sum(&split.refund_parts(whole, whole, Coins::from_units(5))), 0);
    }

    #[test]
    fn between_two_a_first_refund_is_split_like_a_charge(percent in 0_u8..=100, charged in coins(1..10_000_000), part in any::<prop::sample::Index>()) {
        let split = Split::new(vec![
            ("creator".parse().unwrap(), Share::percent(percent)),
            ("platform".parse().unwrap(), Share::percent(100 - percent)),
        ]).unwrap();
        let amount = Coins::from_units(i64::try_from(part.index(usize::try_from(charged.units()).unwrap() + 1)).unwrap());
        prop_assert_eq!(split.refund_parts(charged, Coins::ZERO, amount), split.divide(amount));
    }
}
