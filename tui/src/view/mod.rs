//! Drawing: a pure function of the state and the clock. Nothing here changes anything.

mod alarms;
mod audit;
mod call;
mod calls;
mod case;
mod dialog;
mod footer;
mod graph;
mod header;
mod help;
mod lists;
mod paint;
mod palette;
mod person;
mod picture;
mod programme;
mod room;
mod table;
pub(crate) mod theme;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::state::action::Place;
use crate::state::table::Tone;
use crate::state::{Mode, State, View};

/// Below this nothing useful can be said.
const LEAST: (u16, u16) = (40, 8);

/// The room for a picture on a screen of this size, in columns and rows; none where there is no picture.
pub(crate) fn picture_room(state: &State, (width, height): (u16, u16)) -> (u16, u16) {
    let View::Programme(id) = state.view() else { return (0, 0) };
    if width < LEAST.0 || height < LEAST.1 {
        return (0, 0);
    }
    let [_, body, _] = parts(Rect::new(0, 0, width, height));
    programme::picture_room(body, state, id)
}

fn parts(area: Rect) -> [Rect; 3] {
    Layout::vertical([Constraint::Length(2), Constraint::Fill(1), Constraint::Length(1)]).areas(area)
}

/// Draws a frame.
pub(crate) fn draw(frame: &mut Frame<'_>, state: &State, now: i64) {
    let area = frame.area();
    let buf = frame.buffer_mut();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        paint::line(buf, area, &[paint::plain("window too small")]);
        return;
    }
    let [head, body, foot] = parts(area);
    header::draw(buf, head, state, now);
    draw_body(buf, body, state, now);
    // What is too old to act on is grey as a whole; the header says in words why.
    if state.is_stale(now) {
        buf.set_style(body, state.theme.stale);
    }
    // A picture turns grey in its own way.
    if let View::Programme(id) = state.view() {
        programme::picture(buf, body, state, id, now);
    }
    footer::draw(buf, foot, state, now);
    match &state.mode {
        Mode::Dialog(open) => dialog::draw(buf, body, state, open, now, false),
        Mode::Leaving(open) => dialog::draw(buf, body, state, open, now, true),
        Mode::Help { scroll } => help::draw(buf, body, state, *scroll),
        Mode::Palette { input, choice } => palette::draw(buf, body, state, input, *choice),
        Mode::Normal | Mode::Filter { .. } => {}
    }
}

fn draw_body(buf: &mut Buffer, area: Rect, state: &State, now: i64) {
    let ctx = state.ctx(now);
    match state.view() {
        View::At(Place::Calls) => calls::draw(buf, area, state, &ctx),
        View::Call(id) => call::draw(buf, area, state, id, &ctx),
        View::Programme(id) => programme::draw(buf, area, state, id, &ctx),
        View::At(Place::Restreams) => lists::listing(buf, area, state, &state.house.programmes, &ctx),
        View::Room(id) => room::draw(buf, area, state, id, &ctx),
        View::Case(id) => case::draw(buf, area, state, id, &ctx),
        View::Person(uid) => person::draw(buf, area, state, &uid, &ctx),
        View::At(place)
            if place.power().is_some_and(|power| !state.may(power)) && !matches!(place, Place::Money(_)) =>
        {
            let says = format!("   the role {} may not see this", state.role());
            paint::line(buf, area, &[paint::tone(state.theme, Tone::Dim, says)]);
        }
        View::At(Place::Rooms) => lists::listing(buf, area, state, &state.house.rooms, &ctx),
        View::At(Place::Cases) => lists::listing(buf, area, state, &state.house.cases, &ctx),
        View::At(Place::Users) => lists::listing(buf, area, state, &state.house.people, &ctx),
        View::At(Place::Audit) => audit::draw(buf, area, state, &ctx),
        View::At(Place::Ended) => lists::listing(buf, area, state, &state.house.ended, &ctx),
        View::At(Place::Workers) => lists::listing(buf, area, state, &state.house.workers, &ctx),
        View::At(Place::Money(tab)) => lists::money(buf, area, state, tab, &ctx),
    }
}
