//! Draws any table from its columns. Only the rows that fit are looked at.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint;
use crate::state::table::{Column, Ctx, Tone, fit};
use crate::view::theme::Theme;

/// How a table stands.
pub(super) struct Look<'a> {
    pub(super) theme: &'a Theme,
    /// Where the cursor is.
    pub(super) chosen: usize,
    /// The column that it is sorted by, and whether the largest is on top.
    pub(super) sort: Option<(&'static str, bool)>,
}

/// Draws a table of `len` rows; `row` gives one and whether it is marked.
pub(super) fn draw<'r, R: 'static>(
    buf: &mut Buffer,
    area: Rect,
    columns: &'static [Column<R>],
    look: &Look<'_>,
    ctx: &Ctx<'_>,
    len: usize,
    row: impl Fn(usize) -> Option<(&'r R, bool)>,
) {
    const GUTTER: u16 = 3;
    if area.height < 2 || area.width <= GUTTER {
        return;
    }
    let fitted = fit(columns, area.width - GUTTER);
    let mut x = area.x + GUTTER;
    for (column, wide) in &fitted {
        let sign = look.sort.filter(|(title, _)| *title == column.title).map(|(_, down)| if down { "▼" } else { "▲" });
        let title = format!("{}{}", column.title, sign.unwrap_or_default());
        paint::cell(buf, (x, area.y), *wide, &title, column.right, look.theme.tone(Tone::Strong));
        x += wide + 1;
    }
    let room = usize::from(area.height - 1);
    // The cursor stays in sight, and near the end the table is as full as it can be.
    let top = look.chosen.saturating_sub(room / 2).min(len.saturating_sub(room));
    for (index, y) in (top..len).zip(area.y + 1..area.bottom()) {
        let Some((item, marked)) = row(index) else { continue };
        let here = index == look.chosen;
        let gutter = match (here, marked) {
            (true, true) => "▸✓ ",
            (true, false) => "▸  ",
            (false, true) => " ✓ ",
            (false, false) => "   ",
        };
        buf.set_string(area.x, y, gutter, look.theme.tone(Tone::Accent));
        let mut x = area.x + GUTTER;
        for (column, wide) in &fitted {
            let cell = (column.cell)(item, ctx);
            paint::cell(buf, (x, y), *wide, &cell.text, column.right, look.theme.tone(cell.tone));
            x += wide + 1;
        }
        if here {
            buf.set_style(Rect { y, height: 1, ..area }, look.theme.chosen);
        }
    }
}
