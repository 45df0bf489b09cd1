//! What a round reads of its shard: the running legs, the last signs of life of their sides, and the outages.
//!
//! Legs are remembered from round to round. The database counts the changes of a shard's legs, and whoever changes one holds the
//! shard's row, as the round does: while the count stays, what is remembered is what is stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use callboard_domain::{AccountId, At, CallId, Coins, LegClock, LegId, LegPhase, Millis, Outage, Tariff};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::load;
use crate::model::Seen;

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
    legs: Arc<[Running]>,
}

/// A running leg, as the first and cheap look sees it.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub id: LegId,
    pub call: CallId,
    pub wallet: AccountId,
    payer_no: i64,
    payee_no: i64,
    pub clock: LegClock,
    pub settle_due: At,
    pub warned: bool,
    pub tariff: Arc<Tariff>,
    /// Not remembered: read in each round.
    pub seen: Seen,
}

/// The running legs of a shard whose row is locked, and the outages since the oldest of them changed.
pub(super) async fn running(
    conn: &mut PgConnection,
    shard: i16,
    changes: i64,
    cache: &TariffCache,
) -> Result<(Vec<Running>, Vec<Outage>), StoreError> {
    let held = if let Some(held) = cache.held(shard, changes) {
        held
    } else {
        let legs: Arc<[Running]> = read(&mut *conn, shard, cache).await?.into();
        cache.hold(shard, Held { changes, read: Instant::now(), legs: Arc::clone(&legs) });
        legs
    };
    if held.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let oldest = held.iter().map(|l| l.clock.since()).min().unwrap_or_default();
    // In one statement: evidence from after an outage must not be read without the outage.
    let r = sqlx::query!(
        "select array_agg(s.no) as nos, array_agg(s.seen_ms) as seen,
             (select array_agg(o.from_ms order by o.from_ms) from store.outages o where o.to_ms > $2) as outages_from,
             (select array_agg(o.to_ms order by o.from_ms) from store.outages o where o.to_ms > $2) as outages_to
         from calls.seen s where s.shard = $1 and s.live",
        shard,
        oldest.as_ms()
    )
    .fetch_one(conn)
    .await?;
    let seen: HashMap<i64, i64> = r.nos.unwrap_or_default().into_iter().zip(r.seen.unwrap_or_default()).collect();
    let last = |no: i64| seen.get(&no).copied().map(At::from_ms);
    let legs = held
        .iter()
        .map(|l| Running { seen: Seen { payer: last(l.payer_no), payee: last(l.payee_no), media: true }, ..l.clone() })
        .collect();
    let (from, to) = (r.outages_from.unwrap_or_default(), r.outages_to.unwrap_or_default());
    let outages =
        from.into_iter().zip(to).map(|(from, to)| Outage { from: At::from_ms(from), to: At::from_ms(to) }).collect();
    Ok((legs, outages))
}

// In arrays: hundreds of rows of a dozen columns would cost more than the meter.
async fn read(conn: &mut PgConnection, shard: i16, cache: &TariffCache) -> Result<Vec<Running>, StoreError> {
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
    let leg = |(i, tariff): (usize, Arc<Tariff>)| Running {
        id: LegId::from_uuid(ids[i]),
        call: CallId::from_uuid(calls[i]),
        wallet: AccountId(wallets[i]),
        payer_no: payers[i],
        payee_no: payees[i],
        clock: LegClock::from_parts(
            if metered[i] { LegPhase::Running } else { LegPhase::Suspended },
            At::from_ms(since[i]),
            Millis::from_ms(connected[i]),
            Millis::from_ms(lost[i]),
            Coins::from_units(granted[i]),
            // Whose line is lost matters to an end only, and ends are made from the leg's full row.
            None,
        ),
        settle_due: At::from_ms(settle_due[i]),
        warned: warned[i],
        tariff,
        seen: Seen::default(),
    };
    Ok(tariffs.into_iter().enumerate().map(leg).collect())
}

impl TariffCache {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self, shard: i16, changes: i64) -> Option<Arc<[Running]>> {
        let memory = self.memory();
        let held = memory.shards.get(&shard)?;
        (held.changes == changes && held.read.elapsed() < REMEMBERED).then(|| Arc::clone(&held.legs))
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
