//! The opened programme, and the picture of it that is wanted.
//!
//! What must always hold: a picture is blurred until somebody asks for it in this programme; none is asked for where they are switched
//! off, where the role may not see it, or where nobody looks.

use callboard_contract::adm::restream::{ProgrammeDetail, ProgrammeRow};
use callboard_domain::{ProgrammeId, ProgrammeState, TargetState, Uid};

use super::alarms::Cause;
use super::msg::{Ask, Problem};
use super::programmes::{AirRow, blame_word};
use super::{Effect, Mode, State, View};
use crate::picture::{Look, Means, Picture};
use crate::text;
use crate::view;

/// A programme that ended longer ago is not listed.
const PAST_MS: i64 = 60 * 60_000;
/// One that failed longer ago is no news.
const NEWS_MS: i64 = 10 * 60_000;

/// The followed programme.
pub(crate) struct OpenedProgramme {
    pub(crate) detail: ProgrammeDetail,
    /// When it was read, on the console's clock.
    pub(crate) seen: i64,
}

/// Pictures on the screen.
pub(crate) struct Pictures {
    /// Whether there are any at all.
    pub(crate) on: bool,
    /// Whether somebody asked to see the opened programme clearly.
    pub(crate) clear: bool,
    /// What the terminal can show.
    pub(crate) means: Means,
    pub(crate) shown: Option<Picture>,
    /// Why there is none.
    pub(crate) problem: Option<Problem>,
    asked: Option<Look>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { on: true, clear: false, means: Means::default(), shown: None, problem: None, asked: None }
    }
}

impl State {
    /// The followed programme, if it is this one and was read.
    pub(crate) fn programme(&self, id: ProgrammeId) -> Option<&OpenedProgramme> {
        self.house.programme.as_ref().filter(|o| o.detail.programme.programme_id == id)
    }

    /// The keys of the rows of guests: nothing for the whole programme, then the members' names.
    pub(super) fn guest_keys(&self, id: ProgrammeId) -> Vec<String> {
        let members = self.programme(id).into_iter().flat_map(|o| &o.detail.members).map(|m| m.uid.to_string());
        std::iter::once(String::new()).chain(members).collect()
    }

    /// The chosen guest; none for the whole programme.
    pub(crate) fn chosen_guest(&self, id: ProgrammeId) -> Option<Uid> {
        let keys = self.guest_keys(id);
        keys[self.guest.index(keys.len(), |i| keys[i].clone())].parse().ok()
    }

    /// The picture that belongs on the screen now.
    pub(crate) fn sight(&self) -> Option<Look> {
        let View::Programme(id) = self.view() else { return None };
        let opened = self.programme(id)?;
        let may = self.house.me.as_ref().is_some_and(|me| me.powers.contains(&callboard_domain::Power::SeePictures));
        if !self.pictures.on || !may || opened.detail.programme.state.is_over() {
            return None;
        }
        let room = view::picture_room(self, self.size);
        (room.0 > 0 && room.1 > 0).then(|| Look {
            programme: id,
            guest: self.chosen_guest(id),
            blurred: !self.pictures.clear,
            room,
            means: self.pictures.means,
        })
    }

    /// Asks for the picture that belongs on the screen, if that changed. While the picture is held still none is asked for.
    pub(super) fn follow_picture(&mut self) {
        let look = self.sight();
        let still_right = |of: &Look| look.as_ref().is_some_and(|look| look.same_sight(of));
        if self.pictures.shown.as_ref().is_some_and(|shown| !still_right(&shown.of)) {
            self.pictures.shown = None;
        }
        let ask = if self.paused() { None } else { look };
        if ask != self.pictures.asked {
            self.pictures.problem = None;
            self.pictures.asked.clone_from(&ask);
            self.effects.push(Effect::Ask(Ask::Look(ask)));
        }
    }

    pub(super) fn picture(&mut self, made: Result<Picture, (Look, Problem)>) {
        let Some(look) = self.sight() else { return };
        match made {
            Ok(picture) if picture.of.same_sight(&look) => {
                self.pictures.problem = None;
                self.pictures.shown = Some(picture);
            }
            Err((of, problem)) if of.same_sight(&look) => {
                self.pictures.shown = None;
                self.pictures.problem = Some(problem);
            }
            // Of somebody at whom nobody looks any more.
            _ => {}
        }
    }

    pub(super) fn clear_or_blur(&mut self, now: i64) {
        if !self.pictures.on {
            self.say("pictures are off: i switches them on", false, now);
        } else if self.may(callboard_domain::Power::SeePictures) {
            self.pictures.clear = !self.pictures.clear;
        } else {
            self.say(super::Lock::NoPower(self.role()).to_string(), false, now);
        }
    }

    pub(crate) fn role(&self) -> &'static str {
        self.house.me.as_ref().map_or("", |me| me.role.as_str())
    }

    pub(super) fn open_programme(&mut self, id: ProgrammeId) {
        if self.view() != View::Programme(id) {
            self.step_into(View::Programme(id));
            self.guest = super::Cursor::default();
            self.pictures.clear = false;
        }
    }

    /// Opens the programme of a call, if it is on air.
    pub(super) fn open_programme_of(&mut self, call: Option<callboard_domain::CallId>, now: i64) {
        let of = |row: &&AirRow| Some(row.row.call_id) == call && !row.row.state.is_over();
        match self.house.programmes.rows.iter().find(of).map(|row| row.row.programme_id) {
            Some(id) => self.open_programme(id),
            None => self.say("this call is not on air", false, now),
        }
    }

    /// Takes the list: those that run first, the newest of each on top; what ended long ago is left out.
    pub(super) fn programmes(&mut self, rows: Vec<ProgrammeRow>, now: i64) {
        let server = self.server(now).unwrap_or_default();
        let recent = |row: &ProgrammeRow| row.ended_at.is_none_or(|at| server.since(at).as_ms() < PAST_MS);
        let host = |row: &ProgrammeRow| self.house.live.get(row.call_id).map(|live| live.call.payee.to_string());
        let mut rows: Vec<AirRow> =
            rows.into_iter().filter(recent).map(|row| AirRow { host: host(&row), row }).collect();
        rows.sort_by_key(|r| (r.row.state.is_over(), std::cmp::Reverse((r.row.created_at, r.row.programme_id))));
        for gone in &self.house.programmes.rows {
            if rows.iter().all(|r| r.row.programme_id != gone.row.programme_id) {
                self.alarms.set(Cause::Programme(gone.row.programme_id), false, server, String::new);
            }
        }
        for AirRow { row, .. } in &rows {
            let news = row.ended_at.is_none_or(|at| server.since(at).as_ms() < NEWS_MS);
            let trouble = trouble(row).filter(|_| news);
            let says = || format!("{} on air: {}", text::clean(&row.title), trouble.clone().unwrap_or_default());
            self.alarms.set(Cause::Programme(row.programme_id), trouble.is_some(), server, says);
        }
        self.house.programmes.replace(rows, now);
    }

    pub(super) fn take_programme(&mut self, detail: ProgrammeDetail, now: i64) {
        let id = detail.programme.programme_id;
        if self.watched_programme != Some(id) {
            return;
        }
        self.set_clock(detail.as_of, now);
        if let Mode::Dialog(dialog) = &mut self.mode {
            dialog.refresh_programme(&detail);
        }
        if let Some(row) = self.house.programmes.rows.iter_mut().find(|r| r.row.programme_id == id) {
            row.row = detail.programme.clone();
        }
        self.house.programme = Some(OpenedProgramme { detail, seen: now });
        let keys = self.guest_keys(id);
        self.guest.hold(keys.len(), |i| keys[i].clone());
    }

    pub(super) fn no_programme(&mut self, id: ProgrammeId, problem: &Problem, now: i64) {
        if self.watched_programme == Some(id) && self.programme(id).is_none() {
            self.mode = Mode::Normal;
            if self.view() == View::Programme(id) {
                self.views.pop();
            }
            let text = format!("cannot open {}: {}", text::short_id(&id.to_string()), problem.message);
            self.say(text, false, now);
        }
    }
}

/// What is wrong with a programme, if anything is.
fn trouble(row: &ProgrammeRow) -> Option<String> {
    let said = || row.said.as_deref().map(|said| format!(": {}", text::clean(said))).unwrap_or_default();
    match row.state {
        ProgrammeState::Failed => Some(format!("failed{}", said())),
        ProgrammeState::Interrupted => Some(format!("interrupted{}", said())),
        ProgrammeState::Finished => None,
        ProgrammeState::Waiting if row.said.is_some() => Some(format!("waits{}", said())),
        ProgrammeState::Waiting | ProgrammeState::Starting | ProgrammeState::OnAir => {
            let bad = |state| matches!(state, TargetState::Retrying | TargetState::Failed);
            let target = row.status.iter().flat_map(|s| &s.targets).find(|t| bad(t.state))?;
            let whose = match blame_word(target.blame) {
                "" => String::new(),
                whose => format!(", fault of {whose}"),
            };
            Some(format!("target {} {}{whose}", target.name, target.state))
        }
    }
}
