//! The console as a whole without a house: keys in, pictures and asks out.

mod keys;
mod moderation;
mod on_air;
mod pictures;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::state::State;
use crate::view;

/// Presses keys: letters as they stand, and `<enter>`, `<esc>`, `<tab>`, `<up>`, `<down>`, `<space>`, `<c-y>`, `<c-c>`.
fn press(state: &mut State, keys: &str, now: i64) {
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest
            .strip_prefix('<')
            .and_then(|r| r.split_once('>'))
            .filter(|(name, _)| !name.is_empty() && name.len() < 7);
        let (code, modifiers) = if let Some((name, after)) = named {
            rest = after;
            match name {
                "enter" => (KeyCode::Enter, KeyModifiers::NONE),
                "esc" => (KeyCode::Esc, KeyModifiers::NONE),
                "tab" => (KeyCode::Tab, KeyModifiers::NONE),
                "up" => (KeyCode::Up, KeyModifiers::NONE),
                "down" => (KeyCode::Down, KeyModifiers::NONE),
                "space" => (KeyCode::Char(' '), KeyModifiers::NONE),
                "c-y" => (KeyCode::Char('y'), KeyModifiers::CONTROL),
                "c-c" => (KeyCode::Char('c'), KeyModifiers::CONTROL),
                other => panic!("no key {other}"),
            }
        } else {
            rest = &rest[first.len_utf8()..];
            (KeyCode::Char(first), if first.is_ascii_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE })
        };
        state.key(KeyEvent::new(code, modifiers), now);
    }
}

fn buffer(state: &State, now: i64, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(frame, state, now)).unwrap();
    terminal.backend().buffer().clone()
}

fn picture(state: &State, now: i64, size: (u16, u16)) -> String {
    let buffer = buffer(state, now, size);
    let mut lines: Vec<String> = Vec::new();
    for y in 0..buffer.area.height {
        let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}
