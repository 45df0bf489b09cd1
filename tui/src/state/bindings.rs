//! Which key means what where: the one table from which keys, the key line and the help are made.

mod all;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, Scope};

pub(crate) use all::BINDINGS;

/// A key and what it means.
pub(crate) struct Binding {
    pub(crate) keys: &'static [(KeyCode, KeyModifiers)],
    pub(crate) action: Action,
    /// Where it holds; everywhere if empty.
    pub(crate) scopes: &'static [Scope],
    /// The word in the key line; not in it if empty.
    pub(crate) label: &'static str,
    /// The line in the help.
    pub(crate) help: &'static str,
}

/// What a key means in a place.
pub(crate) fn action_for(key: &KeyEvent, scope: Scope) -> Option<Action> {
    // Terminals tell upper case by the letter; whether they also tell Shift differs.
    let modifiers = if matches!(key.code, KeyCode::Char(_) | KeyCode::BackTab) {
        key.modifiers - KeyModifiers::SHIFT
    } else {
        key.modifiers
    };
    BINDINGS
        .iter()
        .filter(|b| b.scopes.is_empty() || b.scopes.contains(&scope))
        .find(|b| b.keys.contains(&(key.code, modifiers)))
        .map(|b| b.action)
}

/// A key as people write it.
pub(crate) fn key_name((code, modifiers): (KeyCode, KeyModifiers)) -> String {
    let name = match code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "↵".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        KeyCode::BackTab => "Shift-Tab".to_owned(),
        other => other.to_string(),
    };
    if modifiers.contains(KeyModifiers::CONTROL) { format!("Ctrl-{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place_and_acts_alone_are_dangerous() {
        for scope in Scope::ALL {
            let mut seen = std::collections::HashSet::new();
            for binding in BINDINGS.iter().filter(|b| b.scopes.is_empty() || b.scopes.contains(scope)) {
                for key in binding.keys {
                    assert!(seen.insert(*key), "{} twice in {scope:?}", key_name(*key));
                }
                if let Action::Act(_) = binding.action {
                    assert!(binding.keys.iter().all(|k| matches!(k.0, KeyCode::Char('A'..='Z'))), "{}", binding.help);
                    assert!(
                        (binding.label.is_empty() || binding.label.ends_with('…'))
                            && binding.help.ends_with("asks first")
                    );
                }
            }
        }
    }
}
