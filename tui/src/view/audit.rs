//! The log of what staff did, the chosen act whole beneath it, and what the log says of itself.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::lists;
use super::paint::{self, Piece, plain, tone};
use crate::state::State;
use crate::state::audit;
use crate::state::table::Ctx;

/// The lines of the chosen act, with their heading.
const WHOLE: u16 = 6;
const TALL: u16 = 36;
const WHOLE_TALL: u16 = 16;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, ctx: &Ctx<'_>) {
    let high = if area.height >= TALL { WHOLE_TALL } else { WHOLE };
    let [verdict, list, whole] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(high)]).areas(area);
    let (says, of) = state.desk.verified.says(ctx.tz);
    paint::line(buf, verdict, &[plain("   "), tone(state.theme, of, says)]);
    lists::listing(buf, list, state, &state.house.audit, ctx);
    let Some(row) = state.house.audit.chosen(ctx) else { return };
    let inside = paint::headed(buf, whole, state.theme, &format!("act {}", row.no));
    let lines = audit::lines(row);
    let room = usize::from(inside.width.saturating_sub(4));
    let spare = usize::from(inside.height) > lines.len();
    let pieces = |line: &String| -> Vec<Vec<Piece>> {
        if spare {
            paint::broken(line, room).into_iter().map(|l| vec![plain(format!("   {l}"))]).collect()
        } else {
            vec![vec![plain(format!("   {line}"))]]
        }
    };
    let lines: Vec<Vec<Piece>> = lines.iter().flat_map(pieces).collect();
    paint::lines(buf, inside, &lines);
}
