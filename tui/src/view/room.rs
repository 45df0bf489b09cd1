//! The opened room: what it is, what is said in it as it comes, and who is there: beside it where there is room, else one or the other.

use callboard_contract::room::MessageView;
use callboard_domain::{RoomId, RoomState};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::paint::{self, Piece, plain, tone};
use super::table::{self, Look};
use crate::state::State;
use crate::state::room::{MEMBERS, MESSAGES, OpenedRoom, Pane, says};
use crate::state::rooms::{pace_cell, short, state_cell};
use crate::state::table::{Ctx, Tone};
use crate::text;

/// From this width on the members stand beside the messages.
const WIDE: u16 = 140;
const MEMBERS_WIDE: u16 = 52;
/// The lines in which the chosen message stands whole, with its heading.
const WHOLE: u16 = 5;
const TALL: u16 = 36;
const WHOLE_TALL: u16 = 9;

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, id: RoomId, ctx: &Ctx<'_>) {
    let Some(opened) = state.room(id) else {
        paint::line(buf, area, &[tone(state.theme, Tone::Dim, format!("   reading room {id}…"))]);
        return;
    };
    let [summary, rest] = Layout::vertical([Constraint::Length(3), Constraint::Fill(1)]).areas(area);
    paint::lines(buf, summary, &about(state, opened, ctx));
    if area.width >= WIDE {
        let [left, right] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(MEMBERS_WIDE)]).spacing(1).areas(rest);
        messages(buf, left, state, opened, ctx);
        members(buf, right, state, opened, ctx);
    } else {
        match state.desk.pane {
            Pane::Messages => messages(buf, rest, state, opened, ctx),
            Pane::Members => members(buf, rest, state, opened, ctx),
        }
    }
}

fn about(state: &State, opened: &OpenedRoom, ctx: &Ctx<'_>) -> Vec<Vec<Piece>> {
    let theme = state.theme;
    let detail = &opened.look.detail;
    let room = &detail.room;
    let is = state_cell(room.state);
    let of = room.tenant.as_ref().map_or_else(String::new, |uid| format!(" · of {}", text::clean(uid.as_str())));
    let closed = room.closed_at.filter(|_| room.state == RoomState::Closed);
    let closed = closed.map(|at| format!(" at {}", text::clock(at, ctx.tz))).unwrap_or_default();
    let slow = short(room.slow_mode);
    let first = vec![
        tone(theme, is.tone, format!("   {}{closed}", is.text)),
        plain(format!("  {} · {}{of} · {} of {}", room.kind, room.access, room.members, room.capacity)),
        tone(theme, if slow == "off" { Tone::Dim } else { Tone::Warn }, format!("  slow mode {slow}")),
        tone(theme, Tone::Dim, if room.lobby { "  lobby" } else { "" }),
    ];
    let fee =
        room.entry_fee.map(|fee| format!(" · entry {}, {} paid", text::exact(fee), detail.paid)).unwrap_or_default();
    let call = if room.call_id.is_some() { " · holds a call" } else { "" };
    let pace = pace_cell(opened.pace);
    let second = vec![
        tone(theme, pace.tone, format!("   {} changes/min", pace.text)),
        plain(format!(" · waiting {} · invited {}{fee}{call}", detail.waiting, detail.invited)),
        tone(theme, Tone::Dim, format!(" · last written at {}", text::clock(detail.touched_at, ctx.tz))),
    ];
    let third = vec![tone(theme, Tone::Dim, format!("   {}", text::clean(&room.topic)))];
    vec![first, second, third]
}

fn messages(buf: &mut Buffer, area: Rect, state: &State, opened: &OpenedRoom, ctx: &Ctx<'_>) {
    let theme = state.theme;
    let chosen = state.message_index(opened);
    let all = &opened.look.messages;
    let older = if opened.look.more { ", older ones not shown" } else { "" };
    let active = if state.desk.pane == Pane::Messages { "▸ " } else { "" };
    let title = format!("{active}messages, the newest below{older}");
    let inside = paint::headed(buf, area, theme, &title);
    let high = if area.height >= TALL { WHOLE_TALL } else { WHOLE };
    let [list, whole] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(high.min(inside.height / 2))]).areas(inside);
    // Where none is chosen the newest are in sight.
    let room = usize::from(list.height.saturating_sub(1));
    let from = if chosen.is_some() { 0 } else { all.len().saturating_sub(room) };
    let shown = &all[from..];
    let look = Look { theme, chosen: chosen.unwrap_or(usize::MAX), sort: None };
    table::draw(buf, list, MESSAGES, &look, ctx, shown.len(), |i| shown.get(i).map(|m| (m, false)));
    if all.is_empty() {
        let spot = Rect { x: list.x + 3, y: list.y + 1, height: 1, width: list.width.saturating_sub(3) };
        paint::line(buf, spot, &[tone(theme, Tone::Dim, "nothing was written yet")]);
    }
    if let Some(message) = chosen.and_then(|at| all.get(at)) {
        return one(buf, whole, state, message, ctx);
    }
    let inside = paint::headed(buf, whole, theme, "no message is chosen");
    let says = "   ↑ chooses the newest; it stays chosen while others come";
    paint::line(buf, inside, &[tone(theme, Tone::Dim, says)]);
}

/// A message whole, as far as it fits.
fn one(buf: &mut Buffer, area: Rect, state: &State, message: &MessageView, ctx: &Ctx<'_>) {
    let theme = state.theme;
    let author = text::clean(message.author.as_str());
    let inside = paint::headed(buf, area, theme, &format!("{author} at {}", text::clock(message.at, ctx.tz)));
    let room = usize::from(inside.width.saturating_sub(4));
    let mut lines: Vec<Vec<Piece>> =
        paint::broken(&says(message), room).into_iter().map(|l| vec![plain(format!("   {l}"))]).collect();
    let mut facts = Vec::new();
    if let Some(at) = message.deleted_at {
        let by = if message.deleted_by_others { "by somebody who keeps order" } else { "by its author" };
        facts.push(format!("deleted {by} at {}", text::clock(at, ctx.tz)));
    }
    if message.held {
        facts.push("held: only its author and those who may delete it see it".to_owned());
    }
    if !message.reactions.is_empty() {
        let reactions = message.reactions.iter().map(|r| format!("{} {}", text::clean(&r.emoji), r.count));
        facts.push(format!("reactions {}", reactions.collect::<Vec<_>>().join(", ")));
    }
    if !message.mentions.is_empty() {
        let names = message.mentions.iter().map(|uid| text::clean(uid.as_str()));
        facts.push(format!("mentions {}", names.collect::<Vec<_>>().join(", ")));
    }
    // Facts are short and come first where there is too little room for both.
    let most = usize::from(inside.height).saturating_sub(facts.len().min(1));
    lines.truncate(most);
    if !facts.is_empty() {
        lines.push(vec![tone(theme, Tone::Dim, format!("   {}", facts.join(" · ")))]);
    }
    paint::lines(buf, inside, &lines);
}

fn members(buf: &mut Buffer, area: Rect, state: &State, opened: &OpenedRoom, ctx: &Ctx<'_>) {
    let all = &opened.look.members;
    let here = state.desk.pane == Pane::Members;
    let active = if here { "▸ " } else { "" };
    let count = u64::from(opened.look.detail.room.members);
    let shown = if count > all.len() as u64 { format!(", {} shown", all.len()) } else { String::new() };
    let title = format!("{active}{}{shown}", text::counted(count, "member"));
    let inside = paint::headed(buf, area, state.theme, &title);
    let chosen = if here { state.room_member_index(opened) } else { usize::MAX };
    let look = Look { theme: state.theme, chosen, sort: None };
    table::draw(buf, inside, MEMBERS, &look, ctx, all.len(), |i| all.get(i).map(|m| (m, false)));
}
