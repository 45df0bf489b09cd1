//! How keys change the state: through the table of bindings where nothing else takes them.

use callboard_domain::CallId;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::Input;

use super::action::{Action, Place, Tab, action_for};
use super::table::Cursor;
use super::{Effect, Mode, State, View, columns};

impl State {
    /// Takes a key.
    pub(crate) fn key(&mut self, key: KeyEvent, now: i64) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        self.dirty = true;
        let interrupt = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        if interrupt && !matches!(self.mode, Mode::Dialog(_)) {
            self.quit = true;
            return;
        }
        match std::mem::replace(&mut self.mode, Mode::Normal) {
            Mode::Normal => {
                if let Some(action) = action_for(&key, self.scope()) {
                    self.act(action, now);
                }
            }
            Mode::Filter { input, before } => self.filter_key(key, input, before, now),
            Mode::Palette { input, choice } => self.palette_key(key, input, choice, now),
            Mode::Help { scroll } => self.help_key(key, scroll),
            Mode::Dialog(dialog) => self.dialog_key(key, dialog, now),
            Mode::Leaving(dialog) => {
                if matches!(key.code, KeyCode::Char('y' | 'Y')) {
                    self.quit = true;
                }
                self.mode = Mode::Dialog(dialog);
            }
        }
        self.follow();
    }

    fn act(&mut self, action: Action, now: i64) {
        match action {
            Action::Quit => self.quit = true,
            Action::Help => self.mode = Mode::Help { scroll: 0 },
            Action::Palette => self.mode = Mode::Palette { input: Input::default(), choice: 0 },
            Action::Filter => {
                if let Some(filter) = self.filter() {
                    let before = filter.text().to_owned();
                    self.mode = Mode::Filter { input: Input::new(before.clone()), before };
                }
            }
            Action::Back => self.back(now),
            Action::Open => self.open_chosen(now),
            Action::Move(by) => self.step(by, now),
            Action::Scroll(by) => match self.view() {
                View::Call(_) => self.scroll = self.scroll.saturating_add_signed(-by),
                View::At(_) | View::Programme(_) => self.step(by, now),
            },
            Action::Mark => {
                if let Some(id) = self.chosen_call().map(|row| row.call.call_id) {
                    if !self.calls.marks.remove(&id) {
                        self.calls.marks.insert(id);
                    }
                    self.step(1, now);
                }
            }
            Action::Pause => self.pause(now),
            Action::CopyId => match self.chosen_key(now) {
                Some(id) => {
                    self.say(format!("copied {id}"), true, now);
                    self.effects.push(Effect::Copy(id));
                }
                None => self.say("nothing is chosen", false, now),
            },
            Action::CopyCli => {
                let command = self.cli(now);
                self.copy(command, now);
            }
            Action::SortNext if self.view() == View::At(Place::Restreams) => self.house.programmes.sort_next(),
            Action::SortReverse if self.view() == View::At(Place::Restreams) => self.house.programmes.sort_reverse(),
            Action::SortNext => {
                let all = columns::CALLS;
                let next = (1..=all.len()).map(|i| (self.calls.sort + i) % all.len()).find(|i| all[*i].sort.is_some());
                self.calls.sort = next.unwrap_or(self.calls.sort);
                self.arrange(now);
            }
            Action::SortReverse => {
                self.calls.descending = !self.calls.descending;
                self.arrange(now);
            }
            Action::Tab(by) => {
                if let View::At(Place::Money(tab)) = self.view() {
                    self.go(Place::Money(tab.step(by)));
                }
            }
            Action::Go(place) => self.go(place),
            Action::CallOf => match self.chosen(now).1 {
                Some(id) => self.open(id),
                None => self.say("nothing is chosen", false, now),
            },
            Action::ProgrammeOf => self.open_programme_of(self.chosen(now).1, now),
            Action::Clear => self.clear_or_blur(now),
            Action::Pictures => self.pictures.on = !self.pictures.on,
            Action::Act(act) => self.open_dialog(act, now),
        }
    }

    pub(super) fn copy(&mut self, text: String, now: i64) {
        self.say(format!("copied: {}", text.lines().next().unwrap_or_default()), true, now);
        self.effects.push(Effect::Copy(text));
    }

    pub(super) fn go(&mut self, place: Place) {
        self.views = vec![View::At(place)];
    }

    fn back(&mut self, now: i64) {
        if self.views.len() > 1 {
            self.views.pop();
        } else if !self.calls.marks.is_empty() {
            self.calls.marks.clear();
        } else if self.filter().is_some_and(|f| !f.is_empty()) {
            self.set_filter(super::Filter::default(), now);
        }
    }

    pub(super) fn pause(&mut self, now: i64) {
        self.paused_at = if self.paused_at.is_some() { None } else { Some(now) };
        self.arrange(now);
    }

    fn step(&mut self, by: isize, now: i64) {
        match self.view() {
            View::At(Place::Calls) => {
                let order = &self.calls.order;
                self.calls.cursor.step(by, order.len(), |i| order[i]);
            }
            View::Call(id) => {
                let names: Vec<String> =
                    self.opened(id).iter().flat_map(|o| &o.detail.members).map(|m| m.uid.to_string()).collect();
                self.member.step(by, names.len(), |i| names[i].clone());
            }
            View::Programme(id) => {
                let keys = self.guest_keys(id);
                self.guest.step(by, keys.len(), |i| keys[i].clone());
            }
            View::At(place) => {
                let now = self.data_now(now);
                let server = self.server(now).unwrap_or_default();
                let ctx = super::Ctx { now, server, tz: &self.tz };
                match place {
                    Place::Ended => self.house.ended.step(by, &ctx),
                    Place::Money(Tab::Wallets) => self.house.wallets.step(by, &ctx),
                    Place::Money(Tab::Transfers) => self.house.transfers.step(by, &ctx),
                    Place::Money(Tab::Refunds) => self.house.refunds.step(by, &ctx),
                    Place::Workers => self.house.workers.step(by, &ctx),
                    Place::Restreams => self.house.programmes.step(by, &ctx),
                    Place::Calls => {}
                }
            }
        }
    }

    /// The id of what is chosen, and the call that it is about.
    pub(super) fn chosen(&self, now: i64) -> (Option<String>, Option<CallId>) {
        use super::table::Listed;
        fn of<R: Listed>(row: Option<&R>) -> (Option<String>, Option<CallId>) {
            (row.map(Listed::key), row.and_then(Listed::call))
        }
        let ctx = self.ctx(now);
        match self.view() {
            View::Call(id) => (Some(id.to_string()), Some(id)),
            View::At(Place::Calls) => {
                let id = self.chosen_call().map(|row| row.call.call_id);
                (id.map(|id| id.to_string()), id)
            }
            View::At(Place::Ended) => of(self.house.ended.chosen(&ctx)),
            View::At(Place::Money(Tab::Wallets)) => of(self.house.wallets.chosen(&ctx)),
            View::At(Place::Money(Tab::Transfers)) => of(self.house.transfers.chosen(&ctx)),
            View::At(Place::Money(Tab::Refunds)) => of(self.house.refunds.chosen(&ctx)),
            View::At(Place::Workers) => of(self.house.workers.chosen(&ctx)),
            View::At(Place::Restreams) => of(self.house.programmes.chosen(&ctx)),
            View::Programme(id) => (Some(id.to_string()), self.programme(id).map(|o| o.detail.programme.call_id)),
        }
    }

    fn chosen_key(&self, now: i64) -> Option<String> {
        self.chosen(now).0
    }

    fn open_chosen(&mut self, now: i64) {
        match self.chosen(now) {
            (Some(key), _) if self.view() == View::At(Place::Restreams) => {
                if let Ok(id) = key.parse() {
                    self.open_programme(id);
                }
            }
            (_, Some(id)) => self.open(id),
            (Some(_), None) => self.say("this row names no call", false, now),
            (None, None) => {}
        }
    }

    pub(super) fn open(&mut self, id: CallId) {
        if self.view() != View::Call(id) {
            self.step_into(View::Call(id));
            self.member = Cursor::default();
            self.scroll = 0;
        }
    }

    /// One view deeper; or back to it, where it is among those behind.
    pub(super) fn step_into(&mut self, view: View) {
        match self.views.iter().position(|behind| *behind == view) {
            Some(at) => self.views.truncate(at + 1),
            None => self.views.push(view),
        }
    }

    /// What the screen shows, as a CLI command.
    fn cli(&self, now: i64) -> String {
        match (self.view(), self.chosen(now)) {
            (View::At(Place::Restreams) | View::Programme(_), (Some(id), _)) => format!("callboard restream show {id}"),
            (View::At(Place::Restreams), _) => "callboard restream ls".to_owned(),
            (_, (_, Some(id))) => format!("callboard calls show {id}"),
            (View::At(Place::Money(Tab::Wallets)), (Some(uid), _)) => format!("callboard wallet show {uid}"),
            (View::At(Place::Money(Tab::Wallets)), _) => "callboard ledger balances".to_owned(),
            (View::At(Place::Money(Tab::Transfers)), _) => "callboard ledger transfers".to_owned(),
            (View::At(Place::Money(Tab::Refunds)), _) => "callboard refund ls".to_owned(),
            (View::At(Place::Workers), _) => "callboard workers".to_owned(),
            (View::At(Place::Ended), _) => "callboard calls history".to_owned(),
            _ => "callboard calls ls".to_owned(),
        }
    }
}
