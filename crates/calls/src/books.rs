//! The books of calls: the ledger's own checks, then holds against calls, and every ended leg's charge against the meter run again on
//! what was recorded. Everything but the events is read in one snapshot.

mod meter;

use std::collections::BTreeMap;

use callboard_domain::{At, CallId, HoldId};
use callboard_ledger::books::{Found, Report, StreamIds, ledger, snapshot};
use callboard_ledger::open_holds;
use callboard_store::{Store, StoreError, now};
use sqlx::PgConnection;

use crate::holds::states;

const PAGE: i64 = 1_000;

/// Checks everything that the database knows. Legs that ended from `since` on and before `until` are metered again.
pub async fn reconcile(store: &Store, since: Option<At>, until: Option<At>) -> Result<Report, StoreError> {
    let mut tx = store.pool().begin().await?;
    snapshot(&mut tx).await?;
    let as_of = now(&mut tx).await?;
    let mut report = Report::open(as_of);
    ledger(&mut tx, &mut report, since).await?;
    holds(&mut tx, &mut report).await?;
    meter::rerun(&mut tx, &mut report, since, until.unwrap_or(as_of.plus(callboard_domain::Millis::from_secs(1))))
        .await?;
    tx.rollback().await?;
    Ok(report)
}

/// Compares events made before `until` with what the stream holds.
pub async fn events(store: &Store, since: Option<At>, until: At, stream: &StreamIds) -> Result<Report, StoreError> {
    let mut tx = store.pool().begin().await?;
    snapshot(&mut tx).await?;
    let mut report = Report::open(now(&mut tx).await?);
    callboard_ledger::books::events(&mut tx, &mut report, since, until, stream).await?;
    tx.rollback().await?;
    Ok(report)
}

async fn holds(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    let (mut after, mut looked): (Option<HoldId>, u64) = (None, 0);
    loop {
        let page = open_holds::page(&mut *conn, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        looked += page.len() as u64;
        let calls: Vec<CallId> = page.iter().map(|h| h.call).collect();
        let states: BTreeMap<CallId, _> = states(&mut *conn, &calls).await?;
        for hold in &page {
            let found = match states.get(&hold.call) {
                Some(state) if !state.is_over() => continue,
                Some(state) => format!("call {} is {state}", hold.call),
                None => format!("there is no call {}", hold.call),
            };
            report.differs(Found {
                check: "holds",
                on: format!("hold {} of {}", hold.id, hold.payer),
                expected: "a live call".to_owned(),
                found,
                amount: hold.granted.checked_sub(hold.settled).ok(),
                mend: "callboard holds sweep".to_owned(),
            });
        }
    }
    report.check("holds", "only live calls hold", looked);
    let legs = sqlx::query!(
        "select l.id, l.call_id, l.state, c.state as call_state from calls.legs l join calls.calls c on c.id = l.call_id
         where c.ended_ms is not null and l.state <> 'settled' order by l.id limit 201"
    )
    .fetch_all(conn)
    .await?;
    for r in legs {
        report.differs(Found {
            check: "holds",
            on: format!("leg {}", r.id),
            expected: format!("settled, as its call {} is {}", r.call_id, r.call_state),
            found: r.state,
            amount: None,
            mend: format!("callboard calls timeline {}", r.call_id),
        });
    }
    Ok(())
}
