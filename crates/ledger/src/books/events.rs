//! Events in the outbox against those on the stream, both ways, and transfers against their events.
//!
//! The stream's ids are read after the outbox's events were sent, so that what is under way is no difference.

use std::collections::HashSet;

use callboard_domain::{At, EventId};
use callboard_store::{OutboxId, StoreError, known_events, outbox_ids};
use sqlx::PgConnection;

use super::report::{Found, ROWS, Report};

const PAGE: i64 = 2_000;
/// The ids that the stream holds.
#[derive(Clone, Debug, Default)]
pub struct StreamIds {
    /// The ids.
    pub ids: HashSet<EventId>,
    /// The first of them, where the stream no longer holds all that was ever sent: what came before it cannot be compared.
    pub oldest: Option<EventId>,
}

/// Compares both ways. Events made before `until` must be on the stream by now; those before `since` or before what the stream
/// keeps are left out.
pub async fn events(
    conn: &mut PgConnection,
    report: &mut Report,
    since: Option<At>,
    until: At,
    stream: &StreamIds,
) -> Result<(), StoreError> {
    sent(&mut *conn, report, since, until, stream).await?;
    known(&mut *conn, report, stream).await?;
    transfers(conn, report, since, until).await
}

async fn sent(
    conn: &mut PgConnection,
    report: &mut Report,
    since: Option<At>,
    until: At,
    stream: &StreamIds,
) -> Result<(), StoreError> {
    let mut after = match stream.oldest {
        None => 0,
        Some(id) => known_events(&mut *conn, &[id]).await?.first().map_or(0, |known| known.pos - 1),
    };
    let mut looked = 0;
    loop {
        let page: Vec<OutboxId> = outbox_ids(&mut *conn, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.pos;
        for event in page.iter().filter(|e| e.at < until && since.is_none_or(|since| e.at >= since)) {
            looked += 1;
            if stream.ids.contains(&event.id) {
                continue;
            }
            let (found, mend) = if event.sent {
                (
                    "it is marked as sent and is not there",
                    "the stream lost it: with the workers stopped, set store.outbox.sent_ms of it to null as the owner; the relay sends it again",
                )
            } else {
                (
                    "it was not sent yet",
                    "callboard workers shows whether a relay runs and how far it lags; then callboard reconcile again",
                )
            };
            report.differs(Found {
                check: "events",
                on: format!("event {} ({} of {})", event.id, event.event, event.entity),
                expected: "on the stream".to_owned(),
                found: found.to_owned(),
                amount: None,
                mend: mend.to_owned(),
            });
        }
    }
    report.check("events", "every event of the outbox is on the stream", looked);
    Ok(())
}

async fn known(conn: &mut PgConnection, report: &mut Report, stream: &StreamIds) -> Result<(), StoreError> {
    report.check("events", "every event on the stream is in the outbox", stream.ids.len() as u64);
    let ids: Vec<EventId> = stream.ids.iter().copied().collect();
    for chunk in ids.chunks(1_000) {
        let known: HashSet<EventId> = known_events(&mut *conn, chunk).await?.into_iter().map(|k| k.id).collect();
        for id in chunk.iter().filter(|id| !known.contains(id)) {
            report.differs(Found {
                check: "events",
                on: format!("event {id}"),
                expected: "in the outbox".to_owned(),
                found: "it is on the stream only".to_owned(),
                amount: None,
                mend: "callboard events tail shows the stream; the database was restored to an older state, or something else publishes events".to_owned(),
            });
        }
    }
    Ok(())
}

async fn transfers(
    conn: &mut PgConnection,
    report: &mut Report,
    since: Option<At>,
    until: At,
) -> Result<(), StoreError> {
    let looked = sqlx::query_scalar!(
        "select count(*) as \"n!\" from ledger.transfers where at_ms < $1 and ($2::bigint is null or at_ms >= $2)",
        until.as_ms(),
        since.map(At::as_ms)
    )
    .fetch_one(&mut *conn)
    .await?;
    report.check("events", "every transfer was told", looked.unsigned_abs());
    let silent = sqlx::query!(
        "select t.id, t.kind, t.reference from ledger.transfers t
         where t.at_ms < $1 and ($2::bigint is null or t.at_ms >= $2)
           and not exists (select 1 from store.outbox o where o.entity = t.id::text and o.event = 'ledger.transfer')
         order by t.id limit $3",
        until.as_ms(),
        since.map(At::as_ms),
        ROWS
    )
    .fetch_all(conn)
    .await?;
    for r in silent {
        report.differs(Found {
            check: "events",
            on: format!("transfer {} ({} of {})", r.id, r.kind, r.reference),
            expected: "an event ledger.transfer".to_owned(),
            found: "none".to_owned(),
            amount: None,
            mend: "callboard ledger transfers shows it; it was posted past the workers, or its event was deleted from the outbox".to_owned(),
        });
    }
    Ok(())
}
