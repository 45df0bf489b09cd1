//! The dialogs: who, what, amounts and limits above, the fields beneath, what must be typed at the bottom.

use callboard_contract::ReasonCode;
use callboard_domain::SanctionKind;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{self, Piece, plain, tone, typed};
use crate::state::State;
use crate::state::cases::named;
use crate::state::dialog::{Act, Dialog, Field, On, Phase, Sort};
use crate::state::table::Tone;
use crate::text;
use crate::view::theme::Theme;

const WIDE: u16 = 92;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, dialog: &Dialog, now: i64, leaving: bool) {
    let theme = state.theme;
    let wide = WIDE.min(area.width.saturating_sub(2));
    let room = usize::from(wide.saturating_sub(4));
    let mut lines = what(theme, state, dialog, now, room);
    lines.push(Vec::new());
    for (i, field) in dialog.fields().iter().enumerate() {
        lines.push(line(theme, dialog, *field, i == dialog.focus));
    }
    lines.push(Vec::new());
    let (says, of) = if leaving {
        ("a dialog is open: leave the console and do nothing? y to leave".to_owned(), Tone::Bad)
    } else {
        match (&dialog.phase, &dialog.notice, state.lock(dialog.act, now)) {
            (Phase::Sending(count), ..) => (format!("sent {count}, waiting for the answer…"), Tone::Accent),
            (_, _, Some(lock)) if lock != crate::state::Lock::Nothing => (format!("locked: {lock}"), Tone::Bad),
            (_, Some(notice), _) => (text::clean(notice), Tone::Bad),
            _ if dialog.act == Act::Note => ("Nothing is written until ↵ is pressed.".to_owned(), Tone::Dim),
            _ => ("Nothing is done until the word is typed and ↵ pressed.".to_owned(), Tone::Dim),
        }
    };
    lines.extend(paint::broken(&says, room).into_iter().map(|l| vec![tone(theme, of, l)]));
    let high = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inside = paint::popup(buf, area, (wide, high), theme.tone(Tone::Bad), dialog.act.title());
    paint::lines(buf, inside, &lines);
}

/// What will happen to whom, and what it costs.
fn what(theme: &Theme, state: &State, dialog: &Dialog, now: i64, room: usize) -> Vec<Vec<Piece>> {
    const MOST: usize = 5;
    let mut lines = Vec::new();
    for target in dialog.targets.iter().take(MOST) {
        let who = if target.who.is_empty() { "reading the call…" } else { &target.who };
        let id = target.id();
        let named = matches!(target.on, On::House(_)) && id == *who;
        let id = if named { String::new() } else { format!("  …{}", text::short_id(&id)) };
        lines.push(vec![tone(theme, Tone::Strong, who.to_owned()), tone(theme, Tone::Dim, id)]);
        let live = target.call().and_then(|id| state.house.live.get(id));
        lines.extend(live.filter(|_| dialog.act == Act::End).map(|row| {
            let ctx = state.ctx(now);
            vec![plain(format!(
                "  {} {}  charged {}  held {}  burns {}/min",
                row.state_word(),
                text::span(row.connected_ms(ctx.now)),
                text::exact(row.call.charge),
                text::exact(row.call.held),
                text::exact(row.call.burn_per_minute)
            ))]
        }));
    }
    if dialog.targets.len() > MOST {
        lines.push(vec![plain(format!("and {} more", dialog.targets.len() - MOST))]);
    }
    lines.extend(paint::broken(dialog.act.effect(), room).into_iter().map(|l| vec![plain(l)]));
    if let Some(air) = &dialog.air {
        let row = &air.programme;
        let is = crate::state::programmes::state_cell(row.state).text;
        let now = format!("  now {is}, layout {}, slate {}, {} guests", row.layout, row.slate, row.guests);
        lines.push(vec![plain(now)]);
    }
    if dialog.act.sort() == Sort::House {
        lines.extend(matter(theme, dialog, room));
    }
    if dialog.act == Act::Refund {
        lines.extend(refund(theme, dialog, room));
    }
    lines
}

/// What people said and did, and what the act comes to as the fields stand.
fn matter(theme: &Theme, dialog: &Dialog, room: usize) -> Vec<Vec<Piece>> {
    const MOST: usize = 3;
    let mut lines = Vec::new();
    if let Some(says) = &dialog.matter.says {
        let said = paint::broken(&format!("“{says}”"), room.saturating_sub(2));
        let more = said.len() > MOST;
        lines.extend(said.into_iter().take(MOST).map(|l| vec![tone(theme, Tone::Accent, format!("  {l}"))]));
        if more {
            lines.push(vec![tone(theme, Tone::Dim, "  …")]);
        }
    }
    let says = dialog.comes_to().into_iter().flat_map(|says| paint::broken(&says, room));
    lines.extend(says.map(|l| vec![tone(theme, Tone::Strong, l)]));
    if dialog.act == Act::Decide {
        let imposed: Vec<String> =
            dialog.matter.sanctions.iter().map(|s| format!("{} in {}", s.kind, named(&s.scope.to_string()))).collect();
        let imposed = if imposed.is_empty() { "nothing".to_owned() } else { imposed.join(", ") };
        lines.push(vec![plain(format!("  imposed in it: {imposed}"))]);
        let deleted = text::counted(dialog.matter.messages.len() as u64, "message");
        lines.push(vec![plain(format!("  deleted in it: {deleted}"))]);
    }
    if let (Act::Impose(_), Some(case)) = (dialog.act, dialog.matter.case) {
        lines.push(vec![tone(theme, Tone::Dim, format!("  in case …{}", text::short_id(&case.to_string())))]);
    }
    lines
}

fn refund(theme: &Theme, dialog: &Dialog, room: usize) -> Vec<Vec<Piece>> {
    let preview = match &dialog.preview.answer {
        None => return vec![vec![tone(theme, Tone::Dim, "asking what it would do…")]],
        Some(Err(problem)) => {
            return paint::broken(&text::clean(&problem.message), room)
                .into_iter()
                .map(|l| vec![tone(theme, Tone::Bad, l)])
                .collect();
        }
        Some(Ok(preview)) => preview,
    };
    let before =
        if preview.refunded_before.is_zero() { "nothing".to_owned() } else { text::exact(preview.refunded_before) };
    let mut lines = vec![vec![
        plain("Give back "),
        tone(theme, Tone::Strong, text::exact(preview.amount)),
        plain(format!(" of {} charged to {} ({before} refunded before)", text::exact(preview.charged), preview.payer)),
    ]];
    for posting in &preview.postings {
        lines.push(vec![plain(format!(
            "  {:<34} {:>14}",
            text::clean(&posting.account),
            text::signed(posting.amount)
        ))]);
    }
    let limits = format!(
        "Your limits: {} in one act, {} a day, used today {}.",
        text::exact(preview.limit_per_act),
        text::exact(preview.limit_per_day),
        text::exact(preview.used_today)
    );
    lines.push(vec![plain(limits)]);
    if !preview.within_limits {
        lines.push(vec![tone(theme, Tone::Bad, "Above your limit: a colleague with a higher one must do it.")]);
    }
    lines
}

fn line(theme: &Theme, dialog: &Dialog, field: Field, focused: bool) -> Vec<Piece> {
    let caret = |input: &tui_input::Input| if focused { typed(input) } else { text::clean(input.value()) };
    let (name, value) = match field {
        Field::Subject => {
            let name = match dialog.act {
                Act::Refund => "leg",
                Act::Layout => "in focus",
                Act::Impose(_) => "room",
                Act::Lift => "sanction",
                _ => "member",
            };
            let many = dialog.subjects().len();
            let chosen = dialog.chosen().map_or_else(|| "nobody fits".to_owned(), |(_, says)| says);
            (name.to_owned(), if many > 1 { format!("‹ {chosen} ›  {many} to choose from") } else { chosen })
        }
        Field::Choice => {
            let name = match dialog.act {
                Act::Layout => "layout",
                Act::Slate => "slate",
                Act::Decide => "outcome",
                _ => "where",
            };
            (
                name.to_owned(),
                format!("‹ {} ›  {}", dialog.chosen_word().unwrap_or("choose"), dialog.choices().join(" ")),
            )
        }
        Field::Amount => {
            let value = caret(&dialog.amount);
            (
                "amount".to_owned(),
                if dialog.amount.value().is_empty() {
                    format!("{value}  (empty: all that is left; 50% is half of the charge)")
                } else {
                    value
                },
            )
        }
        Field::Length => {
            let (name, hint) = match dialog.act {
                Act::Slow => ("wait", "  (30s, 2m; off)"),
                Act::Impose(SanctionKind::Mute) => ("how long", "  (1s to 14d: 10m, 2h, 3d)"),
                Act::Impose(SanctionKind::Suspend) => ("how long", "  (2h, 3d)"),
                _ => ("how long", "  (2h, 3d; empty: without end)"),
            };
            (name.to_owned(), format!("{}{hint}", caret(&dialog.length)))
        }
        Field::Reason => {
            let reason = dialog.reason.and_then(|i| ReasonCode::ALL.get(i)).map_or("choose", |r| r.as_str());
            ("reason".to_owned(), format!("‹ {reason} ›"))
        }
        Field::Note if dialog.act == Act::Slate => ("own words on it".to_owned(), caret(&dialog.note)),
        Field::Note => ("note".to_owned(), caret(&dialog.note)),
        Field::Confirm => match dialog.word() {
            Some(word) => (format!("type {word} to confirm"), caret(&dialog.confirm)),
            None => ("cannot be confirmed yet".to_owned(), caret(&dialog.confirm)),
        },
    };
    let sign = if focused { "▸ " } else { "  " };
    vec![
        tone(theme, if focused { Tone::Accent } else { Tone::Plain }, format!("{sign}{name}: ")),
        tone(theme, if focused { Tone::Strong } else { Tone::Plain }, value),
    ]
}
