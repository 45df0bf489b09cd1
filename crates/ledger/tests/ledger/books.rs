//! The books find what somebody with the owner's password changed.

use std::collections::HashSet;

use callboard_contract::adm::books::BooksReport;
use callboard_contract::adm::refund::RefundFrom;
use callboard_domain::{At, Coins, EventId, Role};
use callboard_ledger::books::{Report, StreamIds, events, snapshot, verify};
use callboard_ledger::transfer::TransferKind;
use callboard_store::now;

use crate::house::{House, coins, split, staff};

async fn busy_house() -> House {
    let house = House::open().await;
    for who in ["maya", "ada"] {
        house.top_up(who, "100").await;
    }
    let shares = split(&[("creator", 80), ("platform", 20)]);
    let leg = house.paid("maya", "noor", "10", &shares).await;
    house.paid("ada", "noor", "20", &shares).await;
    house.pay(TransferKind::EntryFee, "maya", "noor", "5", &shares).await.unwrap();
    house.refund(&staff("fay", Role::Finance), &leg, Some("4"), RefundFrom::Receivers).await.unwrap();
    house
}

async fn verified(house: &House) -> BooksReport {
    verify(&house.base.store).await.unwrap()
}

#[tokio::test]
async fn books_that_were_not_touched_are_balanced() {
    let house = busy_house().await;
    let report = verified(&house).await;
    assert!(report.balanced, "{report:#?}");
    let names: Vec<&str> = report.checks.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["entries", "balances", "holds", "payments", "journal", "actions"]);
    assert!(report.checks.iter().all(|c| c.looked_at > 0), "{report:#?}");
    house.base.finish().await;
}

#[tokio::test]
async fn each_planted_difference_is_found_with_both_sides_and_a_way_to_mend() {
    // (what the owner does, what undoes it, the check that finds it, on what, the amount)
    let planted = [
        (
            "update ledger.accounts set posted = posted + 50000 where owner = 'user:maya' and kind = 'wallet'",
            "update ledger.accounts set posted = posted - 50000 where owner = 'user:maya' and kind = 'wallet'",
            "balances",
            "maya wallet",
            Some("5"),
        ),
        (
            "alter table ledger.entries disable trigger append_only;
             update ledger.entries set amount = amount + 1 where (transfer_id, seq) = (select transfer_id, seq from ledger.entries order by transfer_id limit 1)",
            "update ledger.entries set amount = amount - 1 where (transfer_id, seq) = (select transfer_id, seq from ledger.entries order by transfer_id limit 1)",
            "entries",
            "transfer",
            Some("0.0001"),
        ),
        (
            "update ledger.accounts set held = held + 30000 where owner = 'user:ada' and kind = 'wallet'",
            "update ledger.accounts set held = held - 30000 where owner = 'user:ada' and kind = 'wallet'",
            "holds",
            "ada wallet",
            Some("3"),
        ),
        (
            "update ledger.holds set refunded = refunded + 10000 where refunded > 0",
            "update ledger.holds set refunded = refunded - 10000 where refunded > 0",
            "holds",
            "hold of leg",
            Some("1"),
        ),
        (
            "alter table ledger.journal disable trigger append_only; update ledger.journal set ticks = set_byte(ticks, 39, get_byte(ticks, 39) # 1)",
            "update ledger.journal set ticks = set_byte(ticks, 39, get_byte(ticks, 39) # 1)",
            "journal",
            "round",
            None,
        ),
        (
            "create table kept as select * from ledger.journal limit 1; delete from ledger.journal j using kept k where j.shard = k.shard and j.round = k.round",
            "insert into ledger.journal select * from kept",
            "journal",
            "shard",
            None,
        ),
        (
            "update store.actions set reason = 'another' where no = 2",
            "update store.actions set reason = 'goodwill:a test' where no = 2",
            "actions",
            "action 2",
            None,
        ),
    ];
    let house = busy_house().await;
    for (act, undo, check, on, amount) in planted {
        sqlx::raw_sql(act).execute(&house.base.owner).await.unwrap();
        let report = verified(&house).await;
        let found = report.differences.iter().find(|d| d.check == check && d.on.contains(on));
        let found = found.unwrap_or_else(|| panic!("{act}: not found in {report:#?}"));
        assert!(!report.balanced);
        assert_ne!(found.expected, found.found);
        assert!(!found.mend.is_empty());
        if let Some(amount) = amount {
            assert_eq!(found.amount, Some(coins(amount)), "{found:#?}");
        }
        sqlx::raw_sql(undo).execute(&house.base.owner).await.unwrap();
        let report = verified(&house).await;
        assert!(report.balanced, "{undo}: {report:#?}");
    }
    house.base.finish().await;
}

#[tokio::test]
async fn rounds_of_the_release_before_are_read_as_they_were_written() {
    let house = busy_house().await;
    let unpacked = "alter table ledger.journal disable trigger append_only;
        update ledger.journal set ticks = null, (legs, through_ms, elapsed_ms, charge) =
            (select array_agg(leg), array_agg(t.through_ms), array_agg(t.elapsed_ms), array_agg(t.charge) from ledger.unpack_ticks(ticks) t)";
    sqlx::raw_sql(unpacked).execute(&house.base.owner).await.unwrap();
    let report = verified(&house).await;
    assert!(report.balanced, "{report:#?}");
    for act in ["charge = array[charge[1] - 1], total = total - 1", "through_ms = array[through_ms[1] + 1]"] {
        let act = sqlx::AssertSqlSafe(format!("update ledger.journal set {act}"));
        sqlx::query(act).execute(&house.base.owner).await.unwrap();
        let report = verified(&house).await;
        assert!(report.differences.iter().any(|d| d.check == "journal" && d.on.contains("round")), "{report:#?}");
    }
    // Neither both forms, nor half of one, nor half a tick.
    for bad in [
        "ticks = ''",
        "elapsed_ms = null",
        "ticks = '\\x00', legs = null, through_ms = null, elapsed_ms = null, charge = null",
    ] {
        let act = sqlx::AssertSqlSafe(format!("update ledger.journal set {bad}"));
        let refused = sqlx::query(act).execute(&house.base.owner).await.unwrap_err();
        assert!(refused.to_string().contains("journal_whole"), "{bad}: {refused}");
    }
    house.base.finish().await;
}

#[tokio::test]
async fn a_leg_whose_charge_went_back_is_found() {
    let house = busy_house().await;
    // A second tick of the same leg with less charge, well hashed: only the comparison of ticks can tell.
    let (shard, leg, through): (i16, uuid::Uuid, i64) = sqlx::query_as(
        "select shard, t.leg, t.through_ms from ledger.journal, ledger.unpack_ticks(ticks) as t limit 1",
    )
    .fetch_one(house.base.store.pool())
    .await
    .unwrap();
    let mut tx = house.base.store.pool().begin().await.unwrap();
    let mut locked = callboard_ledger::journal::lock_shard(&mut tx, shard).await.unwrap();
    let tick = callboard_ledger::journal::Tick {
        leg: callboard_domain::LegId::from_uuid(leg),
        through: At::from_ms(through),
        elapsed: callboard_domain::Millis::from_secs(61),
        charge: coins("1"),
    };
    callboard_ledger::journal::append(&mut tx, &mut locked, At::from_ms(through), &[tick]).await.unwrap();
    tx.commit().await.unwrap();
    let report = verified(&house).await;
    let found: Vec<_> = report.differences.iter().filter(|d| d.check == "journal").collect();
    assert_eq!(found.len(), 1, "{report:#?}");
    assert!(found[0].on.contains(&leg.to_string()) && found[0].amount.is_some_and(Coins::is_negative));
    house.base.finish().await;
}

#[tokio::test]
async fn events_are_compared_both_ways_and_transfers_with_their_events() {
    let house = busy_house().await;
    let store = &house.base.store;
    sqlx::query("update store.outbox set sent_ms = at_ms").execute(&house.base.owner).await.unwrap();
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar("select id from store.outbox order by pos").fetch_all(store.pool()).await.unwrap();
    let all: HashSet<EventId> = ids.iter().map(|id| EventId::from_uuid(*id)).collect();
    let compare = async |ids: HashSet<EventId>, oldest: Option<EventId>| {
        let mut tx = store.pool().begin().await.unwrap();
        snapshot(&mut tx).await.unwrap();
        let until = At::from_ms(now(&mut tx).await.unwrap().as_ms() + 1);
        let mut report = Report::open(until);
        events(&mut tx, &mut report, None, until, &StreamIds { ids, oldest }).await.unwrap();
        report.close()
    };
    // The legs of this house were settled without calls, which tell of settlements: two transfers were not told.
    let report = compare(all.clone(), None).await;
    let on: Vec<&str> = report.differences.iter().map(|d| d.on.as_str()).collect();
    assert_eq!(on.len(), 2, "{report:#?}");
    assert!(on.iter().all(|on| on.contains("(settle of leg")), "{on:?}");

    let missing = EventId::from_uuid(ids[0]);
    let mut fewer = all.clone();
    fewer.remove(&missing);
    let report = compare(fewer.clone(), None).await;
    assert!(
        report.differences.iter().any(|d| d.on.contains(&missing.to_string()) && d.found.contains("marked as sent")),
        "{report:#?}"
    );
    // A stream that no longer keeps its beginning is compared from where it begins.
    let report = compare(fewer, Some(EventId::from_uuid(ids[1]))).await;
    assert!(!report.differences.iter().any(|d| d.on.contains(&missing.to_string())), "{report:#?}");

    let stranger = EventId::generate();
    let more: HashSet<EventId> = all.into_iter().chain([stranger]).collect();
    let report = compare(more, None).await;
    assert!(
        report.differences.iter().any(|d| d.on.contains(&stranger.to_string()) && d.found.contains("stream only")),
        "{report:#?}"
    );
    house.base.finish().await;
}
