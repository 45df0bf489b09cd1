//! The live table, with the burn of the last while and the alarms beneath it where the screen is tall enough.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::table::{self, Look};
use super::{alarms, graph, paint};
use crate::state::table::{Ctx, Tone};
use crate::state::{State, columns};

/// From this height of the body on there are panels beneath the table.
const TALL: u16 = 27;
const PANELS: u16 = 9;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, ctx: &Ctx<'_>) {
    let below = if area.height >= TALL { PANELS } else { 0 };
    let [rows, panels] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
    let order = &state.calls.order;
    let look = Look {
        theme: state.theme,
        chosen: state.calls.cursor.index(order.len(), |i| order[i]),
        sort: columns::CALLS.get(state.calls.sort).map(|c| (c.title, state.calls.descending)),
    };
    table::draw(buf, rows, columns::CALLS, &look, ctx, order.len(), |i| {
        let row = state.house.live.get(*order.get(i)?)?;
        Some((row, state.calls.marks.contains(&row.call.call_id)))
    });
    if order.is_empty() {
        let says = match (state.house.live.seen, state.house.live.len()) {
            (None, _) => "waiting for the first answer…",
            (_, 0) => "no live calls",
            _ => "no live call passes the filter (Esc clears it)",
        };
        let spot = Rect { y: rows.y + 2, height: 1, x: rows.x + 3, width: rows.width.saturating_sub(3) };
        paint::line(buf, spot, &[paint::tone(state.theme, Tone::Dim, says)]);
    }
    if below > 0 {
        let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(1).areas(panels);
        graph::burn(buf, left, state);
        alarms::draw(buf, right, state);
    }
}
