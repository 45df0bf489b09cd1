//! The opened call: what it is, its legs, its members with their devices and lines, and one line of time for money, media and staff.

use callboard_contract::adm::calls::{CallDetail, TimelineItem};
use callboard_domain::{CallId, Increment, LegState};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::graph;
use super::paint::{self, Piece, plain, tone};
use super::table::{self, Look};
use crate::state::State;
use crate::state::live::{state_sign, state_word};
use crate::state::opened::Opened;
use crate::state::parts::{self, LEGS, MEMBERS};
use crate::state::table::{Ctx, Tone};
use crate::text;

/// From this size of the body on, the graphs of the chosen member's line are drawn.
const ROOMY: (u16, u16) = (120, 26);

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, id: CallId, ctx: &Ctx<'_>) {
    let Some(opened) = state.opened(id) else {
        paint::line(buf, area, &[tone(state.theme, Tone::Dim, format!("   reading call {id}…"))]);
        return;
    };
    let detail = &opened.detail;
    let legs = rows(detail.legs.len(), 4);
    let members = rows(detail.members.len(), 6);
    let graphs = if area.width >= ROOMY.0 && area.height >= ROOMY.1 { 8 } else { 0 };
    let [title, top, middle, quality, below] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(legs),
        Constraint::Length(members),
        Constraint::Length(graphs),
        Constraint::Fill(1),
    ])
    .areas(area);
    paint::line(buf, title, &summary(state, opened));
    let leg_rows = parts::legs(opened, ctx.now);
    // No leg is chosen: acts on legs choose in their dialog.
    let look = Look { theme: state.theme, chosen: usize::MAX, sort: None };
    table::draw(buf, top, LEGS, &look, ctx, leg_rows.len(), |i| leg_rows.get(i).map(|r| (r, false)));
    let member_rows = parts::members(opened);
    let chosen = state.member.index(detail.members.len(), |i| detail.members[i].uid.to_string());
    let look = Look { theme: state.theme, chosen, sort: None };
    table::draw(buf, middle, MEMBERS, &look, ctx, member_rows.len(), |i| member_rows.get(i).map(|r| (r, false)));
    if let Some(member) = detail.members.get(chosen).filter(|_| graphs > 0) {
        let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(1).areas(quality);
        let rtt: Vec<u64> = opened.samples(&member.uid).map(|s| s.rtt_ms).collect();
        let loss: Vec<u64> = opened.samples(&member.uid).map(|s| s.loss_permille).collect();
        let most = |values: &[u64]| values.iter().max().copied().unwrap_or_default();
        let title = format!("round trip of {} since it was opened, highest {} ms", member.uid, most(&rtt));
        let inside = paint::headed(buf, left, state.theme, &title);
        graph::bars(buf, inside, &rtt, 300, state, Tone::Accent);
        let title = format!("loss of {}, highest {}.{} %", member.uid, most(&loss) / 10, most(&loss) % 10);
        let inside = paint::headed(buf, right, state.theme, &title);
        graph::bars(buf, inside, &loss, 100, state, Tone::Warn);
    }
    timeline(buf, below, state, &opened.timeline);
}

fn rows(count: usize, most: u16) -> u16 {
    u16::try_from(count).unwrap_or(most).clamp(1, most) + 1
}

fn summary(state: &State, opened: &Opened) -> Vec<Piece> {
    let detail = &opened.detail;
    let leg = detail.legs.iter().map(|l| l.state).find(|s| *s != LegState::Settled).unwrap_or(LegState::Settled);
    let word = state_word(detail.call.state, leg);
    let (sign, of) = state_sign(word);
    let end = detail.call.end_reason.map(|r| format!(" ({r})")).unwrap_or_default();
    vec![
        tone(state.theme, of, format!("   {sign} {word}{end}")),
        plain(format!("  {} · {}", detail.call.kind, tariff(detail))),
        tone(state.theme, Tone::Dim, format!("  {}", detail.call.call_id)),
    ]
}

/// The tariff in a few words: name, rate, increments, split.
fn tariff(detail: &CallDetail) -> String {
    let spec = &detail.tariff;
    let Increment { first, further } = spec.increment;
    let price = match &spec.flat {
        Some(flat) => format!("{} flat", text::exact(flat.price)),
        None => format!("{}/min {first}/{further}", text::exact(spec.rate)),
    };
    let split: Vec<String> = spec.split.parties().iter().map(|(_, share)| text::percent(*share)).collect();
    format!("{} {price} · {}", text::clean(&detail.call.tariff_name), split.join("/"))
}

/// The line of time, the newest at the bottom, scrolled back with the page keys.
fn timeline(buf: &mut Buffer, area: Rect, state: &State, items: &[TimelineItem]) {
    let inside = paint::headed(buf, area, state.theme, &format!("line of time, {} entries", items.len()));
    let room = usize::from(inside.height);
    let back = state.scroll.min(items.len().saturating_sub(room));
    let end = items.len() - back;
    for (item, y) in items[end.saturating_sub(room)..end].iter().zip(inside.y..) {
        let (sign, of) = match item.track.as_str() {
            "money" => ("◆", Tone::Accent),
            "line" => ("▽", Tone::Warn),
            "staff" => ("■", Tone::Strong),
            _ => ("○", Tone::Plain),
        };
        let amount = item.amount.map(|a| format!(" {}", text::signed(a))).unwrap_or_default();
        let line = format!(
            "   {} {sign} {}{amount}  [{}]",
            text::clock(item.at, &state.tz),
            text::clean(&item.text),
            text::clean(&item.actor)
        );
        paint::cell(buf, (inside.x, y), inside.width, &line, false, state.theme.tone(of));
    }
    if items.is_empty() {
        paint::line(buf, inside, &[tone(state.theme, Tone::Dim, "   nothing yet")]);
    }
}
