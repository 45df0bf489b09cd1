//! What the terminal can show, asked of itself: twice, each time for a moment only, and before keys are read.
//!
//! A terminal that does not answer at once gets half-blocks. So does one behind `tmux` or SSH, where pictures are cut or slow. The first
//! question is one whose answer the reader of keys knows and drops should it come late; only a terminal that answered it in time is
//! asked for more.

use std::env;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use ratatui_image::picker::ProtocolType;
use ratatui_image::picker::cap_parser::{Parser, QueryStdioOptions, Response};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Means, Way};

/// How long the first answer may take.
const FIRST: Duration = Duration::from_millis(200);
/// How long the second may take, whatever the first took.
const LONGEST: Duration = Duration::from_millis(500);

/// How pictures are to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Wish {
    /// As well as the terminal can; half-blocks over SSH and in tmux
    #[default]
    Auto,
    /// By kitty's graphics protocol
    Kitty,
    /// By sixel
    Sixel,
    /// By the images of iTerm2
    Iterm2,
    /// By half-blocks
    Blocks,
    /// Not at all, until they are switched on
    Off,
}

/// What is known without asking.
struct Surroundings {
    term: String,
    program: String,
    colours: String,
    tmux: bool,
    ssh: bool,
    /// It says that it speaks kitty's protocol, but does not know its placeholders.
    no_placeholders: bool,
}

impl Surroundings {
    fn read() -> Self {
        let text = |name: &str| env::var(name).unwrap_or_default();
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            term: text("TERM"),
            program: text("TERM_PROGRAM"),
            colours: text("COLORTERM"),
            tmux: set("TMUX"),
            ssh: set("SSH_CONNECTION") || set("SSH_TTY"),
            no_placeholders: set("WEZTERM_EXECUTABLE") || set("KONSOLE_VERSION"),
        }
    }

    fn true_colour(&self) -> bool {
        matches!(self.colours.as_str(), "truecolor" | "24bit")
    }

    /// Whether there is no use in asking.
    fn blocks_only(&self) -> bool {
        let kinds = ["dumb", "linux", "screen", "tmux"];
        self.tmux || self.ssh || kinds.iter().any(|kind| self.term.starts_with(kind))
    }

    fn iterm(&self) -> bool {
        ["iTerm.app", "WezTerm"].contains(&self.program.as_str())
    }
}

/// What a terminal answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Answer {
    /// It came to its end.
    whole: bool,
    kitty: bool,
    sixel: bool,
    font: Option<(u16, u16)>,
}

impl Answer {
    fn take(&mut self, responses: Vec<Response>) {
        for response in responses {
            match response {
                Response::Status => self.whole = true,
                Response::Kitty => self.kitty = true,
                Response::Sixel => self.sixel = true,
                Response::CellSize(font) => self.font = font.or(self.font),
                _ => {}
            }
        }
    }
}

/// Finds out how pictures are shown here. The terminal must be raw, and nobody else may be reading from it.
pub(crate) fn find(wish: Wish, colour: bool) -> Means {
    let around = Surroundings::read();
    // They can be switched on later.
    let wish = if wish == Wish::Off { Wish::Auto } else { wish };
    let plain = Means { true_colour: around.true_colour(), ..Means::default() };
    // Without colour a picture is made of shades, whatever the terminal could do.
    if !colour || wish == Wish::Blocks || wish == Wish::Auto && around.blocks_only() {
        return plain;
    }
    let began = Instant::now();
    let first = ask("\x1b[c\x1b[16t\x1b[5n", FIRST).unwrap_or_default();
    let took = began.elapsed();
    let font = first.font.or_else(font_of_window);
    let way = match wish {
        Wish::Kitty => Some(Way::Kitty),
        Wish::Sixel => Some(Way::Sixel),
        Wish::Iterm2 => Some(Way::Iterm),
        Wish::Auto | Wish::Blocks | Wish::Off if !first.whole => None,
        Wish::Auto | Wish::Blocks | Wish::Off => choose(&around, first, || {
            let options = QueryStdioOptions { blacklist_protocols: vec![ProtocolType::Sixel], ..Default::default() };
            let patience = (took * 5).clamp(FIRST, LONGEST);
            ask(&Parser::query(false, options), patience).is_ok_and(|answer| answer.kitty)
        }),
    };
    let means = match (way, font) {
        (Some(way), Some(font)) => Means { way, font, true_colour: true },
        // Without the size of a cell a picture has no size.
        _ => plain,
    };
    tracing::info!(?means, ?first, took_ms = took.as_millis(), "how the terminal shows pictures");
    means
}

fn choose(around: &Surroundings, first: Answer, kitty: impl FnOnce() -> bool) -> Option<Way> {
    if around.iterm() {
        return Some(Way::Iterm);
    }
    if !around.no_placeholders && kitty() {
        return Some(Way::Kitty);
    }
    first.sixel.then_some(Way::Sixel)
}

/// Asks, and reads until the answer is whole or the time is over.
fn ask(question: &str, patience: Duration) -> io::Result<Answer> {
    let mut out = io::stdout();
    out.write_all(question.as_bytes())?;
    out.flush()?;
    let until = Instant::now() + patience;
    let mut parser = Parser::new();
    let mut answer = Answer::default();
    let mut bytes = [0_u8; 128];
    while !answer.whole {
        let left = until.saturating_duration_since(Instant::now());
        let stdin = rustix::stdio::stdin();
        let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
        let wait = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
        if left.is_zero() || poll(&mut ready, Some(&wait))? == 0 {
            break;
        }
        let count = rustix::io::read(stdin, &mut bytes)?;
        if count == 0 {
            break;
        }
        bytes[..count].iter().for_each(|byte| answer.take(parser.push(char::from(*byte))));
    }
    Ok(answer)
}

fn font_of_window() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let cell = |pixels: u16, cells: u16| pixels.checked_div(cells).filter(|side| *side > 0);
    Some((cell(size.width, size.columns)?, cell(size.height, size.rows)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(term: &str, program: &str) -> Surroundings {
        Surroundings {
            term: term.to_owned(),
            program: program.to_owned(),
            colours: String::new(),
            tmux: false,
            ssh: false,
            no_placeholders: false,
        }
    }

    fn read(text: &str) -> Answer {
        let mut parser = Parser::new();
        let mut answer = Answer::default();
        text.chars().for_each(|c| answer.take(parser.push(c)));
        answer
    }

    #[test]
    fn answers_are_read_with_noise_and_in_part() {
        let foot = read("\x1b[?62;4;22c\x1b[6;20;10t\x1b[0n");
        assert_eq!(foot, Answer { whole: true, kitty: false, sixel: true, font: Some((10, 20)) });
        assert!(read("\x1b_Gi=31;OK\x1b\\\x1b[0n").kitty);
        assert!(!read("\x1b_Gi=31;EINVAL:no\x1b\\\x1b[0n").kitty);
        assert!(!read("\x1b[?62;22c\x1b[6;2").whole, "cut short");
        assert!(read("keys\x1b[?1;2c\x1b[0n").whole);
    }

    #[test]
    fn the_best_of_what_the_terminal_can_is_taken() {
        let sixel = Answer { whole: true, sixel: true, ..Answer::default() };
        assert_eq!(choose(&around("xterm-kitty", ""), sixel, || true), Some(Way::Kitty));
        assert_eq!(choose(&around("foot", ""), sixel, || false), Some(Way::Sixel));
        assert_eq!(choose(&around("xterm", ""), Answer::default(), || false), None);
        assert_eq!(choose(&around("xterm-256color", "iTerm.app"), Answer::default(), || false), Some(Way::Iterm));
        let konsole = Surroundings { no_placeholders: true, ..around("xterm-256color", "") };
        assert_eq!(choose(&konsole, sixel, || panic!("it would say yes")), Some(Way::Sixel));
    }

    #[test]
    fn who_cannot_is_not_asked() {
        for term in ["dumb", "linux", "screen-256color", "tmux-256color"] {
            assert!(around(term, "").blocks_only(), "{term}");
        }
        assert!(Surroundings { ssh: true, ..around("xterm-kitty", "") }.blocks_only());
        assert!(!around("xterm-kitty", "").blocks_only());
    }
}
