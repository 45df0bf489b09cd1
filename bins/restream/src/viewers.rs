//! Viewer sessions: one per player that was given a ticket of its own and came back with it. Who watches is known in memory only: a list, not
//! a book. Who was ended stands in the database, and is refused from the moment that it is known here.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_calls::{Calls, programmes};
use callboard_contract::adm::viewers::ViewerRow;
use callboard_domain::{At, ProgrammeId, ViewerId};

/// A player that has not asked for this long is gone.
const GONE_AFTER: Duration = Duration::from_secs(15);
/// How often it is read who was ended, beside being told.
const READ_EVERY: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
struct Seen {
    programme: ProgrammeId,
    last: Instant,
    row: ViewerRow,
}

#[derive(Debug, Default)]
struct Book {
    seen: HashMap<ViewerId, Seen>,
    ended: HashMap<ProgrammeId, HashSet<ViewerId>>,
}

/// Who is watching, and who may no more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Viewers {
    book: Arc<Mutex<Book>>,
}

impl Viewers {
    /// A viewer asks for something; false if he is to be refused.
    pub(crate) fn admit(&self, viewer: ViewerId, programme: ProgrammeId, at: At) -> bool {
        self.with(|book| {
            if book.ended.get(&programme).is_some_and(|ended| ended.contains(&viewer)) {
                return false;
            }
            let last = Instant::now();
            let row = ViewerRow { viewer_id: viewer, since: at, seen_at: at, requests: 0 };
            let seen = book.seen.entry(viewer).or_insert(Seen { programme, last, row });
            seen.last = last;
            (seen.row.seen_at, seen.row.requests) = (at, seen.row.requests + 1);
            true
        })
    }

    /// He is refused from now on.
    pub(crate) fn end(&self, programme: ProgrammeId, viewers: impl IntoIterator<Item = ViewerId>) {
        self.with(|book| {
            let ended = book.ended.entry(programme).or_default();
            for viewer in viewers {
                ended.insert(viewer);
                book.seen.remove(&viewer);
            }
        });
    }

    /// Who watches a programme, newest first.
    pub(crate) fn of(&self, programme: ProgrammeId) -> Vec<ViewerRow> {
        let mut rows: Vec<ViewerRow> = self.with(|book| {
            book.clean();
            book.seen.values().filter(|seen| seen.programme == programme).map(|seen| seen.row).collect()
        });
        rows.sort_by_key(|row| std::cmp::Reverse(row.viewer_id));
        rows
    }

    /// How many watch a programme now.
    pub(crate) fn watching(&self, programme: ProgrammeId) -> u32 {
        let count = self.with(|book| {
            book.clean();
            book.seen.values().filter(|seen| seen.programme == programme).count()
        });
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// How many are watching now, all programmes together.
    pub(crate) fn count(&self) -> usize {
        self.with(|book| {
            book.clean();
            book.seen.len()
        })
    }

    /// There is nothing left of a programme that could be watched.
    pub(crate) fn forget(&self, programme: ProgrammeId) {
        self.with(|book| book.ended.remove(&programme));
    }

    /// Reads again and again who was ended, as long as the programme runs here.
    pub(crate) async fn keep_reading(self, calls: Calls, programme: ProgrammeId) {
        loop {
            match programmes::ended_viewers(calls.store(), programme).await {
                Ok(ended) => self.end(programme, ended),
                Err(error) => tracing::debug!(%programme, %error, "cannot read which viewers were ended"),
            }
            tokio::time::sleep(READ_EVERY).await;
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Book) -> T) -> T {
        act(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Book {
    fn clean(&mut self) {
        self.seen.retain(|_, seen| seen.last.elapsed() < GONE_AFTER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_ended_is_refused_and_no_longer_listed() {
        let viewers = Viewers::default();
        let (one, two) = (ProgrammeId::generate(), ProgrammeId::generate());
        let (ann, bob, cleo) = (ViewerId::generate(), ViewerId::generate(), ViewerId::generate());
        for (viewer, programme, ms) in [(ann, one, 1_000), (bob, one, 2_000), (cleo, two, 3_000), (ann, one, 4_000)] {
            assert!(viewers.admit(viewer, programme, At::from_ms(ms)));
        }
        let rows = viewers.of(one);
        assert_eq!(rows.iter().map(|row| row.viewer_id).collect::<Vec<_>>(), [bob, ann]);
        let row = ViewerRow { viewer_id: ann, since: At::from_ms(1_000), seen_at: At::from_ms(4_000), requests: 2 };
        assert_eq!((rows[1], viewers.count(), viewers.watching(one)), (row, 3, 2));

        viewers.end(one, [ann]);
        assert!(!viewers.admit(ann, one, At::from_ms(5_000)) && viewers.admit(bob, one, At::from_ms(5_000)));
        assert_eq!((viewers.of(one).len(), viewers.of(two).len()), (1, 1));
        viewers.forget(one);
        assert!(viewers.admit(ann, one, At::from_ms(6_000)));
    }
}
