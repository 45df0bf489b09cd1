//! Nothing is lost or made: the fee and the payouts are what was staked.

use callboard_domain::{Bet, Share, payout};
use proptest::prelude::*;

fn bets() -> impl Strategy<Value = Vec<Bet>> {
    prop::collection::vec((0_u8..5, 0_u8..3, 1_u32..10_000), 0..15).prop_map(|bets| {
        let bet = |(user, option, amount)| Bet {
            user: format!("u{user}").parse().expect("a name"),
            option: format!("o{option}"),
            amount,
        };
        bets.into_iter().map(bet).collect()
    })
}

proptest! {
    #[test]
    fn fee_and_payouts_make_up_the_pot(bets in bets(), percent in 0_u8..=100) {
        let paid = payout(&bets, Some("o0"), Share::percent(percent));
        let pot: u64 = bets.iter().map(|bet| u64::from(bet.amount)).sum();
        let staked: u64 = bets.iter().filter(|bet| bet.option == "o0").map(|bet| u64::from(bet.amount)).sum();
        prop_assert_eq!(paid.bets.iter().sum::<u64>() + paid.fee, pot);
        prop_assert_eq!(paid.by_user(&bets).values().sum::<u64>() + paid.fee, pot);
        prop_assert_eq!(paid.refunded, staked == 0);
        for (bet, &got) in bets.iter().zip(&paid.bets) {
            let stake = u64::from(bet.amount);
            // The fee comes out of what the losers staked, so a winner never gets less than the stake.
            let fair = match (paid.refunded, bet.option == "o0") {
                (true, _) => got == stake,
                (false, true) => got >= stake,
                (false, false) => got == 0,
            };
            prop_assert!(fair, "{:?} got {}", bet, got);
        }
        prop_assert!(payout(&bets, None, Share::percent(percent)).refunded);
    }
}
