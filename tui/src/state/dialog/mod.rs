//! The dialogs of destructive acts: who, what, how much, within which limit; the default is to do nothing, and only a typed word does it.

mod act;
mod call;
mod keys;
mod matter;
mod programme;

use callboard_contract::adm::calls::CallDetail;
use callboard_contract::adm::restream::ProgrammeDetail;
use callboard_contract::{Reason, ReasonCode};
use callboard_domain::{CallId, ProgrammeId, RequestId};
use tui_input::Input;

use super::msg::Deed;
use super::table::Cursor;

pub(crate) use self::act::{Act, Sort};
pub(crate) use self::call::{Preview, role_word};
pub(crate) use self::matter::{Matter, RoomOf};

/// What is acted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Call(CallId),
    /// A programme, and its call.
    Programme(ProgrammeId, CallId),
    /// A person, a message, a room or a case, by its id.
    House(String),
}

/// Something that is acted on, as it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) on: On,
    pub(crate) who: String,
    pub(super) request_id: RequestId,
}

impl Target {
    pub(crate) fn new(on: On, who: String) -> Self {
        Self { on, who, request_id: RequestId::generate() }
    }

    /// Its call, for acts on calls.
    pub(crate) const fn call(&self) -> Option<CallId> {
        if let On::Call(id) | On::Programme(_, id) = self.on { Some(id) } else { None }
    }

    /// Its id, as people know it.
    pub(crate) fn id(&self) -> String {
        match &self.on {
            On::Call(id) => id.to_string(),
            On::Programme(id, _) => id.to_string(),
            On::House(id) => id.clone(),
        }
    }
}

/// A field of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The layout, the slate, where a sanction holds, or what a case came to.
    Choice,
    /// The member, the leg, the room, or the sanction.
    Subject,
    Amount,
    /// How long a sanction holds, or what members wait in slow mode.
    Length,
    Reason,
    Note,
    Confirm,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Filling,
    /// Sent; so many answers are still to come.
    Sending(usize),
}

/// An open dialog.
pub(crate) struct Dialog {
    pub(crate) act: Act,
    pub(crate) targets: Vec<Target>,
    /// The one call's details; absent until read, and for several calls.
    pub(crate) detail: Option<CallDetail>,
    /// The programme's details; absent until read.
    pub(crate) air: Option<ProgrammeDetail>,
    /// Which of [`Self::choices`].
    pub(crate) choice: Option<usize>,
    /// What it is about, for acts on people, messages, rooms and cases.
    pub(crate) matter: Matter,
    pub(crate) subject: Cursor<String>,
    pub(crate) focus: usize,
    pub(crate) reason: Option<usize>,
    pub(crate) amount: Input,
    pub(crate) length: Input,
    pub(crate) note: Input,
    pub(crate) confirm: Input,
    pub(crate) preview: Preview,
    pub(crate) phase: Phase,
    /// What is wrong, or what changed.
    pub(crate) notice: Option<String>,
    sent: bool,
}

impl Dialog {
    pub(crate) fn new(act: Act, targets: Vec<Target>, detail: Option<CallDetail>, subject: Cursor<String>) -> Self {
        Self {
            act,
            targets,
            detail,
            air: None,
            choice: None,
            matter: Matter::default(),
            subject,
            focus: 0,
            reason: None,
            amount: Input::default(),
            length: Input::default(),
            note: Input::default(),
            confirm: Input::default(),
            preview: Preview::default(),
            phase: Phase::Filling,
            notice: None,
            sent: false,
        }
    }

    /// The call whose details it needs.
    pub(crate) fn call(&self) -> Option<CallId> {
        if let ([target], Sort::Call) = (self.targets.as_slice(), self.act.sort()) { target.call() } else { None }
    }

    /// Its fields, in the order of Tab.
    pub(crate) fn fields(&self) -> &'static [Field] {
        match self.act {
            Act::End | Act::Stop => &[Field::Reason, Field::Note, Field::Confirm],
            Act::Mute | Act::Unmute | Act::Remove => &[Field::Subject, Field::Reason, Field::Note, Field::Confirm],
            Act::Refund if self.legs().len() > 1 => {
                &[Field::Subject, Field::Amount, Field::Reason, Field::Note, Field::Confirm]
            }
            Act::Refund => &[Field::Amount, Field::Reason, Field::Note, Field::Confirm],
            Act::Layout if self.focusable() => &[Field::Choice, Field::Subject, Field::Confirm],
            Act::Slate if self.covers() => &[Field::Choice, Field::Note, Field::Confirm],
            Act::Layout | Act::Slate => &[Field::Choice, Field::Confirm],
            _ => self.matter_fields(),
        }
    }

    pub(crate) fn field(&self) -> Field {
        self.fields().get(self.focus).copied().unwrap_or(Field::Confirm)
    }

    /// The names to choose from, with what is said beside each.
    pub(crate) fn subjects(&self) -> Vec<(String, String)> {
        match self.act.sort() {
            Sort::Programme => self.focuses(),
            Sort::Call => self.parts(),
            Sort::House => self.matter_subjects(),
        }
    }

    /// The chosen one of [`Self::subjects`].
    pub(crate) fn chosen(&self) -> Option<(String, String)> {
        let subjects = self.subjects();
        let index = self.subject.index(subjects.len(), |i| subjects[i].0.clone());
        subjects.into_iter().nth(index)
    }

    /// What must be typed to do it. Nothing if it cannot be done yet.
    pub(crate) fn word(&self) -> Option<String> {
        match self.act {
            Act::End if self.targets.len() > 1 => Some(format!("end {}", self.targets.len())),
            Act::End => Some("end".to_owned()),
            Act::Mute | Act::Unmute | Act::Remove => self.chosen().map(|(uid, _)| uid),
            Act::Refund => self
                .previewed()
                .filter(|p| p.within_limits && p.amount.is_positive())
                .map(|p| crate::text::exact(p.amount)),
            Act::Layout | Act::Slate => self.chosen_word().map(str::to_owned),
            Act::Stop => Some("off".to_owned()),
            _ => self.matter_word(),
        }
    }

    /// The reason as it stands.
    pub(crate) fn reason(&self) -> Result<Reason, String> {
        let code =
            *self.reason.and_then(|i| ReasonCode::ALL.get(i)).ok_or("choose a reason first (Tab to it, then ↑↓)")?;
        let note = self.note.value().trim();
        let reason = Reason { code, note: (!note.is_empty()).then(|| note.to_owned()) };
        reason.check()?;
        Ok(reason)
    }

    /// Something was changed: what was sent before is another act now, and what was typed to confirm no longer counts.
    pub(crate) fn edited(&mut self) {
        self.notice = None;
        if self.field() != Field::Confirm {
            self.confirm = Input::default();
        }
        if std::mem::take(&mut self.sent) {
            for target in &mut self.targets {
                target.request_id = RequestId::generate();
            }
        }
    }

    /// What is to be sent, or why not.
    pub(crate) fn deeds(&mut self) -> Result<Vec<Deed>, String> {
        let deeds = match self.act.sort() {
            Sort::Call => self.call_deeds()?,
            Sort::Programme => self.programme_deeds()?,
            Sort::House => self.matter_deeds()?,
        };
        self.sent = true;
        Ok(deeds)
    }

    /// The same act as CLI commands.
    pub(crate) fn cli(&self) -> String {
        let reason = self.reason().map_or_else(|_| "CODE[:note]".to_owned(), |r| crate::text::quoted(&r.to_string()));
        let line = |target: &Target| match self.act.sort() {
            Sort::Call => self.call_cli(target, &reason),
            Sort::Programme => self.programme_cli(target, &reason),
            Sort::House => self.matter_cli(target, &reason),
        };
        self.targets.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
