//! The palette.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_input::Input;

use super::paint::{self, plain, tone};
use crate::state::State;
use crate::state::palette::find;
use crate::state::table::Tone;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, input: &Input, choice: usize) {
    let (found, _) = find(input.value());
    let high = u16::try_from(found.len().max(1)).unwrap_or(u16::MAX).saturating_add(3);
    let inside = paint::popup(buf, area, (66, high), state.theme.frame, "command");
    let mut lines = vec![vec![tone(state.theme, Tone::Accent, ":"), plain(paint::typed(input))]];
    let room = usize::from(inside.height.saturating_sub(1));
    let top = choice.saturating_sub(room.saturating_sub(1));
    for (i, command) in found.iter().enumerate().skip(top) {
        let sign = if i == choice { "▸" } else { " " };
        let name = format!("{sign} {} {}", command.name, command.takes);
        lines.push(vec![
            tone(state.theme, if i == choice { Tone::Strong } else { Tone::Plain }, format!("{name:<17}")),
            tone(state.theme, Tone::Dim, format!("{:<14}", command.aliases.join(" "))),
            plain(format!(" {}", command.help)),
        ]);
    }
    if found.is_empty() {
        lines.push(vec![tone(state.theme, Tone::Dim, "no command like this")]);
    }
    paint::lines(buf, inside, &lines);
}
