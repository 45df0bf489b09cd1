//! Dialogs of acts on people, messages, rooms and cases: where and how long, and what is sent.

use callboard_contract::adm::cases::{CaseDetail, DecideRequest, NoteRequest};
use callboard_contract::adm::moderation::{DeleteMessagesRequest, ImposeRequest, LiftRequest};
use callboard_contract::adm::people::RevealRequest;
use callboard_contract::adm::rooms::{CloseRequest, LockRequest, SlowRequest};
use callboard_contract::sanction::SanctionView;
use callboard_domain::{CaseId, CaseOutcome, MessageId, Millis, RoomId, SanctionKind, Scope, Uid};

use super::{Act, Dialog, Field, Phase, Target};
use crate::state::cases::named;
use crate::state::msg::Deed;
use crate::text;

/// What is said where something that the act needs is not known.
const NOTHING: &str = "there is nothing to act on";
/// The longest note to a case.
const MAX_NOTE_CHARS: usize = 2000;

/// A room as a dialog names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomOf {
    pub(crate) id: RoomId,
    pub(crate) name: String,
    /// Whose it is; nobody's for a conversation of two.
    pub(crate) tenant: Option<Uid>,
}

/// What a dialog is about, as it was shown when it was opened. It stays the same while the screen beneath goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Matter {
    pub(crate) uid: Option<Uid>,
    /// The room; several where the person is in several.
    pub(crate) rooms: Vec<RoomOf>,
    /// Messages, and what the first of them says.
    pub(crate) messages: Vec<MessageId>,
    pub(crate) says: Option<String>,
    /// The case in which it is decided.
    pub(crate) case: Option<CaseId>,
    /// Sanctions that stand, or that were imposed in the case.
    pub(crate) sanctions: Vec<SanctionView>,
}

/// Where a sanction may hold, by the words of the field `Choice`.
const ANYWHERE: &[&str] = &["room", "tenant", "platform"];

impl Dialog {
    /// What stands in the fields when it opens: the narrowest scope, a short mute.
    pub(crate) fn matter_of(mut self, matter: Matter) -> Self {
        self.matter = matter;
        match self.act {
            Act::Impose(kind) => {
                self.choice = Some(0);
                let length = match kind {
                    SanctionKind::Mute => "10m",
                    SanctionKind::Suspend => "1d",
                    _ => "",
                };
                self.length = tui_input::Input::new(length.to_owned());
            }
            Act::Slow => self.length = tui_input::Input::new("5s".to_owned()),
            _ => {}
        }
        self
    }

    pub(super) fn matter_fields(&self) -> &'static [Field] {
        use Field::{Choice, Confirm, Length, Note, Reason, Subject};
        match self.act {
            Act::Impose(kind) => {
                let choice = self.matter_choices().len() > 1;
                let subject = self.matter.rooms.len() > 1 && self.chosen_word().is_some_and(|word| word != "platform");
                match (choice, subject, kind.lasts()) {
                    (true, true, true) => &[Choice, Subject, Length, Reason, Note, Confirm],
                    (true, true, false) => &[Choice, Subject, Reason, Note, Confirm],
                    (true, false, true) => &[Choice, Length, Reason, Note, Confirm],
                    (true, false, false) => &[Choice, Reason, Note, Confirm],
                    (false, true, true) => &[Subject, Length, Reason, Note, Confirm],
                    (false, true, false) => &[Subject, Reason, Note, Confirm],
                    (false, false, true) => &[Length, Reason, Note, Confirm],
                    (false, false, false) => &[Reason, Note, Confirm],
                }
            }
            Act::Lift => &[Subject, Reason, Note, Confirm],
            Act::Slow => &[Length, Reason, Note, Confirm],
            Act::Decide => &[Choice, Reason, Note, Confirm],
            Act::Note => &[Note],
            _ => &[Reason, Note, Confirm],
        }
    }

    pub(super) fn matter_choices(&self) -> Vec<&'static str> {
        match self.act {
            Act::Impose(kind) => {
                let somewhere = !self.matter.rooms.is_empty();
                let owned = self.matter.rooms.iter().any(|room| room.tenant.is_some());
                let fits = |word: &&&str| match **word {
                    "room" => somewhere && !matches!(kind, SanctionKind::Suspend | SanctionKind::RestrictPayments),
                    "tenant" => owned && !matches!(kind, SanctionKind::Suspend | SanctionKind::RestrictPayments),
                    _ => kind != SanctionKind::Kick,
                };
                ANYWHERE.iter().filter(fits).copied().collect()
            }
            Act::Decide => CaseOutcome::ALL.iter().map(|outcome| outcome.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn matter_subjects(&self) -> Vec<(String, String)> {
        match self.act {
            Act::Impose(_) => self.matter.rooms.iter().map(|room| (room.id.to_string(), said(room))).collect(),
            Act::Lift => {
                let line = |s: &SanctionView| {
                    let why = text::clean(&s.reason);
                    (
                        s.sanction_id.to_string(),
                        format!("{} in {}: {why}, by {}", s.kind, named(&s.scope.to_string()), text::clean(&s.actor)),
                    )
                };
                self.matter.sanctions.iter().map(line).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What must be typed: whom it is done to, or the verb where it is nobody.
    pub(super) fn matter_word(&self) -> Option<String> {
        let matter = &self.matter;
        match self.act {
            Act::Impose(_) => self.scope().and(matter.uid.as_ref()).map(Uid::to_string),
            Act::Lift => self.chosen().and(matter.uid.as_ref()).map(Uid::to_string),
            Act::Reveal => matter.uid.as_ref().map(Uid::to_string),
            Act::Delete => (!matter.messages.is_empty()).then(|| "delete".to_owned()),
            Act::Lock => Some("lock".to_owned()),
            Act::Unlock => Some("open".to_owned()),
            Act::Slow => Some("slow".to_owned()),
            Act::Close => Some("close".to_owned()),
            Act::Decide => self.chosen_word().map(str::to_owned),
            _ => None,
        }
    }

    fn room(&self) -> Option<&RoomOf> {
        let rooms = &self.matter.rooms;
        rooms.get(self.subject.index(rooms.len(), |i| rooms[i].id.to_string()))
    }

    /// Where a sanction is to hold.
    pub(crate) fn scope(&self) -> Option<Scope> {
        match self.chosen_word()? {
            "room" => self.room().map(|room| Scope::Room(room.id)),
            "tenant" => self.room().and_then(|room| room.tenant.clone()).map(Scope::Tenant),
            _ => Some(Scope::Platform),
        }
    }

    /// What the act comes to as the fields stand, in words.
    pub(crate) fn comes_to(&self) -> Option<String> {
        let Act::Impose(kind) = self.act else { return None };
        let place = match self.scope() {
            Some(Scope::Platform) => "everywhere on the platform".to_owned(),
            Some(Scope::Tenant(tenant)) => format!("in all rooms and calls of {tenant}"),
            Some(Scope::Room(_)) => self.room().map(|room| format!("in {}", said(room))).unwrap_or_default(),
            None => return Some("There is no room from which it could be done.".to_owned()),
        };
        let length = match (kind.lasts(), self.length.value().trim()) {
            (false, _) => "once".to_owned(),
            (true, "") => "without end".to_owned(),
            (true, length) => format!("for {}", text::clean(length)),
        };
        let place = if matches!(kind, SanctionKind::Kick) { place.replacen("in ", "out of ", 1) } else { place };
        Some(format!("{} {}, {length}.", self.matter.uid.as_ref().map_or("", |uid| uid.as_str()), place))
    }

    /// Takes newer details of the case that is to be decided. Where more was imposed, or it is decided, it is asked for again.
    pub(crate) fn refresh_case(&mut self, detail: &CaseDetail) {
        if self.act != Act::Decide || self.matter.case != Some(detail.case.case_id) || self.phase != Phase::Filling {
            return;
        }
        let ids = |sanctions: &[SanctionView]| sanctions.iter().map(|s| s.sanction_id).collect::<Vec<_>>();
        if ids(&self.matter.sanctions) != ids(&detail.sanctions) && !self.confirm.value().is_empty() {
            self.notice = Some("the case has changed since: look again, then type again".to_owned());
            self.confirm = tui_input::Input::default();
        }
        self.matter.sanctions.clone_from(&detail.sanctions);
    }

    fn sanction_length(&self, kind: SanctionKind) -> Result<Option<Millis>, String> {
        let typed = self.length.value().trim();
        if !kind.lasts() || typed.is_empty() { Ok(None) } else { length(typed).map(Some) }
    }

    pub(super) fn matter_deeds(&self) -> Result<Vec<Deed>, String> {
        let target = self.targets.first().ok_or(NOTHING)?;
        let request_id = target.request_id.clone();
        let matter = &self.matter;
        let uid = || matter.uid.clone().ok_or_else(|| NOTHING.to_owned());
        let room_id = matter.rooms.first().map(|room| room.id).ok_or(NOTHING);
        let case_id = || matter.case.ok_or_else(|| NOTHING.to_owned());
        let dry_run = false;
        let deed = match self.act {
            Act::Impose(kind) => {
                let scope = self.scope().ok_or("there is no room from which it could be done")?;
                let length = self.sanction_length(kind)?;
                kind.check(&scope, length).map_err(|error| error.to_string())?;
                let (uid, case_id, reason) = (uid()?, matter.case, self.reason()?);
                Deed::Impose(ImposeRequest {
                    request_id,
                    uid,
                    kind,
                    scope,
                    length,
                    device: None,
                    case_id,
                    reason,
                    dry_run,
                })
            }
            Act::Lift => {
                let (chosen, _) = self.chosen().ok_or(NOTHING)?;
                let sanction_id = chosen.parse().map_err(|_| NOTHING.to_owned())?;
                Deed::Lift(LiftRequest { request_id, sanction_id, reason: self.reason()?, dry_run })
            }
            Act::Reveal => Deed::Reveal(RevealRequest { request_id, uid: uid()?, reason: self.reason()? }),
            Act::Delete => {
                let (room_id, message_ids, reason) = (room_id?, matter.messages.clone(), self.reason()?);
                Deed::Delete(DeleteMessagesRequest { request_id, room_id, message_ids, reason, dry_run })
            }
            Act::Lock | Act::Unlock => {
                let on = self.act == Act::Lock;
                Deed::Lock(LockRequest { request_id, room_id: room_id?, on, reason: self.reason()?, dry_run })
            }
            Act::Slow => {
                let typed = self.length.value().trim();
                let slow_mode = if typed == "off" { Millis::ZERO } else { length(typed)? };
                Deed::Slow(SlowRequest { request_id, room_id: room_id?, slow_mode, reason: self.reason()?, dry_run })
            }
            Act::Close => Deed::Close(CloseRequest { request_id, room_id: room_id?, reason: self.reason()?, dry_run }),
            Act::Note => {
                let text = self.note.value().trim().to_owned();
                if text.is_empty() || text.chars().count() > MAX_NOTE_CHARS {
                    return Err(format!("a note has 1 to {MAX_NOTE_CHARS} characters"));
                }
                Deed::Note(NoteRequest { request_id, case_id: case_id()?, text })
            }
            Act::Decide => self.decision(target, case_id()?)?,
            _ => return Err(NOTHING.to_owned()),
        };
        Ok(vec![deed])
    }

    fn decision(&self, target: &Target, case_id: CaseId) -> Result<Deed, String> {
        let outcome = self.choice.and_then(|at| CaseOutcome::ALL.get(at).copied()).ok_or("choose an outcome first")?;
        let sanctions: Vec<_> = self.matter.sanctions.iter().map(|s| s.sanction_id).collect();
        let messages = self.matter.messages.clone();
        let (sanction_ids, message_ids) = match outcome {
            CaseOutcome::Sanctioned if sanctions.is_empty() => {
                return Err("nothing was imposed in this case yet: M, K, B or W first".to_owned());
            }
            CaseOutcome::MessagesDeleted if messages.is_empty() => {
                return Err("no message of this case was deleted yet: D first".to_owned());
            }
            CaseOutcome::NoAction if !sanctions.is_empty() => {
                return Err("something was imposed in this case: it comes to `sanctioned`".to_owned());
            }
            CaseOutcome::NoAction => (Vec::new(), Vec::new()),
            CaseOutcome::Sanctioned => (sanctions, messages),
            CaseOutcome::MessagesDeleted => (Vec::new(), messages),
        };
        let (request_id, reason) = (target.request_id.clone(), self.reason()?);
        Ok(Deed::Decide(DecideRequest {
            request_id,
            case_id,
            outcome,
            sanction_ids,
            message_ids,
            reason,
            dry_run: false,
        }))
    }

    /// The same act as a CLI command.
    pub(super) fn matter_cli(&self, target: &Target, reason: &str) -> String {
        let matter = &self.matter;
        let id = target.id();
        let uid = matter.uid.as_ref().map_or("UID", |uid| uid.as_str());
        let room = matter.rooms.first().map_or_else(|| "ROOM".to_owned(), |room| room.id.to_string());
        let place = match self.scope() {
            Some(Scope::Room(room)) => format!(" --room {room}"),
            Some(Scope::Tenant(tenant)) => format!(" --tenant {tenant}"),
            Some(Scope::Platform) | None => String::new(),
        };
        let case = matter.case.map(|case| format!(" --case {case}")).unwrap_or_default();
        let typed = self.length.value().trim();
        let length = if typed.is_empty() { String::new() } else { format!(" --for {}", text::quoted(typed)) };
        let messages = || matter.messages.iter().map(MessageId::to_string);
        match self.act {
            Act::Impose(SanctionKind::Suspend) => {
                format!("callboard users suspend {uid}{length}{case} --reason {reason}")
            }
            Act::Impose(SanctionKind::RestrictPayments) => {
                format!("callboard mod restrict {uid}{length}{case} --reason {reason}")
            }
            Act::Impose(kind) => format!("callboard mod {kind} {uid}{place}{length}{case} --reason {reason}"),
            Act::Lift => {
                let sanction = self.chosen().map_or_else(|| "SANCTION".to_owned(), |(id, _)| id);
                format!("callboard mod undo {sanction} --reason {reason}")
            }
            Act::Reveal => format!("callboard users reveal {uid} --reason {reason}"),
            Act::Delete => {
                let ids: Vec<String> = messages().collect();
                format!("callboard mod delete-message {} --room {room} --reason {reason}", ids.join(" "))
            }
            Act::Lock => format!("callboard rooms lock {room} --reason {reason}"),
            Act::Unlock => format!("callboard rooms unlock {room} --reason {reason}"),
            Act::Slow => {
                let span = if typed == "off" { "0" } else { typed };
                format!("callboard rooms slow {room} {} --reason {reason}", text::quoted(span))
            }
            Act::Close => format!("callboard rooms close {room} --reason {reason}"),
            Act::Note => format!("callboard mod reports note {id} {}", text::quoted(self.note.value().trim())),
            _ => {
                let outcome = self.chosen_word().unwrap_or("OUTCOME");
                let acted = outcome != CaseOutcome::NoAction.as_str();
                let sanctions = matter.sanctions.iter().filter(|_| outcome == CaseOutcome::Sanctioned.as_str());
                let named = sanctions.map(|s| format!(" --sanction {}", s.sanction_id));
                let named: String =
                    named.chain(messages().filter(|_| acted).map(|id| format!(" --message {id}"))).collect();
                format!("callboard mod reports resolve {id} --outcome {outcome}{named} --reason {reason}")
            }
        }
    }
}

fn said(room: &RoomOf) -> String {
    let name = text::clean(&room.name);
    room.tenant.as_ref().map_or_else(|| name.clone(), |tenant| format!("{name} (of {tenant})"))
}

/// A length such as `30s`, `10m`, `2h`, `3d`.
pub(crate) fn length(text: &str) -> Result<Millis, String> {
    let wrong = || format!("`{text}` is no length such as 30s, 10m, 2h or 3d");
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let fits = (1..=100_000).contains(&number);
    if fits { Ok(Millis::from_secs(number * unit)) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_numbers_with_a_unit() {
        for (text, secs) in [("30s", 30), ("10m", 600), ("2h", 7_200), ("3d", 259_200)] {
            assert_eq!(length(text), Ok(Millis::from_secs(secs)), "{text}");
        }
        for wrong in ["", "10", "m", "-5m", "0s", "1w", "9999999d", "1.5h", "10é"] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
    }
}
