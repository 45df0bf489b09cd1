//! What came of an act: what is said of it, and what it changes on the screen before the next look does.

use callboard_domain::RequestId;

use super::dialog::Phase;
use super::msg::{Ask, Done, Followed, Problem};
use super::{Effect, Mode, Pending, State, View};
use crate::text;

impl State {
    /// Takes the answer to an act.
    pub(super) fn outcome(&mut self, id: &RequestId, result: Result<Done, Problem>, now: i64) {
        let Some(at) = self.pending.iter().position(|p| p.id == *id) else { return };
        let pending = self.pending.remove(at);
        let request = text::short_id(id.as_str());
        let left = self.pending.len();
        match result {
            Ok(Done::Call(detail)) => {
                self.house.live.touch(&detail, now);
                if detail.call.state.is_over() {
                    self.look(&[], &[detail.call.call_id], now);
                }
                let charge = if detail.call.state.is_over() {
                    format!(", charged {}", text::exact(detail.call.charge))
                } else {
                    String::new()
                };
                self.say(format!("done: {}{charge} (request …{request})", pending.says), true, now);
                self.detail(*detail, now);
                self.arrange(now);
            }
            Ok(Done::Refund(refund)) => {
                let parts: Vec<String> = refund
                    .postings
                    .iter()
                    .map(|p| format!("{} {}", text::clean(&p.account), text::signed(p.amount)))
                    .collect();
                self.say(format!("done: {} · {} (request …{request})", pending.says, parts.join(", ")), true, now);
            }
            Ok(Done::Programme(detail)) => {
                self.say(format!("done: {} (request …{request})", pending.says), true, now);
                self.take_programme(*detail, now);
            }
            Ok(done) => self.moderated(done, &pending, request, now),
            Err(problem) => {
                self.say(format!("refused: {}: {}", pending.says, problem.message), false, now);
                self.refused(&problem);
                return;
            }
        }
        if left == 0
            && let Mode::Dialog(dialog) = &self.mode
            && dialog.phase != Phase::Filling
        {
            self.mode = Mode::Normal;
            self.calls.marks.clear();
        }
    }

    /// The dialog stays with what the house said, so that it can be mended and sent again.
    fn refused(&mut self, problem: &Problem) {
        let Mode::Dialog(dialog) = &mut self.mode else { return };
        dialog.phase = Phase::Filling;
        dialog.confirm = tui_input::Input::default();
        dialog.notice = Some(problem.message.clone());
        if let Some((number, question)) = dialog.question() {
            self.effects.push(Effect::Ask(Ask::Preview(number, question)));
        }
    }

    /// Acts on people, messages, rooms and cases.
    fn moderated(&mut self, done: Done, pending: &Pending, request: &str, now: i64) {
        let says = &pending.says;
        match done {
            Done::Imposed(reply) => {
                let effect = &reply.effect;
                let counts = [
                    (effect.connections as usize, "connection"),
                    (effect.calls.len(), "call"),
                    (effect.rooms.len(), "room"),
                ];
                let cut: Vec<String> = counts
                    .iter()
                    .filter(|(count, _)| *count > 0)
                    .map(|(count, what)| text::counted(*count as u64, what))
                    .collect();
                let cut = if cut.is_empty() { String::new() } else { format!(" · cut off: {}", cut.join(", ")) };
                if effect.left.is_empty() {
                    self.say(format!("done: {says}{cut} (request …{request})"), true, now);
                } else {
                    let left: Vec<String> = effect.left.iter().map(|left| text::clean(left)).collect();
                    self.say(format!("it stands, but not everywhere yet: {says}: {}", left.join("; ")), false, now);
                }
            }
            Done::Lifted(_) => self.say(format!("done: {says} (request …{request})"), true, now),
            Done::Revealed(sessions) => {
                self.say(format!("done: {says}; it is logged (request …{request})"), true, now);
                self.reveal(sessions);
            }
            Done::Deleted(reply) => {
                let gone = if reply.message_ids.is_empty() { ", which was gone before" } else { "" };
                self.say(format!("done: {says}{gone} (request …{request})"), true, now);
                if let Some((case, messages)) = &pending.deletes {
                    let known = self.desk.deleted.entry(*case).or_default();
                    known.extend(messages.iter().filter(|id| !known.contains(id)).copied().collect::<Vec<_>>());
                }
            }
            Done::Room(detail) => {
                self.say(format!("done: {says} (request …{request})"), true, now);
                if let Some(opened) =
                    self.house.room.as_mut().filter(|o| o.look.detail.room.room_id == detail.room.room_id)
                {
                    opened.look.detail = *detail;
                }
            }
            Done::Case(case) => {
                self.say(format!("done: {says} (request …{request})"), true, now);
                if let Some(row) = self.house.cases.rows.iter_mut().find(|row| row.case_id == case.case_id) {
                    row.clone_from(&case);
                }
                if let Some(opened) = self.house.case.as_mut().filter(|o| o.detail.case.case_id == case.case_id) {
                    opened.detail.case = *case;
                }
            }
            Done::Call(_) | Done::Refund(_) | Done::Programme(_) => {}
        }
    }

    /// What is followed cannot be read: back to where one came from.
    pub(super) fn no_followed(&mut self, followed: &Followed, problem: &Problem, now: i64) {
        let read = match followed {
            Followed::Room(id) => self.room(*id).is_some(),
            Followed::Case(id, _) => self.case(*id).is_some(),
            Followed::Person(uid) => self.person(uid).is_some(),
        };
        if read || !self.followed.as_ref().is_some_and(|now| now.same(followed)) {
            return;
        }
        self.mode = Mode::Normal;
        let (view, id) = match followed {
            Followed::Room(id) => (View::Room(*id), id.to_string()),
            Followed::Case(id, _) => (View::Case(*id), id.to_string()),
            Followed::Person(uid) => (View::Person(uid.clone()), uid.to_string()),
        };
        if self.view() == view && self.views.len() > 1 {
            self.views.pop();
        }
        self.say(format!("cannot open {}: {}", text::clean(text::short_id(&id)), problem.message), false, now);
    }
}
