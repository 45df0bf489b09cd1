//! Small brushes: lines of styled pieces that are cut, never wrapped, and frames with a title.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::{Block, Clear, Widget};

use tui_input::Input;

use crate::state::table::Tone;
use crate::text;
use crate::view::theme::Theme;

/// A piece of a line.
pub(super) type Piece = Span<'static>;

pub(super) fn plain(text: impl Into<String>) -> Piece {
    Span::raw(text.into())
}

pub(super) fn tone(theme: &Theme, tone: Tone, text: impl Into<String>) -> Piece {
    Span::styled(text.into(), theme.tone(tone))
}

/// What is being typed, with the caret in it.
pub(super) fn typed(input: &Input) -> String {
    let split = input.value().char_indices().nth(input.cursor()).map_or(input.value().len(), |(i, _)| i);
    let (before, after) = input.value().split_at(split);
    format!("{}▏{}", text::clean(before), text::clean(after))
}

/// How wide a text is on the screen.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { Span::raw(text).width() }
}

/// The pieces from the left, cut at the right edge.
pub(super) fn line(buf: &mut Buffer, area: Rect, pieces: &[Piece]) {
    if area.height == 0 {
        return;
    }
    let mut x = area.x;
    for piece in pieces {
        if x >= area.right() {
            break;
        }
        let room = area.right() - x;
        x = buf.set_stringn(x, area.y, &piece.content, room.into(), piece.style).0;
    }
}

/// A text in a cell: padded, and cut with an ellipsis.
pub(super) fn cell(buf: &mut Buffer, (x, y): (u16, u16), room: u16, text: &str, right: bool, style: Style) {
    let wide = width(text);
    let room_cells = usize::from(room);
    if wide <= room_cells {
        let pad = if right { u16::try_from(room_cells - wide).unwrap_or(0) } else { 0 };
        buf.set_stringn(x + pad, y, text, room_cells, style);
    } else if room > 0 {
        let end = buf.set_stringn(x, y, text, room_cells - 1, style).0;
        buf.set_string(end, y, "…", style);
    }
}

/// Lines one under the other, as far as they fit.
pub(super) fn lines(buf: &mut Buffer, area: Rect, lines: &[Vec<Piece>]) {
    for (pieces, y) in lines.iter().zip(area.y..area.bottom()) {
        line(buf, Rect { y, height: 1, ..area }, pieces);
    }
}

/// A heading over a panel; gives what is beneath it.
pub(super) fn headed(buf: &mut Buffer, area: Rect, theme: &Theme, title: &str) -> Rect {
    if area.height == 0 {
        return area;
    }
    let rule = "─".repeat(usize::from(area.width));
    buf.set_stringn(area.x, area.y, rule, area.width.into(), theme.frame);
    buf.set_stringn(area.x + 1, area.y, format!(" {title} "), usize::from(area.width.saturating_sub(2)), theme.frame);
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

/// A frame in the middle that hides what is beneath; gives its inside.
pub(super) fn popup(buf: &mut Buffer, area: Rect, (wide, high): (u16, u16), style: Style, title: &str) -> Rect {
    let (wide, high) = (wide.min(area.width), high.min(area.height));
    let frame =
        Rect { x: area.x + (area.width - wide) / 2, y: area.y + (area.height - high) / 2, width: wide, height: high };
    Clear.render(frame, buf);
    Block::bordered().border_style(style).title(format!(" {title} ")).render(frame, buf);
    frame.inner(Margin { horizontal: 2, vertical: 1 })
}

/// A text broken at spaces into lines of at most this width; a longer word is cut.
pub(super) fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word: String = if width(word) > room {
            word.chars().take(room.saturating_sub(1)).chain(['…']).collect()
        } else {
            word.to_owned()
        };
        let last = lines.len() - 1;
        if lines[last].is_empty() {
            lines[last] = word;
        } else if width(&lines[last]) + 1 + width(&word) <= room {
            lines[last].push(' ');
            lines[last].push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines
}
