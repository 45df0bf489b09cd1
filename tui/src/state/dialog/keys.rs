//! How dialogs open, how their fields are filled, and the one place where an act is sent.

use callboard_contract::ReasonCode;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::backend::crossterm::EventHandler;

use super::{Act, Dialog, Field, On, Phase, Sort, Target};
use crate::state::action::Place;
use crate::state::msg::{Ask, Deed};
use crate::state::table::Cursor;
use crate::state::{Effect, Lock, Mode, Pending, State, View};
use crate::text;

impl State {
    pub(in crate::state) fn open_dialog(&mut self, act: Act, now: i64) {
        if let Some(lock) = self.lock(act, now) {
            self.say(lock.to_string(), false, now);
            return;
        }
        if act.sort() == Sort::House {
            match self.matter_dialog(act, now) {
                Ok(dialog) => self.mode = Mode::Dialog(Box::new(dialog)),
                Err(lock) => self.say(lock.to_string(), false, now),
            }
            return;
        }
        let mut subject = Cursor::default();
        let call = |id, who| Target::new(On::Call(id), who);
        let targets = match self.view() {
            View::At(Place::Calls) if act == Act::End && !self.calls.marks.is_empty() => {
                let mut rows: Vec<_> = self.calls.marks.iter().filter_map(|id| self.house.live.get(*id)).collect();
                rows.sort_by_key(|row| row.call.call_id);
                rows.iter().map(|row| call(row.call.call_id, row.who())).collect()
            }
            View::At(Place::Calls) => {
                self.chosen_call().map(|row| call(row.call.call_id, row.who())).into_iter().collect()
            }
            View::Call(id) => {
                subject = self.member.clone();
                self.opened(id).map(|o| call(id, o.who())).into_iter().collect()
            }
            View::At(Place::Restreams) if act.sort() == Sort::Programme => self
                .house
                .programmes
                .chosen(&self.ctx(now))
                .map(|r| Target::new(On::Programme(r.row.programme_id, r.row.call_id), text::clean(&r.row.title)))
                .into_iter()
                .collect(),
            View::Programme(id) => self
                .programme(id)
                .map(|o| &o.detail.programme)
                .map(|row| Target::new(On::Programme(id, row.call_id), text::clean(&row.title)))
                .into_iter()
                .collect(),
            View::At(_) => self.chosen(now).1.map(|id| call(id, String::new())).into_iter().collect::<Vec<_>>(),
            View::Room(_) | View::Case(_) | View::Person(_) => Vec::new(),
        };
        if targets.is_empty() {
            self.say(Lock::Nothing.to_string(), false, now);
            return;
        }
        let detail = if let [target] = targets.as_slice() {
            target.call().and_then(|id| self.opened(id)).map(|o| o.detail.clone())
        } else {
            None
        };
        if act == Act::Refund {
            subject = Cursor::default();
        }
        let mut dialog = Dialog::new(act, targets, detail, subject);
        dialog.air = dialog.programme().and_then(|id| self.programme(id)).map(|o| o.detail.clone());
        self.ask_preview(&mut dialog);
        self.mode = Mode::Dialog(Box::new(dialog));
    }

    fn ask_preview(&mut self, dialog: &mut Dialog) {
        if let Some((number, question)) = dialog.question() {
            self.effects.push(Effect::Ask(Ask::Preview(number, question)));
        }
    }

    pub(in crate::state) fn dialog_key(&mut self, key: KeyEvent, mut dialog: Box<Dialog>, now: i64) {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let fields = dialog.fields().len();
        match (key.code, dialog.field()) {
            (KeyCode::Esc, _) => {
                if dialog.phase == Phase::Filling {
                    self.say("nothing was done", true, now);
                }
                return;
            }
            (KeyCode::Char('q' | 'c'), _) if ctrl => {
                self.mode = Mode::Leaving(dialog);
                return;
            }
            (KeyCode::Char('y'), _) if ctrl => self.copy(dialog.cli(), now),
            _ if dialog.phase != Phase::Filling => {}
            (KeyCode::BackTab, _) => dialog.focus = (dialog.focus + fields - 1) % fields,
            (KeyCode::Enter, Field::Confirm) => {
                if dialog.confirm.value().trim().is_empty() {
                    self.say("nothing was done", true, now);
                    return;
                }
                self.confirm(&mut dialog, now);
            }
            (KeyCode::Enter, Field::Note) if dialog.act == Act::Note => {
                if dialog.note.value().trim().is_empty() {
                    self.say("nothing was done", true, now);
                    return;
                }
                self.confirm(&mut dialog, now);
            }
            (KeyCode::Tab | KeyCode::Enter, _) => dialog.focus = (dialog.focus + 1) % fields,
            (KeyCode::Up | KeyCode::Left, Field::Subject) => self.choose(&mut dialog, -1),
            (KeyCode::Down | KeyCode::Right, Field::Subject) => self.choose(&mut dialog, 1),
            (code, Field::Reason) => {
                let words: Vec<&str> = ReasonCode::ALL.iter().map(|code| code.as_str()).collect();
                if let Some(pick) = pick(&words, dialog.reason, code) {
                    dialog.reason = Some(pick);
                    dialog.edited();
                }
            }
            (code, Field::Choice) => {
                if let Some(pick) = pick(&dialog.choices(), dialog.choice, code) {
                    dialog.choice = Some(pick);
                    dialog.edited();
                }
            }
            (KeyCode::Up, _) => dialog.focus = dialog.focus.saturating_sub(1),
            (KeyCode::Down, _) => dialog.focus = (dialog.focus + 1).min(fields - 1),
            (_, Field::Amount) => {
                if dialog.amount.handle_event(&Event::Key(key)).is_some_and(|c| c.value) {
                    dialog.edited();
                    self.ask_preview(&mut dialog);
                }
            }
            (_, Field::Length) => {
                if dialog.length.handle_event(&Event::Key(key)).is_some_and(|c| c.value) {
                    dialog.edited();
                }
            }
            (_, Field::Note) => {
                if dialog.note.handle_event(&Event::Key(key)).is_some_and(|c| c.value) {
                    dialog.edited();
                }
            }
            (_, Field::Confirm) => {
                if dialog.confirm.handle_event(&Event::Key(key)).is_some_and(|c| c.value) {
                    dialog.notice = None;
                }
            }
            (_, Field::Subject) => {}
        }
        self.mode = Mode::Dialog(dialog);
    }

    fn choose(&mut self, dialog: &mut Dialog, by: isize) {
        let keys: Vec<String> = dialog.subjects().into_iter().map(|(key, _)| key).collect();
        dialog.subject.step(by, keys.len(), |i| keys[i].clone());
        dialog.edited();
        self.ask_preview(dialog);
    }

    /// Sends it, if the word is right and nothing stands against it now.
    fn confirm(&mut self, dialog: &mut Dialog, now: i64) {
        let typed = dialog.confirm.value().trim().to_owned();
        let ready = match dialog.word() {
            _ if self.lock(dialog.act, now).is_some_and(|lock| lock != Lock::Nothing) => {
                Err(self.lock(dialog.act, now).map(|lock| lock.to_string()).unwrap_or_default())
            }
            None if dialog.act == Act::Note => dialog.deeds(),
            None => Err("it cannot be done as it stands".to_owned()),
            Some(word) if !confirms(&word, &typed, dialog.act) => {
                Err(format!("type {word} to confirm, or Esc to leave it"))
            }
            Some(_) => dialog.deeds(),
        };
        match ready {
            Err(notice) => dialog.notice = Some(notice),
            Ok(deeds) => {
                dialog.phase = Phase::Sending(deeds.len());
                dialog.notice = None;
                let subject = match dialog.act {
                    Act::Layout | Act::Slate | Act::Decide => format!("{}, ", dialog.chosen_word().unwrap_or_default()),
                    Act::Refund => dialog
                        .previewed()
                        .map(|p| format!("{} to {}, ", text::exact(p.amount), p.payer))
                        .unwrap_or_default(),
                    Act::Mute | Act::Unmute | Act::Remove => {
                        dialog.chosen().map(|(uid, _)| format!("{uid}, ")).unwrap_or_default()
                    }
                    _ => String::new(),
                };
                for (target, deed) in dialog.targets.iter().zip(deeds) {
                    let says = format!("{} {subject}{}", dialog.act.title().to_lowercase(), target.who);
                    self.pending.retain(|p| p.id != *deed.request_id());
                    let deletes = match (&deed, dialog.matter.case) {
                        (Deed::Delete(request), Some(case)) => Some((case, request.message_ids.clone())),
                        _ => None,
                    };
                    self.pending.push(Pending { id: deed.request_id().clone(), says, deletes });
                    self.effects.push(Effect::Ask(Ask::Do(deed)));
                }
            }
        }
    }
}

fn confirms(word: &str, typed: &str, act: Act) -> bool {
    let amount = |text: &str| text.parse::<callboard_domain::Coins>().ok();
    typed == word || (act == Act::Refund && amount(typed).is_some() && amount(typed) == amount(word))
}

/// Another one of some words, by arrow or by first letter; none if the key picks none, or the same.
fn pick(words: &[&str], at: Option<usize>, code: KeyCode) -> Option<usize> {
    let all = words.len();
    let picked = match code {
        KeyCode::Down | KeyCode::Right => Some(at.map_or(0, |i| (i + 1) % all.max(1))),
        KeyCode::Up | KeyCode::Left => Some(at.map_or(all.saturating_sub(1), |i| (i + all - 1) % all.max(1))),
        KeyCode::Char(c) => {
            let from = at.map_or(0, |i| i + 1);
            (0..all).map(|i| (from + i) % all).find(|i| words[*i].starts_with(c.to_ascii_lowercase()))
        }
        _ => None,
    };
    picked.filter(|picked| Some(*picked) != at && *picked < all)
}
