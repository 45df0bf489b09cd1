//! Dialogs of acts on programmes: what can be chosen, and what is sent.

use callboard_contract::adm::restream::{LayoutRequest, ProgrammeDetail, SlateRequest, StopRequest};
use callboard_domain::{Layout, MAX_SLATE_CHARS, ProgrammeId, Slate};
use tui_input::Input;

use super::{Act, Dialog, On, Phase, Target};
use crate::state::msg::Deed;
use crate::text;

impl Dialog {
    /// The programme whose details it needs.
    pub(crate) fn programme(&self) -> Option<ProgrammeId> {
        let of = |target: &Target| if let On::Programme(id, _) = target.on { Some(id) } else { None };
        self.targets.first().and_then(of)
    }

    /// The words of the field `Choice`.
    pub(crate) fn choices(&self) -> Vec<&'static str> {
        match self.act {
            Act::Layout => Layout::ALL.iter().map(|layout| layout.as_str()).collect(),
            Act::Slate => Slate::ALL.iter().map(|slate| slate.as_str()).collect(),
            _ => self.matter_choices(),
        }
    }

    /// What was chosen of them.
    pub(crate) fn chosen_word(&self) -> Option<&'static str> {
        self.choice.and_then(|at| self.choices().get(at).copied())
    }

    fn layout(&self) -> Option<Layout> {
        self.choice.and_then(|at| Layout::ALL.get(at).copied())
    }

    fn slate(&self) -> Option<Slate> {
        self.choice.and_then(|at| Slate::ALL.get(at).copied())
    }

    /// Whether the chosen layout has somebody in focus.
    pub(super) fn focusable(&self) -> bool {
        self.act == Act::Layout && matches!(self.layout(), Some(Layout::Stage | Layout::Single))
    }

    /// Whether the chosen slate covers something.
    pub(super) fn covers(&self) -> bool {
        self.act == Act::Slate && self.slate().is_some_and(|slate| slate != Slate::None)
    }

    /// Who can be in focus: the host, or any member who is in the programme.
    pub(super) fn focuses(&self) -> Vec<(String, String)> {
        let members = self.air.iter().flat_map(|air| &air.members).filter(|m| m.on_programme);
        let members = members.map(|m| (m.uid.to_string(), m.uid.to_string()));
        std::iter::once((String::new(), "the host".to_owned())).chain(members).collect()
    }

    /// Takes newer details. Where somebody else changed what this is about, the confirmation is asked for again.
    pub(crate) fn refresh_programme(&mut self, detail: &ProgrammeDetail) {
        if self.programme() != Some(detail.programme.programme_id) || self.phase != Phase::Filling {
            return;
        }
        let matters =
            |d: &ProgrammeDetail| (d.programme.layout, d.focus.clone(), d.programme.slate, d.programme.state.is_over());
        let changed = self.air.as_ref().is_some_and(|air| matters(air) != matters(detail));
        if changed && !self.confirm.value().is_empty() {
            self.notice = Some("the programme has changed since: look again, then type again".to_owned());
            self.confirm = Input::default();
        }
        self.air = Some(detail.clone());
        let subjects = self.subjects();
        self.subject.hold(subjects.len(), |i| subjects[i].0.clone());
    }

    fn words(&self) -> Option<String> {
        Some(self.note.value().trim().to_owned()).filter(|words| !words.is_empty() && self.covers())
    }

    fn focus_uid(&self) -> Option<String> {
        self.chosen().map(|(key, _)| key).filter(|key| !key.is_empty() && self.focusable())
    }

    /// What is to be sent, or why not.
    pub(super) fn programme_deeds(&self) -> Result<Vec<Deed>, String> {
        let target = self.targets.first().ok_or("there is nothing to act on")?;
        let programme_id = self.programme().ok_or("there is nothing to act on")?;
        let request_id = target.request_id.clone();
        let dry_run = false;
        let deed = match self.act {
            Act::Layout => {
                let layout = self.layout().ok_or("choose a layout first")?;
                let focus = self.focus_uid().map(|uid| uid.parse()).transpose();
                let focus = focus.map_err(|_| "the member has no proper name".to_owned())?;
                Deed::Layout(LayoutRequest { request_id, programme_id, layout, focus, dry_run })
            }
            Act::Slate => {
                let slate = self.slate().ok_or("choose a slate first")?;
                let text = self.words();
                if text.as_ref().is_some_and(|text| text.chars().count() > MAX_SLATE_CHARS) {
                    return Err(format!("a slate has room for {MAX_SLATE_CHARS} characters"));
                }
                Deed::Slate(SlateRequest { request_id, programme_id, slate, text, dry_run })
            }
            Act::Stop => Deed::Stop(StopRequest { request_id, programme_id, reason: self.reason()?, dry_run }),
            _ => return Err("this is no act on a programme".to_owned()),
        };
        Ok(vec![deed])
    }

    /// The same act as a CLI command.
    pub(super) fn programme_cli(&self, target: &Target, reason: &str) -> String {
        let id = target.id();
        let option = |name: &str, value: Option<String>| {
            value.map(|value| format!(" --{name} {}", text::quoted(&value))).unwrap_or_default()
        };
        match self.act {
            Act::Layout => {
                let word = self.chosen_word().unwrap_or("LAYOUT");
                format!("callboard restream layout {id} {word}{}", option("focus", self.focus_uid()))
            }
            Act::Slate => {
                let word = self.chosen_word().unwrap_or("SLATE");
                format!("callboard restream slate {id} {word}{}", option("text", self.words()))
            }
            _ => format!("callboard restream stop {id} --reason {reason}"),
        }
    }
}
