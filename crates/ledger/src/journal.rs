//! Shards and the journal of ticks: what was metered, a shard's round in one row, chained by hash.

use callboard_domain::{At, CallId, Coins, LegId, Millis};
use callboard_store::{HouseTime, StoreError};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

/// How many shards there are. Legs never change shard, so this never changes.
pub const SHARDS: i16 = 32;

/// The shard of a call and of all its legs.
pub fn shard_of(call: CallId) -> i16 {
    let bytes = call.as_uuid().into_bytes();
    i16::from(bytes[15]) % SHARDS
}

/// A shard whose row this transaction has locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which.
    pub id: i16,
    /// Its last round.
    pub round: i64,
    /// The hash of that round's row.
    pub head: Vec<u8>,
}

/// A tick: a leg was metered through an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The leg.
    pub leg: LegId,
    /// Through when: the older last sign of life of its sides.
    pub through: At,
    /// Connected time in all.
    pub elapsed: Millis,
    /// Charge in all.
    pub charge: Coins,
}

/// Locks a shard, waiting for whoever has it. The first lock of whatever changes a leg.
pub async fn lock_shard(conn: &mut PgConnection, id: i16) -> Result<Shard, StoreError> {
    let row = sqlx::query!("select round, head from ledger.shards where id = $1 for no key update", id)
        .fetch_one(conn)
        .await?;
    Ok(Shard { id, round: row.round, head: row.head })
}

/// A shard that is due, for a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The shard.
    pub shard: Shard,
    /// How often legs of it have been changed: as long as this stays, they are as they were.
    pub changes: i64,
    /// The house's time.
    pub time: HouseTime,
}

/// Locks the shard that has been due for longest and that nobody else has, if there is one.
pub async fn claim_due(conn: &mut PgConnection) -> Result<Option<Claimed>, StoreError> {
    let row = sqlx::query!(
        "with t as materialized (select store.now_ms() as now_ms, alive_ms from store.house)
         select s.id, s.round, s.head, s.changes, greatest(t.now_ms, t.alive_ms) as \"now!\", t.alive_ms as \"alive!\" from ledger.shards s, t
         where s.due_ms <= greatest(t.now_ms, t.alive_ms) order by s.due_ms limit 1 for no key update of s skip locked"
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| {
        let time = HouseTime { now: At::from_ms(r.now), alive: At::from_ms(r.alive) };
        Claimed { shard: Shard { id: r.id, round: r.round, head: r.head }, changes: r.changes, time }
    }))
}

/// Writes ticks as the shard's next round, if there are any.
pub async fn append(conn: &mut PgConnection, shard: &mut Shard, at: At, ticks: &[Tick]) -> Result<(), StoreError> {
    if ticks.is_empty() { Ok(()) } else { write(conn, shard, at, ticks, None).await }
}

/// The same for a sweep, which says in the same breath when the shard is due next.
pub async fn append_until(
    conn: &mut PgConnection,
    shard: &mut Shard,
    at: At,
    ticks: &[Tick],
    due: At,
) -> Result<(), StoreError> {
    if ticks.is_empty() { set_due(conn, shard.id, due).await } else { write(conn, shard, at, ticks, Some(due)).await }
}

async fn write(
    conn: &mut PgConnection,
    shard: &mut Shard,
    at: At,
    ticks: &[Tick],
    due: Option<At>,
) -> Result<(), StoreError> {
    let packed = pack(ticks);
    let total: i64 = ticks.iter().map(|t| t.charge.units()).sum();
    let round = shard.round + 1;
    let hash = Row { shard: shard.id, round, at_ms: at.as_ms(), ticks: &packed }.hash(&shard.head);
    sqlx::query!(
        "with j as (
             insert into ledger.journal (shard, round, at_ms, ticks, total, prev, hash) values ($1, $2, $3, $4, $5, $6, $7) returning shard)
         update ledger.shards s set round = $2, head = $7, due_ms = coalesce($8, s.due_ms) from j where s.id = j.shard",
        shard.id,
        round,
        at.as_ms(),
        packed,
        total,
        shard.head,
        hash,
        due.map(At::as_ms)
    )
    .execute(conn)
    .await?;
    shard.round = round;
    shard.head = hash;
    Ok(())
}

/// Says when a shard is due next.
pub async fn set_due(conn: &mut PgConnection, shard: i16, due: At) -> Result<(), StoreError> {
    sqlx::query!("update ledger.shards set due_ms = $2 where id = $1", shard, due.as_ms()).execute(conn).await?;
    Ok(())
}

/// How many bytes a tick takes.
const TICK: usize = 40;

// Leg, through when, connected time in milliseconds, charge in units; big endian, as `ledger.unpack_ticks` reads it.
fn pack(ticks: &[Tick]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ticks.len() * TICK);
    for tick in ticks {
        bytes.extend_from_slice(tick.leg.as_uuid().as_bytes());
        for number in [tick.through.as_ms(), tick.elapsed.as_ms(), tick.charge.units()] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
    bytes
}

/// A row of the journal, as its hash covers it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// The shard.
    pub shard: i16,
    /// The round.
    pub round: i64,
    /// When.
    pub at_ms: i64,
    /// The ticks, packed.
    pub ticks: &'a [u8],
}

impl Row<'_> {
    /// The hash that chains it to the row before.
    pub(crate) fn hash(&self, prev: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(prev);
        hash.update(self.shard.to_be_bytes());
        hash.update(self.round.to_be_bytes());
        hash.update(self.at_ms.to_be_bytes());
        hash.update(self.ticks);
        hash.finalize().to_vec()
    }

    /// What its ticks sum to, in units.
    pub(crate) fn total(&self) -> i64 {
        let charge = |tick: &[u8]| tick.last_chunk().map_or(0, |units| i64::from_be_bytes(*units));
        self.ticks.chunks_exact(TICK).map(charge).sum()
    }
}
