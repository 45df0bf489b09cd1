//! Tables as data: columns with a priority, and a cursor that follows its row when the rows move.

use std::cmp::Ordering;

use callboard_domain::{At, CallId};
use jiff::tz::TimeZone;

use super::filter::Filter;

/// What a cell may know beside its row.
pub(crate) struct Ctx<'a> {
    /// The console's clock in milliseconds, standing still while the data does.
    pub(crate) now: i64,
    /// The same instant on the server's clock.
    pub(crate) server: At,
    /// How to write times of day.
    pub(crate) tz: &'a TimeZone,
}

/// How a text is to be taken. A theme turns it into a style; the text says the same without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Dim,
    Strong,
    Good,
    Warn,
    Bad,
    Accent,
}

/// What stands in a cell.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }

    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// How two rows compare under a column.
pub(crate) type Compare<R> = fn(&R, &R, &Ctx<'_>) -> Ordering;

/// A column: its look, when it falls away, and how it sorts.
pub(crate) struct Column<R: 'static> {
    /// The heading, also the name in `:sort`.
    pub(crate) title: &'static str,
    /// One line for the help.
    pub(crate) help: &'static str,
    /// The width below which it is not shown.
    pub(crate) min: u16,
    /// The width that it may grow to.
    pub(crate) max: u16,
    /// Whether it is a number.
    pub(crate) right: bool,
    /// Columns with a larger number fall away first.
    pub(crate) priority: u8,
    /// How it sorts, where it does.
    pub(crate) sort: Option<Compare<R>>,
    /// What it shows.
    pub(crate) cell: fn(&R, &Ctx<'_>) -> Cell,
}

/// A row of a table that is not the live one.
pub(crate) trait Listed: Sized + 'static {
    /// Its columns.
    const COLUMNS: &'static [Column<Self>];
    /// What the table is called where it is empty.
    const NAME: &'static str;
    /// What tells it from others, and is copied.
    fn key(&self) -> String;
    /// The call that it is about.
    fn call(&self) -> Option<CallId> {
        None
    }
}

/// The chosen row.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<K> {
    key: Option<K>,
    index: usize,
}

impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self { key: None, index: 0 }
    }
}

impl<K> Cursor<K> {
    /// On a row.
    pub(crate) const fn on(key: K, index: usize) -> Self {
        Self { key: Some(key), index }
    }

    /// The row that it is tied to, if it is.
    pub(crate) const fn key(&self) -> Option<&K> {
        self.key.as_ref()
    }
}

impl<K: PartialEq> Cursor<K> {
    /// Where the cursor stands among rows: on its row if that is still there, else where the row was.
    pub(crate) fn index(&self, len: usize, key_at: impl Fn(usize) -> K) -> usize {
        let index = self.index.min(len.saturating_sub(1));
        let Some(key) = &self.key else { return index };
        if len > 0 && key_at(index) == *key {
            return index;
        }
        (0..len).find(|i| key_at(*i) == *key).unwrap_or(index)
    }

    /// Moves by some rows, or to an end with `isize::MIN` and `isize::MAX`.
    pub(crate) fn step(&mut self, by: isize, len: usize, key_at: impl Fn(usize) -> K) {
        let last = len.saturating_sub(1);
        let at = self.index(len, &key_at);
        self.index = at.saturating_add_signed(by).min(last);
        self.key = (len > 0).then(|| key_at(self.index));
    }

    /// Ties the cursor to the row on which it stands.
    pub(crate) fn hold(&mut self, len: usize, key_at: impl Fn(usize) -> K) {
        self.step(0, len, key_at);
    }
}

/// A table that is asked for as a whole.
pub(crate) struct Listing<R> {
    pub(crate) rows: Vec<R>,
    /// When it was read, on the console's clock.
    pub(crate) seen: Option<i64>,
    pub(crate) cursor: Cursor<String>,
    pub(crate) filter: Filter,
    /// The column that it is sorted by, and whether the largest is on top; as it came if absent.
    pub(crate) sort: Option<(usize, bool)>,
}

impl<R> Default for Listing<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), seen: None, cursor: Cursor::default(), filter: Filter::default(), sort: None }
    }
}

impl<R: Listed> Listing<R> {
    /// The rows that pass the filter, in order.
    pub(crate) fn shown(&self, ctx: &Ctx<'_>) -> Vec<&R> {
        let passes = |row: &&R| {
            self.filter.is_empty()
                || self
                    .filter
                    .matches_text(&R::COLUMNS.iter().map(|c| (c.cell)(row, ctx).text).collect::<Vec<_>>().join(" "))
        };
        let mut shown: Vec<&R> = self.rows.iter().filter(passes).collect();
        if let Some((compare, down)) = self.sort.and_then(|(at, down)| Some((R::COLUMNS.get(at)?.sort?, down))) {
            // Stable: what compares alike stays as it came.
            shown.sort_by(|a, b| if down { compare(b, a, ctx) } else { compare(a, b, ctx) });
        }
        shown
    }

    /// The chosen row.
    pub(crate) fn chosen(&self, ctx: &Ctx<'_>) -> Option<&R> {
        let shown = self.shown(ctx);
        let index = self.cursor.index(shown.len(), |i| shown[i].key());
        shown.get(index).copied()
    }

    /// Moves the cursor.
    pub(crate) fn step(&mut self, by: isize, ctx: &Ctx<'_>) {
        let keys: Vec<String> = self.shown(ctx).iter().map(|row| row.key()).collect();
        self.cursor.step(by, keys.len(), |i| keys[i].clone());
    }

    /// Sorts by the next column that can be sorted by, the largest on top; after the last one as it came.
    pub(crate) fn sort_next(&mut self) {
        let from = self.sort.map_or(0, |(at, _)| at + 1);
        self.sort = (from..R::COLUMNS.len()).find(|at| R::COLUMNS[*at].sort.is_some()).map(|at| (at, true));
    }

    /// Turns the order round.
    pub(crate) fn sort_reverse(&mut self) {
        self.sort = self.sort.map(|(at, down)| (at, !down));
    }

    /// Sorts by a column's title, if there is such a one.
    pub(crate) fn sort_by(&mut self, title: &str) -> bool {
        let found = R::COLUMNS.iter().position(|c| c.sort.is_some() && c.title.eq_ignore_ascii_case(title));
        self.sort = found.map(|at| (at, true)).or(self.sort);
        found.is_some()
    }

    /// The title that it is sorted by, and whether the largest is on top.
    pub(crate) fn sorted(&self) -> Option<(&'static str, bool)> {
        self.sort.and_then(|(at, down)| Some((R::COLUMNS.get(at)?.title, down)))
    }

    /// Takes new rows.
    pub(crate) fn replace(&mut self, rows: Vec<R>, now: i64) {
        self.rows = rows;
        self.seen = Some(now);
    }
}

/// Which columns fit into a width, and how wide each is: those with the largest priority number fall away first, and what is
/// left over goes to the columns that may grow, the most important first.
pub(crate) fn fit<R>(columns: &'static [Column<R>], width: u16) -> Vec<(&'static Column<R>, u16)> {
    let mut kept: Vec<&'static Column<R>> = columns.iter().collect();
    let need = |kept: &[&Column<R>]| kept.iter().map(|c| c.min + 1).sum::<u16>().saturating_sub(1);
    while kept.len() > 1 && need(&kept) > width {
        let worst = (0..kept.len()).max_by_key(|i| kept[*i].priority).unwrap_or(0);
        kept.remove(worst);
    }
    let mut left = width.saturating_sub(need(&kept));
    let mut widths: Vec<u16> = kept.iter().map(|c| c.min.min(width)).collect();
    let mut by_rank: Vec<usize> = (0..kept.len()).collect();
    by_rank.sort_by_key(|i| kept[*i].priority);
    for i in by_rank {
        let more = left.min(kept[i].max.saturating_sub(kept[i].min));
        widths[i] += more;
        left -= more;
    }
    kept.into_iter().zip(widths).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_follows_its_row() {
        let mut cursor = Cursor::default();
        let rows = ["a", "b", "c"];
        cursor.step(1, rows.len(), |i| rows[i]);
        let moved = ["b", "x", "a", "c"];
        assert_eq!(cursor.index(moved.len(), |i| moved[i]), 0);
        let gone = ["x", "a"];
        assert_eq!(cursor.index(gone.len(), |i| gone[i]), 1);
        cursor.step(isize::MAX, moved.len(), |i| moved[i]);
        assert_eq!(cursor.index(moved.len(), |i| moved[i]), 3);
    }
}
