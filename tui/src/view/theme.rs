//! Themes as data: what each tone and each part of the frame looks like. `plain` uses no colour at all, only bold, dim and reverse.

use ratatui::style::{Color, Modifier, Style};

use crate::state::table::Tone;

/// A theme.
#[derive(Debug)]
pub(crate) struct Theme {
    pub(crate) name: &'static str,
    /// Whether it uses colours at all; pictures are made of shades else.
    pub(crate) colour: bool,
    dim: Style,
    strong: Style,
    good: Style,
    warn: Style,
    bad: Style,
    accent: Style,
    /// The chosen row.
    pub(crate) chosen: Style,
    /// Headings and frames.
    pub(crate) frame: Style,
    /// What is too old to act on.
    pub(crate) stale: Style,
    /// The word of a production house.
    pub(crate) production: Style,
    /// The word of a development house.
    pub(crate) development: Style,
    /// The word of any other house.
    pub(crate) elsewhere: Style,
}

const fn fg(color: Color) -> Style {
    Style::new().fg(color)
}

const fn on(color: Color) -> Style {
    Style::new().fg(Color::Black).bg(color).add_modifier(Modifier::BOLD)
}

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const DIM: Style = Style::new().add_modifier(Modifier::DIM);
const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);

/// Every theme, the usual one first. Only the sixteen colours that every terminal has.
static THEMES: [Theme; 3] = [
    Theme {
        name: "dark",
        colour: true,
        dim: fg(Color::DarkGray),
        strong: BOLD,
        good: fg(Color::Green),
        warn: fg(Color::Yellow),
        bad: fg(Color::LightRed).add_modifier(Modifier::BOLD),
        accent: fg(Color::Cyan),
        chosen: REVERSED,
        frame: fg(Color::Gray),
        stale: fg(Color::DarkGray),
        production: on(Color::LightRed),
        development: on(Color::Green),
        elsewhere: on(Color::Yellow),
    },
    Theme {
        name: "light",
        colour: true,
        dim: fg(Color::Gray),
        strong: BOLD,
        good: fg(Color::Green),
        warn: fg(Color::Magenta),
        bad: fg(Color::Red).add_modifier(Modifier::BOLD),
        accent: fg(Color::Blue),
        chosen: REVERSED,
        frame: fg(Color::DarkGray),
        stale: fg(Color::Gray),
        production: on(Color::LightRed),
        development: on(Color::Green),
        elsewhere: on(Color::Yellow),
    },
    Theme {
        name: "plain",
        colour: false,
        dim: DIM,
        strong: BOLD,
        good: Style::new(),
        warn: BOLD,
        bad: BOLD,
        accent: BOLD,
        chosen: REVERSED,
        frame: Style::new(),
        stale: DIM,
        production: REVERSED.add_modifier(Modifier::BOLD),
        development: BOLD,
        elsewhere: REVERSED,
    },
];

impl Theme {
    /// The theme for a terminal with or without colour.
    pub(crate) fn usual(colour: bool) -> &'static Self {
        if colour { &THEMES[0] } else { &THEMES[2] }
    }

    pub(crate) fn by_name(name: &str) -> Option<&'static Self> {
        THEMES.iter().find(|t| t.name == name)
    }

    pub(crate) fn names() -> String {
        THEMES.iter().map(|t| t.name).collect::<Vec<_>>().join(", ")
    }

    pub(crate) const fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => Style::new(),
            Tone::Dim => self.dim,
            Tone::Strong => self.strong,
            Tone::Good => self.good,
            Tone::Warn => self.warn,
            Tone::Bad => self.bad,
            Tone::Accent => self.accent,
        }
    }
}
