//! The opened programme: how it does, who is in it, where it goes, and what it shows.

use callboard_contract::adm::restream::ProgrammeRow;
use callboard_domain::{Power, ProgrammeId};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::paint::{self, Piece, plain, tone};
use super::picture::{self, Looks, Tint};
use super::table::{self, Look};
use crate::picture::Way;
use crate::state::on_air::OpenedProgramme;
use crate::state::programmes::{self, GUESTS, TARGETS, cores, on_air_ms, state_cell, tenths};
use crate::state::table::{Ctx, Tone};
use crate::state::{Mode, State};
use crate::text;

/// The rows of guests and of targets that are shown at most, where the screen is low.
const FEW: (u16, u16) = (5, 3);
/// From this height of the body on there is room for more.
const TALL: u16 = 36;
const MANY: (u16, u16) = (13, 9);
/// Beside the picture, what can be done about it; where there is room.
const NOTES: u16 = 40;

struct Panes {
    summary: Rect,
    guests: Rect,
    targets: Rect,
    picture: Rect,
}

fn panes(area: Rect, opened: &OpenedProgramme) -> Panes {
    let most = if area.height >= TALL { MANY } else { FEW };
    let rows = |count: usize, most: u16| u16::try_from(count).unwrap_or(most).clamp(1, most) + 1;
    let [summary, guests, targets, picture] = Layout::vertical([
        Constraint::Length(3),
        Constraint::Length(rows(opened.detail.members.len() + 1, most.0)),
        Constraint::Length(rows(opened.detail.targets.len(), most.1)),
        Constraint::Fill(1),
    ])
    .areas(area);
    Panes { summary, guests, targets, picture }
}

/// The part of the lowest pane in which the picture stands: beneath the heading, and a little in.
fn field(pane: Rect) -> Rect {
    let left = 1.min(pane.width);
    Rect { x: pane.x + left, y: pane.y + 1, width: pane.width - left, height: pane.height.saturating_sub(1) }
}

pub(super) fn picture_room(body: Rect, state: &State, id: ProgrammeId) -> (u16, u16) {
    state.programme(id).map_or((0, 0), |opened| {
        let field = field(panes(body, opened).picture);
        (field.width, field.height)
    })
}

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, id: ProgrammeId, ctx: &Ctx<'_>) {
    let Some(opened) = state.programme(id) else {
        paint::line(buf, area, &[tone(state.theme, Tone::Dim, format!("   reading programme {id}…"))]);
        return;
    };
    let panes = panes(area, opened);
    paint::lines(buf, panes.summary, &summary(state, &opened.detail.programme, ctx));
    let guests = programmes::guests(opened);
    let keys: Vec<&str> = guests.iter().map(|g| g.member.as_ref().map_or("", |m| m.uid.as_str())).collect();
    let chosen = state.guest.index(keys.len(), |i| keys[i].to_owned());
    let look = Look { theme: state.theme, chosen, sort: None };
    table::draw(buf, panes.guests, GUESTS, &look, ctx, guests.len(), |i| guests.get(i).map(|r| (r, false)));
    // Targets are not chosen from.
    let targets = programmes::targets(opened);
    let look = Look { theme: state.theme, chosen: usize::MAX, sort: None };
    table::draw(buf, panes.targets, TARGETS, &look, ctx, targets.len(), |i| targets.get(i).map(|r| (r, false)));
    if targets.is_empty() {
        let spot = Rect { x: area.x + 3, y: panes.targets.y + 1, height: 1, width: area.width.saturating_sub(3) };
        paint::line(buf, spot, &[tone(state.theme, Tone::Dim, "no target: it goes nowhere")]);
    }
}

fn summary(state: &State, row: &ProgrammeRow, ctx: &Ctx<'_>) -> Vec<Vec<Piece>> {
    let theme = state.theme;
    let is = state_cell(row.state);
    let air = on_air_ms(row, ctx).map(|ms| format!(" {}", text::span(ms))).unwrap_or_default();
    let first = vec![
        tone(theme, is.tone, format!("   {}{air}", is.text)),
        plain(format!("  {} · layout {} · slate {} · mode {}", row.preset, row.layout, row.slate, row.mode)),
        tone(theme, Tone::Dim, format!("  by {}", text::clean(&row.started_by))),
    ];
    let second = match row.status.as_ref().filter(|_| !row.state.is_over()) {
        None => vec![tone(theme, Tone::Dim, "   no worker reports on it")],
        Some(s) => {
            let of = |count: u64| if count > 0 { Tone::Warn } else { Tone::Plain };
            vec![
                plain(format!("   {} fps · {} kbit/s", tenths(s.fps_tenths), text::grouped(s.bitrate_kbps.into()))),
                tone(theme, of(s.frames_dropped), format!(" · {} dropped", text::grouped(s.frames_dropped))),
                plain(format!(" · {} cores · {} MiB", cores(s.cpu_permille), s.memory_kib / 1024)),
                tone(theme, of(s.restarts.into()), format!(" · restarts {}", s.restarts)),
                plain(format!(" · viewers {}", text::grouped(s.viewers.into()))),
                tone(theme, Tone::Dim, format!("  {}", text::clean(&s.worker))),
            ]
        }
    };
    let third = match (&row.said, &row.hls_url) {
        (Some(said), _) => vec![tone(theme, Tone::Warn, format!("   {}", text::clean(said)))],
        (None, Some(url)) => vec![plain("   watch "), tone(theme, Tone::Accent, text::clean(url))],
        (None, None) => Vec::new(),
    };
    vec![first, second, third]
}

/// The picture with its heading, over whatever is there.
pub(super) fn picture(buf: &mut Buffer, body: Rect, state: &State, id: ProgrammeId, now: i64) {
    let Some(opened) = state.programme(id) else { return };
    let pane = panes(body, opened).picture;
    if pane.height == 0 {
        return;
    }
    let guest = state.chosen_guest(id);
    let of = guest.as_ref().map_or_else(|| "the programme".to_owned(), |uid| format!("{uid} alone"));
    let field = field(pane);
    let theme = state.theme;
    let shown = state.pictures.shown.as_ref().filter(|shown| shown.of.programme == id && shown.of.guest == guest);
    let Some(shown) = shown else {
        paint::headed(buf, pane, theme, &format!("picture of {of}"));
        let (says, of) = why_none(state, opened);
        for (says, y) in paint::broken(&says, field.width.into()).into_iter().zip(field.y..field.bottom()) {
            paint::line(buf, Rect { y, height: 1, ..field }, &[tone(theme, of, says)]);
        }
        return;
    };
    let stale = state.is_stale(now);
    let taken = text::clock(shown.taken, &state.tz);
    let how = if shown.of.blurred { ", blurred" } else { "" };
    let old = if stale { ", OLD" } else { "" };
    paint::headed(buf, pane, theme, &format!("picture of {of}{how}, taken {taken}{old}"));
    // Beneath a dialog there are blocks: what the terminal draws by itself could stand above it.
    let looks = Looks {
        tint: match (theme.colour, stale) {
            (false, _) => Tint::Letters,
            (true, false) => Tint::Colours,
            (true, true) => Tint::Greys,
        },
        true_colour: state.pictures.means.true_colour,
        sharp: !stale && theme.colour && matches!(state.mode, Mode::Normal | Mode::Filter { .. }),
    };
    let wide = picture::draw(buf, field, shown, &looks);
    let beside = field.width.saturating_sub(wide + 2);
    if beside >= NOTES.min(30) {
        let notes = Rect { x: field.x + wide + 2, width: beside.min(NOTES), ..field };
        let way = match (theme.colour, shown.sharp.is_some()) {
            (false, _) => "in shades, as there is no colour",
            (true, false) => Way::Blocks.name(),
            (true, true) => shown.of.means.way.name(),
        };
        let lines = [
            if shown.of.blurred { "v shows it clearly" } else { "v blurs it again" },
            "i switches pictures off",
            "↑↓ the programme, or one guest",
            way,
        ];
        let lines: Vec<Vec<Piece>> = lines.into_iter().map(|line| vec![tone(theme, Tone::Dim, line)]).collect();
        paint::lines(buf, notes, &lines);
    }
}

fn why_none(state: &State, opened: &OpenedProgramme) -> (String, Tone) {
    if !state.may(Power::SeePictures) {
        return (format!("the role {} may not see pictures", state.role()), Tone::Dim);
    }
    if !state.pictures.on {
        return ("pictures are off: i switches them on".to_owned(), Tone::Dim);
    }
    if opened.detail.programme.state.is_over() {
        return ("it is over: there is nothing to see".to_owned(), Tone::Dim);
    }
    match &state.pictures.problem {
        Some(problem) => (format!("no picture: {}", text::clean(&problem.message)), Tone::Warn),
        None => ("waiting for a picture…".to_owned(), Tone::Dim),
    }
}
