//! How keys change the state: through the table of bindings where nothing else takes them.

use callboard_domain::CallId;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::Input;

use super::action::{Action, Place, Tab};
use super::bindings::action_for;
use super::room::Pane;
use super::table::Cursor;
use super::{Effect, Mode, State, View, columns, person};
use crate::text;

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
                _ => self.step(by, now),
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
            Action::SortNext | Action::SortReverse if self.view() != View::At(Place::Calls) => {
                if let Some(list) = self.listing_mut() {
                    if action == Action::SortNext { list.sort_next() } else { list.sort_reverse() }
                }
            }
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
            Action::Tab(by) => match self.view() {
                View::At(Place::Money(tab)) => self.go(Place::Money(tab.step(by))),
                View::Room(_) => {
                    self.desk.pane = if self.desk.pane == Pane::Messages { Pane::Members } else { Pane::Messages };
                }
                View::Case(id) => self.step_report(id, by),
                _ => {}
            },
            Action::Go(place) => self.go(place),
            Action::CallOf => match self.chosen(now).1 {
                Some(id) => self.open(id),
                None => self.say("nothing is chosen", false, now),
            },
            Action::ProgrammeOf => self.open_programme_of(self.chosen(now).1, now),
            Action::Clear => self.clear_or_blur(now),
            Action::Pictures => self.pictures.on = !self.pictures.on,
            Action::PersonOf => self.open_person_of(now),
            Action::RoomOf => self.open_room_of(now),
            Action::Claim => self.claim(false, now),
            Action::Release => self.claim(true, now),
            Action::Verify => self.verify(now),
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
            View::Room(id) => self.step_room(id, by),
            View::Case(id) => self.step_case(id, by),
            View::Person(uid) => self.step_person(&uid, by),
            View::At(place) => {
                let now = self.data_now(now);
                let server = self.server(now).unwrap_or_default();
                let ctx = super::Ctx { now, server, tz: &self.tz };
                if let Some(list) = self.house.listing_mut(place) {
                    list.step(by, &ctx);
                }
            }
        }
    }

    /// The id of what is chosen, and the call that it is about.
    pub(super) fn chosen(&self, now: i64) -> (Option<String>, Option<CallId>) {
        let ctx = self.ctx(now);
        match self.view() {
            View::Call(id) => (Some(id.to_string()), Some(id)),
            View::At(Place::Calls) => {
                let id = self.chosen_call().map(|row| row.call.call_id);
                (id.map(|id| id.to_string()), id)
            }
            View::At(place) => match self.house.listing(place).and_then(|list| list.chosen_ids(&ctx)) {
                Some((id, call)) => (Some(id), call),
                None => (None, None),
            },
            View::Programme(id) => (Some(id.to_string()), self.programme(id).map(|o| o.detail.programme.call_id)),
            View::Room(id) => {
                let member = || self.chosen_in_room(id).filter(|_| self.desk.pane == Pane::Members);
                let message = || self.chosen_message(id).map(|m| m.message_id.to_string());
                (member().map(|uid| uid.to_string()).or_else(message).or_else(|| Some(id.to_string())), None)
            }
            View::Case(id) => (Some(id.to_string()), None),
            View::Person(uid) => {
                let items = self.person(&uid).map(person::items).unwrap_or_default();
                let at = self.item_index(&items);
                (items.into_iter().nth(at).map(|i| i.key).or_else(|| Some(uid.to_string())), None)
            }
        }
    }

    fn chosen_key(&self, now: i64) -> Option<String> {
        self.chosen(now).0
    }

    fn open_chosen(&mut self, now: i64) {
        match (self.view(), self.chosen(now)) {
            (View::At(Place::Restreams), (Some(key), _)) => drop(key.parse().map(|id| self.open_programme(id))),
            (View::At(Place::Rooms), (Some(key), _)) => drop(key.parse().map(|id| self.open_room(id))),
            (View::At(Place::Cases), (Some(key), _)) => drop(key.parse().map(|id| self.open_case(id))),
            (View::At(Place::Users), (Some(key), _)) => drop(key.parse().map(|uid| self.open_person(uid))),
            (View::Person(uid), _) => self.open_item(&uid, now),
            (_, (_, Some(id))) => self.open(id),
            (_, (Some(_), None)) => self.say("this row names no call", false, now),
            (_, (None, None)) => {}
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
            (View::At(Place::Rooms), (Some(id), _)) => format!("callboard rooms show {id}"),
            (View::At(Place::Rooms), _) => "callboard rooms ls".to_owned(),
            (View::Room(id), _) if self.desk.pane == Pane::Members => format!("callboard rooms members {id}"),
            (View::Room(id), _) => format!("callboard rooms messages {id}"),
            (View::At(Place::Cases), (Some(id), _)) => format!("callboard mod reports show {id}"),
            (View::Case(id), _) => format!("callboard mod reports show {id}"),
            (View::At(Place::Cases), _) => "callboard mod reports ls".to_owned(),
            (View::At(Place::Users), (Some(uid), _)) => format!("callboard users show {uid}"),
            (View::Person(uid), _) => format!("callboard users show {uid}"),
            (View::At(Place::Users), _) => "callboard users ls".to_owned(),
            (View::At(Place::Audit), _) => match self.house.audit.chosen(&self.ctx(now)) {
                Some(row) => format!("callboard audit ls {}", text::quoted(&text::clean(&row.target))),
                None => "callboard audit ls".to_owned(),
            },
            (View::At(Place::Workers), _) => "callboard workers".to_owned(),
            (View::At(Place::Ended), _) => "callboard calls history".to_owned(),
            _ => "callboard calls ls".to_owned(),
        }
    }
}
