//! What an act on people, messages, rooms and cases would meet: found from what is chosen on the screen, and kept by the dialog as it was.

use callboard_contract::adm::cases::{CaseView, OnCaseRequest};
use callboard_contract::room::RoomView;
use callboard_domain::{CaseId, CaseState, RequestId, RoomId, RoomState, Uid};

use super::action::Place;
use super::audit::Verified;
use super::dialog::{Act, Dialog, Matter, On, RoomOf, Target};
use super::msg::{Ask, Deed};
use super::room::Pane;
use super::table::Cursor;
use super::{Effect, Lock, Pending, State, View, room};
use crate::text;

/// What is aimed at.
pub(super) struct Aim {
    id: String,
    who: String,
    matter: Matter,
}

impl State {
    /// What an act would meet, or what stands against it.
    pub(super) fn aim(&self, act: Act, now: i64) -> Result<Aim, Lock> {
        match (act, self.view()) {
            (Act::Lock | Act::Unlock | Act::Slow | Act::Close, View::Room(id)) => {
                let opened = self.room(id).ok_or(Lock::Nothing)?;
                whole(&opened.look.detail.room)
            }
            (Act::Lock | Act::Unlock | Act::Slow | Act::Close, View::At(Place::Rooms)) => {
                whole(&self.house.rooms.chosen(&self.ctx(now)).ok_or(Lock::Nothing)?.room)
            }
            (Act::Delete | Act::Impose(_), View::Room(id)) => self.aim_in_room(act, id),
            (Act::Note | Act::Decide | Act::Delete | Act::Impose(_), View::Case(id)) => self.aim_in_case(act, id, now),
            (Act::Impose(_) | Act::Lift | Act::Reveal, View::Person(uid)) => self.aim_at_person(act, &uid),
            _ => Err(Lock::Nothing),
        }
    }

    fn aim_in_room(&self, act: Act, id: RoomId) -> Result<Aim, Lock> {
        let opened = self.room(id).ok_or(Lock::Nothing)?;
        let rooms = vec![RoomOf::of(&opened.look.detail.room)];
        if act == Act::Delete {
            // Where the members are looked at, no message is.
            let message = self.chosen_message(id).filter(|_| self.desk.pane == Pane::Messages);
            let message = message.ok_or(Lock::NotChosen)?;
            let says = Some(room::says(message));
            let who = format!("message of {}", text::clean(message.author.as_str()));
            let (uid, messages) = (Some(message.author.clone()), vec![message.message_id]);
            let matter = Matter { uid, rooms, messages, says, ..Matter::default() };
            return Ok(Aim { id: message.message_id.to_string(), who, matter });
        }
        let uid = self.chosen_in_room(id).ok_or(Lock::NotChosen)?;
        let says = self.chosen_message(id).filter(|m| m.author == uid).map(room::says);
        Ok(Aim { matter: Matter { rooms, says, ..Matter::default() }, ..person(uid) })
    }

    fn aim_in_case(&self, act: Act, id: CaseId, now: i64) -> Result<Aim, Lock> {
        let opened = self.case(id).ok_or(Lock::Nothing)?;
        let case = &opened.detail.case;
        if case.state == CaseState::Decided {
            return Err(Lock::Decided);
        }
        if act != Act::Note && !self.has_claimed(case, now) {
            return Err(Lock::NotClaimed);
        }
        let who = format!("case {}", super::cases::matter(case));
        let evidence = self.evidence(id);
        let rooms: Vec<RoomOf> = evidence.and_then(|e| e.room.clone()).into_iter().collect();
        let of_case = Matter { case: Some(id), ..Matter::default() };
        match act {
            Act::Note => Ok(Aim { id: id.to_string(), who, matter: of_case }),
            Act::Decide => {
                let messages = self.desk.deleted.get(&id).cloned().unwrap_or_default();
                let sanctions = opened.detail.sanctions.clone();
                Ok(Aim {
                    id: id.to_string(),
                    who,
                    matter: Matter { uid: case.about.clone(), messages, sanctions, ..of_case },
                })
            }
            Act::Delete => {
                let piece = self.chosen_piece(id).ok_or(Lock::NotChosen)?;
                let message = piece.message.filter(|_| !rooms.is_empty()).ok_or(Lock::NotChosen)?;
                let who = format!("message of {}", text::clean(&piece.author));
                let matter = Matter { rooms, messages: vec![message], says: Some(piece.says.clone()), ..of_case };
                Ok(Aim { id: message.to_string(), who, matter })
            }
            _ => {
                let uid = self.chosen_in_case(id).ok_or(Lock::NotChosen)?;
                let says = self.chosen_piece(id).filter(|piece| piece.author == uid.as_str()).map(|p| p.says.clone());
                // A case is about one person; what is imposed on others does not belong to it.
                let case = Some(id).filter(|_| case.about.as_ref() == Some(&uid));
                Ok(Aim { matter: Matter { rooms, says, case, ..Matter::default() }, ..person(uid) })
            }
        }
    }

    fn aim_at_person(&self, act: Act, uid: &Uid) -> Result<Aim, Lock> {
        let opened = self.person(uid).ok_or(Lock::Nothing)?;
        let aim = person(uid.clone());
        if act != Act::Lift {
            let rooms = self.rooms_of(uid);
            return Ok(Aim { matter: Matter { rooms, ..Matter::default() }, ..aim });
        }
        let sanctions: Vec<_> = opened.detail.sanctions.iter().filter(|s| s.stands).cloned().collect();
        if sanctions.is_empty() {
            return Err(Lock::NothingStands);
        }
        Ok(Aim { matter: Matter { sanctions, ..Matter::default() }, ..aim })
    }

    /// The dialog of an act on what is chosen.
    pub(super) fn matter_dialog(&self, act: Act, now: i64) -> Result<Dialog, Lock> {
        let Aim { id, who, mut matter } = self.aim(act, now)?;
        if let Act::Impose(_) | Act::Lift | Act::Reveal = act {
            matter.uid = id.parse().ok();
        }
        // A sanction on which the cursor stands is the one that is meant.
        let subject = match self.desk.item.key() {
            Some(key) if act == Act::Lift => Cursor::on(key.clone(), 0),
            _ => Cursor::default(),
        };
        Ok(Dialog::new(act, vec![Target::new(On::House(id), who)], None, subject).matter_of(matter))
    }

    /// Whether the caller has claimed a case, and the claim still holds.
    pub(crate) fn has_claimed(&self, case: &CaseView, now: i64) -> bool {
        let me = self.house.me.as_ref().map(|me| format!("staff:{}", me.name));
        let server = self.server(now).unwrap_or_default();
        me.is_some() && case.claimed_by == me && case.claimed_until.is_none_or(|until| until > server)
    }

    /// The case on which the cursor stands, or that is open.
    fn case_here(&self, now: i64) -> Option<&CaseView> {
        match self.view() {
            View::Case(id) => self.case(id).map(|o| &o.detail.case),
            View::At(Place::Cases) => self.house.cases.chosen(&self.ctx(now)),
            _ => None,
        }
    }

    /// What stands against claiming a case, or giving it back.
    pub(super) fn claim_lock(&self, release: bool, now: i64) -> Option<Lock> {
        if let Some(lock) = self.common_lock(callboard_domain::Power::Moderate, now) {
            return Some(lock);
        }
        match self.case_here(now) {
            None => Some(Lock::Nothing),
            Some(case) if case.state == CaseState::Decided => Some(Lock::Decided),
            Some(case) if release && !self.has_claimed(case, now) => Some(Lock::NotClaimed),
            Some(_) => None,
        }
    }

    /// Claims a case, or gives it back. That meets nobody, and is done at once.
    pub(super) fn claim(&mut self, release: bool, now: i64) {
        if let Some(lock) = self.claim_lock(release, now) {
            return self.say(lock.to_string(), false, now);
        }
        let Some(case) = self.case_here(now) else { return };
        let request = OnCaseRequest { request_id: RequestId::generate(), case_id: case.case_id };
        let verb = if release { "give back" } else { "claim" };
        let says = format!("{verb} {}", super::cases::matter(case));
        self.pending.push(Pending { id: request.request_id.clone(), says, deletes: None });
        let deed = if release { Deed::Release(request) } else { Deed::Claim(request) };
        self.effects.push(Effect::Ask(Ask::Do(deed)));
    }

    /// Has the log of acts hashed anew.
    pub(super) fn verify(&mut self, now: i64) {
        if let Some(lock) =
            self.common_lock(callboard_domain::Power::Audit, now).filter(|l| !matches!(l, Lock::Stale(_)))
        {
            return self.say(lock.to_string(), false, now);
        }
        if self.desk.verified != Verified::Asked {
            self.desk.verified = Verified::Asked;
            self.effects.push(Effect::Ask(Ask::Verify));
        }
    }

    /// Opens the user who is chosen.
    pub(super) fn open_person_of(&mut self, now: i64) {
        let uid = match self.view() {
            View::Room(id) => self.chosen_in_room(id),
            View::Case(id) => self.chosen_in_case(id),
            _ => self.case_here(now).and_then(|case| case.about.clone()),
        };
        match uid {
            Some(uid) => self.open_person(uid),
            None => self.say(Lock::NotChosen.to_string(), false, now),
        }
    }

    /// Opens the room that the evidence is from.
    pub(super) fn open_room_of(&mut self, now: i64) {
        let View::Case(id) = self.view() else { return };
        match self.evidence(id).and_then(|evidence| evidence.room.clone()) {
            Some(room) => self.open_room(room.id),
            None => self.say("the evidence is from no room", false, now),
        }
    }
}

fn whole(room: &RoomView) -> Result<Aim, Lock> {
    if room.state == RoomState::Closed {
        return Err(Lock::Closed);
    }
    let matter = Matter { rooms: vec![RoomOf::of(room)], ..Matter::default() };
    Ok(Aim { id: room.room_id.to_string(), who: text::clean(&room.name), matter })
}

fn person(uid: Uid) -> Aim {
    Aim { id: uid.to_string(), who: text::clean(uid.as_str()), matter: Matter { uid: Some(uid), ..Matter::default() } }
}
