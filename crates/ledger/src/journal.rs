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
    let legs: Vec<uuid::Uuid> = ticks.iter().map(|t| t.leg.as_uuid()).collect();
    let through: Vec<i64> = ticks.iter().map(|t| t.through.as_ms()).collect();
    let elapsed: Vec<i64> = ticks.iter().map(|t| t.elapsed.as_ms()).collect();
    let charge: Vec<i64> = ticks.iter().map(|t| t.charge.units()).collect();
    let total: i64 = charge.iter().sum();
    let round = shard.round + 1;
    let row = Round {
        shard: shard.id,
        round,
        at_ms: at.as_ms(),
        legs: &legs,
        through: &through,
        elapsed: &elapsed,
        charge: &charge,
    };
    let hash = row.hash(&shard.head);
    sqlx::query!(
        "with j as (
             insert into ledger.journal (shard, round, at_ms, legs, through_ms, elapsed_ms, charge, total, prev, hash)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning shard)
         update ledger.shards s set round = $2, head = $10, due_ms = coalesce($11, s.due_ms) from j where s.id = j.shard",
        shard.id,
        round,
        at.as_ms(),
        &legs,
        &through,
        &elapsed,
        &charge,
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

/// A row of the journal, as its hash covers it.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    /// The shard.
    pub shard: i16,
    /// The round.
    pub round: i64,
    /// When.
    pub at_ms: i64,
    /// The legs.
    pub legs: &'a [uuid::Uuid],
    /// Through when each.
    pub through: &'a [i64],
    /// Connected time of each, in milliseconds.
    pub elapsed: &'a [i64],
    /// Charge of each, in units.
    pub charge: &'a [i64],
}

impl Round<'_> {
    /// The hash that chains it to the row before.
    pub fn hash(&self, prev: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(prev);
        hash.update(self.shard.to_be_bytes());
        hash.update(self.round.to_be_bytes());
        hash.update(self.at_ms.to_be_bytes());
        let ticks = self.legs.iter().zip(self.through).zip(self.elapsed).zip(self.charge);
        let mut bytes = Vec::with_capacity(self.legs.len() * 40);
        for (((leg, through), elapsed), charge) in ticks {
            bytes.extend_from_slice(leg.as_bytes());
            bytes.extend_from_slice(&through.to_be_bytes());
            bytes.extend_from_slice(&elapsed.to_be_bytes());
            bytes.extend_from_slice(&charge.to_be_bytes());
        }
        hash.update(bytes);
        hash.finalize().to_vec()
    }
}
