//! The journal of ticks: no round is missing, every row fits the one before it, and no leg's time or charge ever went back.

use callboard_domain::At;
use callboard_store::StoreError;
use futures::TryStreamExt as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::report::{Found, ROWS, Report};
use crate::journal::{Row, SHARDS};

const CHANGED: &str =
    "compare ledger.journal with the last backup; only somebody with the owner's password can have changed it";

/// Walks each shard's rounds, a row at a time.
pub(super) async fn chain(conn: &mut PgConnection, report: &mut Report) -> Result<(), StoreError> {
    let mut looked = 0;
    for shard in 0..SHARDS {
        let head =
            sqlx::query!("select round, head from ledger.shards where id = $1", shard).fetch_one(&mut *conn).await?;
        let (mut round, mut hash) = (0, Vec::new());
        let mut rows = sqlx::query!(
            "select round, at_ms, ticks, legs, through_ms, elapsed_ms, charge, total, prev, hash from ledger.journal where shard = $1 order by round",
            shard
        )
        .fetch(&mut *conn);
        while let Some(row) = rows.try_next().await? {
            looked += 1;
            let differs = |expected: String, found: String| Found {
                check: "journal",
                on: format!("round {} of shard {shard}", row.round),
                expected,
                found,
                amount: None,
                mend: CHANGED.to_owned(),
            };
            if row.round != round + 1 {
                report.differs(differs(
                    format!("round {} after round {round}", round + 1),
                    format!("round {}", row.round),
                ));
            }
            let ticks = row.ticks.unwrap_or_else(|| {
                packed(row.legs.as_deref(), [&row.through_ms, &row.elapsed_ms, &row.charge].map(Option::as_deref))
            });
            let stated = Row { shard, round: row.round, at_ms: row.at_ms, ticks: &ticks };
            if row.prev != hash || row.hash != stated.hash(&row.prev) || row.total != stated.total() {
                report.differs(differs(
                    "the row that was written".to_owned(),
                    "a row that does not fit its hash".to_owned(),
                ));
            }
            (round, hash) = (row.round, row.hash);
        }
        drop(rows);
        if head.round != round || head.head != hash {
            report.differs(Found {
                check: "journal",
                on: format!("shard {shard}"),
                expected: format!("the shard's last round, {}", head.round),
                found: format!("the journal ends with round {round}"),
                amount: None,
                mend: CHANGED.to_owned(),
            });
        }
    }
    report.check("journal", "no round is missing and every row fits the one before it", looked);
    Ok(())
}

// A row from before ticks were packed: the same bytes.
fn packed(legs: Option<&[Uuid]>, numbers: [Option<&[i64]>; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (i, leg) in legs.unwrap_or_default().iter().enumerate() {
        bytes.extend_from_slice(leg.as_bytes());
        for number in numbers {
            let number = number.and_then(|numbers| numbers.get(i)).copied().unwrap_or_default();
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
    bytes
}

/// Compares each tick with the one before it of the same leg. The database sorts, on its disk if need be.
pub(super) async fn ticks(conn: &mut PgConnection, report: &mut Report, since: Option<At>) -> Result<(), StoreError> {
    report.check("journal", "time and charge of a leg only grow", 0);
    let rows = sqlx::query!(
        "select shard as \"shard!\", round as \"round!\", leg as \"leg!\", through as \"through!\", elapsed as \"elapsed!\", charge as \"charge!\",
                shard_before as \"shard_before!\", round_before as \"round_before!\", through_before as \"through_before!\",
                elapsed_before as \"elapsed_before!\", charge_before as \"charge_before!\"
         from (select j.shard, j.round, t.leg, t.through, t.elapsed, t.charge,
                      lag(j.shard) over leg as shard_before, lag(j.round) over leg as round_before, lag(t.through) over leg as through_before,
                      lag(t.elapsed) over leg as elapsed_before, lag(t.charge) over leg as charge_before
               from ledger.journal j cross join lateral (
                   select * from ledger.unpack_ticks(j.ticks)
                   union all select * from unnest(j.legs, j.through_ms, j.elapsed_ms, j.charge)) as t (leg, through, elapsed, charge)
               where $1::bigint is null or j.at_ms >= $1
               window leg as (partition by t.leg order by j.shard, j.round)) ticks
         where shard <> shard_before or round <= round_before or through < through_before or elapsed < elapsed_before or charge < charge_before
         limit $2",
        since.map(At::as_ms),
        ROWS
    )
    .fetch_all(conn)
    .await?;
    for r in rows {
        let words = |shard: i16, round: i64, through: i64, elapsed: i64, charge: i64| {
            format!(
                "shard {shard}, round {round}: through {}, {elapsed} ms, {}",
                At::from_ms(through),
                callboard_domain::Coins::from_units(charge)
            )
        };
        report.differs(Found {
            check: "journal",
            on: format!("leg {}", r.leg),
            expected: format!(
                "no less than {}",
                words(r.shard_before, r.round_before, r.through_before, r.elapsed_before, r.charge_before)
            ),
            found: words(r.shard, r.round, r.through, r.elapsed, r.charge),
            amount: Some(callboard_domain::Coins::from_units(r.charge.saturating_sub(r.charge_before))),
            mend: format!("callboard reconcile runs the meter of leg {} again and says what is right", r.leg),
        });
    }
    Ok(())
}
