//! What a round reads of its shard: the running legs, the last signs of life of their sides, and the outages.
//!
//! Legs are remembered from round to round. The database counts the changes of a shard's legs, and whoever changes one holds the
//! shard's row, as the round does: while the count stays, what is remembered is what is stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use callboard_domain::{AccountId, At, CallId, Coins, Due, LegClock, LegId, LegPhase, Millis, Outage, Tariff};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::load;

/// The most tariffs that are kept before the cache is emptied: more than any house has legs at once.
const CACHE_MOST: usize = 200_000;
/// How long legs are remembered at most: a database that was set back, by a failover that lost something, counts again.
const REMEMBERED: Duration = Duration::from_mins(1);

/// What a copy remembers between rounds: the tariffs of running legs, which never change, and the legs of each shard.
#[derive(Clone, Debug, Default)]
pub struct TariffCache(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    tariffs: HashMap<Uuid, Arc<Tariff>>,
    shards: HashMap<i16, Held>,
}

// The running legs of a shard, as of a count of changes.
#[derive(Clone, Debug)]
struct Held {
    changes: i64,
    read: Instant,
    // When the first of them changed last: no outage that was over before matters.
    oldest: At,
    legs: Arc<[Running]>,
    seats: Arc<[Seat]>,
}

// A side of a leg: whose sign of life, and the leg's place. In order of members: evidence is laid along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seat {
    no: i64,
    leg: usize,
}

/// A running leg, as the first and cheap look sees it: what changes only where the leg changes.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub id: LegId,
    pub call: CallId,
    pub wallet: AccountId,
    pub clock: LegClock,
    pub settle_due: At,
    pub warned: bool,
    pub tariff: Arc<Tariff>,
    // What the clock says of its grants and its minutes, asked once.
    cutoff: Option<Millis>,
    most: Option<Millis>,
    due: Option<Due>,
}

/// A shard's legs in one round.
#[derive(Debug)]
pub(super) struct Round {
    pub legs: Arc<[Running]>,
    /// Up to when both sides of each leg are known to have been there.
    pub both: Vec<Option<At>>,
    /// The outages since the oldest change of them.
    pub outages: Vec<Outage>,
}

impl Running {
    fn new(id: LegId, call: CallId, wallet: AccountId, clock: LegClock, tariff: Arc<Tariff>) -> Self {
        let cutoff = tariff.cutoff(clock.granted());
        let most = [cutoff, tariff.flat_end()].into_iter().flatten().min();
        let due = clock.due(&tariff, &[]);
        Self { id, call, wallet, clock, settle_due: At::default(), warned: false, tariff, cutoff, most, due }
    }

    /// [`LegClock::due`].
    pub(super) fn due(&self, outages: &[Outage]) -> Option<Due> {
        if outages.is_empty() { self.due } else { self.clock.due(&self.tariff, outages) }
    }

    /// [`LegClock::metered_at`].
    pub(super) fn metered_at(&self, t: At, outages: &[Outage]) -> Millis {
        let connected = self.clock.connected_at(t, outages);
        self.most.map_or(connected, |most| connected.min(most))
    }

    /// How long its grants last from an instant: [`LegClock::runway`] without anything besides.
    pub(super) fn granted_for(&self, t: At, outages: &[Outage]) -> Option<Millis> {
        Some(self.cutoff?.minus(self.clock.connected_at(t, outages)))
    }
}

/// The running legs of a shard whose row is locked, with the evidence of their sides.
pub(super) async fn running(
    conn: &mut PgConnection,
    shard: i16,
    changes: i64,
    cache: &TariffCache,
) -> Result<Round, StoreError> {
    let held = if let Some(held) = cache.held(shard, changes) {
        held
    } else {
        let held = read(&mut *conn, shard, changes, cache).await?;
        cache.hold(shard, held.clone());
        held
    };
    if held.legs.is_empty() {
        return Ok(Round { legs: held.legs, both: Vec::new(), outages: Vec::new() });
    }
    // In one statement: evidence from after an outage must not be read without the outage. Packed, because arrays of hundreds of
    // numbers took as long as finding the rows.
    let r = sqlx::query!(
        "select string_agg(int8send(s.no) || int8send(s.seen_ms), '') as evidence,
             (select array_agg(o.from_ms order by o.from_ms) from store.outages o where o.to_ms > $2) as outages_from,
             (select array_agg(o.to_ms order by o.from_ms) from store.outages o where o.to_ms > $2) as outages_to
         from calls.seen s where s.shard = $1 and s.live",
        shard,
        held.oldest.as_ms()
    )
    .fetch_one(conn)
    .await?;
    let both = along(&held.seats, held.legs.len(), &r.evidence.unwrap_or_default());
    let (from, to) = (r.outages_from.unwrap_or_default(), r.outages_to.unwrap_or_default());
    let outages =
        from.into_iter().zip(to).map(|(from, to)| Outage { from: At::from_ms(from), to: At::from_ms(to) }).collect();
    Ok(Round { legs: held.legs, both, outages })
}

// The older last sign of life of each leg's sides; none where a side has given none. Evidence: member and instant, 8 bytes each.
fn along(seats: &[Seat], legs: usize, evidence: &[u8]) -> Vec<Option<At>> {
    let (pairs, _) = evidence.as_chunks::<16>();
    let number = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |b| i64::from_be_bytes(*b));
    let mut seen: Vec<(i64, i64)> = pairs.iter().map(|p| (number(p.first_chunk()), number(p.last_chunk()))).collect();
    seen.sort_unstable();
    let mut seen = seen.into_iter().peekable();
    let mut both = vec![Some(At::from_ms(i64::MAX)); legs];
    for seat in seats {
        while seen.next_if(|(no, _)| *no < seat.no).is_some() {}
        let last = seen.peek().filter(|(no, _)| *no == seat.no).map(|(_, ms)| At::from_ms(*ms));
        both[seat.leg] = both[seat.leg].min(last);
    }
    both
}

// In arrays: hundreds of rows of a dozen columns would cost more than the meter.
async fn read(conn: &mut PgConnection, shard: i16, changes: i64, cache: &TariffCache) -> Result<Held, StoreError> {
    let begun = Instant::now();
    let r = sqlx::query!(
        "select array_agg(id) as ids, array_agg(call_id) as calls, array_agg(wallet_id) as wallets, array_agg(payer_no) as payers,
             array_agg(payee_no) as payees, array_agg(state = 'metered') as metered, array_agg(since_ms) as since,
             array_agg(connected_ms) as connected, array_agg(lost_ms) as lost, array_agg(granted) as granted,
             array_agg(settle_due_ms) as settle_due, array_agg(warned) as warned
         from calls.legs where shard = $1 and state <> 'settled' and state in ('metered', 'suspended')",
        shard
    )
    .fetch_one(&mut *conn)
    .await?;
    let ids = r.ids.unwrap_or_default();
    let tariffs = cache.tariffs(conn, &ids).await?;
    let (calls, wallets) = (r.calls.unwrap_or_default(), r.wallets.unwrap_or_default());
    let (payers, payees) = (r.payers.unwrap_or_default(), r.payees.unwrap_or_default());
    let (metered, since) = (r.metered.unwrap_or_default(), r.since.unwrap_or_default());
    let (connected, lost) = (r.connected.unwrap_or_default(), r.lost.unwrap_or_default());
    let (granted, settle_due) = (r.granted.unwrap_or_default(), r.settle_due.unwrap_or_default());
    let warned = r.warned.unwrap_or_default();
    let leg = |(i, tariff): (usize, Arc<Tariff>)| {
        let clock = LegClock::from_parts(
            if metered[i] { LegPhase::Running } else { LegPhase::Suspended },
            At::from_ms(since[i]),
            Millis::from_ms(connected[i]),
            Millis::from_ms(lost[i]),
            Coins::from_units(granted[i]),
            // Whose line is lost matters to an end only, and ends are made from the leg's full row.
            None,
        );
        let leg =
            Running::new(LegId::from_uuid(ids[i]), CallId::from_uuid(calls[i]), AccountId(wallets[i]), clock, tariff);
        Running { settle_due: At::from_ms(settle_due[i]), warned: warned[i], ..leg }
    };
    let legs: Arc<[Running]> = tariffs.into_iter().enumerate().map(leg).collect();
    let mut seats: Vec<Seat> =
        [payers, payees].iter().flat_map(|nos| nos.iter().enumerate().map(|(leg, no)| Seat { no: *no, leg })).collect();
    seats.sort_unstable();
    let oldest = legs.iter().map(|l| l.clock.since()).min().unwrap_or_default();
    Ok(Held { changes, read: begun, oldest, legs, seats: seats.into() })
}

impl TariffCache {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self, shard: i16, changes: i64) -> Option<Held> {
        let memory = self.memory();
        let held = memory.shards.get(&shard)?;
        (held.changes == changes && held.read.elapsed() < REMEMBERED).then(|| held.clone())
    }

    fn hold(&self, shard: i16, held: Held) {
        self.memory().shards.insert(shard, held);
    }

    async fn tariffs(&self, conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Arc<Tariff>>, StoreError> {
        let (mut found, missing) = self.known(ids);
        if !missing.is_empty() {
            let rows =
                sqlx::query!("select id, tariff from calls.legs where id = any($1)", &missing).fetch_all(conn).await?;
            self.learn(rows.into_iter().map(|r| (r.id, r.tariff)))?;
            found = self.known(ids).0;
        }
        ids.iter()
            .zip(found)
            .map(|(id, tariff)| tariff.ok_or_else(|| StoreError::corrupt("a leg", format!("{id} vanished"))))
            .collect()
    }

    // What is known, and the ids of which nothing is.
    fn known(&self, ids: &[Uuid]) -> (Vec<Option<Arc<Tariff>>>, Vec<Uuid>) {
        let memory = self.memory();
        let found: Vec<_> = ids.iter().map(|id| memory.tariffs.get(id).map(Arc::clone)).collect();
        let missing = ids.iter().zip(&found).filter(|(_, t)| t.is_none()).map(|(id, _)| *id).collect();
        (found, missing)
    }

    fn learn(&self, rows: impl Iterator<Item = (Uuid, serde_json::Value)>) -> Result<(), StoreError> {
        // Many legs share a tariff: parse each text once.
        let mut parsed: HashMap<String, Arc<Tariff>> = HashMap::new();
        let mut memory = self.memory();
        if memory.tariffs.len() > CACHE_MOST {
            memory.tariffs.clear();
        }
        for (id, value) in rows {
            let text = value.to_string();
            let tariff = if let Some(tariff) = parsed.get(&text) {
                Arc::clone(tariff)
            } else {
                let tariff = Arc::new(load::tariff(value)?);
                parsed.insert(text, Arc::clone(&tariff));
                tariff
            };
            memory.tariffs.insert(id, tariff);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(of: &[(i64, i64)]) -> Vec<u8> {
        of.iter().flat_map(|(no, ms)| [no.to_be_bytes(), ms.to_be_bytes()]).flatten().collect()
    }

    #[test]
    fn evidence_in_any_order_finds_its_legs() {
        // Two legs with one host, 7, and one whose payer 3 gave no sign of life.
        let mut seats: Vec<Seat> =
            [(1, 0), (7, 0), (9, 1), (7, 1), (3, 2), (8, 2)].map(|(no, leg)| Seat { no, leg }).into();
        seats.sort_unstable();
        let both = along(&seats, 3, &evidence(&[(9, 400), (8, 100), (1, 200), (2, 50), (7, 300), (12, 1)]));
        assert_eq!(both, [Some(At::from_ms(200)), Some(At::from_ms(300)), None]);
        assert_eq!(along(&seats, 3, &[]), [None, None, None]);
    }

    #[test]
    fn what_is_remembered_is_what_the_clock_says() {
        use callboard_domain::Preset;
        let outage = [Outage { from: At::from_ms(70_000), to: At::from_ms(95_000) }];
        for preset in [Preset::CreatorHold, Preset::CoinBurn, Preset::ReaderFlat] {
            let tariff = Arc::new(Tariff::try_from(preset.spec(None, None)).expect("a preset is a tariff"));
            for (phase, granted) in [
                (LegPhase::Running, 0),
                (LegPhase::Running, 1_000_000),
                (LegPhase::Suspended, 1_000_000),
                (LegPhase::Running, 10_000_000_000),
            ] {
                let clock = LegClock::from_parts(
                    phase,
                    At::from_ms(60_000),
                    Millis::from_ms(30_500),
                    Millis::from_ms(4_000),
                    Coins::from_units(granted),
                    None,
                );
                let (id, call) = (LegId::from_uuid(Uuid::from_u128(1)), CallId::from_uuid(Uuid::from_u128(2)));
                let leg = Running::new(id, call, AccountId(1), clock, Arc::clone(&tariff));
                for outages in [&[][..], &outage] {
                    assert_eq!(leg.due(outages), clock.due(&tariff, outages));
                    for ms in [0, 60_000, 80_000, 120_000, 3_600_000, 90_000_000] {
                        let t = At::from_ms(ms);
                        assert_eq!(leg.metered_at(t, outages), clock.metered_at(&tariff, t, outages));
                        assert_eq!(leg.granted_for(t, outages), clock.runway(&tariff, Coins::ZERO, t, outages));
                    }
                }
            }
        }
    }
}
