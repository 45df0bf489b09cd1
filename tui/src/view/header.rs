//! The two lines at the top that are always there: where one is connected, whether what is shown is true, and what the house earns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{self, Piece, plain, tone, width};
use crate::state::action::Place;
use crate::state::listing::AnyListing;
use crate::state::msg::Link;
use crate::state::table::Tone;
use crate::state::{Mode, State, View, columns};
use crate::text;

/// A part of a line; those with a larger number fall away first.
type Part = (u8, Vec<Piece>);

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, now: i64) {
    let top = Rect { height: 1, ..area };
    spread(buf, top, house(state, now), totals(state, now));
    let below = Rect { y: area.y + 1, height: 1, ..area };
    if let Mode::Filter { input, .. } = &state.mode {
        paint::line(
            buf,
            below,
            &[tone(state.theme, Tone::Accent, " filter: /"), plain(paint::typed(input)), plain("  ↵ keep  Esc leave")],
        );
    } else {
        spread(buf, below, place(state), notes(state));
    }
}

/// Left parts and right parts in one line, with less important ones left out until all fit.
fn spread(buf: &mut Buffer, area: Rect, mut left: Vec<Part>, mut right: Vec<Part>) {
    let wide = |parts: &[Part]| parts.iter().flat_map(|(_, pieces)| pieces).map(|p| width(&p.content)).sum::<usize>();
    while wide(&left) + wide(&right) > usize::from(area.width) {
        let worst = |parts: &[Part]| {
            parts.iter().enumerate().max_by_key(|(_, (rank, _))| *rank).map(|(i, (rank, _))| (*rank, i))
        };
        match (worst(&left), worst(&right)) {
            (Some((l, i)), Some((r, _))) if l > r => drop(left.remove(i)),
            (_, Some((_, i))) => drop(right.remove(i)),
            (Some((_, i)), None) if left.len() > 1 => drop(left.remove(i)),
            _ => break,
        }
    }
    let start = area.right().saturating_sub(u16::try_from(wide(&right)).unwrap_or(area.width));
    let flat = |parts: Vec<Part>| parts.into_iter().flat_map(|(_, pieces)| pieces).collect::<Vec<_>>();
    paint::line(buf, area, &flat(left));
    paint::line(buf, Rect { x: start, width: area.right() - start, ..area }, &flat(right));
}

fn house(state: &State, now: i64) -> Vec<Part> {
    let theme = state.theme;
    let environment = state.house.me.as_ref().map(|me| text::clean(&me.environment));
    let (word, style) = match environment.as_deref() {
        None => ("?".to_owned(), theme.elsewhere),
        Some("production") => ("PROD".to_owned(), theme.production),
        Some("development") => ("DEV".to_owned(), theme.development),
        Some(other) => (other.to_uppercase(), theme.elsewhere),
    };
    let (sign, tone_of, says) = match &state.link {
        Link::Up if state.is_stale(now) => ("◐", Tone::Bad, "STALE".to_owned()),
        Link::Up => ("●", Tone::Good, "live".to_owned()),
        Link::Connecting => ("○", Tone::Warn, "connecting".to_owned()),
        Link::Lost => ("✗", Tone::Bad, "DISCONNECTED".to_owned()),
        Link::Refused(why) => ("✗", Tone::Bad, format!("REFUSED: {}", text::clean(why))),
    };
    let age = state.age(now).map_or_else(|| "age —".to_owned(), |ms| format!("age {}", text::age(ms)));
    let paused = if state.paused() { vec![tone(theme, Tone::Bad, "  PAUSED")] } else { Vec::new() };
    vec![
        (9, vec![tone(theme, Tone::Strong, " callboard ")]),
        (0, vec![Piece::styled(format!(" {word} "), style)]),
        (8, vec![plain(format!("· {}", text::clean(&state.context)))]),
        (0, vec![tone(theme, tone_of, format!("  {sign} {says}"))]),
        (1, vec![plain(format!("  {age}"))]),
        (0, paused),
        (
            3,
            if state.dropped > 0 {
                vec![tone(theme, Tone::Warn, format!("  {} dropped", text::grouped(state.dropped)))]
            } else {
                Vec::new()
            },
        ),
    ]
}

fn totals(state: &State, now: i64) -> Vec<Part> {
    let theme = state.theme;
    let clock = state.server(now).map_or_else(|| "--:--:--".to_owned(), |at| text::clock(at, &state.tz));
    let clock = (2, vec![plain(format!("  {clock} "))]);
    let Some(sum) = &state.house.summary else { return vec![clock] };
    let ledger = if sum.ledger_sum.is_zero() {
        tone(theme, Tone::Good, " · Σ 0 ✓")
    } else {
        tone(theme, Tone::Bad, format!(" · Σ {} ✗", text::exact(sum.ledger_sum)))
    };
    vec![
        (4, vec![plain(text::counted(sum.live_calls.into(), "call"))]),
        (5, vec![plain(format!(" · {} /min burn", text::rounded(sum.burn_per_minute)))]),
        (6, vec![plain(format!(" · {} /min platform", text::rounded(sum.platform_per_minute)))]),
        (if sum.ledger_sum.is_zero() { 3 } else { 0 }, vec![ledger]),
        clock,
    ]
}

fn place(state: &State) -> Vec<Part> {
    let crumbs: Vec<String> = state
        .views()
        .iter()
        .map(|view| match view {
            View::At(Place::Calls) => "Calls".to_owned(),
            View::At(Place::Ended) => "Ended".to_owned(),
            View::At(Place::Money(tab)) => format!("Money ▸ {}", tab.name()),
            View::At(Place::Workers) => "Workers".to_owned(),
            View::At(Place::Restreams) => "Restreams".to_owned(),
            View::At(Place::Rooms) => "Rooms".to_owned(),
            View::At(Place::Cases) => "Cases".to_owned(),
            View::At(Place::Users) => "Users".to_owned(),
            View::At(Place::Audit) => "Audit".to_owned(),
            View::Room(id) => state.room(*id).map_or_else(
                || format!("room {}", text::short_id(&id.to_string())),
                |o| text::clean(&o.look.detail.room.name),
            ),
            View::Case(id) => state.case(*id).map_or_else(
                || format!("case {}", text::short_id(&id.to_string())),
                |o| crate::state::cases::matter(&o.detail.case),
            ),
            View::Person(uid) => text::clean(uid.as_str()),
            View::Programme(id) => state
                .programme(*id)
                .map_or_else(|| text::short_id(&id.to_string()).to_owned(), |o| text::clean(&o.detail.programme.title)),
            View::Call(id) => state
                .opened(*id)
                .map_or_else(|| text::short_id(&id.to_string()).to_owned(), crate::state::opened::Opened::who),
        })
        .collect();
    let mut parts = vec![(0, vec![tone(state.theme, Tone::Strong, format!(" {}", crumbs.join(" ▸ ")))])];
    if state.view() == View::At(Place::Calls) {
        let all = state.house.live.len();
        let shown = state.calls.order.len();
        let count = if shown == all { format!(" ▸ all {all}") } else { format!(" ▸ {shown} of {all}") };
        parts.push((2, vec![plain(count)]));
        if !state.calls.marks.is_empty() {
            parts.push((1, vec![tone(state.theme, Tone::Accent, format!("  {} marked", state.calls.marks.len()))]));
        }
    }
    parts
}

fn notes(state: &State) -> Vec<Part> {
    let theme = state.theme;
    let mut parts = Vec::new();
    let running = state.alarms.running();
    if running > 0 {
        parts.push((
            1,
            vec![tone(theme, Tone::Bad, format!("! {running} {}  ", if running == 1 { "alarm" } else { "alarms" }))],
        ));
    }
    if let Some(trouble) = &state.trouble {
        parts.push((4, vec![tone(theme, Tone::Warn, format!("{}  ", text::clean(trouble)))]));
    }
    if let Some(filter) = state.filter().filter(|f| !f.is_empty()) {
        parts.push((2, vec![tone(theme, Tone::Accent, format!("/{}  ", text::clean(filter.text())))]));
    }
    if state.view() == View::At(Place::Calls) {
        let column = columns::CALLS.get(state.calls.sort).map_or("", |c| c.title).to_lowercase();
        parts.push((3, vec![plain(format!("sort: {column} {}  ", if state.calls.descending { "▼" } else { "▲" }))]));
    }
    if let Some((title, down)) = state.listing().and_then(AnyListing::sorted) {
        parts.push((3, vec![plain(format!("sort: {} {}  ", title.to_lowercase(), if down { "▼" } else { "▲" }))]));
    }
    let role = state.house.me.as_ref().map(|me| format!("{} ({})  ", me.name, me.role));
    parts.push((5, vec![tone(theme, Tone::Dim, role.unwrap_or_default())]));
    parts.push((2, vec![tone(theme, Tone::Dim, "q:quit ?:help ")]));
    parts
}
