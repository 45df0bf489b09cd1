//! What the database itself refuses, whatever this program does.

use callboard_contract::adm::refund::RefundFrom;
use callboard_domain::Role;
use sqlx::PgPool;

use crate::house::{House, split, staff};

async fn refused(pool: &PgPool, sql: &'static str) -> String {
    match sqlx::raw_sql(sql).execute(pool).await {
        Err(sqlx::Error::Database(error)) => error.code().unwrap_or_default().into_owned(),
        other => panic!("`{sql}` went through: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_posted_or_logged_cannot_be_changed_by_workers_nor_by_accident() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let leg = house.paid("maya", "noor", "10", &split(&[("creator", 80), ("platform", 20)])).await;
    house.refund(&staff("fay", Role::Finance), &leg, Some("1"), RefundFrom::Receivers).await.unwrap();
    let app = house.base.store.pool();
    for sql in [
        "update ledger.transfers set reason = 'x'",
        "delete from ledger.transfers",
        "truncate ledger.transfers cascade",
        "update ledger.entries set amount = amount + 1",
        "delete from ledger.entries",
        "update ledger.journal set total = 0",
        "delete from ledger.journal",
        "update ledger.accounts set posted = posted + 1",
        "update ledger.accounts set floor = -1000000",
        "delete from ledger.accounts",
        "delete from ledger.holds",
        "update store.actions set reason = 'x'",
        "delete from store.actions",
        "delete from store.outbox",
        "delete from store.requests",
        "delete from calls.leg_events",
        "update calls.leg_events set at_ms = 0",
        "alter table ledger.entries disable trigger append_only",
    ] {
        assert_eq!(refused(app, sql).await, "42501", "{sql}");
    }
    // The owner is stopped too, unless he first takes the guard away.
    for sql in [
        "update ledger.transfers set reason = 'x'",
        "delete from ledger.entries",
        "truncate ledger.journal",
        "delete from ledger.accounts where posted = 0",
        "truncate ledger.accounts cascade",
        "update ledger.accounts set id = default where posted = 0",
    ] {
        assert_eq!(refused(&house.base.owner, sql).await, "42501", "{sql}");
    }
    house.base.finish().await;
}

#[tokio::test]
async fn what_must_not_be_is_refused_by_the_database() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let app = house.base.store.pool();
    let transfer = "insert into ledger.transfers (id, kind, reference, actor, entries, at_ms) values ('01900000-0000-7000-8000-000000000001', 'topup', 'x', 'x', 2, 0);";
    let entries = |values: &str| {
        // Statements sent together are one transaction.
        let sql =
            format!("{transfer} insert into ledger.entries (transfer_id, seq, account_id, amount) values {values}");
        &*Box::leak(sql.into_boxed_str())
    };
    let id = "'01900000-0000-7000-8000-000000000001'";
    let (issuer, wallet) = (
        "(select id from ledger.accounts where kind = 'issuer')",
        "(select id from ledger.accounts where kind = 'wallet')",
    );
    for (what, values) in [
        ("unbalanced", format!("({id}, 0, {issuer}, -5), ({id}, 1, {wallet}, 4)")),
        ("not whole", format!("({id}, 0, {issuer}, -5)")),
        ("of nothing", format!("({id}, 0, {issuer}, 0), ({id}, 1, {wallet}, 0)")),
        ("below the floor", format!("({id}, 0, {wallet}, -1000001), ({id}, 1, {issuer}, 1000001)")),
    ] {
        assert_eq!(refused(app, entries(&values)).await, "23514", "{what}");
    }
    let nobody = "'01900000-0000-7000-8000-000000000002'";
    for (what, values) in [
        ("to an account that is not there", format!("({id}, 0, {issuer}, -5), ({id}, 1, 999999, 5)")),
        ("of a transfer that is not there", format!("({nobody}, 0, {issuer}, -5), ({nobody}, 1, {wallet}, 5)")),
    ] {
        assert_eq!(refused(app, entries(&values)).await, "23503", "{what}");
    }
    for (what, sql) in [
        ("more held than there is", "update ledger.accounts set held = 1000001 where kind = 'wallet'"),
        ("held below nothing", "update ledger.accounts set held = -1 where kind = 'wallet'"),
    ] {
        assert_eq!(refused(app, sql).await, "23514", "{what}");
    }
    house.base.finish().await;
}
