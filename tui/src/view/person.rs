//! The opened user: who it is, and everything of the person in one list.

use callboard_domain::Uid;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::paint::{self, Piece, plain, tone};
use super::table::{self, Look};
use crate::state::State;
use crate::state::person::{ITEMS, OpenedPerson, items};
use crate::state::table::{Ctx, Tone};
use crate::text;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, uid: &Uid, ctx: &Ctx<'_>) {
    let Some(opened) = state.person(uid) else {
        let says = format!("   reading user {}…", text::clean(uid.as_str()));
        paint::line(buf, area, &[tone(state.theme, Tone::Dim, says)]);
        return;
    };
    let [summary, list] = Layout::vertical([Constraint::Length(3), Constraint::Fill(1)]).areas(area);
    paint::lines(buf, summary, &about(state, opened, ctx));
    let items = items(opened);
    let look = Look { theme: state.theme, chosen: state.item_index(&items), sort: None };
    table::draw(buf, list, ITEMS, &look, ctx, items.len(), |i| items.get(i).map(|item| (item, false)));
    if items.is_empty() {
        let spot = Rect { x: list.x + 3, y: list.y + 2, height: 1, width: list.width.saturating_sub(3) };
        paint::line(buf, spot, &[tone(state.theme, Tone::Dim, "nothing is known of this user")]);
    }
}

fn about(state: &State, opened: &OpenedPerson, ctx: &Ctx<'_>) -> Vec<Vec<Piece>> {
    let theme = state.theme;
    let detail = &opened.detail;
    let person = &detail.person;
    let (is, of) = match (person.out, person.connections > 0) {
        (true, _) => ("✗ out: banned or suspended on the whole platform", Tone::Bad),
        (false, true) => ("● here", Tone::Good),
        (false, false) => ("○ away", Tone::Dim),
    };
    let staff =
        person.staff.as_ref().map(|name| format!("  staff: {}", text::clean(name.as_str()))).unwrap_or_default();
    let seen = person.last_seen.map_or_else(|| "never".to_owned(), |at| text::clock(at, ctx.tz));
    let first = vec![
        tone(theme, of, format!("   {is}")),
        plain(format!("  last seen {seen} · {}", text::counted(person.connections.into(), "connection"))),
        tone(theme, Tone::Accent, staff),
    ];
    let standing = if person.standing > 0 { Tone::Warn } else { Tone::Dim };
    let second = vec![
        tone(theme, standing, format!("   {}", text::counted(person.standing.into(), "sanction"))),
        plain(format!(
            " stand against the person · {} open · made {}",
            text::counted(detail.cases.len() as u64, "case"),
            text::counted(detail.reported.into(), "report")
        )),
    ];
    let third = if opened.shown().masked {
        vec![tone(theme, Tone::Dim, "   devices are masked: V reveals them, with a reason that is logged")]
    } else {
        vec![tone(theme, Tone::Warn, "   ! devices are revealed while this user is on the screen")]
    };
    vec![first, second, third]
}
