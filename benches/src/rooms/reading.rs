//! How long a page of a room's history and a search take where there are very many messages: asked over WebSocket as apps do it, against
//! the same rows read from the database by their key.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use callboard_bus::Bus;
use callboard_contract::api::chat::{History, HistoryRequest, Search, SearchRequest};
use callboard_contract::room::MessageView;
use callboard_domain::{RoomId, Uid};
use sqlx::PgPool;
use uuid::Uuid;

use super::house::House;
use super::library::{self, Library, RARE, READERS, word};
use super::millis;
use super::rooms_of::person;
use crate::report::Figure;

const OF: &str = "the same rows by key";
const ASKED: u32 = 200;
const WARM_UP: u32 = 20;
/// What nobody should have to wait for longer, in milliseconds.
const PATIENCE_MS: f64 = 300.0;
const FIND: &str =
    "select m.* from unnest($1::uuid[], $2::bigint[]) n (room_id, seq) join rooms.messages m using (room_id, seq)";

/// What is asked for.
#[derive(Clone, Copy, Debug)]
enum Ask {
    Newest,
    Deep,
    Search { word: Word, in_room: bool },
}

#[derive(Clone, Copy, Debug)]
enum Word {
    /// In most messages.
    Common,
    /// In one of some hundred.
    Usual,
    /// In one of some ten thousand.
    Rare,
    /// In none.
    Absent,
}

impl Word {
    fn text(self) -> String {
        match self {
            Self::Common => word(0),
            Self::Usual => word(300),
            Self::Rare => RARE.to_owned(),
            Self::Absent => "nobodysaidthis".to_owned(),
        }
    }
}

const ALL: [(&str, Ask); 9] = [
    ("history, the newest page", Ask::Newest),
    ("history, a page from long ago", Ask::Deep),
    ("search, a rare word", Ask::Search { word: Word::Rare, in_room: false }),
    ("search, a usual word", Ask::Search { word: Word::Usual, in_room: false }),
    ("search, a word that is in most messages", Ask::Search { word: Word::Common, in_room: false }),
    ("search, a word that is in none", Ask::Search { word: Word::Absent, in_room: false }),
    ("search in one large room, a rare word", Ask::Search { word: Word::Rare, in_room: true }),
    ("search in one large room, a usual word", Ask::Search { word: Word::Usual, in_room: true }),
    ("search in one large room, a word that is in most messages", Ask::Search { word: Word::Common, in_room: true }),
];

struct Reader {
    uid: Uid,
    bus: Bus,
    rooms: Vec<(RoomId, u32)>,
}

/// Fills the database and reads.
pub(super) async fn run(house: &House, messages: u32) -> anyhow::Result<Vec<Figure>> {
    let begun = Instant::now();
    let library = library::fill(&house.base.owner, messages).await?;
    let filled = begun.elapsed();
    let mut readers = Vec::new();
    for n in 0..READERS {
        readers.push(Reader::come(house, &library, n).await?);
    }
    let group = "reading";
    let mut figures = Vec::new();
    for (name, ask) in ALL {
        let (mut asked, mut bare, mut rows) = (Vec::new(), Vec::new(), 0);
        for n in 0..WARM_UP + ASKED {
            let reader = &readers[(n % READERS) as usize];
            let begun = Instant::now();
            let found = reader.ask(ask, n).await?;
            let took = begun.elapsed();
            let same = by_key(house.base.store.pool(), &found).await?;
            if n >= WARM_UP {
                asked.push(took);
                bare.push(same);
                rows += found.len();
            }
        }
        for (of, permille) in [("p50", 500), ("p99", 990)] {
            let figure = Figure::new(group, format!("{name}, {of}"), millis(&mut asked, permille), "ms")
                .against(OF, millis(&mut bare, permille));
            figures.push(if permille == 990 { figure.below(PATIENCE_MS) } else { figure });
        }
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        figures.push(Figure::new(group, format!("{name}, rows"), rows as f64 / f64::from(ASKED), "rows"));
    }
    let bytes: i64 =
        sqlx::query_scalar("select pg_total_relation_size('rooms.messages')").fetch_one(&house.base.owner).await?;
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let each = bytes as f64 / f64::from(messages);
    figures.push(Figure::new(group, format!("{messages} messages, disk for each"), each, "bytes"));
    let rate = f64::from(messages) / filled.as_secs_f64();
    figures.push(Figure::new(group, format!("{messages} messages, written in one go"), rate, "messages/s"));
    Ok(figures)
}

impl Reader {
    async fn come(house: &House, library: &Library, n: u32) -> anyhow::Result<Self> {
        let uid = person("reader", n)?;
        Ok(Self { bus: house.person(&uid).await?, uid, rooms: library.of(n).collect() })
    }

    async fn ask(&self, ask: Ask, n: u32) -> anyhow::Result<Vec<MessageView>> {
        let largest = *self.rooms.first().context("everybody who reads is in a room")?;
        let search = |word: Word, room_id: Option<RoomId>| SearchRequest {
            query: word.text(),
            room_id,
            author: None,
            limit: None,
            cursor: None,
        };
        // Another room each time, and another place.
        let (room_id, count) = self.rooms[(n / READERS) as usize % self.rooms.len()];
        let before = match ask {
            Ask::Newest => None,
            _ => Some(u64::from(count) / 2 + 1 - u64::from(n * 7919 % (count / 3 + 1))),
        };
        match ask {
            Ask::Newest | Ask::Deep => {
                let request = HistoryRequest { room_id, before, after: None, limit: None };
                Ok(self.bus.call::<History>(self.uid.as_str(), &request).await?.items)
            }
            Ask::Search { word, in_room } => {
                let request = search(word, in_room.then_some(largest.0));
                Ok(self.bus.call::<Search>(self.uid.as_str(), &request).await?.items)
            }
        }
    }
}

/// How long the database takes to give rows whose keys are known.
async fn by_key(pool: &PgPool, found: &[MessageView]) -> anyhow::Result<Duration> {
    let rooms: Vec<Uuid> = found.iter().map(|m| m.room_id.as_uuid()).collect();
    let seqs: Vec<i64> = found.iter().map(|m| i64::try_from(m.seq)).collect::<Result<_, _>>()?;
    let mut conn = pool.acquire().await?;
    let begun = Instant::now();
    let rows = sqlx::query(FIND).bind(&rooms).bind(&seqs).fetch_all(&mut *conn).await?;
    anyhow::ensure!(rows.len() == found.len(), "{} of {} messages are there", rows.len(), found.len());
    Ok(begun.elapsed())
}
