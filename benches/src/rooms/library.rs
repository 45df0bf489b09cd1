//! Very many messages, put into the database in one go: as if people had talked for a year.
//!
//! They come in the order of time over all rooms, so that those of a room lie scattered; rooms are as unequal as rooms are, and so are words:
//! the n-th of each is used about one n-th as often as the first.

use std::fmt::Write as _;

use callboard_domain::{RoomId, Uid};
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};
use sqlx::postgres::PgPoolCopyExt as _;
use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

use super::rooms_of::{make, person};

const ROOMS: u32 = 2_000;
/// Where there are few messages, there are fewer rooms.
const PER_ROOM: u32 = 50;
/// Those who read.
pub(super) const READERS: u32 = 20;
/// Everybody who reads is in every so manieth room: in about 40, and in one of the largest.
const EVERY: u32 = 50;
const AUTHORS: u32 = 5_000;
const WORDS: u32 = 20_000;
/// A message has so many words on average.
const LENGTH: f64 = 10.0;
const LONGEST: u32 = 60;
/// A word that is in one message of so many.
pub(super) const RARE: &str = "zyzzyva";
const RARITY: u32 = 20_000;
/// Between two messages, in milliseconds: ten million take a year.
const STEP_MS: u64 = 3_000;
const CHUNK: usize = 1 << 20;
const SYLLABLES: [&str; 12] = ["bu", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te"];

/// What was put there.
pub(super) struct Library {
    /// Rooms with the number of their messages, the largest first.
    pub(super) rooms: Vec<(RoomId, u32)>,
}

impl Library {
    /// The rooms of a reader; the first is one of the largest.
    pub(super) fn of(&self, reader: u32) -> impl Iterator<Item = (RoomId, u32)> + '_ {
        self.rooms.iter().skip(reader as usize).step_by(EVERY as usize).copied()
    }
}

/// The n-th word by how often it is used.
pub(super) fn word(n: u32) -> String {
    let (mut rest, mut word) = (n + 12, String::new());
    while rest > 0 {
        word.push_str(SYLLABLES[rest as usize % SYLLABLES.len()]);
        rest /= 12;
    }
    word
}

/// Fills the database.
pub(super) async fn fill(owner: &PgPool, messages: u32) -> anyhow::Result<Library> {
    let count = (messages / PER_ROOM).clamp(READERS, ROOMS);
    let ids: Vec<RoomId> = (0..count).map(|_| RoomId::generate()).collect();
    let mut rooms = Vec::new();
    for (id, n) in ids.iter().zip(0_u32..) {
        let mut members = vec![Uid::new("librarian")?];
        if n % EVERY < READERS {
            members.push(person("reader", n % EVERY)?);
        }
        rooms.push((*id, members));
    }
    make(owner, &rooms).await?;
    let mut conn = owner.acquire().await?;
    let aside = put_aside(&mut conn).await?;
    let now: i64 = sqlx::query_scalar("select store.now_ms()").fetch_one(&mut *conn).await?;
    let begins = u64::try_from(now)?.saturating_sub(u64::from(messages) * STEP_MS);
    let counts = write(owner, &ids, messages, begins).await?;
    let heads: Vec<i64> = counts.iter().map(|count| i64::from(*count)).collect();
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    sqlx::query("update rooms.rooms r set head = n.head, told = n.head from unnest($1::uuid[], $2::bigint[]) n (id, head) where r.id = n.id")
        .bind(&uuids)
        .bind(&heads)
        .execute(&mut *conn)
        .await?;
    sqlx::query("set maintenance_work_mem = '1GB'").execute(&mut *conn).await?;
    for statement in aside {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    for statement in ["vacuum analyze rooms.messages", "vacuum analyze rooms.rooms", "checkpoint"] {
        // Only the checkpoint is not everybody's to ask for.
        sqlx::query(statement).execute(&mut *conn).await.ok();
    }
    conn.detach().close().await?;
    Ok(Library { rooms: ids.into_iter().zip(counts).collect() })
}

/// Takes away what is dear to keep row by row, and gives the statements that make it again, as the migrations made it.
async fn put_aside(conn: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let constraints: Vec<(String, String)> = sqlx::query_as(
        "select conname::text, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'rooms.messages'::regclass and contype in ('u', 'f')",
    )
    .fetch_all(&mut *conn)
    .await?;
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "select indexname::text, indexdef from pg_indexes where schemaname = 'rooms' and tablename = 'messages'
         and indexname not in (select conname from pg_constraint where conrelid = 'rooms.messages'::regclass)",
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut again = Vec::new();
    for (name, definition) in constraints {
        let drop = format!("alter table rooms.messages drop constraint {name}");
        sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&mut *conn).await?;
        again.push(format!("alter table rooms.messages add constraint {name} {definition}"));
    }
    for (name, definition) in indexes {
        sqlx::query(sqlx::AssertSqlSafe(format!("drop index rooms.{name}"))).execute(&mut *conn).await?;
        again.push(definition);
    }
    Ok(again)
}

/// Writes the messages and gives how many each room has.
async fn write(owner: &PgPool, rooms: &[RoomId], messages: u32, begins: u64) -> anyhow::Result<Vec<u32>> {
    let mut rng = StdRng::seed_from_u64(1);
    let (words, busy) = (Unequal::of(WORDS, 1.0), Unequal::of(u32::try_from(rooms.len())?, 4.0));
    let vocabulary: Vec<String> = (0..WORDS).map(word).collect();
    let mut counts = vec![0_u32; rooms.len()];
    let mut copy = owner
        .copy_in_raw(
            "copy rooms.messages (room_id, seq, id, author, client_id, body_hash, at_ms, kind, body, changed) from stdin",
        )
        .await?;
    let mut chunk = String::with_capacity(CHUNK * 2);
    for n in 0..messages {
        let room = busy.pick(&mut rng);
        counts[room] += 1;
        let (seq, at) = (counts[room], begins + u64::from(n) * STEP_MS);
        let mut random = [0; 10];
        rng.fill_bytes(&mut random);
        let id = uuid::Builder::from_unix_timestamp_millis(at, &random).into_uuid();
        let author = rng.random_range(0..AUTHORS);
        let (client, hash): (u128, u128) = (rng.random(), rng.random());
        let room = rooms[room];
        write!(
            chunk,
            "{room}\t{seq}\t{id}\tauthor{author}\t{client:032x}\t\\\\x{hash:032x}{client:032x}\t{at}\ttext\t"
        )?;
        let length = length(&mut rng);
        for nth in 0..length {
            if nth > 0 {
                chunk.push(' ');
            }
            chunk.push_str(&vocabulary[words.pick(&mut rng)]);
        }
        if rng.random_ratio(1, RARITY) {
            chunk.push(' ');
            chunk.push_str(RARE);
        }
        writeln!(chunk, "\t{seq}")?;
        if chunk.len() > CHUNK {
            copy.send(chunk.as_bytes()).await?;
            chunk.clear();
        }
    }
    copy.send(chunk.as_bytes()).await?;
    copy.finish().await?;
    Ok(counts)
}

/// Most messages are short.
fn length(rng: &mut StdRng) -> u32 {
    let ends = 1.0 / LENGTH;
    (1..LONGEST).find(|_| rng.random_bool(ends)).unwrap_or(LONGEST)
}

/// Things of which the first are taken most.
struct Unequal(Vec<f64>);

impl Unequal {
    fn of(count: u32, flat: f64) -> Self {
        let mut sum = 0.0;
        let sums = (0..count).map(|n| {
            sum += 1.0 / (f64::from(n) + flat);
            sum
        });
        Self(sums.collect())
    }

    fn pick(&self, rng: &mut StdRng) -> usize {
        let at = rng.random::<f64>() * self.0.last().copied().unwrap_or_default();
        self.0.partition_point(|sum| *sum <= at).min(self.0.len() - 1)
    }
}
