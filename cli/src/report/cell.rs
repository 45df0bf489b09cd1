//! What stands in one place of a table: a form for people and a form for programs.

use callboard_domain::{At, Coins, terminal_safe};

/// One place of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// For people.
    pub(super) shown: String,
    /// For CSV.
    pub(super) raw: String,
    /// Figures stand right.
    pub(super) right: bool,
}

impl Cell {
    /// A word or a sentence.
    #[expect(clippy::needless_pass_by_value, reason = "columns hand over words, references and fresh texts alike")]
    pub(crate) fn text(text: impl ToString) -> Self {
        let raw = text.to_string();
        // Notes and names come from people.
        Self { shown: terminal_safe(&raw).into_owned(), raw, right: false }
    }

    /// A word, or nothing.
    pub(crate) fn maybe(text: Option<impl ToString>) -> Self {
        text.map_or_else(Self::nothing, Self::text)
    }

    /// Several words.
    pub(crate) fn words<T: ToString>(words: impl IntoIterator<Item = T>) -> Self {
        Self::text(words.into_iter().map(|w| w.to_string()).collect::<Vec<_>>().join(" "))
    }

    /// A text that is cut for people, and whole for programs.
    pub(crate) fn cut(text: impl ToString, most: usize) -> Self {
        let whole = Self::text(text);
        if whole.shown.chars().count() <= most {
            return whole;
        }
        Self { shown: whole.shown.chars().take(most).chain("…".chars()).collect(), ..whole }
    }

    /// An amount of coins.
    pub(crate) fn amount(coins: Coins) -> Self {
        Self { right: true, ..Self::text(coins) }
    }

    /// An amount, or nothing.
    pub(crate) fn maybe_amount(coins: Option<Coins>) -> Self {
        coins.map_or_else(|| Self { right: true, ..Self::nothing() }, Self::amount)
    }

    /// A number.
    pub(crate) fn number(number: impl ToString) -> Self {
        Self { right: true, ..Self::text(number) }
    }

    /// The same, standing right as figures do.
    pub(crate) fn on_the_right(self) -> Self {
        Self { right: true, ..self }
    }

    /// An instant: to the second for people, to the millisecond for programs.
    pub(crate) fn at(at: At) -> Self {
        let raw = at.to_string();
        let shown = jiff::Timestamp::from_millisecond(at.as_ms())
            .map_or_else(|_| raw.clone(), |stamp| stamp.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
        Self { shown, raw, right: false }
    }

    /// An instant, or nothing.
    pub(crate) fn maybe_at(at: Option<At>) -> Self {
        at.map_or_else(Self::nothing, Self::at)
    }

    /// A span of milliseconds: minutes and seconds for people.
    pub(crate) fn span(ms: i64) -> Self {
        let secs = ms.max(0) / 1000;
        let shown = if secs >= 3600 {
            format!("{}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
        } else {
            format!("{}:{:02}", secs / 60, secs % 60)
        };
        Self { shown, raw: ms.to_string(), right: true }
    }

    /// A span, or nothing.
    pub(crate) fn maybe_span(ms: Option<i64>) -> Self {
        ms.map_or_else(|| Self { right: true, ..Self::nothing() }, Self::span)
    }

    /// Yes or no.
    pub(crate) fn yes(yes: bool) -> Self {
        Self { shown: if yes { "yes" } else { "no" }.to_owned(), raw: yes.to_string(), right: false }
    }

    fn nothing() -> Self {
        Self { shown: "-".to_owned(), raw: String::new(), right: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_for_people_and_for_programs() {
        assert_eq!(Cell::span(3_723_900).shown, "1:02:03");
        assert_eq!(Cell::span(65_000), Cell { shown: "1:05".into(), raw: "65000".into(), right: true });
        let at = Cell::at("2026-11-21T01:02:03.456Z".parse().unwrap());
        assert_eq!((at.shown.as_str(), at.raw.as_str()), ("2026-11-21 01:02:03Z", "2026-11-21T01:02:03.456Z"));
        assert_eq!(Cell::maybe(None::<String>).shown, "-");
    }

    #[test]
    fn a_note_cannot_write_on_the_terminal() {
        assert_eq!(Cell::text("a\x1b[2Jb\nc\u{202e}d").shown, "a\u{fffd}[2Jb c\u{fffd}d");
    }
}
