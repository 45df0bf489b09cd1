//! The meter, run again on recorded starts, suspensions, resumptions, grants and ends: it must come to the charge that was posted.

use std::collections::HashMap;

use callboard_domain::{At, Coins, EndReason, LegEvent, LegId, LegOutcome, Millis, Outage, Recorded, Tariff, replay};
use callboard_ledger::books::{Found, Report};
use callboard_ledger::hold::{self, Hold};
use callboard_store::{StoreError, outages_since};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

const PAGE: i64 = 500;

/// A leg that is over, as its row has it.
struct LegRow {
    id: LegId,
    call: Uuid,
    tariff: Value,
    granted: Coins,
    events: i32,
    ended: Option<At>,
    reason: Option<String>,
    connected: Option<Millis>,
    charge: Option<Coins>,
}

/// An event of a leg, as its row has it.
struct EventRow {
    seq: i32,
    event: Value,
    outages_to: Option<At>,
}

/// Meters every leg again that ended in a span.
pub(super) async fn rerun(
    conn: &mut PgConnection,
    report: &mut Report,
    since: Option<At>,
    until: At,
) -> Result<(), StoreError> {
    let (mut after, mut looked) = (Uuid::nil(), 0);
    // Outages are few; all that any of these legs can have met are read once.
    let outages = outages_since(&mut *conn, At::from_ms(0)).await?;
    loop {
        let legs = page(&mut *conn, after, since, until).await?;
        let Some(last) = legs.last() else { break };
        after = last.id.as_uuid();
        looked += legs.len() as u64;
        let ids: Vec<LegId> = legs.iter().map(|l| l.id).collect();
        let mut events = events(&mut *conn, &ids).await?;
        let holds = hold::of_legs(&mut *conn, &ids).await?;
        for leg in &legs {
            let recorded = events.remove(&leg.id).unwrap_or_default();
            if let Err(found) = compare(leg, &recorded, holds.get(&leg.id), &outages) {
                report.differs(*found);
            }
        }
    }
    report.check("meter", "every ended leg was charged what the meter says again, and its hold says the same", looked);
    Ok(())
}

fn compare(leg: &LegRow, recorded: &[EventRow], hold: Option<&Hold>, outages: &[Outage]) -> Result<(), Box<Found>> {
    let differs = |expected: String, found: String, amount: Option<Coins>, mend: Option<String>| {
        let mend = mend.unwrap_or_else(|| format!("callboard calls timeline {} shows what was recorded", leg.call));
        Err(Box::new(Found {
            check: "meter",
            on: format!("leg {} of call {}", leg.id, leg.call),
            expected,
            found,
            amount,
            mend,
        }))
    };
    let seqs = recorded.iter().map(|event| event.seq);
    if !seqs.eq(1..=leg.events) {
        let seqs: Vec<i32> = recorded.iter().map(|event| event.seq).collect();
        return differs(
            format!("{} recorded events without a gap", leg.events),
            format!("events {seqs:?}"),
            None,
            None,
        );
    }
    let outcome = match again(leg, recorded, outages) {
        Ok(outcome) => outcome,
        Err(why) => return differs("records that the meter can run".to_owned(), why, None, None),
    };
    let charge = leg.charge.unwrap_or_default();
    if leg.charge.is_none() || outcome.charge != charge {
        let by = charge.checked_sub(outcome.charge).ok();
        let back = by.filter(|by| by.is_positive()).map(|by| {
            format!(
                "callboard refund create {} --leg {} --amount {by} --from receivers --reason fault:charged-too-much",
                leg.call, leg.id
            )
        });
        return differs(
            format!("a charge of {}, as the meter says again", outcome.charge),
            format!("{charge} charged"),
            by,
            back,
        );
    }
    let reason = leg.reason.as_deref().and_then(|r| r.parse::<EndReason>().ok());
    if (outcome.ended_at, outcome.reason, Some(outcome.connected)) != (leg.ended, reason, leg.connected) {
        let words = |at: Option<At>, reason: Option<EndReason>, connected: Option<Millis>| {
            let at = at.map_or_else(|| "never".to_owned(), |at| at.to_string());
            let reason = reason.map_or("no reason", EndReason::as_str);
            format!("ended {at} by {reason} after {} s", connected.unwrap_or_default())
        };
        let again = words(outcome.ended_at, outcome.reason, Some(outcome.connected));
        return differs(again, words(leg.ended, reason, leg.connected), None, None);
    }
    let Some(hold) = hold else {
        return differs("a hold".to_owned(), "none".to_owned(), leg.charge, None);
    };
    if hold.granted != outcome.granted || leg.granted != outcome.granted {
        let expected = format!("{} granted, as recorded", outcome.granted);
        let found = format!("{} on the hold, {} on the leg", hold.granted, leg.granted);
        return differs(expected, found, hold.granted.checked_sub(outcome.granted).ok(), None);
    }
    if hold.final_charge != leg.charge || hold.settled != charge {
        let found = format!("the hold was settled with {}", hold.settled);
        return differs(
            format!("{charge}, as the leg was charged"),
            found,
            hold.settled.checked_sub(charge).ok(),
            None,
        );
    }
    Ok(())
}

fn again(leg: &LegRow, recorded: &[EventRow], outages: &[Outage]) -> Result<LegOutcome, String> {
    let tariff: Tariff =
        serde_json::from_value(leg.tariff.clone()).map_err(|e| format!("the tariff cannot be read: {e}"))?;
    let events = recorded
        .iter()
        .map(|row| {
            let event = serde_json::from_value::<LegEvent>(row.event.clone())
                .map_err(|e| format!("event {} cannot be read: {e}", row.seq))?;
            Ok(Recorded { event, outages_to: row.outages_to })
        })
        .collect::<Result<Vec<_>, String>>()?;
    replay(&tariff, &events, outages).map_err(|e| e.to_string())
}

async fn page(conn: &mut PgConnection, after: Uuid, since: Option<At>, until: At) -> Result<Vec<LegRow>, StoreError> {
    let rows = sqlx::query!(
        "select id, call_id, tariff, granted, events, ended_ms, end_reason, final_ms, final_charge from calls.legs
         where state = 'settled' and id > $1 and ($2::bigint is null or ended_ms >= $2) and (ended_ms is null or ended_ms < $3)
         order by id limit $4",
        after,
        since.map(At::as_ms),
        until.as_ms(),
        PAGE
    )
    .fetch_all(conn)
    .await?;
    let leg = rows.into_iter().map(|r| LegRow {
        id: LegId::from_uuid(r.id),
        call: r.call_id,
        tariff: r.tariff,
        granted: Coins::from_units(r.granted),
        events: r.events,
        ended: r.ended_ms.map(At::from_ms),
        reason: r.end_reason,
        connected: r.final_ms.map(Millis::from_ms),
        charge: r.final_charge.map(Coins::from_units),
    });
    Ok(leg.collect())
}

async fn events(conn: &mut PgConnection, legs: &[LegId]) -> Result<HashMap<LegId, Vec<EventRow>>, StoreError> {
    let ids: Vec<Uuid> = legs.iter().map(|l| l.as_uuid()).collect();
    let rows = sqlx::query!(
        "select leg_id, seq, event, outages_to_ms from calls.leg_events where leg_id = any($1) order by leg_id, seq",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut events: HashMap<LegId, Vec<EventRow>> = HashMap::new();
    for r in rows {
        let row = EventRow { seq: r.seq, event: r.event, outages_to: r.outages_to_ms.map(At::from_ms) };
        events.entry(LegId::from_uuid(r.leg_id)).or_default().push(row);
    }
    Ok(events)
}
