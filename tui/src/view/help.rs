//! The help, made from the tables of bindings, columns, filter fields and commands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{self, Piece, plain, tone};
use crate::state::action::Scope;
use crate::state::bindings::{BINDINGS, key_name};
use crate::state::listing::AnyListing;
use crate::state::table::{Column, Tone};
use crate::state::{State, View, case, columns, filter, palette, person, programmes, room};

pub(super) fn draw(buf: &mut Buffer, area: Rect, state: &State, scroll: u16) {
    let lines = lines(state);
    let inside = paint::popup(buf, area, (96, area.height), state.theme.frame, "help");
    let most = lines.len().saturating_sub(usize::from(inside.height));
    paint::lines(buf, inside, &lines[usize::from(scroll).min(most)..]);
}

fn lines(state: &State) -> Vec<Vec<Piece>> {
    let scope = state.scope();
    let heading = |text: &str| vec![tone(state.theme, Tone::Strong, text.to_owned())];
    let entry = |name: String, says: &str| {
        vec![tone(state.theme, Tone::Accent, format!("  {name:<18}")), plain(says.to_owned())]
    };
    let mut lines = vec![heading("Keys here")];
    for binding in BINDINGS.iter().filter(|b| b.scopes.is_empty() || b.scopes.contains(&scope)) {
        let keys: Vec<String> = binding.keys.iter().map(|k| key_name(*k)).collect();
        lines.push(entry(keys.join(" "), binding.help));
    }
    lines.push(Vec::new());
    let put = |lines: &mut Vec<Vec<Piece>>, of: &str, columns: Vec<(&'static str, &'static str)>| {
        lines.push(heading(&format!("Columns of {of}")));
        lines.extend(columns.into_iter().map(|(title, says)| entry(title.to_owned(), says)));
    };
    match (scope, state.view()) {
        (Scope::Calls | Scope::Call, _) => {
            lines.push(heading("Filter: all terms must hold, ! before one inverts it, = != < > <= >="));
            lines.extend(filter::fields().map(|(name, says)| entry(name.to_owned(), says)));
            lines.push(Vec::new());
        }
        (_, View::At(place)) => {
            lines.push(heading("Filter: all words must be in the row, ! before one inverts it"));
            lines.extend(place.asks().iter().map(|(name, says)| entry(format!("{name}="), says)));
            lines.push(Vec::new());
        }
        _ => {}
    }
    match scope {
        Scope::Restreams => put(&mut lines, "calls on air", here(state)),
        Scope::Rooms => put(&mut lines, "rooms", here(state)),
        Scope::Cases => put(&mut lines, "cases", here(state)),
        Scope::Users => put(&mut lines, "users", here(state)),
        Scope::Audit => put(&mut lines, "acts", here(state)),
        Scope::Programme => {
            put(&mut lines, "guests", titles(programmes::GUESTS));
            lines.push(Vec::new());
            put(&mut lines, "targets", titles(programmes::TARGETS));
        }
        Scope::Room => {
            put(&mut lines, "messages", titles(room::MESSAGES));
            lines.push(Vec::new());
            put(&mut lines, "members", titles(room::MEMBERS));
        }
        Scope::Case => {
            put(&mut lines, "reports", titles(case::REPORTS));
            lines.push(Vec::new());
            put(&mut lines, "messages in evidence", titles(case::PIECES));
        }
        Scope::User => put(&mut lines, "what belongs to a user", titles(person::ITEMS)),
        Scope::Calls | Scope::Call | Scope::Ended | Scope::Money | Scope::Workers => {
            put(&mut lines, "live calls", titles(columns::CALLS));
        }
    }
    lines.push(Vec::new());
    lines.push(heading("Commands"));
    for command in palette::COMMANDS {
        lines.push(entry(format!(":{} {}", command.name, command.takes), command.help));
    }
    lines
}

/// The columns of the list on the screen.
fn here(state: &State) -> Vec<(&'static str, &'static str)> {
    state.listing().map(AnyListing::columns).unwrap_or_default()
}

fn titles<R>(columns: &'static [Column<R>]) -> Vec<(&'static str, &'static str)> {
    columns.iter().filter(|c| !c.title.is_empty()).map(|c| (c.title, c.help)).collect()
}
