//! What a prediction pays out: parimutuel in whole channel credits (MONEY, Channel credits and predictions).
//!
//! What goes out plus the fee is always what was staked; without a winner every bet returns whole.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Share, Uid};

/// A bet, in the order in which bets were made. One user may bet several times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bet {
    /// Who bets.
    pub user: Uid,
    /// On which outcome.
    pub option: String,
    /// Whole credits.
    pub amount: u32,
}

/// What is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payout {
    /// What the house keeps.
    pub fee: u64,
    /// What each bet gets, in the order of the bets.
    pub bets: Vec<u64>,
    /// Whether every bet went back whole.
    pub refunded: bool,
}

impl Payout {
    /// The sums per user who gets anything.
    pub fn by_user(&self, bets: &[Bet]) -> BTreeMap<Uid, u64> {
        let mut sums = BTreeMap::new();
        for (bet, &paid) in bets.iter().zip(&self.bets).filter(|(_, paid)| **paid > 0) {
            *sums.entry(bet.user.clone()).or_insert(0) += paid;
        }
        sums
    }
}

/// Pays the bets on the winner from the whole pot less the fee. The fee is the share of the pot rounded down, at most what the
/// losers staked. No winner named (cancelled), or nobody bet on it: everything goes back.
pub fn payout(bets: &[Bet], winner: Option<&str>, fee: Share) -> Payout {
    let won = |bet: &&Bet| winner == Some(bet.option.as_str());
    let sum = |bets: &mut dyn Iterator<Item = &Bet>| bets.map(|bet| u128::from(bet.amount)).sum::<u128>();
    let pot = sum(&mut bets.iter());
    let staked = sum(&mut bets.iter().filter(won));
    if staked == 0 {
        return Payout { fee: 0, bets: bets.iter().map(|bet| u64::from(bet.amount)).collect(), refunded: true };
    }
    let part = fee.parts(i128::try_from(pot).expect("fewer than 2^64 bets of 32 bits")).0;
    let fee = u128::try_from(part).expect("a share is not negative").min(pot - staked);
    let net = pot - fee;
    let mut paid = vec![0_u128; bets.len()];
    let mut fractions: Vec<(u128, usize)> = Vec::new();
    for (index, bet) in bets.iter().enumerate().filter(|(_, bet)| won(bet)) {
        let exact = net * u128::from(bet.amount);
        paid[index] = exact / staked;
        fractions.push((exact % staked, index));
    }
    fractions.sort_by_key(|&(fraction, _)| std::cmp::Reverse(fraction)); // Stable: ties stay with the earlier bet.
    let left = net - paid.iter().sum::<u128>();
    for (_, &(_, index)) in (0..left).zip(&fractions) {
        paid[index] += 1;
    }
    let whole = |credits: u128| u64::try_from(credits).expect("fewer than 2^32 bets of 32 bits");
    Payout { fee: whole(fee), bets: paid.into_iter().map(whole).collect(), refunded: false }
}
