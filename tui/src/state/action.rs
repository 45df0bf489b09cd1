//! What a key can mean, and the places in which it means it.

use super::dialog::Act;

/// Something that a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Quit,
    Help,
    Palette,
    Filter,
    Back,
    Open,
    Move(isize),
    Scroll(isize),
    Mark,
    Pause,
    CopyId,
    CopyCli,
    SortNext,
    SortReverse,
    Tab(isize),
    Go(Place),
    /// Opens the call of the chosen programme.
    CallOf,
    /// Opens the programme of the chosen call.
    ProgrammeOf,
    /// Shows pictures of the opened programme clearly, or blurred.
    Clear,
    /// Switches pictures off, or on.
    Pictures,
    /// Opens the user who is chosen in a room or a case.
    PersonOf,
    /// Opens the room that a case or its evidence is about.
    RoomOf,
    /// Claims the chosen case, or renews the claim; changes nothing for anybody but staff.
    Claim,
    /// Gives a claimed case back.
    Release,
    /// Hashes the log of acts anew.
    Verify,
    /// Opens the dialog of a destructive act. Nothing is done by the key itself.
    Act(Act),
}

/// A place that can be gone to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Calls,
    Ended,
    Money(Tab),
    Workers,
    Restreams,
    Rooms,
    Cases,
    Users,
    Audit,
}

/// A tab of the money view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Wallets,
    Transfers,
    Refunds,
}

impl Tab {
    pub(crate) const ALL: &'static [Self] = &[Self::Wallets, Self::Transfers, Self::Refunds];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wallets => "wallets",
            Self::Transfers => "transfers",
            Self::Refunds => "refunds",
        }
    }

    /// The next or the one before, round.
    pub(crate) fn step(self, by: isize) -> Self {
        let at = Self::ALL.iter().position(|t| *t == self).unwrap_or(0);
        let next = at.cast_signed().saturating_add(by).rem_euclid(Self::ALL.len().cast_signed());
        Self::ALL[next.unsigned_abs()]
    }
}

/// Where a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Calls,
    Call,
    Ended,
    Money,
    Workers,
    Restreams,
    Programme,
    Rooms,
    Room,
    Cases,
    Case,
    Users,
    User,
    Audit,
}

impl Scope {
    #[cfg(test)]
    pub(super) const ALL: &'static [Self] = &[
        Self::Calls,
        Self::Call,
        Self::Ended,
        Self::Money,
        Self::Workers,
        Self::Restreams,
        Self::Programme,
        Self::Rooms,
        Self::Room,
        Self::Cases,
        Self::Case,
        Self::Users,
        Self::User,
        Self::Audit,
    ];
}
