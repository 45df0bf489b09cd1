//! Graphs of what was charged and earned in the last minutes, one bar per minute, the running minute last.

use callboard_contract::adm::money::MinuteRow;
use callboard_domain::Coins;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Sparkline, Widget};

use super::paint::{self, tone};
use crate::state::State;
use crate::state::table::Tone;
use crate::text;

/// What was charged.
pub(super) fn burn(buf: &mut Buffer, area: Rect, state: &State) {
    minutes(buf, area, state, "charged/min", |m| m.charged);
}

/// What the house earned.
pub(super) fn revenue(buf: &mut Buffer, area: Rect, state: &State) {
    minutes(buf, area, state, "platform/min", |m| m.platform);
}

fn minutes(buf: &mut Buffer, area: Rect, state: &State, title: &str, of: fn(&MinuteRow) -> Coins) {
    let rows: &[MinuteRow] = state.house.summary.as_ref().map_or(&[], |s| &s.minutes);
    let values: Vec<u64> = rows.iter().map(|m| of(m).units().max(0).unsigned_abs()).collect();
    let highest = Coins::from_units(values.iter().max().copied().unwrap_or_default().cast_signed());
    let last = rows.last().map(of).unwrap_or_default();
    let title =
        format!("{title}: now {}, highest {}, last {} min", text::compact(last), text::compact(highest), rows.len());
    let inside = paint::headed(buf, area, state.theme, &title);
    bars(buf, inside, &values, 1, state, Tone::Accent);
    if rows.is_empty() {
        paint::line(buf, inside, &[tone(state.theme, Tone::Dim, " nothing yet")]);
    }
}

/// Bars from the left, each as wide as the room allows, the newest at the right end of them. A full bar is the highest, or `least` if
/// that is more, so that small numbers look small.
pub(super) fn bars(buf: &mut Buffer, area: Rect, values: &[u64], least: u64, state: &State, of: Tone) {
    if area.width < 2 || area.height == 0 || values.is_empty() {
        return;
    }
    let room = usize::from(area.width) - 1;
    let each = (room / values.len()).clamp(1, 4);
    let kept = &values[values.len().saturating_sub(room / each)..];
    let wide: Vec<u64> = kept.iter().flat_map(|v| std::iter::repeat_n(*v, each)).collect();
    let area = Rect { x: area.x + 1, width: area.width - 1, ..area };
    Sparkline::default()
        .data(&wide)
        .max(values.iter().max().copied().unwrap_or_default().max(least))
        .style(state.theme.tone(of))
        .render(area, buf);
}
