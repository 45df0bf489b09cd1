//! Looking through messages from the newest on, in several rooms at once: how a word is found that is in many of them.
//!
//! The index of words knows which messages have a word, but not which of them are the newest: for a word that is in most messages it gives
//! most messages. Such a word is soon met by who reads the newest messages. So some are read, and what they show of the word decides: where
//! it is rare, the index is asked, and else reading goes on, up to a limit. Then the page ends there, and the next begins there.

use std::collections::BTreeMap;

use callboard_contract::api::chat::SearchRequest;
use callboard_domain::{RoomId, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use super::message::Key;

/// Messages that are read before anything is known; each further time it is twice as many.
const FIRST: usize = 500;
/// Messages of a room that are read at once, at least.
const LEAST: usize = 4;
/// Messages that are read for one page.
const MOST: usize = 16_000;
/// Messages that the index may give; it reads them all.
const MOST_BY_INDEX: usize = 8_000;

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) uid: &'a Uid,
    pub(super) request: &'a SearchRequest,
    /// Rooms that are searched.
    pub(super) rooms: &'a [Uuid],
    /// Those among them in which he sees what is held.
    pub(super) reviewed: &'a [Uuid],
    /// Only what is older than this message.
    pub(super) before: Uuid,
    /// How many are enough.
    pub(super) enough: usize,
}

/// What was found, the newest first.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) keys: Vec<Key>,
    /// Where reading ended before there was enough; nothing that is newer is missing.
    pub(super) ended: Option<Uuid>,
}

/// What was read so far.
#[derive(Debug)]
struct Walk {
    enough: usize,
    /// Rooms with more to read, and the message that was reached.
    open: BTreeMap<Uuid, Uuid>,
    found: Vec<(Uuid, Key)>,
    read: usize,
    /// Messages with the words, whether they are to be found or not.
    hits: usize,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// Read on in these rooms.
    Read(Vec<(Uuid, Uuid)>),
    /// All that is wanted was found, or there is no more.
    Enough,
    /// The words are rare.
    AskIndex,
    /// Enough was read.
    EndAt(Uuid),
}

/// Reads from the newest on, in rooms with at most so many messages together. Nothing if the words are so rare that the index finds them
/// with less.
pub(super) async fn walk(
    conn: &mut PgConnection,
    question: &Question<'_>,
    messages: usize,
) -> Result<Option<Found>, StoreError> {
    let mut walk = Walk {
        enough: question.enough,
        open: question.rooms.iter().map(|room| (*room, question.before)).collect(),
        found: Vec::new(),
        read: 0,
        hits: 0,
    };
    let mut step = FIRST;
    loop {
        let ahead = match walk.next(messages) {
            Next::Read(ahead) => ahead,
            Next::Enough => return Ok(Some(walk.end(None))),
            Next::EndAt(reached) => return Ok(Some(walk.end(Some(reached)))),
            Next::AskIndex => return Ok(None),
        };
        let each = (step.min(MOST.saturating_sub(walk.read)) / ahead.len()).max(LEAST);
        read(conn, question, &mut walk, &ahead, each).await?;
        step *= 2;
    }
}

impl Walk {
    fn next(&mut self, messages: usize) -> Next {
        self.found.sort_unstable_by(|a, b| b.cmp(a));
        // A room that was read up to here has nothing more for this page.
        let line = self.found.get(self.enough - 1).map_or(Uuid::nil(), |(id, _)| *id);
        let ahead: Vec<(Uuid, Uuid)> =
            self.open.iter().filter(|(_, reached)| **reached > line).map(|(room, reached)| (*room, *reached)).collect();
        let Some(reached) = ahead.iter().map(|(_, reached)| *reached).max() else { return Next::Enough };
        if let Some(by_index) = (self.hits + 1).saturating_mul(messages).checked_div(self.read) {
            let missing = self.enough.saturating_sub(self.found.len()).max(1);
            let by_reading = missing.saturating_mul(self.read) / self.found.len().max(1);
            if by_index <= MOST_BY_INDEX.min(by_reading) {
                return Next::AskIndex;
            }
            if self.read >= MOST {
                return Next::EndAt(reached);
            }
        }
        Next::Read(ahead)
    }

    fn end(mut self, ended: Option<Uuid>) -> Found {
        self.found.retain(|(id, _)| ended.is_none_or(|ended| *id >= ended));
        self.found.truncate(self.enough);
        Found { keys: self.found.into_iter().map(|(_, key)| key).collect(), ended }
    }
}

async fn read(
    conn: &mut PgConnection,
    question: &Question<'_>,
    walk: &mut Walk,
    ahead: &[(Uuid, Uuid)],
    each: usize,
) -> Result<(), StoreError> {
    let (rooms, reached): (Vec<Uuid>, Vec<Uuid>) = ahead.iter().copied().unzip();
    let rows = sqlx::query!(
        "select n.room_id as \"room_id!\", w.read as \"read!\", w.hits as \"hits!\", w.reached, w.ids, w.seqs
         from unnest($1::uuid[], $2::uuid[]) n (room_id, reached) cross join lateral (
             select count(*) as read, count(*) filter (where hit) as hits, (array_agg(id order by id))[1] as reached,
                 array_agg(id order by id) filter (where hit and seen) as ids, array_agg(seq order by id) filter (where hit and seen) as seqs
             from (select m.id, m.seq, (not m.held or m.author = $5 or m.room_id = any($6)) and ($7::text is null or m.author = $7) as seen,
                       m.deleted_ms is null and m.kind <> 'encrypted' and to_tsvector('simple', lower(m.body collate \"und-x-icu\"))
                           @@ websearch_to_tsquery('simple', lower($4 collate \"und-x-icu\")) as hit
                   from rooms.messages m where m.room_id = n.room_id and m.id < n.reached order by m.id desc limit $3) newest) w",
        &rooms,
        &reached,
        i64::try_from(each).unwrap_or(i64::MAX),
        question.request.query,
        question.uid.as_str(),
        question.reviewed,
        question.request.author.as_ref().map(Uid::as_str)
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let read = usize::try_from(row.read).unwrap_or_default();
        walk.read += read;
        walk.hits += usize::try_from(row.hits).unwrap_or_default();
        let room = RoomId::from_uuid(row.room_id);
        let found = row.ids.into_iter().flatten().zip(row.seqs.into_iter().flatten());
        walk.found.extend(found.map(|(id, seq)| (id, (room, seq))));
        match row.reached.filter(|_| read == each) {
            Some(reached) => walk.open.insert(row.room_id, reached),
            None => walk.open.remove(&row.room_id),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn walk(open: &[(u128, u128)], found: &[u128], read: usize, hits: usize) -> Walk {
        let key = (RoomId::from_uuid(id(1)), 1);
        Walk {
            enough: 2,
            open: open.iter().map(|(room, reached)| (id(*room), id(*reached))).collect(),
            found: found.iter().map(|n| (id(*n), key)).collect(),
            read,
            hits,
        }
    }

    #[test]
    fn reading_goes_on_where_something_newer_may_be_and_ends_where_nothing_can() {
        let open = [(1, 50), (2, 70)];
        assert_eq!(walk(&open, &[], 0, 0).next(100_000), Next::Read(vec![(id(1), id(50)), (id(2), id(70))]));
        assert_eq!(walk(&open, &[90, 60], 100, 50).next(100_000), Next::Read(vec![(id(2), id(70))]));
        assert_eq!(walk(&open, &[90, 80], 100, 50).next(100_000), Next::Enough);
        assert_eq!(walk(&[], &[90], 100, 1).next(100_000), Next::Enough, "there is no more");
    }

    #[test]
    fn rare_words_are_for_the_index_and_what_nobody_may_see_ends_the_page() {
        let open = [(1, 50)];
        assert_eq!(walk(&open, &[], 500, 0).next(100_000), Next::AskIndex);
        assert_eq!(walk(&open, &[90], 500, 400).next(100_000), Next::Read(vec![(id(1), id(50))]));
        let mut far = walk(&open, &[90, 40], MOST, MOST);
        assert_eq!(far.next(100_000), Next::EndAt(id(50)));
        let found = far.end(Some(id(50)));
        assert_eq!((found.keys.len(), found.ended), (1, Some(id(50))), "what is older may not be the next");
    }
}
