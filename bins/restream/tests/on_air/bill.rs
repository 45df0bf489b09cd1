//! The bill of a show: what a call on air costs its members is what it would have cost them anyway.

use callboard_contract::api::calls::Leave;
use callboard_contract::view::Receipt;
use callboard_domain::{Coins, EndReason, LegState, Uid};
use callboard_tests::coins;

use crate::show::{PURSE, Show};

/// A coin a second.
fn price(connected_ms: i64) -> Coins {
    Coins::whole((connected_ms + 999) / 1000)
}

/// Ends the call and goes through the bill of everybody who pays: ann left early, bob was away for a while, dee came late, lee only listened.
pub(crate) async fn is_right(show: &Show) {
    let (house, call) = (&show.house, show.call);
    let lee = show.listener.as_ref().expect("somebody listens");
    let running = house.call(call).await.legs;
    assert!(running.iter().any(|leg| !leg.settled.is_zero()), "something is settled while it runs: {running:?}");
    lee.ask::<Leave>(&lee.on(call)).await;
    show.host.end(call).await;
    let legs = house.call(call).await.legs;
    assert_eq!(legs.len(), 5, "{legs:#?}");
    let mut earned = 0;
    for payer in show.guests.iter().map(|guest| &guest.person).chain([lee]) {
        let leg = legs.iter().find(|leg| &leg.payer == payer.uid()).expect("a leg for everybody who pays");
        let who = payer.uid();
        assert_eq!((&leg.payee, leg.state), (show.host.uid(), LegState::Settled), "{leg:?}");
        assert_eq!(leg.charge, price(leg.connected_ms), "{leg:?}");
        assert_eq!((leg.settled, leg.held), (leg.charge, Coins::ZERO), "{leg:?}");
        // Coins have whole tenths where the price is whole: 80 % of it are exact.
        let share = leg.charge.units() * 8 / 10;
        let split: Vec<(&str, i64)> = leg.split.iter().map(|part| (part.party.as_str(), part.amount.units())).collect();
        assert_eq!(split, [("creator", share), ("platform", leg.charge.units() - share)], "{leg:?}");
        earned += share;

        let postings = house.postings(leg.leg_id).await;
        let of = |name: &str| postings.iter().filter(|(a, _)| a.contains(name)).map(|(_, c)| c.units()).sum::<i64>();
        let posted = (of(who.as_str()), of(show.host.uid().as_str()), of("platform"));
        assert_eq!(posted, (-leg.charge.units(), share, leg.charge.units() - share), "{postings:?}");
        let wallet = house.wallet(who).await;
        assert_eq!(wallet.posted, coins(PURSE).checked_sub(leg.charge).expect("enough"), "{who}");
        assert_eq!((wallet.held, wallet.available), (Coins::ZERO, wallet.posted), "{who}");
        let receipt: Receipt = serde_json::from_value(payer.hears_of(call, "calls.receipt").await.data).unwrap();
        assert_eq!((receipt.charge, receipt.connected_ms), (leg.charge, leg.connected_ms), "{who}");

        let wall = leg.ended_at.expect("ended").since(leg.started_at.expect("started")).as_ms();
        eprintln!("{who}: {} coins for {:.1} of {:.1} s", leg.charge, ms(leg.connected_ms), ms(wall));
        assert!(leg.connected_ms <= wall, "{leg:?}");
        if who.as_str() == "bob" {
            // He said nothing for longer than the grace, and pays for none of it.
            assert!(leg.connected_ms <= wall - 4_000, "{leg:?}");
        } else {
            assert!(leg.connected_ms >= wall * 9 / 10, "somebody who was there pays for his time: {leg:?}");
        }
    }
    let connected = |name: &str| {
        let uid = Uid::new(name).expect("a name");
        legs.iter().find(|leg| leg.payer == uid).expect("a leg").connected_ms
    };
    assert!(connected("ann") < connected("cid"), "who leaves early pays less");
    assert!(connected("dee") < connected("cid"), "who comes late pays less");
    assert!(connected("lee") >= connected("ann"), "who only listens pays like everybody else");
    assert!(legs.iter().any(|leg| leg.end_reason == Some(EndReason::PayeeHungUp)), "{legs:?}");
    assert_eq!(house.wallet(show.host.uid()).await.earnings.units(), earned);
    let report = house.balanced().await;
    assert!(report.checks.iter().all(|check| check.differences == 0), "{:#?}", report.checks);
}

fn ms(ms: i64) -> f64 {
    std::time::Duration::from_millis(ms.unsigned_abs()).as_secs_f64()
}
