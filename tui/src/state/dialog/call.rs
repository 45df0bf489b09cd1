//! Dialogs of acts on calls: who or which leg can be chosen, what a refund would do, and what is sent.

use callboard_contract::adm::calls::{ActRequest, CallDetail, LegDetail, MemberActRequest, MemberDetail};
use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundFrom, RefundPreview};
use callboard_domain::{Coins, LegState, MemberRole};
use tui_input::Input;

use super::{Act, Dialog, Phase, Sort, Target};
use crate::state::msg::{Deed, Problem};
use crate::text;

/// What is said where an act on calls is asked for on something else.
const NO_CALL: &str = "this is no act on a call";

/// A question about a refund and its answer.
#[derive(Default)]
pub(crate) struct Preview {
    /// The number of the last question; answers to older ones are dropped.
    pub(crate) number: u64,
    pub(crate) answer: Option<Result<RefundPreview, Problem>>,
}

impl Dialog {
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

    /// What can be chosen from: legs of a refund, else members.
    pub(super) fn parts(&self) -> Vec<(String, String)> {
        if self.act == Act::Refund {
            let leg = |leg: &&LegDetail| {
                let state = if leg.state == LegState::Settled { "settled" } else { "still running" };
                (leg.leg_id.to_string(), format!("{} paid {} ({state})", leg.payer, text::exact(leg.settled)))
            };
            return self.legs().iter().map(leg).collect();
        }
        self.members().iter().map(|m| (m.uid.to_string(), format!("{} ({})", m.uid, role_word(m.role)))).collect()
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

    /// Takes newer details. Where the call changed since it was shown, the confirmation is asked for again.
    pub(crate) fn refresh(&mut self, detail: &CallDetail) {
        let mine = self.targets.first().and_then(Target::call) == Some(detail.call.call_id);
        if !mine || self.act.sort() != Sort::Call || self.phase != Phase::Filling {
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
    pub(super) fn call_deeds(&self) -> Result<Vec<Deed>, String> {
        let reason = self.reason()?;
        let chosen = self.chosen();
        let preview = self.previewed().cloned();
        let member = |target: &Target, on: bool| -> Result<MemberActRequest, String> {
            let (uid, _) = chosen.clone().ok_or("nobody to act on")?;
            let uid = uid.parse().map_err(|_| "the member has no proper name".to_owned())?;
            Ok(MemberActRequest {
                request_id: target.request_id.clone(),
                call_id: target.call().ok_or(NO_CALL)?,
                uid,
                on,
                reason: reason.clone(),
                dry_run: false,
            })
        };
        self.targets
            .iter()
            .map(|target| match self.act {
                Act::End => Ok(Deed::End(ActRequest {
                    request_id: target.request_id.clone(),
                    call_id: target.call().ok_or(NO_CALL)?,
                    reason: reason.clone(),
                    // The version also grows with each hold that is extended, which happens every few seconds and changes nothing
                    // for who ends the call: the dialog itself looks at what does, and the house knows whether the call is over.
                    expect_version: None,
                    dry_run: false,
                })),
                Act::Mute => member(target, true).map(Deed::Mute),
                Act::Unmute => member(target, false).map(Deed::Mute),
                Act::Remove => member(target, true).map(Deed::Remove),
                Act::Refund => {
                    let preview = preview.as_ref().ok_or("what the refund would do is not known yet")?;
                    Ok(Deed::Refund(CreateRequest {
                        request_id: target.request_id.clone(),
                        call_id: target.call(),
                        leg_id: preview.leg_id,
                        transfer_id: None,
                        amount: Some(preview.amount),
                        from: preview.from,
                        reason: reason.clone(),
                        expect_refunded_before: Some(preview.refunded_before),
                        dry_run: false,
                    }))
                }
                _ => Err(NO_CALL.to_owned()),
            })
            .collect()
    }

    /// The same act as a CLI command.
    pub(super) fn call_cli(&self, target: &Target, reason: &str) -> String {
        let id = target.id();
        let subject = self.chosen().map_or_else(|| "UID".to_owned(), |(key, _)| key);
        match self.act {
            Act::Mute => format!("callboard calls mute {id} {subject} --reason {reason}"),
            Act::Unmute => format!("callboard calls mute {id} {subject} --off --reason {reason}"),
            Act::Remove => format!("callboard calls remove {id} {subject} --reason {reason}"),
            Act::Refund => {
                let amount =
                    self.previewed().map(|p| format!(" --amount {}", text::exact(p.amount))).unwrap_or_default();
                format!("callboard refund create {id} --leg {subject}{amount} --reason {reason}")
            }
            _ => format!("callboard calls end {id} --reason {reason}"),
        }
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
