//! Do the books add up: entries, balances, holds, payments and the two chains. The sums are made by the database; only what differs is read.
//!
//! Every difference says both sides, the amount and the command that mends or explains it. Everything is read in one snapshot, so
//! that calls may go on meanwhile.

mod balances;
mod events;
mod journal;
mod payments;
mod report;

use callboard_contract::adm::books::BooksReport;
use callboard_domain::At;
use callboard_store::{Store, StoreError, now, verify_actions};
use sqlx::{Connection as _, PgConnection};

pub use events::{StreamIds, events};
pub use report::{Found, MAX_DIFFERENCES, Report};

/// Checks the ledger alone.
pub async fn verify(store: &Store) -> Result<BooksReport, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let mut tx = conn.begin().await?;
    snapshot(&mut tx).await?;
    let mut report = Report::open(now(&mut tx).await?);
    ledger(&mut tx, &mut report, None).await?;
    tx.rollback().await?;
    Ok(report.close())
}

/// Makes a transaction a snapshot for reading: all that it sees is of one instant, and long sums may take their time.
pub async fn snapshot(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("set transaction isolation level repeatable read, read only").execute(&mut *conn).await?;
    sqlx::query("set local statement_timeout = '100s'").execute(&mut *conn).await?;
    sqlx::query("set local idle_in_transaction_session_timeout = '60s'").execute(conn).await?;
    Ok(())
}

/// The checks of the ledger alone, in the caller's snapshot. `since` narrows the ticks that are compared with each other.
pub async fn ledger(conn: &mut PgConnection, report: &mut Report, since: Option<At>) -> Result<(), StoreError> {
    balances::entries(&mut *conn, report).await?;
    balances::balances(&mut *conn, report).await?;
    balances::holds(&mut *conn, report).await?;
    payments::payments(&mut *conn, report).await?;
    payments::gifts(&mut *conn, report).await?;
    journal::chain(&mut *conn, report).await?;
    journal::ticks(&mut *conn, report, since).await?;
    let (rows, faults) = verify_actions(conn).await?;
    report.check("actions", "each row of the action log fits the one before it", rows);
    for fault in faults {
        report.differs(Found {
            check: "actions",
            on: format!("action {}", fault.no),
            expected: "the row that was written".to_owned(),
            found: fault.what,
            amount: None,
            mend: "compare store.actions with the last backup; only somebody with the owner's password can have changed it".to_owned(),
        });
    }
    Ok(())
}
