//! Lists: every page, each line once, newest first.

use callboard_contract::adm::refund::RefundFrom;
use callboard_contract::{ErrorCode, PageQuery};
use callboard_domain::{At, Coins, Role};
use callboard_ledger::{history, open_holds, refund, summary};
use callboard_store::now;

use crate::house::{House, code, coins, split, staff, uid};

fn page(limit: u32, cursor: Option<String>) -> PageQuery {
    PageQuery { limit: Some(limit), cursor }
}

#[tokio::test]
async fn pages_give_every_line_once_newest_first() {
    let house = House::open().await;
    let store = &house.base.store;
    for who in ["maya", "ada", "bo"] {
        house.top_up(who, "100").await;
    }
    let shares = split(&[("creator", 80), ("platform", 20)]);
    let mut legs = Vec::new();
    for _ in 0..5 {
        legs.push(house.paid("maya", "noor", "2", &shares).await);
    }
    for leg in &legs[..3] {
        house.refund(&staff("fay", Role::Finance), leg, Some("1"), RefundFrom::default()).await.unwrap();
    }
    let (mut cursor, mut lines) = (None, Vec::new());
    loop {
        let got = history::lines(store, &uid("maya"), &page(2, cursor)).await.unwrap();
        lines.extend(got.items);
        cursor = got.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(lines.len(), 9);
    assert!(lines.windows(2).all(|w| w[0].transfer_id > w[1].transfer_id));
    assert_eq!(lines.iter().map(|l| l.amount.units()).sum::<i64>(), house.wallet("maya").await.posted.units());
    // A payee sees earnings; both kinds of postings of one transfer would be two lines.
    assert_eq!(history::lines(store, &uid("noor"), &page(50, None)).await.unwrap().items.len(), 8);

    let (mut cursor, mut names) = (None, Vec::new());
    loop {
        let got = history::wallets(store, &page(3, cursor)).await.unwrap();
        names.extend(got.items.iter().map(|w| w.uid.to_string()));
        cursor = got.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(names, ["ada", "bo", "maya", "noor"]);

    let transfers = history::transfers(store, &page(4, None)).await.unwrap();
    let rest = history::transfers(store, &page(50, transfers.cursor)).await.unwrap();
    assert_eq!((transfers.items.len(), rest.items.len()), (4, 7));
    assert!(
        transfers
            .items
            .iter()
            .chain(&rest.items)
            .all(|t| t.postings.iter().map(|p| p.amount.units()).sum::<i64>() == 0)
    );
    let refunds = refund::ls(store, &page(2, None)).await.unwrap();
    assert_eq!(
        refunds.items.iter().map(|r| (r.payer.as_str(), r.amount)).collect::<Vec<_>>(),
        [("maya", coins("1")), ("maya", coins("1"))]
    );
    assert_eq!(refund::ls(store, &page(2, refunds.cursor)).await.unwrap().items.len(), 1);

    assert_eq!(code(history::lines(store, &uid("maya"), &page(2, Some("x".to_owned()))).await), ErrorCode::BadRequest);
    assert_eq!(code(history::transfers(store, &page(0, None)).await), ErrorCode::BadRequest);
    house.base.finish().await;
}

#[tokio::test]
async fn minutes_without_postings_are_rows_of_nothing() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let leg = house.paid("maya", "noor", "10", &split(&[("creator", 80), ("platform", 20)])).await;
    house.refund(&staff("fay", Role::Finance), &leg, Some("3"), RefundFrom::default()).await.unwrap();
    let mut conn = house.base.store.pool().acquire().await.unwrap();
    let at = now(&mut conn).await.unwrap();
    let rows = summary::minutes(&mut conn, at, 30).await.unwrap();
    assert_eq!(rows.len(), 30);
    assert!(rows.windows(2).all(|w| w[1].at == At::from_ms(w[0].at.as_ms() + 60_000)));
    let sum =
        |of: fn(&callboard_contract::adm::money::MinuteRow) -> Coins| rows.iter().map(|r| of(r).units()).sum::<i64>();
    assert_eq!((sum(|r| r.charged), sum(|r| r.platform), sum(|r| r.refunded)), (100_000, 20_000, 30_000));
    assert_eq!(
        (summary::ledger_sum(&mut conn).await.unwrap(), summary::held(&mut conn).await.unwrap()),
        (Coins::ZERO, Coins::ZERO)
    );
    assert!(open_holds::page(&mut conn, None, 10).await.unwrap().is_empty());
    assert!(summary::span(Some(241)).is_err() && summary::span(None).is_ok());
    drop(conn);
    house.base.finish().await;
}
