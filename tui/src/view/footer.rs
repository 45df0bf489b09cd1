//! The line at the bottom: what just happened, or else the keys that mean something now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{self, Piece, plain, tone, width};
use crate::state::bindings::{BINDINGS, key_name};
use crate::state::table::Tone;
use crate::state::{Mode, State};
use crate::text;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, now: i64) {
    if let Some(toast) = &state.toast {
        let (sign, of) = if toast.good { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
        paint::cell(
            buf,
            (area.x, area.y),
            area.width,
            &format!(" {sign} {}", text::clean(&toast.text)),
            false,
            state.theme.tone(of),
        );
        return;
    }
    let keys = match &state.mode {
        Mode::Dialog(_) => vec![plain(" Esc leave it  Tab next field  ↑↓ choose  ↵ next or confirm  Ctrl-Y as CLI")],
        Mode::Leaving(_) => vec![plain(" y leave the console  any other key back to the dialog")],
        Mode::Help { .. } => vec![plain(" ↑↓ scroll  any other key back")],
        Mode::Palette { .. } => vec![plain(" ↑↓ choose  Tab complete  ↵ do it  Esc leave")],
        Mode::Normal | Mode::Filter { .. } => offers(state, now, area.width.into()),
    };
    paint::line(buf, area, &keys);
}

/// The keys of the table that mean something here; greyed where they are locked for the moment.
fn offers(state: &State, now: i64, room: usize) -> Vec<Piece> {
    let scope = state.scope();
    let mut pieces = vec![plain(" ↑↓ move")];
    let mut used = width(" ↑↓ move");
    for binding in BINDINGS.iter().filter(|b| !b.label.is_empty() && (b.scopes.is_empty() || b.scopes.contains(&scope)))
    {
        let (Some(key), Some(open)) = (binding.keys.first(), state.offer(binding.action, now)) else { continue };
        let key = key_name(*key);
        let wide = width(&key) + width(binding.label) + 3;
        if used + wide > room {
            break;
        }
        used += wide;
        let (of_key, of_label) = if open { (Tone::Accent, Tone::Plain) } else { (Tone::Dim, Tone::Dim) };
        pieces.push(tone(state.theme, of_key, format!("  {key}")));
        pieces.push(tone(state.theme, of_label, format!(" {}", binding.label)));
    }
    pieces
}
