//! Entries against themselves, balances against entries, what is held against open holds.

use callboard_domain::Coins;
use callboard_store::StoreError;
use sqlx::PgConnection;

use super::report::{Found, ROWS, Report};
use crate::history::account_name;

/// Every transfer is whole and sums to nothing, per asset; and so do all balances together.
pub(super) async fn entries(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    let looked = sqlx::query_scalar!("select count(*) as \"n!\" from ledger.transfers").fetch_one(&mut *conn).await?;
    report.check("entries", "every transfer is whole and sums to nothing", looked.unsigned_abs());
    let unbalanced = sqlx::query!(
        "select e.transfer_id, a.asset, sum(e.amount)::text as \"sum!\" from ledger.entries e join ledger.accounts a on a.id = e.account_id
         group by e.transfer_id, a.asset having sum(e.amount) <> 0 order by e.transfer_id limit $1",
        ROWS
    )
    .fetch_all(&mut *conn)
    .await?;
    for r in unbalanced {
        report.differs(Found {
            check: "entries",
            on: format!("transfer {} ({})", r.transfer_id, r.asset),
            expected: "postings that sum to nothing".to_owned(),
            found: format!("they sum to {}", coins(&r.sum)),
            amount: amount(&r.sum),
            mend: "callboard ledger transfers shows it; an entry was changed past the database's own checks: restore it from the last backup".to_owned(),
        });
    }
    let torn = sqlx::query!(
        "select t.id, t.entries, count(e.transfer_id) as \"n!\" from ledger.transfers t left join ledger.entries e on e.transfer_id = t.id
         group by t.id, t.entries having count(e.transfer_id) <> t.entries order by t.id limit $1",
        ROWS
    )
    .fetch_all(&mut *conn)
    .await?;
    for r in torn {
        report.differs(Found {
            check: "entries",
            on: format!("transfer {}", r.id),
            expected: format!("{} postings", r.entries),
            found: format!("{} postings", r.n),
            amount: None,
            mend: "callboard ledger transfers shows it; a posting was taken out past the database's own checks: restore it from the last backup".to_owned(),
        });
    }
    let sums = sqlx::query!(
        "select asset, sum(posted)::text as \"sum!\" from ledger.accounts group by asset having sum(posted) <> 0"
    )
    .fetch_all(conn)
    .await?;
    for r in sums {
        report.differs(Found {
            check: "entries",
            on: format!("all balances in {}", r.asset),
            expected: "a sum of nothing".to_owned(),
            found: coins(&r.sum),
            amount: amount(&r.sum),
            mend: "callboard ledger verify names the accounts whose balance is not the sum of their postings"
                .to_owned(),
        });
    }
    Ok(())
}

/// Every balance is the sum of its postings.
pub(super) async fn balances(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    let looked = sqlx::query_scalar!("select count(*) as \"n!\" from ledger.accounts").fetch_one(&mut *conn).await?;
    report.check("balances", "every balance is the sum of its postings", looked.unsigned_abs());
    let rows = sqlx::query!(
        "select a.owner, a.kind, coalesce(e.sum, 0)::text as \"sum!\", a.posted::text as \"posted!\", (a.posted - coalesce(e.sum, 0))::text as \"by!\"
         from ledger.accounts a
         left join (select account_id, sum(amount) as sum from ledger.entries group by account_id) e on e.account_id = a.id
         where a.posted <> coalesce(e.sum, 0) order by a.id limit $1",
        ROWS
    )
    .fetch_all(conn)
    .await?;
    for r in rows {
        let who = r.owner.split_once(':').map_or("", |(_, name)| name);
        let look = if who.is_empty() {
            "callboard ledger transfers".to_owned()
        } else {
            format!("callboard wallet history {who}")
        };
        report.differs(Found {
            check: "balances",
            on: account_name(&r.owner, &r.kind),
            expected: format!("{}, the sum of its postings", coins(&r.sum)),
            found: format!("a balance of {}", coins(&r.posted)),
            amount: amount(&r.by),
            mend: format!("{look} lists the postings, which are right; the balance was changed past them: set ledger.accounts.posted to their sum as the owner"),
        });
    }
    Ok(())
}

/// What is held is what open holds hold, and every hold's sums are those of its transfers.
pub(super) async fn holds(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    let looked = sqlx::query_scalar!("select count(*) as \"n!\" from ledger.holds").fetch_one(&mut *conn).await?;
    report.check(
        "holds",
        "what wallets hold is what open holds hold, and every hold was settled and refunded by its transfers",
        looked.unsigned_abs(),
    );
    let wrong = sqlx::query!(
        "select a.owner, a.kind, coalesce(h.held, 0)::text as \"open!\", a.held::text as \"held!\", (a.held - coalesce(h.held, 0))::text as \"by!\"
         from ledger.accounts a
         left join (select account_id, sum(granted - settled) as held from ledger.holds where released_ms is null group by account_id) h
             on h.account_id = a.id
         where a.held <> coalesce(h.held, 0) order by a.id limit $1",
        ROWS
    )
    .fetch_all(&mut *conn)
    .await?;
    for r in wrong {
        report.differs(Found {
            check: "holds",
            on: account_name(&r.owner, &r.kind),
            expected: format!("{} held, the sum of its open holds", coins(&r.open)),
            found: format!("{} held", coins(&r.held)),
            amount: amount(&r.by),
            mend: "callboard holds ls lists the open holds, which are right: set ledger.accounts.held to their sum as the owner".to_owned(),
        });
    }
    let unposted = sqlx::query!(
        "select h.leg_id, h.call_id, h.settled::text as \"settled!\", h.refunded::text as \"refunded!\",
                coalesce(p.settled, 0)::text as \"posted!\", coalesce(p.refunded, 0)::text as \"given!\",
                (h.settled - coalesce(p.settled, 0))::text as \"by_settled!\", (h.refunded - coalesce(p.refunded, 0))::text as \"by_refunded!\"
         from ledger.holds h
         left join (select t.leg_id, e.account_id, -sum(e.amount) filter (where t.kind = 'settle') as settled,
                           sum(e.amount) filter (where t.kind = 'refund') as refunded
                    from ledger.transfers t join ledger.entries e on e.transfer_id = t.id
                    where t.leg_id is not null group by t.leg_id, e.account_id) p on p.leg_id = h.leg_id and p.account_id = h.account_id
         where h.settled <> coalesce(p.settled, 0) or h.refunded <> coalesce(p.refunded, 0) order by h.id limit $1",
        ROWS
    )
    .fetch_all(conn)
    .await?;
    for r in unposted {
        let settled = r.by_settled != "0";
        let (hold, posted, by) =
            if settled { (&r.settled, &r.posted, &r.by_settled) } else { (&r.refunded, &r.given, &r.by_refunded) };
        let what = if settled { "settled" } else { "refunded" };
        report.differs(Found {
            check: "holds",
            on: format!("hold of leg {}", r.leg_id),
            expected: format!("{} {what}, as its transfers posted", coins(posted)),
            found: format!("{} {what}, as the hold says", coins(hold)),
            amount: amount(by),
            mend: format!("callboard calls timeline {} shows both; the transfers are right", r.call_id),
        });
    }
    Ok(())
}

/// A sum of units as coins; sums beyond the range of an amount are shown as they are.
fn coins(units: &str) -> String {
    amount(units).map_or_else(|| format!("{units} units"), |c| c.to_string())
}

fn amount(units: &str) -> Option<Coins> {
    units.parse().ok().map(Coins::from_units)
}
