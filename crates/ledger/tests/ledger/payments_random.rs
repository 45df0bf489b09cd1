//! Payments, refunds, give-backs and payouts in random order: the parts sum to the whole, nobody goes below nothing, nothing goes back
//! above what was paid, and each has what a plain count says.

use std::collections::BTreeMap;

use callboard_contract::adm::refund::RefundFrom;
use callboard_domain::{Coins, RefundLimits, Split, TransferId};
use callboard_ledger::books::verify;
use callboard_ledger::refund::Refunder;
use callboard_ledger::transfer::TransferKind;
use callboard_store::StoreError;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::house::{House, split};

const PEOPLE: [&str; 3] = ["maya", "noor", "ada"];
const ROUNDS: usize = 12;

#[derive(Clone, Debug)]
enum Step {
    Pay { payer: usize, payee: usize, units: i64, split: usize },
    Refund { payment: usize, units: i64, platform: bool },
    GiveBack { payment: usize },
    PayOut { who: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_usize, 1..3_usize, 1..400_000_i64, 0..3_usize)
            .prop_map(|(payer, other, units, split)| Step::Pay { payer, payee: (payer + other) % 3, units, split }),
        4 => (0..8_usize, 1..300_000_i64, any::<bool>()).prop_map(|(payment, units, platform)| Step::Refund { payment, units, platform }),
        1 => (0..8_usize).prop_map(|payment| Step::GiveBack { payment }),
        1 => (0..3_usize).prop_map(|who| Step::PayOut { who }),
    ]
}

struct Payment {
    id: TransferId,
    payer: usize,
    payee: usize,
    amount: Coins,
    refunded: Coins,
    split: Split,
}

/// What each has by a plain count, in units: wallets, and earnings less what is owed.
#[derive(Default)]
struct Count {
    wallets: BTreeMap<usize, i64>,
    earned: BTreeMap<usize, i64>,
    payments: Vec<Payment>,
}

impl Count {
    fn gave_back(&mut self, payment: usize, amount: Coins, from_receivers: bool) {
        let payment = &mut self.payments[payment];
        if from_receivers {
            let parts = payment.split.refund_parts(payment.amount, payment.refunded, amount);
            let sum: i64 = parts.iter().map(|(_, part)| part.units()).sum();
            assert_eq!(sum, amount.units(), "the parts of a refund");
            let his = parts
                .iter()
                .find(|(party, _)| Some(party) == payment.split.payee())
                .map_or(0, |(_, part)| part.units());
            *self.earned.entry(payment.payee).or_default() -= his;
        }
        payment.refunded = payment.refunded.checked_add(amount).unwrap();
        *self.wallets.entry(payment.payer).or_default() += amount.units();
    }
}

async fn take(house: &House, count: &mut Count, splits: &[Split], step: &Step) {
    let who = Refunder {
        actor: "staff:fay".to_owned(),
        limits: RefundLimits { per_act: Coins::whole(1_000_000), per_day: Coins::whole(1_000_000) },
    };
    match *step {
        Step::Pay { payer, payee, units, split } => {
            let (amount, split) = (Coins::from_units(units), &splits[split]);
            let has = count.wallets[&payer];
            match house.pay(TransferKind::EntryFee, PEOPLE[payer], PEOPLE[payee], &amount.to_string(), split).await {
                Ok(paid) => {
                    assert!(units <= has, "paid {units} of {has}");
                    assert_eq!(
                        paid.parts.iter().map(|(_, part)| part.units()).sum::<i64>(),
                        units,
                        "the parts of a payment"
                    );
                    assert!(paid.parts.iter().all(|(_, part)| !part.is_negative()));
                    let party = split.payee().map(ToString::to_string);
                    let his = paid
                        .parts
                        .iter()
                        .find(|(name, _)| Some(name) == party.as_ref())
                        .map_or(0, |(_, part)| part.units());
                    *count.wallets.get_mut(&payer).unwrap() -= units;
                    *count.earned.entry(payee).or_default() += his;
                    let (id, split) = (paid.transfer_id, split.clone());
                    count.payments.push(Payment { id, payer, payee, amount, refunded: Coins::ZERO, split });
                }
                Err(StoreError::Refused(_)) => assert!(units > has, "refused {units} of {has}"),
                Err(error) => panic!("{error}"),
            }
        }
        Step::Refund { payment, units, platform } if payment < count.payments.len() => {
            let (amount, from) =
                (Coins::from_units(units), if platform { RefundFrom::Platform } else { RefundFrom::Receivers });
            let of = house.payment(count.payments[payment].id).await;
            let left = count.payments[payment].amount.saturating_sub(count.payments[payment].refunded);
            match house.refund(&who, &of, Some(&amount.to_string()), from).await {
                Ok(view) => {
                    assert!(amount <= left, "{amount} of {left} went back");
                    assert_eq!(view.postings.iter().map(|p| p.amount.units()).sum::<i64>(), 0);
                    count.gave_back(payment, amount, !platform);
                }
                Err(StoreError::Refused(_)) => assert!(amount > left, "refused {amount} of {left}"),
                Err(error) => panic!("{error}"),
            }
        }
        Step::GiveBack { payment } if payment < count.payments.len() => {
            let left = count.payments[payment].amount.saturating_sub(count.payments[payment].refunded);
            let done = house.give_back(&[count.payments[payment].id]).await;
            assert_eq!(done.len(), usize::from(left.is_positive()));
            if left.is_positive() {
                count.gave_back(payment, left, true);
            }
        }
        Step::PayOut { who } => {
            let has = house.wallet(PEOPLE[who]).await.earnings;
            if has.is_positive() {
                house.pay_out(PEOPLE[who], has).await;
                *count.earned.entry(who).or_default() -= has.units();
            }
        }
        Step::Refund { .. } | Step::GiveBack { .. } => {}
    }
}

async fn compare(house: &House, count: &Count, said: &str) {
    for (who, name) in PEOPLE.iter().enumerate() {
        let wallet = house.wallet(name).await;
        assert_eq!(wallet.available.units(), count.wallets[&who], "the wallet of {name} after {said}");
        assert!(!wallet.available.is_negative() && !wallet.earnings.is_negative(), "{wallet:?} after {said}");
        let earned = count.earned.get(&who).copied().unwrap_or_default();
        assert_eq!(wallet.earnings.units() - wallet.owed.units(), earned, "the earnings of {name} after {said}");
    }
}

#[tokio::test]
async fn whatever_happens_in_whatever_order_adds_up() {
    let splits = [
        split(&[("host", 80), ("platform", 20)]),
        split(&[("creator", 33), ("agency", 33), ("platform", 34)]),
        split(&[("platform", 1), ("reader", 99)]),
    ];
    let mut runner = TestRunner::default();
    for _ in 0..ROUNDS {
        let steps = prop::collection::vec(step(), 5..30).new_tree(&mut runner).unwrap().current();
        let house = House::open().await;
        let mut count = Count::default();
        for (who, name) in PEOPLE.iter().enumerate() {
            house.top_up(name, "100").await;
            count.wallets.insert(who, Coins::whole(100).units());
        }
        for (no, step) in steps.iter().enumerate() {
            take(&house, &mut count, &splits, step).await;
            compare(&house, &count, &format!("step {no} of {steps:?}")).await;
        }
        // Whatever is left goes back in one piece, and every wallet holds what it held at first.
        let all: Vec<TransferId> = count.payments.iter().map(|p| p.id).collect();
        house.give_back(&all).await;
        for name in PEOPLE {
            assert_eq!(house.wallet(name).await.available, Coins::whole(100), "{name} after {steps:?}");
        }
        let report = verify(&house.base.store).await.unwrap();
        assert!(report.balanced, "{steps:?}: {report:#?}");
        house.base.finish().await;
    }
}
