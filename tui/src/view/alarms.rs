//! The alarms: running ones on top, past ones grey beneath.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{self, tone};
use crate::state::State;
use crate::state::table::Tone;
use crate::text;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State) {
    let title = format!("alarms, {} running", state.alarms.running());
    let inside = paint::headed(buf, area, state.theme, &title);
    let list = state.alarms.list();
    if list.is_empty() {
        paint::line(buf, inside, &[tone(state.theme, Tone::Dim, " none")]);
    }
    for (alarm, y) in list.iter().zip(inside.y..inside.bottom()) {
        let (sign, of) = match (alarm.over, alarm.cause.urgent()) {
            (true, _) => ("·", Tone::Dim),
            (false, true) => ("!", Tone::Bad),
            (false, false) => ("▲", Tone::Warn),
        };
        let over = if alarm.over { " (over)" } else { "" };
        let line = format!(" {sign} {} {}{over}", text::clock(alarm.at, &state.tz), alarm.text);
        paint::cell(buf, (inside.x, y), inside.width, &line, false, state.theme.tone(of));
    }
}
