//! The views that are a table and little else: ended calls, workers, and money with its graphs and tabs.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::table::{self, Look};
use super::{graph, paint};
use crate::state::State;
use crate::state::action::Tab;
use crate::state::table::{Ctx, Listed, Listing, Tone};
use crate::text;

/// A table that is read as a whole.
pub(super) fn listing<R: Listed>(buf: &mut Buffer, area: Rect, state: &State, listing: &Listing<R>, ctx: &Ctx<'_>) {
    let shown = listing.shown(ctx);
    let chosen = listing.cursor.index(shown.len(), |i| shown[i].key());
    let look = Look { theme: state.theme, chosen, sort: listing.sorted() };
    table::draw(buf, area, R::COLUMNS, &look, ctx, shown.len(), |i| shown.get(i).map(|row| (*row, false)));
    if shown.is_empty() {
        let says = match (listing.seen, listing.rows.len()) {
            (None, _) => "waiting for the first answer…".to_owned(),
            (_, 0) => format!("no {}", R::NAME),
            _ => format!("none of the {} passes the filter (Esc clears it)", R::NAME),
        };
        let spot = Rect { x: area.x + 3, y: area.y + 2, width: area.width.saturating_sub(3), height: 1 };
        if spot.y < area.bottom() {
            paint::line(buf, spot, &[paint::tone(state.theme, Tone::Dim, says)]);
        }
    }
}

/// Money: what burns and what is earned, and the chosen list.
pub(super) fn money(buf: &mut Buffer, area: Rect, state: &State, tab: Tab, ctx: &Ctx<'_>) {
    let graphs = if area.height >= 30 { 9 } else { 5 };
    let [top, sums, tabs, rows] = Layout::vertical([
        Constraint::Length(graphs),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
    ])
    .areas(area);
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(1).areas(top);
    graph::burn(buf, left, state);
    graph::revenue(buf, right, state);
    if let Some(sum) = &state.house.summary {
        let refunded = sum.minutes.iter().map(|m| m.refunded.units()).sum();
        let ended: u32 = sum.minutes.iter().map(|m| m.calls_ended).sum();
        let line = format!(
            " held {} in {} metered legs · refunded {} and {} calls ended in the last {} min",
            text::coins(sum.held),
            sum.metered_legs,
            text::coins(callboard_domain::Coins::from_units(refunded)),
            ended,
            sum.minutes.len()
        );
        paint::cell(buf, (sums.x, sums.y), sums.width, &line, false, ratatui::style::Style::new());
    }
    let pieces: Vec<_> = Tab::ALL
        .iter()
        .map(|t| {
            if *t == tab {
                paint::tone(state.theme, Tone::Strong, format!(" [{}]", t.name()))
            } else {
                paint::tone(state.theme, Tone::Dim, format!("  {} ", t.name()))
            }
        })
        .collect();
    paint::line(buf, tabs, &pieces);
    if !state.may(callboard_domain::Power::SeeMoney) {
        let role = state.house.me.as_ref().map_or("", |me| me.role.as_str());
        let says = format!("   the role {role} may not see {}", tab.name());
        return paint::line(buf, rows, &[paint::tone(state.theme, Tone::Dim, says)]);
    }
    match tab {
        Tab::Wallets => listing(buf, rows, state, &state.house.wallets, ctx),
        Tab::Transfers => listing(buf, rows, state, &state.house.transfers, ctx),
        Tab::Refunds => listing(buf, rows, state, &state.house.refunds, ctx),
    }
}
