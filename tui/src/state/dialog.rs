//! The dialogs of destructive acts: who, what, how much, within which limit; the default is to do nothing, and only a typed word does it.

use callboard_contract::adm::calls::{ActRequest, CallDetail, LegDetail, MemberActRequest, MemberDetail};
use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundFrom, RefundPreview};
use callboard_contract::adm::restream::ProgrammeDetail;
use callboard_contract::{Reason, ReasonCode};
use callboard_domain::{CallId, Coins, LegState, MemberRole, Power, ProgrammeId, RequestId};
use tui_input::Input;

use super::msg::{Deed, Problem};
use super::table::Cursor;
use crate::text;

/// A destructive act. Explicit verbs, never toggles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    End,
    Mute,
    Unmute,
    Remove,
    Refund,
    Layout,
    Slate,
    Stop,
}

impl Act {
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::End => "End call",
            Self::Mute => "Mute",
            Self::Unmute => "Unmute",
            Self::Remove => "Remove",
            Self::Refund => "Refund",
            Self::Layout => "Layout",
            Self::Slate => "Cover",
            Self::Stop => "Take off air",
        }
    }

    /// What the role must have.
    pub(crate) const fn power(self) -> Power {
        match self {
            Self::End | Self::Mute | Self::Unmute => Power::EndCalls,
            Self::Remove => Power::Remove,
            Self::Refund => Power::Refund,
            Self::Layout => Power::Restream,
            Self::Slate | Self::Stop => Power::Slate,
        }
    }

    /// What it does, for people who are about to do it.
    pub(crate) const fn effect(self) -> &'static str {
        match self {
            Self::End => "Ends now for everybody; only what was used is charged, the rest of the hold goes back.",
            Self::Mute => "Every receiver drops this member's sound, whatever the app does; time goes on counting.",
            Self::Unmute => "Takes the staff mute back; the member may still be muted by own choice.",
            Self::Remove => "Takes this member out: every receiver drops the tracks, and the member's leg is settled.",
            Self::Refund => "Takes the coins back from those who received them, each his part.",
            Self::Layout => "Changes how the guests stand in the picture that the audience sees, at once.",
            Self::Slate => {
                "Hides picture and sound of the guests from the audience behind a slate, or shows them again."
            }
            Self::Stop => "Ends the programme for its audience and finishes its recordings; the call itself goes on.",
        }
    }

    /// Whether it is done to a programme, not to a call.
    pub(crate) const fn on_programme(self) -> bool {
        matches!(self, Self::Layout | Self::Slate | Self::Stop)
    }
}

/// A call or a programme that is acted on, as it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) call_id: CallId,
    /// The programme of the call, for acts on programmes.
    pub(crate) programme: Option<ProgrammeId>,
    pub(crate) who: String,
    pub(super) request_id: RequestId,
}

impl Target {
    pub(crate) fn new(call_id: CallId, who: String) -> Self {
        Self { call_id, programme: None, who, request_id: RequestId::generate() }
    }

    /// The programme of a call.
    pub(crate) fn programme(id: ProgrammeId, call_id: CallId, title: String) -> Self {
        Self { programme: Some(id), ..Self::new(call_id, title) }
    }
}

/// A field of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The layout, or the slate.
    Choice,
    /// The member, or the leg.
    Subject,
    Amount,
    Reason,
    Note,
    Confirm,
}

/// A question about a refund and its answer.
#[derive(Default)]
pub(crate) struct Preview {
    /// The number of the last question; answers to older ones are dropped.
    pub(crate) number: u64,
    pub(crate) answer: Option<Result<RefundPreview, Problem>>,
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
    pub(crate) subject: Cursor<String>,
    pub(crate) focus: usize,
    pub(crate) reason: Option<usize>,
    pub(crate) amount: Input,
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
            subject,
            focus: 0,
            reason: None,
            amount: Input::default(),
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
        if let [target] = self.targets.as_slice()
            && !self.act.on_programme()
        {
            Some(target.call_id)
        } else {
            None
        }
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
        }
    }

    pub(crate) fn field(&self) -> Field {
        self.fields().get(self.focus).copied().unwrap_or(Field::Confirm)
    }

    /// Members who can be acted on.
    pub(crate) fn members(&self) -> Vec<&MemberDetail> {
        let fits = |m: &&MemberDetail| match self.act {
            Act::Mute => m.state.is_in() && !m.device_state.muted_by_staff,
            Act::Unmute => m.state.is_in() && m.device_state.muted_by_staff,
            _ => m.state.is_in(),
        };
        self.detail.iter().flat_map(|d| &d.members).filter(fits).collect()
    }

    /// Legs that can be refunded: settled ones first in mind, but the house decides.
    pub(crate) fn legs(&self) -> Vec<&LegDetail> {
        self.detail.iter().flat_map(|d| &d.legs).collect()
    }

    /// The names to choose from, with what is said beside each.
    pub(crate) fn subjects(&self) -> Vec<(String, String)> {
        match self.act {
            Act::Layout | Act::Slate | Act::Stop => self.focuses(),
            Act::Refund => self
                .legs()
                .iter()
                .map(|leg| {
                    let state = if leg.state == LegState::Settled { "settled" } else { "still running" };
                    (leg.leg_id.to_string(), format!("{} paid {} ({state})", leg.payer, text::exact(leg.settled)))
                })
                .collect(),
            _ => self
                .members()
                .iter()
                .map(|m| (m.uid.to_string(), format!("{} ({})", m.uid, role_word(m.role))))
                .collect(),
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
            Act::Refund => {
                self.previewed().filter(|p| p.within_limits && p.amount.is_positive()).map(|p| text::exact(p.amount))
            }
            Act::Layout | Act::Slate => self.chosen_word().map(str::to_owned),
            Act::Stop => Some("off".to_owned()),
        }
    }

    /// The answer to the present question, if it was good.
    pub(crate) fn previewed(&self) -> Option<&RefundPreview> {
        self.preview.answer.as_ref().and_then(|answer| answer.as_ref().ok())
    }

    /// The amount that was typed; `None` for all that is left. A percentage is one of what was charged.
    pub(crate) fn amount(&self) -> Result<Option<Coins>, String> {
        let typed = self.amount.value().trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let bad = || format!("`{typed}` is not an amount such as 55.00, or a part such as 50%");
        if let Some(percent) = typed.strip_suffix('%') {
            let percent: i64 = percent.trim().parse().ok().filter(|p| (1..=100).contains(p)).ok_or_else(bad)?;
            let settled = self.chosen_leg().map_or(Coins::ZERO, |leg| leg.settled);
            return Ok(Some(Coins::from_units(
                settled.units() / 100 * percent + settled.units() % 100 * percent / 100,
            )));
        }
        typed.parse::<Coins>().ok().filter(|c| c.is_positive()).map(Some).ok_or_else(bad)
    }

    fn chosen_leg(&self) -> Option<&LegDetail> {
        let legs = self.legs();
        let index = self.subject.index(legs.len(), |i| legs[i].leg_id.to_string());
        legs.get(index).copied()
    }

    /// The next question about the refund, if there is one to ask.
    pub(crate) fn question(&mut self) -> Option<(u64, PreviewRequest)> {
        if self.act != Act::Refund {
            return None;
        }
        let call_id = self.call()?;
        let leg_id = self.chosen_leg()?.leg_id;
        self.preview.number += 1;
        self.preview.answer = None;
        match self.amount() {
            Ok(amount) => Some((
                self.preview.number,
                PreviewRequest {
                    call_id: Some(call_id),
                    leg_id: Some(leg_id),
                    transfer_id: None,
                    amount,
                    from: RefundFrom::Receivers,
                },
            )),
            Err(message) => {
                self.preview.answer = Some(Err(Problem { code: None, message }));
                None
            }
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

    /// Takes newer details. Where the call changed since it was shown, the confirmation is asked for again.
    pub(crate) fn refresh(&mut self, detail: &CallDetail) {
        if self.targets.first().is_none_or(|t| t.call_id != detail.call.call_id) || self.act.on_programme() {
            return;
        }
        if self.phase != Phase::Filling {
            return;
        }
        let changed = self.detail.as_ref().is_some_and(|shown| facts(shown) != facts(detail));
        if changed && !self.confirm.value().is_empty() {
            self.notice = Some("the call has changed since: look again, then type again".to_owned());
            self.confirm = Input::default();
        }
        self.detail = Some(detail.clone());
        let subjects = self.subjects();
        self.subject.hold(subjects.len(), |i| subjects[i].0.clone());
    }

    /// What is to be sent, or why not.
    pub(crate) fn deeds(&mut self) -> Result<Vec<Deed>, String> {
        if self.act.on_programme() {
            let deeds = self.programme_deeds()?;
            self.sent = true;
            return Ok(deeds);
        }
        let reason = self.reason()?;
        let chosen = self.chosen();
        let preview = self.previewed().cloned();
        let member = |target: &Target, on: bool| -> Result<MemberActRequest, String> {
            let (uid, _) = chosen.clone().ok_or("nobody to act on")?;
            let uid = uid.parse().map_err(|_| "the member has no proper name".to_owned())?;
            Ok(MemberActRequest {
                request_id: target.request_id.clone(),
                call_id: target.call_id,
                uid,
                on,
                reason: reason.clone(),
                dry_run: false,
            })
        };
        let deeds = self
            .targets
            .iter()
            .map(|target| match self.act {
                Act::End => Ok(Deed::End(ActRequest {
                    request_id: target.request_id.clone(),
                    call_id: target.call_id,
                    reason: reason.clone(),
                    // The version also grows with each hold that is extended, which happens every few seconds and changes nothing
                    // for who ends the call: the dialog itself looks at what does, and the house knows whether the call is over.
                    expect_version: None,
                    dry_run: false,
                })),
                Act::Mute => member(target, true).map(Deed::Mute),
                Act::Unmute => member(target, false).map(Deed::Mute),
                Act::Remove => member(target, true).map(Deed::Remove),
                Act::Layout | Act::Slate | Act::Stop => Err("this is no act on a call".to_owned()),
                Act::Refund => {
                    let preview = preview.as_ref().ok_or("what the refund would do is not known yet")?;
                    Ok(Deed::Refund(CreateRequest {
                        request_id: target.request_id.clone(),
                        call_id: Some(target.call_id),
                        leg_id: preview.leg_id,
                        transfer_id: None,
                        amount: Some(preview.amount),
                        from: preview.from,
                        reason: reason.clone(),
                        expect_refunded_before: Some(preview.refunded_before),
                        dry_run: false,
                    }))
                }
            })
            .collect::<Result<Vec<_>, String>>()?;
        self.sent = true;
        Ok(deeds)
    }

    /// The same act as CLI commands.
    pub(crate) fn cli(&self) -> String {
        let reason = self.reason().map_or_else(|_| "CODE[:note]".to_owned(), |r| text::quoted(&r.to_string()));
        let subject = self.chosen().map_or_else(|| "UID".to_owned(), |(key, _)| key);
        let line = |target: &Target| {
            let id = target.call_id;
            match self.act {
                Act::Layout | Act::Slate | Act::Stop => self.programme_cli(target, &reason),
                Act::End => format!("callboard calls end {id} --reason {reason}"),
                Act::Mute => format!("callboard calls mute {id} {subject} --reason {reason}"),
                Act::Unmute => format!("callboard calls mute {id} {subject} --off --reason {reason}"),
                Act::Remove => format!("callboard calls remove {id} {subject} --reason {reason}"),
                Act::Refund => {
                    let amount =
                        self.previewed().map(|p| format!(" --amount {}", text::exact(p.amount))).unwrap_or_default();
                    format!("callboard refund create {id} --leg {subject}{amount} --reason {reason}")
                }
            }
        };
        self.targets.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// What a decision about a call rests on. Money moves all the time, and is no reason to ask again.
fn facts(detail: &CallDetail) -> impl PartialEq + use<> {
    let legs: Vec<_> = detail.legs.iter().map(|leg| (leg.leg_id, leg.state)).collect();
    let members: Vec<_> =
        detail.members.iter().map(|m| (m.uid.clone(), m.state, m.device_state.muted_by_staff)).collect();
    (detail.call.state, legs, members)
}

/// What a member is to the call, in a word.
pub(crate) const fn role_word(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Payer => "pays",
        MemberRole::Payee => "is paid",
        MemberRole::Guest => "guest",
    }
}
