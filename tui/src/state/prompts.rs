//! The prompts: the filter as it is typed, the palette and its commands, the help.

use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use super::action::Place;
use super::palette::{self, Run};
use super::{Mode, State, View, columns};
use crate::text;
use crate::view::theme::Theme;

impl State {
    pub(super) fn filter_key(&mut self, key: KeyEvent, mut input: Input, before: String, now: i64) {
        match key.code {
            KeyCode::Esc => self.set_filter(self.read_filter(&before).unwrap_or_default(), now),
            KeyCode::Enter => match self.read_filter(input.value()) {
                Ok(filter) => self.set_filter(filter, now),
                Err(error) => {
                    self.say(format!("filter: {error}"), false, now);
                    self.mode = Mode::Filter { input, before };
                }
            },
            _ => {
                input.handle_event(&Event::Key(key));
                // What can be read already is shown at once; half a comparison waits.
                if let Ok(filter) = self.read_filter(input.value()) {
                    self.set_filter(filter, now);
                }
                self.mode = Mode::Filter { input, before };
            }
        }
    }

    pub(super) fn palette_key(&mut self, key: KeyEvent, mut input: Input, mut choice: usize, now: i64) {
        let found = palette::find(input.value()).0.len();
        match key.code {
            KeyCode::Esc => return,
            KeyCode::Enter => {
                let typed = input.value().to_owned();
                let (found, rest) = palette::find(&typed);
                match found.get(choice) {
                    Some(command) => self.run(command.run, rest, now),
                    None => self.say(format!("no command like `{}`", text::clean(&typed)), false, now),
                }
                return;
            }
            KeyCode::Up => choice = choice.saturating_sub(1),
            KeyCode::Down => choice = (choice + 1).min(found.saturating_sub(1)),
            KeyCode::Tab => {
                if let Some(command) = palette::find(input.value()).0.get(choice) {
                    input = Input::new(format!("{} ", command.name));
                    choice = 0;
                }
            }
            _ => {
                if input.handle_event(&Event::Key(key)).is_some_and(|c| c.value) {
                    choice = 0;
                }
            }
        }
        self.mode = Mode::Palette { input, choice };
    }

    fn run(&mut self, run: Run, rest: &str, now: i64) {
        match run {
            Run::Go(place) => self.go(place),
            Run::Help => self.mode = Mode::Help { scroll: 0 },
            Run::Quit => self.quit = true,
            Run::Pause => self.pause(now),
            Run::Call => match rest.parse() {
                Ok(id) => self.open(id),
                Err(_) => self.say(format!("`{}` is not the id of a call", text::clean(rest)), false, now),
            },
            Run::Programme => match rest.parse() {
                Ok(id) => self.open_programme(id),
                Err(_) => self.say(format!("`{}` is not the id of a programme", text::clean(rest)), false, now),
            },
            Run::Room => match rest.parse() {
                Ok(id) => self.open_room(id),
                Err(_) => self.say(format!("`{}` is not the id of a room", text::clean(rest)), false, now),
            },
            Run::Case => match rest.parse() {
                Ok(id) => self.open_case(id),
                Err(_) => self.say(format!("`{}` is not the id of a case", text::clean(rest)), false, now),
            },
            Run::User => match rest.parse() {
                Ok(uid) => self.open_person(uid),
                Err(_) => self.say(format!("`{}` is not the name of a user", text::clean(rest)), false, now),
            },
            Run::Verify => {
                self.go(Place::Audit);
                self.verify(now);
            }
            Run::Pictures => match rest {
                "off" => self.pictures.on = false,
                "blurred" => (self.pictures.on, self.pictures.clear) = (true, false),
                "clear" => (self.pictures.on, self.pictures.clear) = (true, true),
                _ => self.say("pictures are shown: off, blurred or clear", false, now),
            },
            Run::Sort if self.view() != View::At(Place::Calls) => {
                if self.listing_mut().is_none_or(|list| !list.sort_by(rest)) {
                    self.say(format!("no column `{}` to sort by", text::clean(rest)), false, now);
                }
            }
            Run::Sort => {
                match columns::CALLS.iter().position(|c| c.sort.is_some() && c.title.eq_ignore_ascii_case(rest)) {
                    Some(column) => {
                        self.calls.sort = column;
                        self.arrange(now);
                    }
                    None => self.say(format!("no column `{}` to sort by", text::clean(rest)), false, now),
                }
            }
            Run::Filter => match self.read_filter(rest) {
                Ok(filter) => self.set_filter(filter, now),
                Err(error) => self.say(format!("filter: {error}"), false, now),
            },
            Run::Theme => match Theme::by_name(rest) {
                Some(theme) => self.theme = theme,
                None => {
                    self.say(format!("no theme `{}`; there are: {}", text::clean(rest), Theme::names()), false, now);
                }
            },
        }
    }

    pub(super) fn help_key(&mut self, key: KeyEvent, scroll: u16) {
        let scroll = match key.code {
            KeyCode::Up | KeyCode::Char('k') => scroll.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => scroll.saturating_add(1),
            KeyCode::PageUp => scroll.saturating_sub(10),
            KeyCode::PageDown | KeyCode::Char(' ') => scroll.saturating_add(10),
            _ => return,
        };
        self.mode = Mode::Help { scroll };
    }
}
