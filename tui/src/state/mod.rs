//! What the console knows and shows, as plain data: changed by updates and keys, drawn by the view, tested without either.
//!
//! The clock is always passed in, in milliseconds of the console's own monotonic time. Whatever is to be done outside
//! (asking the house, the clipboard, the bell) is left in `effects` for the loop.

pub(crate) mod action;
mod aim;
pub(crate) mod alarms;
mod apply;
pub(crate) mod audit;
pub(crate) mod bindings;
pub(crate) mod case;
pub(crate) mod cases;
pub(crate) mod columns;
pub(crate) mod dialog;
pub(crate) mod filter;
mod follow;
mod house;
mod input;
pub(crate) mod listing;
pub(crate) mod live;
mod locks;
pub(crate) mod msg;
pub(crate) mod on_air;
pub(crate) mod opened;
mod outcome;
pub(crate) mod palette;
pub(crate) mod parts;
pub(crate) mod person;
pub(crate) mod programmes;
mod prompts;
pub(crate) mod room;
pub(crate) mod rooms;
pub(crate) mod table;

use std::collections::{HashMap, HashSet};

use callboard_domain::{At, CallId, CaseId, MessageId, Power, ProgrammeId, RequestId, RoomId, Uid};
use jiff::tz::TimeZone;
use tui_input::Input;

use self::action::{Place, Scope};
use self::alarms::Alarms;
use self::audit::Verified;
use self::dialog::Dialog;
use self::filter::Filter;
use self::live::LiveRow;
use self::msg::{Ask, Followed, Link, List};
use self::on_air::Pictures;
use self::opened::Opened;
use self::room::Pane;
use self::table::{Ctx, Cursor, Listing};
use crate::view::theme::Theme;

pub(crate) use self::house::House;
pub(crate) use self::locks::Lock;

/// How long a notice stands.
const TOAST_MS: i64 = 8_000;

/// Something to be done outside the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Ask(Ask),
    Copy(String),
    Bell,
}

/// What is on the screen beneath dialogs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum View {
    At(Place),
    Call(CallId),
    Programme(ProgrammeId),
    Room(RoomId),
    Case(CaseId),
    Person(Uid),
}

/// What takes the keys.
pub(crate) enum Mode {
    Normal,
    /// A filter as it is typed, and the one before, in case it is left.
    Filter {
        input: Input,
        before: String,
    },
    Palette {
        input: Input,
        choice: usize,
    },
    Help {
        scroll: u16,
    },
    Dialog(Box<Dialog>),
    /// Asked to leave while a dialog was open, which is kept in case the answer is no.
    Leaving(Box<Dialog>),
}

/// A notice.
#[derive(Clone, Debug)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) good: bool,
    pub(crate) until: i64,
}

/// The live table.
pub(crate) struct Calls {
    pub(crate) cursor: Cursor<CallId>,
    /// Filtered and sorted.
    pub(crate) order: Vec<CallId>,
    pub(crate) sort: usize,
    pub(crate) descending: bool,
    pub(crate) filter: Filter,
    pub(crate) marks: HashSet<CallId>,
}

/// Where the cursors of rooms, cases and users stand, and what the moderator did.
#[derive(Default)]
pub(crate) struct Desk {
    /// The part of the opened room that the arrows move in, and what is chosen there.
    pub(crate) pane: Pane,
    pub(crate) message: Cursor<String>,
    pub(crate) member: Cursor<String>,
    /// The chosen report of the opened case, and the chosen message of its evidence.
    pub(crate) report: usize,
    pub(crate) piece: Cursor<String>,
    /// The chosen row of the opened user.
    pub(crate) item: Cursor<String>,
    /// What came of the last verification of the log.
    pub(crate) verified: Verified,
    /// Messages that were deleted from within a case: what the case came to names them.
    deleted: HashMap<CaseId, Vec<MessageId>>,
}

/// An act that was sent and has not been answered.
pub(crate) struct Pending {
    id: RequestId,
    says: String,
    /// Messages that it deletes, and the case in which.
    deletes: Option<(CaseId, Vec<MessageId>)>,
}

/// Everything.
pub(crate) struct State {
    pub(crate) house: House,
    pub(crate) link: Link,
    /// When the line was lost, on the console's clock; time stands still from there.
    lost_at: Option<i64>,
    paused_at: Option<i64>,
    /// From the first place to the one on the screen. Never empty.
    views: Vec<View>,
    pub(crate) calls: Calls,
    /// The member chosen in the opened call, and how far its line of time is scrolled back.
    pub(crate) member: Cursor<String>,
    pub(crate) scroll: usize,
    /// The row chosen in the opened programme: nothing for the whole, a name for a guest.
    pub(crate) guest: Cursor<String>,
    pub(crate) pictures: Pictures,
    pub(crate) desk: Desk,
    /// Columns and rows of the terminal.
    pub(crate) size: (u16, u16),
    pub(crate) mode: Mode,
    pub(crate) toast: Option<Toast>,
    pub(crate) alarms: Alarms,
    pub(crate) dropped: u64,
    pub(crate) trouble: Option<String>,
    pending: Vec<Pending>,
    /// What the loop has to do.
    pub(crate) effects: Vec<Effect>,
    watched: Option<CallId>,
    watched_programme: Option<ProgrammeId>,
    followed: Option<Followed>,
    listed: Option<List>,
    /// The context's name.
    pub(crate) context: String,
    pub(crate) theme: &'static Theme,
    pub(crate) tz: TimeZone,
    pub(crate) quit: bool,
    /// Whether anything changed since the last frame.
    pub(crate) dirty: bool,
}

impl State {
    pub(crate) fn new(context: String, theme: &'static Theme, tz: TimeZone) -> Self {
        let sort = columns::CALLS.iter().position(|c| c.title == "BURN").unwrap_or(0);
        Self {
            house: House { rooms: Listing { sort: rooms::busiest_first(), ..Listing::default() }, ..House::default() },
            link: Link::Connecting,
            lost_at: None,
            paused_at: None,
            views: vec![View::At(Place::Calls)],
            calls: Calls {
                cursor: Cursor::default(),
                order: Vec::new(),
                sort,
                descending: true,
                filter: Filter::default(),
                marks: HashSet::new(),
            },
            member: Cursor::default(),
            scroll: 0,
            guest: Cursor::default(),
            pictures: Pictures::default(),
            desk: Desk::default(),
            size: (80, 24),
            mode: Mode::Normal,
            toast: None,
            alarms: Alarms::default(),
            dropped: 0,
            trouble: None,
            pending: Vec::new(),
            effects: Vec::new(),
            watched: None,
            watched_programme: None,
            followed: None,
            listed: None,
            context,
            theme,
            tz,
            quit: false,
            dirty: true,
        }
    }

    pub(crate) fn view(&self) -> View {
        self.views.last().cloned().unwrap_or(View::At(Place::Calls))
    }

    pub(crate) fn views(&self) -> &[View] {
        &self.views
    }

    pub(crate) fn scope(&self) -> Scope {
        match self.view() {
            View::Call(_) => Scope::Call,
            View::At(Place::Calls) => Scope::Calls,
            View::At(Place::Ended) => Scope::Ended,
            View::At(Place::Money(_)) => Scope::Money,
            View::At(Place::Workers) => Scope::Workers,
            View::At(Place::Restreams) => Scope::Restreams,
            View::Programme(_) => Scope::Programme,
            View::At(Place::Rooms) => Scope::Rooms,
            View::Room(_) => Scope::Room,
            View::At(Place::Cases) => Scope::Cases,
            View::Case(_) => Scope::Case,
            View::At(Place::Users) => Scope::Users,
            View::Person(_) => Scope::User,
            View::At(Place::Audit) => Scope::Audit,
        }
    }

    pub(crate) fn paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// The clock of what is shown: it stands still while the picture does.
    pub(crate) fn data_now(&self, now: i64) -> i64 {
        [self.paused_at, self.lost_at].into_iter().flatten().fold(now, i64::min)
    }

    /// The server's clock.
    pub(crate) fn server(&self, now: i64) -> Option<At> {
        self.house.offset.map(|offset| At::from_ms(now + offset))
    }

    pub(crate) fn ctx(&self, now: i64) -> Ctx<'_> {
        let now = self.data_now(now);
        Ctx { now, server: self.server(now).unwrap_or_default(), tz: &self.tz }
    }

    /// The age of what is on the screen.
    pub(crate) fn age(&self, now: i64) -> Option<i64> {
        let seen = match self.view() {
            View::Call(id) => self.opened(id).map(|o| o.seen),
            View::At(Place::Calls) => self.house.live.seen,
            View::At(place) => self.house.listing(place).and_then(listing::AnyListing::seen),
            View::Programme(id) => self.programme(id).map(|o| o.seen),
            View::Room(id) => self.room(id).map(|o| o.seen),
            View::Case(id) => self.case(id).map(|o| o.seen),
            View::Person(uid) => self.person(&uid).map(|o| o.seen),
        };
        seen.map(|seen| now - seen)
    }

    /// The followed call, if it is this one and was read.
    pub(crate) fn opened(&self, id: CallId) -> Option<&Opened> {
        self.house.opened.as_ref().filter(|o| o.detail.call.call_id == id)
    }

    /// Whether the role may do something, as far as is known.
    pub(crate) fn may(&self, power: Power) -> bool {
        self.house.me.as_ref().is_none_or(|me| me.powers.contains(&power))
    }

    /// The chosen live call.
    pub(crate) fn chosen_call(&self) -> Option<&LiveRow> {
        let order = &self.calls.order;
        let index = self.calls.cursor.index(order.len(), |i| order[i]);
        order.get(index).and_then(|id| self.house.live.get(*id))
    }

    /// The filter of the view, for tables that have one.
    pub(crate) fn filter(&self) -> Option<&Filter> {
        if self.view() == View::At(Place::Calls) {
            Some(&self.calls.filter)
        } else {
            self.listing().map(listing::AnyListing::filter)
        }
    }

    /// Reads a filter as the view understands it.
    fn read_filter(&self, text: &str) -> Result<Filter, String> {
        if let View::At(place) = self.view() { place.filter(text) } else { text.parse() }
    }

    fn set_filter(&mut self, filter: Filter, now: i64) {
        if self.view() == View::At(Place::Calls) {
            self.calls.filter = filter;
        } else if let Some(list) = self.listing_mut() {
            list.set_filter(filter);
        }
        self.arrange(now);
    }

    /// Filters and sorts the live calls anew. Done when data, filter or sort changed, never while drawing.
    pub(crate) fn arrange(&mut self, now: i64) {
        let mut order = std::mem::take(&mut self.calls.order);
        order.clear();
        {
            let ctx = self.ctx(now);
            let mut rows: Vec<&LiveRow> =
                self.house.live.rows().filter(|row| self.calls.filter.matches(row, &ctx)).collect();
            let compare = columns::CALLS.get(self.calls.sort).and_then(|c| c.sort);
            rows.sort_unstable_by(|a, b| {
                let by = compare.map_or(std::cmp::Ordering::Equal, |compare| compare(a, b, &ctx));
                let by = if self.calls.descending { by.reverse() } else { by };
                by.then_with(|| a.call.call_id.cmp(&b.call.call_id))
            });
            order.extend(rows.iter().map(|row| row.call.call_id));
        }
        self.calls.order = order;
    }

    pub(crate) fn say(&mut self, text: impl Into<String>, good: bool, now: i64) {
        self.toast = Some(Toast { text: text.into(), good, until: now + TOAST_MS });
        self.dirty = true;
    }

    /// Time went on: what ran out is taken off. The picture moves with the clock, so it is drawn again.
    pub(crate) fn tick(&mut self, now: i64) {
        if self.toast.as_ref().is_some_and(|t| t.until <= now) {
            self.toast = None;
        }
        self.dirty = true;
    }

    /// The terminal has another size.
    pub(crate) fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.dirty = true;
        self.follow_picture();
    }
}
