//! Refunds: each party gives back what it got, debts are repaid first, limits hold also for two at once.

use callboard_contract::ErrorCode;
use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundFrom};
use callboard_domain::{Coins, Role};
use callboard_ledger::accounts::{Kind, Name};
use callboard_ledger::refund::{self, Refunder};

use crate::house::{House, code, coins, limits, refund_request, refused, split, staff, uid};

#[tokio::test]
async fn refunds_in_steps_give_back_exactly_what_each_party_got() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let shares = split(&[("creator", 70), ("agency", 17), ("platform", 13)]);
    let leg = house.paid("maya", "noor", "33.3337", &shares).await;
    let fay = staff("fay", Role::Finance);
    for amount in ["0.0001", "11.1111", "0.0002", "7"] {
        house.refund(&fay, &leg, Some(amount), RefundFrom::Receivers).await.unwrap();
    }
    let last = house.refund(&fay, &leg, None, RefundFrom::Receivers).await.unwrap();
    assert_eq!(last.amount, coins("15.2223"));
    assert_eq!(house.wallet("maya").await.available, coins("100"));
    for name in
        [Name::user(&uid("noor"), Kind::Earnings), Name::partner("agency"), Name::house(Kind::Revenue, leg.stripe)]
    {
        assert_eq!(house.balance(name.clone()).await, Coins::ZERO, "{name:?}");
    }
    // Nothing is left, not even a unit.
    assert_eq!(code(house.refund(&fay, &leg, Some("0.0001"), RefundFrom::Receivers).await), ErrorCode::Conflict);
    assert_eq!(code(house.refund(&fay, &leg, None, RefundFrom::Platform).await), ErrorCode::Conflict);
    house.base.finish().await;
}

#[tokio::test]
async fn what_a_creator_lacks_is_owed_and_repaid_by_later_earnings() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let shares = split(&[("creator", 80), ("platform", 20)]);
    let (first, second) =
        (house.paid("maya", "noor", "10", &shares).await, house.paid("maya", "noor", "10", &shares).await);
    // The creator has 16, of which 12 are gone to a payout.
    sqlx::raw_sql("update ledger.accounts set posted = 40000 where kind = 'earnings'; update ledger.accounts set posted = posted + 120000 where kind = 'issuer'")
        .execute(&house.base.owner)
        .await
        .unwrap();
    let fay = staff("fay", Role::Finance);
    let request =
        PreviewRequest { call_id: None, leg_id: None, transfer_id: None, amount: None, from: RefundFrom::Receivers };
    let mut conn = house.base.store.pool().acquire().await.unwrap();
    let preview = refund::preview(&mut conn, &fay, &first, &request).await.unwrap();
    drop(conn);
    let done = house.refund(&fay, &first, None, RefundFrom::Receivers).await.unwrap();
    assert_eq!(preview.postings, done.postings);
    let shown: Vec<String> = done.postings.iter().map(|p| format!("{} {}", p.account, p.amount)).collect();
    for posting in
        ["maya wallet 10.0000", "noor earnings -4.0000", "noor receivable -4.0000", "platform revenue -2.0000"]
    {
        assert!(shown.iter().any(|s| s == posting), "{posting} in {shown:?}");
    }
    let noor = house.wallet("noor").await;
    assert_eq!((noor.earnings, noor.owed), (Coins::ZERO, coins("4")));

    // Half of the next at the house's cost: the creator does not notice.
    house.refund(&fay, &second, Some("5"), RefundFrom::Platform).await.unwrap();
    assert_eq!(house.balance(Name::house(Kind::RefundCost, 0)).await, coins("-5"));
    assert_eq!(house.wallet("noor").await.owed, coins("4"));

    house.paid("maya", "noor", "10", &shares).await;
    let noor = house.wallet("noor").await;
    assert_eq!((noor.earnings, noor.owed), (coins("4"), Coins::ZERO));
    house.base.finish().await;
}

#[tokio::test]
async fn a_refund_is_told_logged_and_counted() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let leg = house.paid("maya", "noor", "10", &split(&[("creator", 80), ("platform", 20)])).await;
    let fay = staff("fay", Role::Finance);
    let stale = CreateRequest {
        expect_refunded_before: Some(Coins::ZERO),
        ..refund_request(&leg, Some("1"), RefundFrom::Receivers)
    };
    let view = house.refund(&fay, &leg, Some("4"), RefundFrom::Receivers).await.unwrap();
    let mut tx = house.base.store.pool().begin().await.unwrap();
    assert_eq!(code(refund::create(&mut tx, &fay, &leg, &stale).await), ErrorCode::Stale);
    drop(tx);
    let (event, pushed): (String, String) =
        sqlx::query_as("select event, pushes->0->'data'->>'amount' from store.outbox where entity = $1")
            .bind(view.transfer_id.to_string())
            .fetch_one(house.base.store.pool())
            .await
            .unwrap();
    assert_eq!((event.as_str(), pushed.as_str()), ("ledger.transfer", "4.0000"));
    let (act, reason): (String, String) =
        sqlx::query_as("select act, reason from store.actions order by no desc limit 1")
            .fetch_one(house.base.store.pool())
            .await
            .unwrap();
    assert_eq!((act.as_str(), reason.as_str()), ("refund.create", "goodwill:a test"));
    let refunded: i64 = sqlx::query_scalar("select sum(refunded)::bigint from ledger.minutes")
        .fetch_one(house.base.store.pool())
        .await
        .unwrap();
    assert_eq!(refunded, coins("4").units());
    let bad = house.refund(&fay, &leg, Some("-1"), RefundFrom::Receivers).await;
    assert_eq!(refused(bad).field.as_deref(), Some("amount"));
    house.base.finish().await;
}

#[tokio::test]
async fn limits_count_per_act_per_day_per_payer_and_per_leg() {
    let house = House::open().await;
    for who in ["maya", "ada"] {
        house.top_up(who, "1000").await;
    }
    let shares = split(&[("creator", 80), ("platform", 20)]);
    let of_maya = house.paid("maya", "noor", "300", &shares).await;
    let of_ada = house.paid("ada", "noor", "300", &shares).await;
    let mod_a = Refunder { limits: limits("50", "120"), ..staff("mo", Role::Moderator) };
    let mod_b = Refunder { actor: "staff:max".to_owned(), ..mod_a.clone() };
    let refund = async |who: &Refunder, leg, amount| house.refund(who, leg, Some(amount), RefundFrom::Receivers).await;
    let above = refused(refund(&mod_a, &of_maya, "50.0001").await);
    assert_eq!(above.code, ErrorCode::Limit);
    assert!(above.message.contains("50.0000 for one refund"), "{above}");
    for _ in 0..2 {
        refund(&mod_a, &of_maya, "50").await.unwrap();
    }
    // The day of the first is nearly full, whoever the payer is; of this payer and leg nobody may give more either.
    assert!(refused(refund(&mod_a, &of_ada, "20.0001").await).message.contains("by you"));
    assert!(refused(refund(&mod_b, &of_maya, "20.0001").await).message.contains("to this payer"));
    refund(&mod_b, &of_ada, "50").await.unwrap();
    // Finance has higher limits; an operator has none.
    refund(&staff("fay", Role::Finance), &of_maya, "100").await.unwrap();
    assert_eq!(code(refund(&staff("oskar", Role::Operator), &of_ada, "0.0001").await), ErrorCode::Limit);

    // Two at once of one person, on different legs of different payers: only one fits under the limit.
    let last = Refunder { limits: limits("50", "50"), ..staff("lu", Role::Moderator) };
    let mut fits = 0;
    let (x, y) = tokio::join!(refund(&last, &of_maya, "30"), refund(&last, &of_ada, "30"));
    for result in [x, y] {
        match result {
            Ok(_) => fits += 1,
            Err(error) => assert_eq!(code::<()>(Err(error)), ErrorCode::Limit),
        }
    }
    assert!(fits <= 1, "both passed below the limit");
    house.base.finish().await;
}
