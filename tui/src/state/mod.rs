//! What the console knows and shows, as plain data: changed by updates and keys, drawn by the view, tested without either.
//!
//! The clock is always passed in, in milliseconds of the console's own monotonic time. Whatever is to be done outside
//! (asking the house, the clipboard, the bell) is left in `effects` for the loop.

pub(crate) mod action;
pub(crate) mod alarms;
mod apply;
pub(crate) mod columns;
pub(crate) mod dialog;
mod dialog_keys;
mod dialog_programme;
pub(crate) mod filter;
mod input;
pub(crate) mod live;
mod locks;
pub(crate) mod msg;
pub(crate) mod on_air;
pub(crate) mod opened;
pub(crate) mod palette;
pub(crate) mod parts;
pub(crate) mod programmes;
mod prompts;
pub(crate) mod table;

use std::collections::HashSet;

use callboard_contract::adm::calls::CallRow;
use callboard_contract::adm::money::{MoneySummary, TransferView};
use callboard_contract::adm::refund::RefundView;
use callboard_contract::adm::staff::StaffMe;
use callboard_contract::adm::wallet::WalletView;
use callboard_domain::{At, CallId, Power, ProgrammeId};
use jiff::tz::TimeZone;
use tui_input::Input;

use self::action::{Place, Scope, Tab};
use self::alarms::Alarms;
use self::columns::WorkerRow;
use self::dialog::Dialog;
use self::filter::Filter;
use self::live::{Live, LiveRow};
use self::msg::{Ask, Link, List};
use self::on_air::{OpenedProgramme, Pictures};
use self::opened::Opened;
use self::programmes::AirRow;
use self::table::{Ctx, Cursor, Listing};
use crate::view::theme::Theme;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    At(Place),
    Call(CallId),
    Programme(ProgrammeId),
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

/// What was read from the house.
#[derive(Default)]
pub(crate) struct House {
    pub(crate) live: Live,
    pub(crate) me: Option<StaffMe>,
    pub(crate) summary: Option<MoneySummary>,
    pub(crate) opened: Option<Opened>,
    pub(crate) ended: Listing<CallRow>,
    pub(crate) wallets: Listing<WalletView>,
    pub(crate) transfers: Listing<TransferView>,
    pub(crate) refunds: Listing<RefundView>,
    pub(crate) workers: Listing<WorkerRow>,
    pub(crate) programmes: Listing<AirRow>,
    pub(crate) programme: Option<OpenedProgramme>,
    /// The server's clock less the console's.
    pub(crate) offset: Option<i64>,
}

/// An act that was sent and has not been answered.
pub(crate) struct Pending {
    id: callboard_domain::RequestId,
    says: String,
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
            house: House::default(),
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
            listed: None,
            context,
            theme,
            tz,
            quit: false,
            dirty: true,
        }
    }

    pub(crate) fn view(&self) -> View {
        self.views.last().copied().unwrap_or(View::At(Place::Calls))
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
            View::At(Place::Ended) => self.house.ended.seen,
            View::At(Place::Money(Tab::Wallets)) => self.house.wallets.seen,
            View::At(Place::Money(Tab::Transfers)) => self.house.transfers.seen,
            View::At(Place::Money(Tab::Refunds)) => self.house.refunds.seen,
            View::At(Place::Workers) => self.house.workers.seen,
            View::At(Place::Restreams) => self.house.programmes.seen,
            View::Programme(id) => self.programme(id).map(|o| o.seen),
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
        match self.view() {
            View::At(Place::Calls) => Some(&self.calls.filter),
            View::At(Place::Ended) => Some(&self.house.ended.filter),
            View::At(Place::Money(Tab::Wallets)) => Some(&self.house.wallets.filter),
            View::At(Place::Money(Tab::Transfers)) => Some(&self.house.transfers.filter),
            View::At(Place::Money(Tab::Refunds)) => Some(&self.house.refunds.filter),
            View::At(Place::Workers) => Some(&self.house.workers.filter),
            View::At(Place::Restreams) => Some(&self.house.programmes.filter),
            View::Call(_) | View::Programme(_) => None,
        }
    }

    fn set_filter(&mut self, filter: Filter, now: i64) {
        match self.view() {
            View::At(Place::Calls) => self.calls.filter = filter,
            View::At(Place::Ended) => self.house.ended.filter = filter,
            View::At(Place::Money(Tab::Wallets)) => self.house.wallets.filter = filter,
            View::At(Place::Money(Tab::Transfers)) => self.house.transfers.filter = filter,
            View::At(Place::Money(Tab::Refunds)) => self.house.refunds.filter = filter,
            View::At(Place::Workers) => self.house.workers.filter = filter,
            View::At(Place::Restreams) => self.house.programmes.filter = filter,
            View::Call(_) | View::Programme(_) => {}
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

    /// Asks the connection for what the screen needs now, if that changed.
    pub(crate) fn follow(&mut self) {
        let dialog = if let Mode::Dialog(dialog) | Mode::Leaving(dialog) = &self.mode { Some(dialog) } else { None };
        let programme = dialog.and_then(|dialog| dialog.programme());
        let call =
            dialog.and_then(|dialog| dialog.call()).or(if let View::Call(id) = self.view() { Some(id) } else { None });
        if call != self.watched {
            self.watched = call;
            self.house.opened = self.house.opened.take().filter(|o| Some(o.detail.call.call_id) == call);
            self.effects.push(Effect::Ask(Ask::Watch(call)));
        }
        let programme = programme.or(if let View::Programme(id) = self.view() { Some(id) } else { None });
        if programme != self.watched_programme {
            self.watched_programme = programme;
            let kept = |o: &OpenedProgramme| Some(o.detail.programme.programme_id) == programme;
            self.house.programme = self.house.programme.take().filter(kept);
            self.effects.push(Effect::Ask(Ask::Programme(programme)));
        }
        let list = match self.view() {
            View::At(Place::Ended) => Some(List::Ended),
            View::At(Place::Money(Tab::Wallets)) => Some(List::Wallets),
            View::At(Place::Money(Tab::Transfers)) => Some(List::Transfers),
            View::At(Place::Money(Tab::Refunds)) => Some(List::Refunds),
            View::At(Place::Restreams) => Some(List::Programmes),
            View::At(Place::Calls | Place::Workers) | View::Call(_) | View::Programme(_) => None,
        };
        let list = list.filter(|list| matches!(list, List::Ended | List::Programmes) || self.may(Power::SeeMoney));
        if list != self.listed {
            self.listed = list;
            self.effects.push(Effect::Ask(Ask::List(list)));
        }
        self.follow_picture();
    }
}
