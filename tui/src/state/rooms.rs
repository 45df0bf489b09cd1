//! Rooms as rows: the columns of the list, and how busy each is.

use std::collections::{HashMap, VecDeque};

use callboard_contract::adm::cases::CaseView;
use callboard_contract::room::RoomView;
use callboard_domain::{Millis, RoomId, RoomState};

use super::State;
use super::columns::{col, num, sorted};
use super::table::{Cell, Column, Listed, Tone};
use crate::text;

/// Over how long it is looked how busy a room is.
const WINDOW_MS: i64 = 60_000;
/// Less says nothing.
const LEAST_MS: i64 = 4_000;
/// From here on a room is marked as busy, in changes per minute.
const BUSY: u64 = 60;

/// The counts of a room's changes at the last looks at it: each message is one, and so is whatever else the room counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace(VecDeque<(i64, u64)>);

impl Pace {
    /// Takes a look.
    pub(crate) fn look(&mut self, now: i64, seq: u64) {
        // A look that is answered late is older than what is known.
        if self.0.back().is_some_and(|(at, known)| *at > now || *known > seq) {
            return;
        }
        self.0.push_back((now, seq));
        while self.0.len() > 2 && self.0.get(1).is_some_and(|(at, _)| now - at >= WINDOW_MS) {
            self.0.pop_front();
        }
    }

    /// Changes per minute, once it was looked at for long enough.
    pub(crate) fn per_minute(&self) -> Option<u64> {
        let ((from, first), (to, last)) = (self.0.front()?, self.0.back()?);
        let span = to - from;
        let span = u64::try_from(span).ok().filter(|_| span >= LEAST_MS)?;
        Some(last.saturating_sub(*first) * 60_000 / span)
    }
}

/// A room, with what the console knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomRow {
    pub(crate) room: RoomView,
    pub(crate) pace: Option<u64>,
    /// Reports of the room itself in cases that are open.
    pub(crate) reports: u32,
}

/// The word and the sign of where a room stands.
pub(crate) fn state_cell(state: RoomState) -> Cell {
    let (sign, tone) = match state {
        RoomState::Open => ('●', Tone::Good),
        RoomState::Locked => ('▣', Tone::Warn),
        RoomState::Closed => ('■', Tone::Dim),
    };
    Cell::new(format!("{sign} {state}"), tone)
}

/// How busy a room is.
pub(crate) fn pace_cell(pace: Option<u64>) -> Cell {
    match pace {
        None => Cell::new("—", Tone::Dim),
        Some(0) => Cell::new("0", Tone::Dim),
        Some(pace) if pace >= BUSY => Cell::new(text::grouped(pace), Tone::Accent),
        Some(pace) => Cell::plain(text::grouped(pace)),
    }
}

/// A length in its largest unit, `5s` or `10m`; a word where there is none.
pub(crate) fn short(length: Option<Millis>) -> String {
    let Some(length) = length.filter(|length| *length > Millis::ZERO) else { return "off".to_owned() };
    let secs = length.as_ms() / 1_000;
    match secs {
        0 => format!("{}ms", length.as_ms()),
        _ if secs % 86_400 == 0 => format!("{}d", secs / 86_400),
        _ if secs % 3_600 == 0 => format!("{}h", secs / 3_600),
        _ if secs % 60 == 0 => format!("{}m", secs / 60),
        _ => format!("{secs}s"),
    }
}

fn tenant(row: &RoomRow) -> String {
    row.room.tenant.as_ref().map_or_else(|| "—".to_owned(), |uid| text::clean(uid.as_str()))
}

impl Listed for RoomRow {
    const NAME: &'static str = "rooms";
    const COLUMNS: &'static [Column<Self>] = &[
        sorted(col("ROOM", (16, 40), 0, |r, _| Cell::plain(text::clean(&r.room.name)), "its name"), |a, b, _| {
            a.room.name.cmp(&b.room.name)
        }),
        sorted(col("OF", (10, 20), 3, |r, _| Cell::plain(tenant(r)), "the creator whose it is"), |a, b, _| {
            a.room.tenant.cmp(&b.room.tenant)
        }),
        sorted(
            col("KIND", (9, 9), 5, |r, _| Cell::plain(r.room.kind.as_str()), "primary, sub, event, temporary"),
            |a, b, _| a.room.kind.as_str().cmp(b.room.kind.as_str()),
        ),
        sorted(
            col("STATE", (8, 9), 1, |r, _| state_cell(r.room.state), "open, locked: nobody enters, closed"),
            |a, b, _| a.room.state.as_str().cmp(b.room.state.as_str()),
        ),
        sorted(
            num("MEMBERS", (7, 9), 2, |r, _| Cell::plain(text::grouped(r.room.members.into())), "how many are in it"),
            |a, b, _| a.room.members.cmp(&b.room.members),
        ),
        sorted(
            num(
                "PACE",
                (6, 7),
                2,
                |r, _| pace_cell(r.pace),
                "changes a minute, as this console saw them: messages, and what else a room counts",
            ),
            |a, b, _| a.pace.cmp(&b.pace),
        ),
        sorted(
            num(
                "REPORTS",
                (7, 7),
                4,
                |r, _| match r.reports {
                    0 => Cell::new("0", Tone::Dim),
                    count => Cell::new(format!("! {count}"), Tone::Bad),
                },
                "people who reported the room itself, in cases that are open",
            ),
            |a, b, _| a.reports.cmp(&b.reports),
        ),
        col("ACCESS", (7, 8), 6, |r, _| Cell::plain(r.room.access.as_str()), "who may enter"),
        col("SLOW", (5, 6), 8, |r, _| slow_cell(r), "how long members wait between two messages"),
        col(
            "CALL",
            (4, 4),
            7,
            |r, _| r.room.call_id.map_or_else(|| Cell::new("—", Tone::Dim), |_| Cell::new("● in", Tone::Good)),
            "whether it holds a call",
        ),
        sorted(
            num("CAPACITY", (8, 9), 9, |r, _| Cell::plain(text::grouped(r.room.capacity.into())), "how many fit"),
            |a, b, _| a.room.capacity.cmp(&b.room.capacity),
        ),
        num(
            "FEE",
            (7, 8),
            10,
            |r, _| r.room.entry_fee.map_or_else(|| Cell::new("—", Tone::Dim), |fee| Cell::plain(text::coins(fee))),
            "what entering costs",
        ),
        sorted(
            num("MADE", (8, 10), 11, |r, c| Cell::plain(text::clock(r.room.created_at, c.tz)), "when it was made"),
            |a, b, _| a.room.created_at.cmp(&b.room.created_at),
        ),
        col(
            "ID",
            (12, 12),
            12,
            |r, _| Cell::new(text::short_id(&r.room.room_id.to_string()).to_owned(), Tone::Dim),
            "the end of its id",
        ),
    ];
    fn key(&self) -> String {
        self.room.room_id.to_string()
    }
}

fn slow_cell(row: &RoomRow) -> Cell {
    let slow = short(row.room.slow_mode);
    let tone = if slow == "off" { Tone::Dim } else { Tone::Warn };
    Cell::new(slow, tone)
}

/// The column of busyness, by which the list is sorted first.
pub(crate) fn busiest_first() -> Option<(usize, bool)> {
    RoomRow::COLUMNS.iter().position(|c| c.title == "PACE").map(|at| (at, true))
}

/// How often each room was looked at, and reported.
#[derive(Default)]
pub(crate) struct Busy {
    paces: HashMap<RoomId, Pace>,
    reports: HashMap<String, u32>,
}

impl Busy {
    fn row(&mut self, room: RoomView, now: i64) -> RoomRow {
        let pace = self.paces.entry(room.room_id).or_default();
        pace.look(now, room.seq);
        let reports = self.reports.get(&format!("room:{}", room.room_id)).copied().unwrap_or_default();
        RoomRow { pace: pace.per_minute(), reports, room }
    }

    /// Changes per minute of a room, with one more look.
    pub(crate) fn pace(&mut self, room: &RoomView, now: i64) -> Option<u64> {
        let pace = self.paces.entry(room.room_id).or_default();
        pace.look(now, room.seq);
        pace.per_minute()
    }

    /// Takes the open cases.
    pub(crate) fn count(&mut self, cases: &[CaseView]) {
        self.reports = cases.iter().map(|case| (case.matter.clone(), case.reporters)).collect();
    }
}

impl State {
    /// Takes the list of rooms.
    pub(super) fn rooms(&mut self, rooms: Vec<RoomView>, now: i64) {
        let rows: Vec<RoomRow> = rooms.into_iter().map(|room| self.house.busy.row(room, now)).collect();
        self.house.rooms.replace(rows, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_is_what_changed_in_the_last_minute_and_unknown_before_there_is_enough_to_tell() {
        let mut pace = Pace::default();
        pace.look(0, 100);
        assert_eq!(pace.per_minute(), None);
        pace.look(1_000, 101);
        assert_eq!(pace.per_minute(), None);
        pace.look(6_000, 106);
        assert_eq!(pace.per_minute(), Some(60));
        for second in 7..200 {
            pace.look(second * 1_000, 106);
        }
        assert_eq!(pace.per_minute(), Some(0), "what is older than a minute counts no more");
        pace.look(100_000, 50);
        assert_eq!(pace.per_minute(), Some(0), "a late answer is not taken");
    }

    #[test]
    fn lengths_are_short() {
        for (ms, says) in [(500, "500ms"), (5_000, "5s"), (90_000, "90s"), (600_000, "10m"), (86_400_000, "1d")] {
            assert_eq!(short(Some(Millis::from_ms(ms))), says);
        }
        assert_eq!((short(None), short(Some(Millis::ZERO))), ("off".to_owned(), "off".to_owned()));
    }
}
