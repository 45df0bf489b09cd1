//! Evidence that people were there (MONEY, Evidence): beats, flushed once a second, and what follows from them or from their absence.
//!
//! A flush first writes that the house listens (recording an outage that this ends), then the signs of life, in one transaction.
//! Then legs start, stop and go on: a leg starts once media reached both sides; silence longer than the grace suspends it as of the
//! older last sign of life; a sign of life of both resumes it. Time without evidence is never billed.

use callboard_contract::adm::calls::Quality;
use callboard_contract::api::calls::Line;
use callboard_domain::{CallId, LegPhase, LegState, Outage};
use callboard_ledger::journal::lock_shard;
use callboard_store::{StoreError, Touch, house_time, outages_since, touch_house};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::batch::Batch;
use crate::model::Call;
use crate::open::listened;
use crate::{Calls, load, save};

/// A member's last sign of life since the last flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The member's number.
    pub no: i64,
    /// How long ago it came, by the worker's steady clock, in milliseconds.
    pub age_ms: i64,
    /// How the line was. Only a connected line is evidence.
    pub line: Line,
    /// Whether media was received.
    pub media: bool,
    /// The figures for people to look at.
    pub quality: Quality,
}

/// What a flush did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// The outage that it ended.
    pub outage: Option<Outage>,
    /// Legs that started, stopped or went on.
    pub changed: usize,
}

impl Calls {
    /// Writes the house's liveness and the beats, then lets legs start, stop and go on. Call it once a second after a round trip
    /// through NATS, with or without beats.
    pub async fn flush(&self, beats: &[Beat]) -> Result<Flushed, StoreError> {
        let mut tx = self.store().begin().await?;
        let touch = touch_house(&mut tx).await?;
        write(&mut tx, touch, beats).await?;
        tx.commit().await?;
        let changed = self.follow().await?;
        if touch.outage.is_some() || changed > 0 {
            self.store().ring();
        }
        Ok(Flushed { outage: touch.outage, changed })
    }

    /// Looks for legs whose evidence changed and lets them follow it, shard by shard.
    async fn follow(&self) -> Result<usize, StoreError> {
        let mut conn = self.store().pool().acquire().await?;
        let time = house_time(&mut conn).await?;
        // Those that run are found by who fell silent, which is few; all others are few themselves.
        let rows = sqlx::query!(
            "select shard as \"shard!\", array_agg(distinct call_id) as \"calls!\" from (
                 select l.shard, l.call_id from calls.legs l
                 join calls.seen p on p.no = l.payer_no join calls.seen q on q.no = l.payee_no
                 where (l.state = 'waiting' and p.media and q.media and least(p.seen_ms, q.seen_ms) > $1)
                    or (l.state = 'suspended' and least(p.seen_ms, q.seen_ms) > greatest($1, l.since_ms))
                 union all
                 select l.shard, l.call_id from calls.seen s join calls.members m on m.no = s.no
                 join calls.legs l on l.call_id = m.call_id and s.no in (l.payer_no, l.payee_no)
                 where s.live and s.seen_ms < $1 and l.state = 'metered') as found
             group by shard order by shard",
            time.alive.as_ms() - self.times().grace.as_ms()
        )
        .fetch_all(&mut *conn)
        .await?;
        drop(conn);
        let mut changed = 0;
        for row in rows {
            changed += self.follow_shard(row.shard, &row.calls).await?;
        }
        Ok(changed)
    }

    async fn follow_shard(&self, shard: i16, calls: &[Uuid]) -> Result<usize, StoreError> {
        let mut tx = self.store().begin().await?;
        let shard = lock_shard(&mut tx, shard).await?;
        let ids: Vec<CallId> = calls.iter().copied().map(CallId::from_uuid).collect();
        let mut calls = load::calls(&mut tx, &ids).await?;
        let time = house_time(&mut tx).await?;
        let oldest = calls.iter().map(|c| c.created).min().unwrap_or(time.now);
        let outages = outages_since(&mut tx, oldest).await?;
        let mut batch = Batch::new(shard, time, self.times(), outages);
        let mut changed = 0;
        for call in &mut calls {
            changed += follow_call(&mut batch, call)?;
        }
        if changed > 0 {
            save::write(&mut tx, &mut batch, &calls).await?;
            tx.commit().await?;
        }
        Ok(changed)
    }
}

fn follow_call(batch: &mut Batch, call: &mut Call) -> Result<usize, StoreError> {
    let mut changed = 0;
    let live: Vec<usize> = call.live_legs().collect();
    for index in live {
        let leg = &call.legs[index];
        let Some(both) = leg.seen.both() else { continue };
        let silent = listened(both, batch.time.alive, &batch.outages) > batch.times.grace;
        // The later of the two last signs of life: by then both were there, and nothing before it is counted.
        let there = leg.seen.payer.max(leg.seen.payee).unwrap_or(both).max(leg.clock.since());
        match (leg.clock.phase(), leg.state) {
            (LegPhase::Idle, LegState::Waiting) if leg.seen.media && !silent => batch.start(call, index, there)?,
            (LegPhase::Running, _) if silent => {
                let side = leg.seen.silent_side();
                // What would have ended it before it fell silent is the sweep's to record.
                let at = leg.through();
                if leg.clock.due(&leg.tariff, &batch.outages).is_some_and(|due| due.at < at) {
                    continue;
                }
                batch.suspend(call, index, at, side)?;
            }
            (LegPhase::Suspended, _) if !silent && both > leg.clock.since() => {
                if leg.clock.due(&leg.tariff, &batch.outages).is_some_and(|due| due.at < there) {
                    continue;
                }
                batch.resume(call, index, there)?;
            }
            _ => continue,
        }
        changed += 1;
    }
    Ok(changed)
}

async fn write(conn: &mut PgConnection, touch: Touch, beats: &[Beat]) -> Result<(), StoreError> {
    if beats.is_empty() {
        return Ok(());
    }
    let int = |v: Option<u32>| v.and_then(|v| i32::try_from(v).ok());
    let nos: Vec<i64> = beats.iter().map(|b| b.no).collect();
    // Only a connected line is evidence; another leaves the last sign of life as it was.
    let seen: Vec<i64> =
        beats.iter().map(|b| if b.line == Line::Connected { touch.now.as_ms() - b.age_ms.max(0) } else { 0 }).collect();
    let media: Vec<bool> = beats.iter().map(|b| b.media && b.line == Line::Connected).collect();
    let lines: Vec<i16> = beats.iter().map(|b| line_code(b.line)).collect();
    let rtt: Vec<Option<i32>> = beats.iter().map(|b| int(b.quality.rtt_ms)).collect();
    let loss: Vec<Option<i32>> = beats.iter().map(|b| int(b.quality.loss_permille)).collect();
    let jitter: Vec<Option<i32>> = beats.iter().map(|b| int(b.quality.jitter_ms)).collect();
    let bitrate: Vec<Option<i32>> = beats.iter().map(|b| int(b.quality.bitrate_kbps)).collect();
    sqlx::query!(
        "update calls.seen s set seen_ms = greatest(s.seen_ms, d.seen), media = s.media or d.media, line = d.line,
             rtt_ms = d.rtt, loss_permille = d.loss, jitter_ms = d.jitter, bitrate_kbps = d.bitrate
         from unnest($1::bigint[], $2::bigint[], $3::bool[], $4::smallint[], $5::int[], $6::int[], $7::int[], $8::int[])
             as d (no, seen, media, line, rtt, loss, jitter, bitrate)
         where s.no = d.no",
        &nos,
        &seen,
        &media,
        &lines,
        &rtt as &[Option<i32>],
        &loss as &[Option<i32>],
        &jitter as &[Option<i32>],
        &bitrate as &[Option<i32>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How a line is kept in the database.
pub(crate) const fn line_code(line: Line) -> i16 {
    match line {
        Line::Connecting => 0,
        Line::Connected => 1,
        Line::Broken => 2,
    }
}

/// How it is read back.
pub(crate) const fn line_of(code: i16) -> Option<Line> {
    match code {
        0 => Some(Line::Connecting),
        1 => Some(Line::Connected),
        2 => Some(Line::Broken),
        _ => None,
    }
}
