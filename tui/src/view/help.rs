//! The help, made from the tables of bindings, columns, filter fields and commands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{self, Piece, plain, tone};
use crate::state::State;
use crate::state::action::{BINDINGS, Scope, key_name};
use crate::state::programmes::{self, AirRow};
use crate::state::table::{Listed, Tone};
use crate::state::{columns, filter, palette};

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
        vec![tone(state.theme, Tone::Accent, format!("  {name:<16}")), plain(says.to_owned())]
    };
    let mut lines = vec![heading("Keys here")];
    for binding in BINDINGS.iter().filter(|b| b.scopes.is_empty() || b.scopes.contains(&scope)) {
        let keys: Vec<String> = binding.keys.iter().map(|k| key_name(*k)).collect();
        lines.push(entry(keys.join(" "), binding.help));
    }
    lines.push(Vec::new());
    match scope {
        Scope::Calls | Scope::Call => {
            lines.push(heading("Filter: all terms must hold, ! before one inverts it, = != < > <= >="));
            lines.extend(filter::fields().map(|(name, says)| entry(name.to_owned(), says)));
            lines.push(Vec::new());
        }
        Scope::Ended | Scope::Money | Scope::Workers | Scope::Restreams => {
            lines.push(heading("Filter: all words must be in the row, ! before one inverts it"));
            lines.push(Vec::new());
        }
        Scope::Programme => {}
    }
    match scope {
        Scope::Restreams => {
            lines.push(heading("Columns of calls on air"));
            lines.extend(AirRow::COLUMNS.iter().map(|c| entry(c.title.to_owned(), c.help)));
        }
        Scope::Programme => {
            lines.push(heading("Columns of guests"));
            lines.extend(programmes::GUESTS.iter().map(|c| entry(c.title.to_owned(), c.help)));
            lines.push(Vec::new());
            lines.push(heading("Columns of targets"));
            lines.extend(programmes::TARGETS.iter().map(|c| entry(c.title.to_owned(), c.help)));
        }
        Scope::Calls | Scope::Call | Scope::Ended | Scope::Money | Scope::Workers => {
            lines.push(heading("Columns of live calls"));
            lines.extend(columns::CALLS.iter().map(|c| entry(c.title.to_owned(), c.help)));
        }
    }
    lines.push(Vec::new());
    lines.push(heading("Commands"));
    for command in palette::COMMANDS {
        lines.push(entry(format!(":{} {}", command.name, command.takes), command.help));
    }
    lines
}
