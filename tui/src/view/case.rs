//! The opened case: how urgent it is and who has it, who reported what, what stood there then, and what staff noted.

use callboard_contract::adm::cases::{CaseDetail, NoteView};
use callboard_domain::{CaseId, CaseState};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::paint::{self, Piece, plain, tone};
use super::table::{self, Look};
use crate::state::State;
use crate::state::case::{Evidence, PIECES, REPORTS};
use crate::state::cases::{claim_cell, due_cell, matter, named, priority_cell};
use crate::state::table::{Ctx, Tone};
use crate::text;

/// From this width on notes stand beside the evidence.
const WIDE: u16 = 140;
const NOTES_WIDE: u16 = 56;
/// The rows of reports and of notes that are shown at most where the screen is low.
const FEW: u16 = 2;
const TALL: u16 = 36;
const MANY: u16 = 6;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, id: CaseId, ctx: &Ctx<'_>) {
    let Some(opened) = state.case(id) else {
        paint::line(buf, area, &[tone(state.theme, Tone::Dim, format!("   reading case {id}…"))]);
        return;
    };
    let detail = &opened.detail;
    let most = if area.height >= TALL { MANY } else { FEW };
    let reports = u16::try_from(detail.reports.len()).unwrap_or(most).clamp(1, most) + 1;
    let [summary, top, rest] =
        Layout::vertical([Constraint::Length(3), Constraint::Length(reports), Constraint::Fill(1)]).areas(area);
    paint::lines(buf, summary, &about(state, detail, ctx));
    let chosen = state.desk.report.min(detail.reports.len().saturating_sub(1));
    let look = Look { theme: state.theme, chosen, sort: None };
    table::draw(buf, top, REPORTS, &look, ctx, detail.reports.len(), |i| detail.reports.get(i).map(|r| (r, false)));
    if area.width >= WIDE {
        let [left, right] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(NOTES_WIDE)]).spacing(1).areas(rest);
        evidence(buf, left, state, id, ctx);
        notes(buf, right, state, detail, ctx);
    } else {
        let lines = u16::try_from(detail.notes.len()).unwrap_or(most).clamp(1, most) + 1;
        let [above, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(lines)]).areas(rest);
        evidence(buf, above, state, id, ctx);
        notes(buf, below, state, detail, ctx);
    }
}

fn about(state: &State, detail: &CaseDetail, ctx: &Ctx<'_>) -> Vec<Vec<Piece>> {
    let theme = state.theme;
    let case = &detail.case;
    let (priority, due, claim) =
        (priority_cell(case.priority), due_cell(case, ctx.server), claim_cell(case, ctx.server));
    let until = case.claimed_until.filter(|until| case.claimed_by.is_some() && *until > ctx.server);
    let until = until.map(|until| format!(" for {}", text::span(until.since(ctx.server).as_ms()))).unwrap_or_default();
    let mut first = vec![
        tone(theme, priority.tone, format!("   {}", priority.text)),
        tone(theme, due.tone, format!("  {}", due.text.trim_start())),
    ];
    if case.state == CaseState::Open {
        first.push(plain("  claimed by "));
        first.push(tone(theme, claim.tone, format!("{}{until}", claim.text)));
    }
    first.push(tone(theme, Tone::Dim, format!("  {} since {}", case.category, text::clock(case.opened_at, ctx.tz))));
    let who = case.about.as_ref().map_or_else(|| "nobody".to_owned(), |uid| text::clean(uid.as_str()));
    let second = vec![
        plain("   about "),
        tone(theme, Tone::Strong, who),
        plain(format!(" · {} · reported by {}", matter(case), case.reporters)),
    ];
    let third = match case.outcome {
        Some(outcome) => {
            let by = text::clean(case.decided_by.as_deref().unwrap_or(""));
            let why = text::clean(case.reason.as_deref().unwrap_or(""));
            vec![tone(theme, Tone::Strong, format!("   ■ {outcome} by {by}: {why}"))]
        }
        None if detail.sanctions.is_empty() => vec![tone(theme, Tone::Dim, "   nothing was imposed in it yet")],
        None => {
            let imposed = detail
                .sanctions
                .iter()
                .map(|s| format!("{} of {} in {}", s.kind, text::clean(s.uid.as_str()), named(&s.scope.to_string())));
            vec![tone(theme, Tone::Warn, format!("   imposed: {}", imposed.collect::<Vec<_>>().join(", ")))]
        }
    };
    vec![first, second, third]
}

fn evidence(buf: &mut Buffer, area: Rect, state: &State, id: CaseId, ctx: &Ctx<'_>) {
    let theme = state.theme;
    let Some(found) = state.evidence(id) else {
        let inside = paint::headed(buf, area, theme, "evidence");
        paint::line(buf, inside, &[tone(theme, Tone::Dim, "   reading the evidence of the chosen report…")]);
        return;
    };
    let [head, rest] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    paint::headed(buf, head, theme, "evidence as it was frozen with the report");
    let facts = facts(state, found, usize::from(area.width));
    let most = (rest.height / 2).max(1);
    let lines = u16::try_from(facts.len()).unwrap_or(most).min(most);
    let [list, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(lines)]).areas(rest);
    let chosen = state.piece_index(found);
    let look = Look { theme, chosen, sort: None };
    table::draw(buf, list, PIECES, &look, ctx, found.pieces.len(), |i| found.pieces.get(i).map(|p| (p, false)));
    if found.pieces.is_empty() && list.height > 1 {
        let spot = Rect { x: list.x + 3, y: list.y + 1, height: 1, width: list.width.saturating_sub(3) };
        paint::line(buf, spot, &[tone(theme, Tone::Dim, "no message is in it")]);
    }
    paint::lines(buf, below, &facts);
}

/// Whether it is as it was, the chosen message whole, then who was there and what else is known.
fn facts(state: &State, found: &Evidence, width: usize) -> Vec<Vec<Piece>> {
    let theme = state.theme;
    let room = width.saturating_sub(5);
    let (sign, of) = if found.intact {
        ("✓ as it was written", Tone::Good)
    } else {
        ("✗ CHANGED since it was written", Tone::Bad)
    };
    let mut lines =
        vec![vec![tone(theme, of, format!("   {sign}")), tone(theme, Tone::Dim, format!("  sha256 {}", found.hash))]];
    let piece = found.pieces.get(state.piece_index(found)).filter(|piece| paint::width(&piece.says) > room / 2);
    if let Some(piece) = piece {
        let said = paint::broken(&format!("{}: {}", piece.author, piece.says), room);
        lines.extend(said.into_iter().map(|l| vec![tone(theme, Tone::Accent, format!("   {l}"))]));
    }
    let facts = found.facts.iter().flat_map(|fact| paint::broken(fact, room));
    lines.extend(facts.map(|l| vec![plain(format!("   {l}"))]));
    lines
}

fn notes(buf: &mut Buffer, area: Rect, state: &State, detail: &CaseDetail, ctx: &Ctx<'_>) {
    let theme = state.theme;
    let inside = paint::headed(buf, area, theme, &text::counted(detail.notes.len() as u64, "note"));
    if detail.notes.is_empty() {
        return paint::line(
            buf,
            inside,
            &[tone(theme, Tone::Dim, "   none: N writes one for whoever takes the case over")],
        );
    }
    let room = usize::from(inside.width.saturating_sub(4));
    let line = |note: &NoteView| {
        let who = text::clean(&note.author);
        let who = who.strip_prefix("staff:").unwrap_or(&who);
        paint::broken(&format!("{} {who}: {}", text::clock(note.at, ctx.tz), text::clean(&note.text)), room)
    };
    let lines: Vec<Vec<Piece>> = detail.notes.iter().flat_map(line).map(|l| vec![plain(format!("   {l}"))]).collect();
    // The last ones are what counts.
    let from = lines.len().saturating_sub(inside.height.into());
    paint::lines(buf, inside, &lines[from..]);
}
