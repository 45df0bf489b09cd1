//! Random tariffs and timelines.

use callboard_domain::{
    At, By, Coins, EndReason, Flat, Increment, LegEvent, LegEventKind, Millis, Minutes, Overrun, Party, Reserve, Share,
    Side, Split, Tariff, TariffSpec,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

pub(crate) fn coins(units: std::ops::Range<i64>) -> impl Strategy<Value = Coins> {
    units.prop_map(Coins::from_units)
}

pub(crate) fn splits() -> impl Strategy<Value = Split> {
    prop::collection::vec(0_u32..5000, 0..7).prop_map(|weights| {
        let mut left = 10_000_u32;
        let mut parts = Vec::new();
        for (index, weight) in weights.into_iter().enumerate() {
            let share = weight.min(left);
            left -= share;
            parts.push((party(&format!("p{index}")), share_of(share)));
        }
        parts.push((party("platform"), share_of(left)));
        Split::new(parts).expect("different parties that make up the whole")
    })
}

fn party(name: &str) -> Party {
    Party::new(name).expect("a plain name")
}

fn share_of(ten_thousandths: u32) -> Share {
    Share::from_decimal(Decimal::new(ten_thousandths.into(), 4)).expect("at most 1")
}

fn increments() -> impl Strategy<Value = Increment> {
    prop_oneof![
        prop::sample::select(vec![(1, 1), (6, 6), (30, 6), (60, 60), (60, 1), (15, 5)]),
        (1_u32..400, 1_u32..400),
    ]
    .prop_map(|(first, further)| Increment { first, further })
}

fn flats() -> impl Strategy<Value = Flat> {
    (coins(0..2_000_000), 1_u32..60, any::<bool>()).prop_map(|(price, minutes, metered)| Flat {
        price,
        minutes: Minutes::whole(minutes),
        overrun: if metered { Overrun::Metered } else { Overrun::End },
        no_show_share: None,
        cancel_share: None,
        cancel_before_s: None,
    })
}

prop_compose! {
    pub(crate) fn tariffs()(
        rate in prop_oneof![Just(0_i64), 1_i64..100, 1_000_i64..500_000],
        increment in increments(),
        free_s in prop_oneof![Just(0_u32), 1_u32..300],
        minimum in prop_oneof![Just(0_i64), 0_i64..100_000],
        connect_fee in prop_oneof![Just(0_i64), 0_i64..50_000],
        reserve in prop_oneof![
            (1_u32..40).prop_map(|minutes| Reserve::Upfront { minutes }),
            (20_u32..200).prop_map(|ahead_s| Reserve::Rolling { ahead_s }),
        ],
        reconnect_s in prop::option::of(0_u32..90),
        spare in prop::option::of(0_i64..1_000_000),
        split in splits(),
        flat in prop::option::weighted(0.25, flats()),
    ) -> Tariff {
        let metered = flat.is_none();
        let mut spec = TariffSpec {
            rate: Coins::from_units(rate),
            increment,
            free_s: if metered { free_s } else { 0 },
            minimum: Coins::from_units(if metered { minimum } else { 0 }),
            connect_fee: Coins::from_units(connect_fee),
            reserve: Some(reserve).filter(|_| metered),
            warn_s: 60,
            reconnect_s,
            max_spend: None,
            split,
            flat,
        };
        let tariff = Tariff::try_from(spec.clone()).expect("within bounds");
        if let Some(spare) = spare {
            spec.max_spend = tariff.first_hold().checked_add(Coins::from_units(spare + 1)).ok();
        }
        Tariff::try_from(spec).expect("room for the first hold")
    }
}

/// A start, pauses and top-ups with the gaps before them, and perhaps an end. Grants stand for top-ups.
pub(crate) fn timelines() -> impl Strategy<Value = Vec<LegEvent>> {
    let gap = prop_oneof![Just(0_i64), 1_i64..120_000, 1_i64..3_000_000];
    let happening = (gap.clone(), 0_u8..3, 1_i64..40_000, coins(1..500_000));
    let end = prop::option::of((gap, prop::sample::select(vec![By::Payer, By::Payee, By::House])));
    (prop::collection::vec(happening, 0..8), end).prop_map(|(happenings, end)| {
        let mut now = At::from_ms(1_000);
        let mut events = vec![LegEvent { at: now, kind: LegEventKind::Start }];
        for (gap, what, pause, amount) in happenings {
            now = now.plus(Millis::from_ms(gap));
            if what == 2 {
                events.push(LegEvent { at: now, kind: LegEventKind::Grant { amount } });
                continue;
            }
            let side = if what == 0 { Side::Payer } else { Side::Payee };
            events.push(LegEvent { at: now, kind: LegEventKind::Suspend { side } });
            now = now.plus(Millis::from_ms(pause));
            events.push(LegEvent { at: now, kind: LegEventKind::Resume });
        }
        if let Some((gap, by)) = end {
            let reason = match by {
                By::Payer => EndReason::PayerHungUp,
                By::Payee => EndReason::PayeeHungUp,
                By::House => EndReason::Staff,
            };
            events.push(LegEvent { at: now.plus(Millis::from_ms(gap)), kind: LegEventKind::End { by, reason } });
        }
        events
    })
}
