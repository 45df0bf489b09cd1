//! Top-ups: once per request id, told in the same transaction, refused in words.

use callboard_contract::ErrorCode;
use callboard_contract::adm::wallet::TopupRequest;
use callboard_domain::{Coins, StaffName};
use callboard_ledger::topup::topup;

use crate::house::{House, code, coins, refused, topup_request};

#[tokio::test]
async fn a_top_up_happens_once_per_request_id_and_person() {
    let house = House::open().await;
    let store = &house.base.store;
    let (ines, fay) = (StaffName::new("ines").unwrap(), StaffName::new("fay").unwrap());
    let request = topup_request("maya", "100");

    // The same request at once and again: one transfer, one answer.
    let (a, b) = tokio::join!(topup(store, &ines, true, &request), topup(store, &ines, true, &request));
    let first = a.unwrap();
    assert_eq!(first, b.unwrap());
    assert_eq!(first, topup(store, &ines, true, &request).await.unwrap());
    assert_eq!(house.wallet("maya").await.posted, coins("100"));

    // Another body under the same id is refused; the same id from another person is another request.
    let other = TopupRequest { amount: coins("200"), ..request.clone() };
    assert_eq!(code(topup(store, &ines, true, &other).await), ErrorCode::Conflict);
    let second = topup(store, &fay, true, &request).await.unwrap();
    assert_ne!(first.transfer_id, second.transfer_id);
    assert_eq!(second.wallet.available, coins("200"));
    assert_eq!(house.count("ledger.transfers").await, 2);

    // What happened is told once each, pushed to the owner, and written into the log.
    assert_eq!(house.count("store.outbox").await, 2);
    assert_eq!(house.count("store.actions").await, 2);
    let pushed: String = sqlx::query_scalar(
        "select pushes->0->>'event' || ' ' || (pushes->0->'data'->>'available') from store.outbox order by pos limit 1",
    )
    .fetch_one(store.pool())
    .await
    .unwrap();
    assert_eq!(pushed, "wallet.changed 100.0000");
    house.base.finish().await;
}

#[tokio::test]
async fn what_must_not_be_added_is_refused_and_nothing_is_changed() {
    let house = House::open().await;
    let store = &house.base.store;
    let ines = StaffName::new("ines").unwrap();
    let asked =
        async |amount: &str, alone: bool| refused(topup(store, &ines, alone, &topup_request("maya", amount)).await);
    let no_coins = asked("0", true).await;
    assert_eq!((no_coins.code, no_coins.field.as_deref()), (ErrorCode::BadRequest, Some("amount")));
    assert_eq!(asked("-5", true).await.code, ErrorCode::BadRequest);
    assert_eq!(asked("5", false).await.code, ErrorCode::Limit);
    assert_eq!(house.count("ledger.transfers").await, 0);

    house.top_up("maya", &Coins::MAX.to_string()).await;
    let full = asked("0.0001", true).await;
    assert_eq!(full.code, ErrorCode::Limit);
    assert!(full.message.contains("maya"), "{full}");

    let dry = TopupRequest { dry_run: true, ..topup_request("noor", "7") };
    assert_eq!(topup(store, &ines, true, &dry).await.unwrap().wallet.available, coins("7"));
    assert_eq!(house.wallet("noor").await.posted, Coins::ZERO);
    house.base.finish().await;
}
