//! Entry fees and gifts: paid, divided, told, given back by rule and refunded by staff.

use callboard_contract::adm::refund::{PreviewRequest, RefundFrom};
use callboard_contract::{ErrorCode, PageQuery};
use callboard_domain::{Coins, Role, Split, TransferId};
use callboard_ledger::books::verify;
use callboard_ledger::history;
use callboard_ledger::pay::{entry_fees, entry_fees_after};
use callboard_ledger::refund::{self, Refunder};
use callboard_ledger::transfer::TransferKind::{EntryFee, Gift};

use crate::house::{House, code, coins, limits, refund_request, refused, split, staff, uid};

fn shares() -> Split {
    split(&[("host", 80), ("platform", 20)])
}

async fn revenue(house: &House) -> Coins {
    let sum: i64 =
        sqlx::query_scalar("select coalesce(sum(posted), 0)::bigint from ledger.accounts where kind = 'revenue'")
            .fetch_one(house.base.store.pool())
            .await
            .unwrap();
    Coins::from_units(sum)
}

async fn balanced(house: &House) {
    let report = verify(&house.base.store).await.unwrap();
    assert!(report.balanced, "{report:#?}");
}

#[tokio::test]
async fn an_entry_fee_of_fifty_is_forty_for_the_host_and_ten_for_the_house() {
    let house = House::open().await;
    house.top_up("maya", "60").await;
    let paid = house.pay(EntryFee, "maya", "noor", "50", &shares()).await.unwrap();
    assert_eq!(paid.parts, [("host".to_owned(), coins("40")), ("platform".to_owned(), coins("10"))]);
    assert_eq!((paid.available, house.wallet("maya").await.available), (coins("10"), coins("10")));
    assert_eq!((house.wallet("noor").await.earnings, revenue(&house).await), (coins("40"), coins("10")));
    let (event, kind, amount): (String, String, String) = sqlx::query_as(
        "select event, pushes->0->'data'->>'kind', pushes->0->'data'->>'amount' from store.outbox where entity = $1",
    )
    .bind(paid.transfer_id.to_string())
    .fetch_one(house.base.store.pool())
    .await
    .unwrap();
    assert_eq!((event.as_str(), kind.as_str(), amount.as_str()), ("ledger.transfer", "entry_fee", "-50.0000"));
    for (who, account, amount) in [("maya", "wallet", "-50"), ("noor", "earnings", "40")] {
        let line = history::lines(&house.base.store, &uid(who), &PageQuery::default()).await.unwrap().items.remove(0);
        assert_eq!((line.kind.as_str(), line.account.as_str(), line.amount), ("entry_fee", account, coins(amount)));
    }
    balanced(&house).await;
    house.base.finish().await;
}

#[tokio::test]
async fn what_cannot_be_paid_changes_nothing() {
    let house = House::open().await;
    house.top_up("maya", "10").await;
    let before = (house.count("ledger.transfers").await, house.count("store.outbox").await);
    let short = refused(house.pay(Gift, "maya", "noor", "10.0001", &shares()).await);
    assert_eq!(short.code, ErrorCode::InsufficientFunds);
    assert!(short.message.contains("the wallet has 10.0000 to spend, and 10.0001 must be paid"), "{short}");
    for (payee, amount) in [("noor", "0"), ("noor", "-1"), ("maya", "1")] {
        assert_eq!(
            code(house.pay(Gift, "maya", payee, amount, &shares()).await),
            ErrorCode::BadRequest,
            "{payee} {amount}"
        );
    }
    assert_eq!((house.count("ledger.transfers").await, house.count("store.outbox").await), before);
    assert_eq!(house.wallet("maya").await.available, coins("10"));
    house.base.finish().await;
}

#[tokio::test]
async fn what_is_given_back_is_what_was_paid_and_only_once() {
    let house = House::open().await;
    for who in ["maya", "ada"] {
        house.top_up(who, "60").await;
    }
    let three = split(&[("host", 70), ("agency", 17), ("platform", 13)]);
    let one = house.pay(EntryFee, "maya", "noor", "33.3337", &three).await.unwrap().transfer_id;
    let other = house.pay(EntryFee, "ada", "noor", "50", &shares()).await.unwrap().transfer_id;
    // Staff had given a part of one back before.
    let fay = staff("fay", Role::Finance);
    house.refund(&fay, &house.payment(one).await, Some("11.1111"), RefundFrom::Receivers).await.unwrap();
    // The host was paid out in between: the rest is owed.
    house.pay_out("noor", coins("30")).await;
    let done = house.give_back(&[other, one, TransferId::generate()]).await;
    assert_eq!(done.iter().map(|(payment, _)| *payment).collect::<Vec<_>>(), [one, other]);
    for who in ["maya", "ada"] {
        assert_eq!(house.wallet(who).await.available, coins("60"), "{who}");
    }
    let noor = house.wallet("noor").await;
    assert_eq!((noor.earnings, noor.owed, revenue(&house).await), (Coins::ZERO, coins("30"), Coins::ZERO));
    assert!(house.give_back(&[one, other]).await.is_empty(), "a second time");
    assert_eq!(
        code(house.refund(&fay, &house.payment(one).await, Some("0.0001"), RefundFrom::Platform).await),
        ErrorCode::Conflict
    );
    // What he owes is repaid by the next fee.
    house.pay(EntryFee, "maya", "noor", "50", &shares()).await.unwrap();
    let noor = house.wallet("noor").await;
    assert_eq!((noor.earnings, noor.owed), (coins("10"), Coins::ZERO));
    balanced(&house).await;
    house.base.finish().await;
}

#[tokio::test]
async fn staff_refunds_payments_by_the_same_rules_as_legs() {
    let house = House::open().await;
    house.top_up("maya", "300").await;
    let fee = house.pay(EntryFee, "maya", "noor", "50", &shares()).await.unwrap().transfer_id;
    let payment = house.payment(fee).await;
    let mo = Refunder { limits: limits("30", "45"), ..staff("mo", Role::Moderator) };
    let mut conn = house.base.store.pool().acquire().await.unwrap();
    let ask = PreviewRequest {
        call_id: None,
        leg_id: None,
        transfer_id: Some(fee),
        amount: None,
        from: RefundFrom::Receivers,
    };
    let preview = refund::preview(&mut conn, &mo, &payment, &ask).await.unwrap();
    drop(conn);
    assert_eq!(
        (preview.charged, preview.amount, preview.of_transfer, preview.call_id),
        (coins("50"), coins("50"), Some(fee), None)
    );
    assert!(!preview.within_limits);
    assert_eq!(code(house.refund(&mo, &payment, None, RefundFrom::Receivers).await), ErrorCode::Limit);
    let view = house.refund(&mo, &payment, Some("30"), RefundFrom::Receivers).await.unwrap();
    assert_eq!((view.of_transfer, view.payer.as_str(), view.amount), (Some(fee), "maya", coins("30")));
    let shown: Vec<String> = view.postings.iter().map(|p| format!("{} {}", p.account, p.amount)).collect();
    for posting in ["maya wallet 30.0000", "noor earnings -24.0000", "platform revenue -6.0000"] {
        assert!(shown.iter().any(|s| s == posting), "{posting} in {shown:?}");
    }
    // The day's limit counts for the person, the payer and the payment, whoever refunds.
    let max = Refunder { actor: "staff:max".to_owned(), ..mo.clone() };
    assert!(
        refused(house.refund(&max, &payment, Some("16"), RefundFrom::Receivers).await)
            .message
            .contains("to this payer")
    );
    // Never above what was paid.
    let fay = staff("fay", Role::Finance);
    assert_eq!(code(house.refund(&fay, &payment, Some("20.0001"), RefundFrom::Platform).await), ErrorCode::Conflict);
    house.refund(&fay, &payment, None, RefundFrom::Platform).await.unwrap();
    assert_eq!(house.wallet("maya").await.available, coins("300"));
    assert_eq!(house.wallet("noor").await.earnings, coins("16"), "the house bore the rest");
    let listed = refund::ls(&house.base.store, &PageQuery::default()).await.unwrap().items;
    assert_eq!(
        listed.iter().map(|r| (r.of_transfer, r.amount)).collect::<Vec<_>>(),
        [(Some(fee), coins("20")), (Some(fee), coins("30"))]
    );
    // What no payment made is not refunded so.
    let mut conn = house.base.store.pool().acquire().await.unwrap();
    assert_eq!(code(refund::payment(&mut conn, view.transfer_id).await), ErrorCode::NotFound);
    drop(conn);
    balanced(&house).await;
    house.base.finish().await;
}

#[tokio::test]
async fn what_rules_give_back_uses_up_nobodys_limit() {
    let house = House::open().await;
    house.top_up("maya", "300").await;
    let fee = house.pay(EntryFee, "maya", "noor", "50", &shares()).await.unwrap().transfer_id;
    let again = house.pay(EntryFee, "maya", "noor", "50", &shares()).await.unwrap().transfer_id;
    let mut tx = house.base.store.pool().begin().await.unwrap();
    let at = callboard_store::now(&mut tx).await.unwrap();
    let given = callboard_ledger::pay::give_back(&mut tx, at, fee, "staff:mo", "the room was closed").await.unwrap();
    tx.commit().await.unwrap();
    assert!(given.is_some());
    let mo = Refunder { limits: limits("50", "50"), ..staff("mo", Role::Moderator) };
    house.refund(&mo, &house.payment(again).await, None, RefundFrom::Receivers).await.unwrap();
    house.base.finish().await;
}

#[tokio::test]
async fn two_refunds_at_once_never_give_back_more_than_was_paid() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let fee = house.pay(EntryFee, "maya", "noor", "50", &shares()).await.unwrap().transfer_id;
    let payment = house.payment(fee).await;
    let (fay, flo) = (staff("fay", Role::Finance), staff("flo", Role::Finance));
    let (one, other, ()) = tokio::join!(
        house.refund(&fay, &payment, Some("30"), RefundFrom::Receivers),
        house.refund(&flo, &payment, Some("30"), RefundFrom::Platform),
        async { assert!(house.give_back(&[fee]).await.len() <= 1) },
    );
    assert!(!(one.is_ok() && other.is_ok()), "60 of 50 went back");
    assert_eq!(house.give_back(&[fee]).await.len(), 0);
    assert_eq!(house.wallet("maya").await.available, coins("100"));
    balanced(&house).await;
    house.base.finish().await;
}

#[tokio::test]
async fn entry_fees_are_found_and_listed_and_gifts_are_not_among_them() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let mut fees = Vec::new();
    for _ in 0..3 {
        fees.push(house.pay(EntryFee, "maya", "noor", "10", &shares()).await.unwrap().transfer_id);
    }
    let gift = house.pay(Gift, "maya", "noor", "10", &shares()).await.unwrap().transfer_id;
    house.give_back(&fees[..1]).await;
    let mut conn = house.base.store.pool().acquire().await.unwrap();
    let first = entry_fees_after(&mut conn, uuid::Uuid::nil(), 2).await.unwrap();
    let rest = entry_fees_after(&mut conn, first[1].transfer.as_uuid(), 2).await.unwrap();
    let listed: Vec<(TransferId, Coins)> = first.iter().chain(&rest).map(|fee| (fee.transfer, fee.refunded)).collect();
    assert_eq!(listed, [(fees[0], coins("10")), (fees[1], Coins::ZERO), (fees[2], Coins::ZERO)]);
    let found = entry_fees(&mut conn, &[fees[1], gift]).await.unwrap();
    assert_eq!(found.iter().map(|fee| fee.transfer).collect::<Vec<_>>(), [fees[1]]);
    drop(conn);
    // A gift that is in no list of gifts is found by the books.
    let report = verify(&house.base.store).await.unwrap();
    let on: Vec<&str> = report.differences.iter().map(|d| d.on.as_str()).collect();
    assert_eq!(on, [format!("payment {gift}")], "{report:#?}");
    house.base.finish().await;
}

#[tokio::test]
async fn the_books_find_what_was_changed_in_payments() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let fee = house.pay(EntryFee, "maya", "noor", "50", &shares()).await.unwrap().transfer_id;
    let fay = staff("fay", Role::Finance);
    let request = refund_request(&house.payment(fee).await, Some("20"), RefundFrom::Receivers);
    assert_eq!((request.transfer_id, request.call_id), (Some(fee), None));
    house.refund(&fay, &house.payment(fee).await, Some("20"), RefundFrom::Receivers).await.unwrap();
    balanced(&house).await;
    for (act, undo, amount) in [
        (
            "update ledger.payments set refunded = refunded + 10000",
            "update ledger.payments set refunded = refunded - 10000",
            "1",
        ),
        (
            "update ledger.payments set amount = amount - 50000",
            "update ledger.payments set amount = amount + 50000",
            "-5",
        ),
        ("update ledger.payments set payer = 'eve'", "update ledger.payments set payer = 'maya'", "50"),
    ] {
        sqlx::raw_sql(act).execute(&house.base.owner).await.unwrap();
        let report = verify(&house.base.store).await.unwrap();
        let found = report.differences.iter().find(|d| d.check == "payments" && d.on.contains(&fee.to_string()));
        assert_eq!(found.and_then(|d| d.amount), Some(coins(amount)), "{act}: {report:#?}");
        sqlx::raw_sql(undo).execute(&house.base.owner).await.unwrap();
        balanced(&house).await;
    }
    house.base.finish().await;
}
