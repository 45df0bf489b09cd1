//! What the connection is to keep current: what is on the screen, and what an open dialog needs.

use super::listing::AnyListing;
use super::msg::{Ask, Followed};
use super::on_air::OpenedProgramme;
use super::{Effect, Mode, State, View};

impl State {
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
        self.follow_matter();
        let list = if let View::At(place) = self.view() {
            let may = place.power().is_none_or(|power| self.may(power));
            let filter = self.house.listing(place).map(AnyListing::filter).filter(|_| may);
            // What cannot be asked was refused when the filter was read.
            filter.and_then(|filter| place.list(filter).ok().flatten())
        } else {
            None
        };
        if list != self.listed {
            self.listed.clone_from(&list);
            self.effects.push(Effect::Ask(Ask::List(list)));
        }
        self.follow_picture();
    }

    /// The room, case or user on the screen. A dialog stands above the one that it is about.
    fn follow_matter(&mut self) {
        let followed = match self.view() {
            View::Room(id) => Some(Followed::Room(id)),
            View::Case(id) => Some(Followed::Case(id, self.report(id).map(|report| report.report_id))),
            View::Person(uid) => Some(Followed::Person(uid)),
            View::At(_) | View::Call(_) | View::Programme(_) => None,
        };
        if followed == self.followed {
            return;
        }
        let another = match (&followed, &self.followed) {
            (Some(new), Some(old)) => !new.same(old),
            _ => true,
        };
        if another {
            // What was revealed of a user goes with him.
            (self.house.room, self.house.case, self.house.person) = (None, None, None);
        }
        self.followed.clone_from(&followed);
        self.effects.push(Effect::Ask(Ask::Follow(followed)));
    }
}
