//! What the house tells in notices, in words.

use callboard_contract::api::gifts::GiftReceived;
use callboard_contract::api::notices::NoticeKind;
use callboard_contract::sanction::SanctionView;
use callboard_domain::{AppealState, CaseOutcome, RoomId, SanctionKind, Scope, Uid};

use crate::notices::NewNotice;

impl NewNotice {
    /// That somebody invited another to a room.
    pub fn invited(uid: &Uid, from: &Uid, room: RoomId) -> Self {
        let (uid, from) = (uid.clone(), Some(from.clone()));
        Self { uid, kind: NoticeKind::Invited, from, room: Some(room), message: None, text: String::new() }
    }

    /// That somebody gave another something. `place` is that of the message in its room.
    pub fn gift(received: &GiftReceived, place: Option<i64>) -> Self {
        let gift = &received.gift;
        Self {
            uid: gift.to.clone(),
            kind: NoticeKind::Gift,
            from: Some(received.from.clone()),
            room: received.room_id,
            message: received.message_id.zip(place),
            text: format!("{} × {}, {} coins", gift.count, gift.gift, gift.amount),
        }
    }

    /// What became of somebody's report.
    pub fn outcome(reporter: &Uid, outcome: CaseOutcome) -> Self {
        let text = match outcome {
            CaseOutcome::NoAction => "your report was looked at; nothing had to be done",
            CaseOutcome::Sanctioned => "your report was looked at; something was done about the person",
            CaseOutcome::MessagesDeleted => "your report was looked at; messages were deleted",
        };
        Self::of_house(reporter, NoticeKind::Outcome, text.to_owned())
    }

    /// What became of somebody's appeal; nothing while it is open.
    pub fn appeal(uid: &Uid, kind: SanctionKind, state: AppealState) -> Option<Self> {
        let text = match state {
            AppealState::Open => return None,
            AppealState::Granted => format!("your appeal was granted: the {} is taken back", word(kind)),
            AppealState::Denied => format!("your appeal was denied: the {} stands", word(kind)),
        };
        Some(Self::of_house(uid, NoticeKind::Outcome, text))
    }

    /// That something was imposed on somebody. Who did that is not told.
    pub fn sanctioned(sanction: &SanctionView) -> Self {
        let what = match sanction.kind {
            SanctionKind::Warn => "you were warned",
            SanctionKind::Mute => "you are muted",
            SanctionKind::Kick => "you were taken out",
            SanctionKind::Ban => "you are banned",
            SanctionKind::Suspend => "you are suspended",
            SanctionKind::RestrictPayments => "you cannot spend",
        };
        let until = sanction.until.map(|at| format!(" until {at}")).unwrap_or_default();
        let reason = sanction.of_mine().reason;
        Self::of_sanction(sanction, format!("{what}{}{until}; reason: {reason}", place(&sanction.scope)))
    }

    /// That it was taken back.
    pub fn lifted(sanction: &SanctionView) -> Self {
        let text = format!("the {}{} was taken back", word(sanction.kind), place(&sanction.scope));
        Self::of_sanction(sanction, text)
    }

    fn of_sanction(sanction: &SanctionView, text: String) -> Self {
        let room = match sanction.scope {
            Scope::Room(room) => Some(room),
            Scope::Platform | Scope::Tenant(_) => None,
        };
        Self { room, ..Self::of_house(&sanction.uid, NoticeKind::Sanction, text) }
    }

    fn of_house(uid: &Uid, kind: NoticeKind, text: String) -> Self {
        Self { uid: uid.clone(), kind, from: None, room: None, message: None, text }
    }
}

fn word(kind: SanctionKind) -> &'static str {
    match kind {
        SanctionKind::Warn => "warning",
        SanctionKind::Mute => "mute",
        SanctionKind::Kick => "kick",
        SanctionKind::Ban => "ban",
        SanctionKind::Suspend => "suspension",
        SanctionKind::RestrictPayments => "restriction of payments",
    }
}

fn place(scope: &Scope) -> String {
    match scope {
        Scope::Platform => String::new(),
        Scope::Tenant(tenant) => format!(" in the rooms and calls of {tenant}"),
        Scope::Room(_) => " in this room".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use callboard_domain::{At, SanctionId};

    use super::*;

    #[test]
    fn nobody_learns_from_a_notice_who_imposed_what_nor_the_note_of_the_reason() {
        let room = RoomId::generate();
        let mut sanction = SanctionView {
            sanction_id: SanctionId::generate(),
            uid: Uid::new("leo").expect("a name"),
            kind: SanctionKind::Mute,
            scope: Scope::Room(room),
            device: None,
            from: At::from_ms(0),
            until: Some(At::from_ms(60_000)),
            stands: true,
            actor: "staff:ines".to_owned(),
            reason: "abuse:felix saw it".to_owned(),
            case_id: None,
            lifted_at: None,
            lifted_by: None,
            enforced_at: None,
        };
        let told = NewNotice::sanctioned(&sanction);
        assert_eq!((told.kind, told.room, told.from.as_ref()), (NoticeKind::Sanction, Some(room), None));
        assert_eq!(told.text, "you are muted in this room until 1970-01-01T00:01:00.000Z; reason: abuse");
        assert_eq!(NewNotice::lifted(&sanction).text, "the mute in this room was taken back");
        (sanction.kind, sanction.scope, sanction.until) = (SanctionKind::Ban, Scope::Platform, None);
        let told = NewNotice::sanctioned(&sanction);
        assert_eq!((told.text.as_str(), told.room), ("you are banned; reason: abuse", None));
        assert_eq!(NewNotice::appeal(&sanction.uid, sanction.kind, AppealState::Open), None);
    }
}
