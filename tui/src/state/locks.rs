//! Why an act cannot be done just now. Asked when a key is pressed, again when the dialog is confirmed, and by the key line.

use callboard_domain::{CallState, Power, ProgrammeState};

use super::action::Action;
use super::dialog::{Act, Sort};
use super::msg::Link;
use super::{State, View};
use crate::text;

/// What is shown may be this old, at the least, before acts are locked.
pub(crate) const STALE_MS: i64 = 5_000;

/// What stands against an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// The line to the house is down.
    NotConnected,
    /// What is shown is too old.
    Stale(i64),
    /// The role lacks the power.
    NoPower(&'static str),
    /// There is nothing to act on.
    Nothing,
    /// The call is over.
    Over,
    /// The programme is over.
    OffAir,
    /// The room is closed.
    Closed,
    /// The case is decided.
    Decided,
    /// The case is not claimed by who acts.
    NotClaimed,
    /// No message and no person is chosen yet.
    NotChosen,
    /// No sanction stands.
    NothingStands,
}

impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotConnected => f.write_str("not connected: acts are locked until the line is back"),
            Self::Stale(age) => {
                write!(f, "what is shown is {} old: acts are locked until it is current", text::age(*age))
            }
            Self::NoPower(role) => write!(f, "the role {role} may not do this"),
            Self::Nothing => f.write_str("there is nothing to act on"),
            Self::Over => f.write_str("the call is over"),
            Self::OffAir => f.write_str("the programme is over"),
            Self::Closed => f.write_str("the room is closed"),
            Self::Decided => f.write_str("the case is decided"),
            Self::NotClaimed => f.write_str("claim the case first: C"),
            Self::NotChosen => f.write_str("choose a message or a person first: ↑"),
            Self::NothingStands => f.write_str("no sanction stands against this person"),
        }
    }
}

impl State {
    /// How old what is shown may be: a few rounds, where a round over very many calls takes long.
    pub(crate) fn stale_after(&self) -> i64 {
        STALE_MS.max(self.house.live.round_ms * 3)
    }

    /// Whether what is shown is too old to act on, or the line is down.
    pub(crate) fn is_stale(&self, now: i64) -> bool {
        self.link != Link::Up || self.age(now).is_some_and(|age| age > self.stale_after())
    }

    /// What stands against anything that needs a power, on the screen as it is.
    pub(super) fn common_lock(&self, power: Power, now: i64) -> Option<Lock> {
        if let Some(me) = &self.house.me
            && !me.powers.contains(&power)
        {
            return Some(Lock::NoPower(me.role.as_str()));
        }
        if self.link != Link::Up || self.house.me.is_none() {
            return Some(Lock::NotConnected);
        }
        self.age(now).filter(|age| *age > self.stale_after()).map(Lock::Stale)
    }

    /// What stands against an act, if anything does.
    pub(crate) fn lock(&self, act: Act, now: i64) -> Option<Lock> {
        if let Some(lock) = self.common_lock(act.power(), now) {
            return Some(lock);
        }
        if act.sort() == Sort::House {
            return self.aim(act, now).err();
        }
        let over = |state: CallState| (state.is_over() && act != Act::Refund).then_some(Lock::Over);
        let off_air = |state: ProgrammeState| state.is_over().then_some(Lock::OffAir);
        match self.view() {
            View::Call(id) => self.opened(id).map_or(Some(Lock::Nothing), |o| over(o.detail.call.state)),
            View::At(super::Place::Calls) if self.calls.marks.is_empty() => {
                self.chosen_call().is_none().then_some(Lock::Nothing)
            }
            View::At(super::Place::Ended) => self.house.ended.chosen(&self.ctx(now)).is_none().then_some(Lock::Nothing),
            View::Programme(id) => {
                self.programme(id).map_or(Some(Lock::Nothing), |o| off_air(o.detail.programme.state))
            }
            View::At(super::Place::Restreams) => {
                let chosen = self.house.programmes.chosen(&self.ctx(now));
                chosen.map_or(Some(Lock::Nothing), |r| off_air(r.row.state))
            }
            View::At(_) | View::Room(_) | View::Case(_) | View::Person(_) => None,
        }
    }

    /// Whether a binding belongs in the key line, and if so whether it is greyed.
    pub(crate) fn offer(&self, action: Action, now: i64) -> Option<bool> {
        match action {
            Action::Act(act) => match self.lock(act, now) {
                None => Some(true),
                Some(lock) => greyed(&lock),
            },
            Action::Claim | Action::Release => match self.claim_lock(action == Action::Release, now) {
                None => Some(true),
                Some(lock) => greyed(&lock),
            },
            Action::Verify => self.may(Power::Audit).then_some(true),
            Action::PersonOf => self.may(Power::SeeRooms).then_some(true),
            Action::Clear | Action::Pictures => self.may(Power::SeePictures).then_some(true),
            Action::Back => (self.views.len() > 1).then_some(true),
            _ => Some(true),
        }
    }
}

/// What cannot be done here at all is not offered; what can be done in a moment is, greyed.
const fn greyed(lock: &Lock) -> Option<bool> {
    match lock {
        Lock::NoPower(_) | Lock::Nothing | Lock::Over | Lock::OffAir | Lock::Closed | Lock::Decided => None,
        Lock::NotConnected | Lock::Stale(_) | Lock::NotClaimed | Lock::NotChosen | Lock::NothingStands => Some(false),
    }
}
