//! The filter of `/`: words and comparisons, all of which must hold; `!` before one inverts it.
//!
//! `runway<120 burn>=10 kind=video !leo`: spans in seconds or `m:ss`, amounts in coins, everything else as text.

use std::str::FromStr;

use callboard_domain::Coins;

use super::live::LiveRow;
use super::table::Ctx;

/// A field that can be compared.
struct Field {
    name: &'static str,
    help: &'static str,
    kind: FieldKind,
}

enum FieldKind {
    /// Milliseconds; absent compares as endless.
    Span(fn(&LiveRow, &Ctx<'_>) -> Option<i64>),
    Amount(fn(&LiveRow) -> Option<Coins>),
    Text(fn(&LiveRow, &Ctx<'_>) -> String),
}

/// Every field, in the order of the help.
static FIELDS: &[Field] = &[
    Field { name: "runway", help: "time left, 120 or 2:00", kind: FieldKind::Span(|r, c| r.runway_ms(c.now)) },
    Field { name: "min", help: "connected time", kind: FieldKind::Span(|r, c| Some(r.connected_ms(c.now))) },
    Field { name: "burn", help: "coins per minute", kind: FieldKind::Amount(|r| Some(r.call.burn_per_minute)) },
    Field { name: "held", help: "coins held", kind: FieldKind::Amount(|r| Some(r.call.held)) },
    Field { name: "balance", help: "coins to spend beside the hold", kind: FieldKind::Amount(|r| r.call.available) },
    Field { name: "charge", help: "charged so far", kind: FieldKind::Amount(|r| Some(r.call.charge)) },
    Field { name: "who", help: "payer or payee", kind: FieldKind::Text(|r, _| r.who()) },
    Field { name: "kind", help: "chat, audio, video, group", kind: FieldKind::Text(|r, _| r.call.kind.to_string()) },
    Field {
        name: "state",
        help: "ringing, waiting, metered, suspended",
        kind: FieldKind::Text(|r, _| r.state_word().to_owned()),
    },
    Field {
        name: "quality",
        help: "good, fair, poor, lost",
        kind: FieldKind::Text(|r, _| r.level().word().to_owned()),
    },
    Field { name: "tariff", help: "name of the tariff", kind: FieldKind::Text(|r, _| r.call.tariff_name.clone()) },
    Field { name: "flags", help: "low balance, line lost, muted", kind: FieldKind::Text(|r, c| r.flags(c).text) },
    Field { name: "id", help: "id of the call", kind: FieldKind::Text(|r, _| r.call.call_id.to_string()) },
];

/// The names of the fields and what they are, for the help.
pub(crate) fn fields() -> impl Iterator<Item = (&'static str, &'static str)> {
    FIELDS.iter().map(|f| (f.name, f.help))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Equal,
    Other,
}

/// Longer signs first, so that `<=` is not read as `<`.
const OPS: &[(&str, Op)] = &[
    ("<=", Op::LessEq),
    (">=", Op::GreaterEq),
    ("!=", Op::Other),
    ("<", Op::Less),
    (">", Op::Greater),
    ("=", Op::Equal),
];

impl Op {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessEq => left <= right,
            Self::Greater => left > right,
            Self::GreaterEq => left >= right,
            Self::Equal => left == right,
            Self::Other => left != right,
        }
    }
}

enum Test {
    Word(String),
    Span(fn(&LiveRow, &Ctx<'_>) -> Option<i64>, Op, i64),
    Amount(fn(&LiveRow) -> Option<Coins>, Op, Coins),
    Text(fn(&LiveRow, &Ctx<'_>) -> String, Op, String),
}

struct Term {
    inverted: bool,
    raw: String,
    test: Test,
}

/// A filter; the empty one lets everything through.
#[derive(Default)]
pub(crate) struct Filter {
    text: String,
    terms: Vec<Term>,
    /// Terms that the house applies, by their names; not among the others.
    asked: Vec<(&'static str, String)>,
}

impl Filter {
    /// As it was typed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.asked.is_empty()
    }

    /// What the house is asked for under a name.
    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        self.asked.iter().find(|(of, _)| *of == name).map(|(_, value)| value.as_str())
    }

    /// Reads a filter of words, some of which the house applies: `name=value` for the names given, and the first bare word as `bare`.
    pub(crate) fn words(text: &str, names: &[&'static str], bare: Option<&'static str>) -> Result<Self, String> {
        let mut filter = Self { text: text.trim().to_owned(), ..Self::default() };
        for word in text.split_whitespace() {
            let named = word.split_once('=').and_then(|(name, value)| {
                let name = names.iter().copied().find(|of| of.eq_ignore_ascii_case(name))?;
                Some((name, value))
            });
            match (named, bare) {
                (Some((_, "")), _) => return Err(format!("`{word}` lacks a value")),
                (Some((name, value)), _) => filter.asked.push((name, value.to_owned())),
                (None, Some(bare)) if filter.asked(bare).is_none() && !word.starts_with('!') => {
                    filter.asked.push((bare, word.to_owned()));
                }
                (None, _) => {
                    let (inverted, body) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
                    if body.is_empty() {
                        return Err("`!` needs something after it".to_owned());
                    }
                    let raw = body.to_lowercase();
                    filter.terms.push(Term { inverted, test: Test::Word(raw.clone()), raw });
                }
            }
        }
        Ok(filter)
    }

    /// Whether a live call passes.
    pub(crate) fn matches(&self, row: &LiveRow, ctx: &Ctx<'_>) -> bool {
        self.terms.iter().all(|term| term.inverted != term.test.holds(row, ctx))
    }

    /// Whether a row of another table passes: there every term is text.
    pub(crate) fn matches_text(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.terms.iter().all(|term| term.inverted != text.contains(&term.raw))
    }
}

impl Test {
    fn holds(&self, row: &LiveRow, ctx: &Ctx<'_>) -> bool {
        match self {
            Self::Word(word) => {
                let text = format!("{} {} {} {}", row.who(), row.call.kind, row.state_word(), row.flags(ctx).text);
                text.to_lowercase().contains(word) || row.call.call_id.to_string().ends_with(word.as_str())
            }
            Self::Span(of, op, value) => op.holds(&of(row, ctx).unwrap_or(i64::MAX), value),
            Self::Amount(of, op, value) => of(row).is_some_and(|amount| op.holds(&amount, value)),
            Self::Text(of, op, value) => of(row, ctx).to_lowercase().contains(value) == (*op == Op::Equal),
        }
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let terms = text.split_whitespace().map(term).collect::<Result<_, _>>()?;
        Ok(Self { text: text.trim().to_owned(), terms, asked: Vec::new() })
    }
}

fn term(text: &str) -> Result<Term, String> {
    let (inverted, body) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
    if body.is_empty() {
        return Err("`!` needs something after it".to_owned());
    }
    Ok(Term { inverted, raw: body.to_lowercase(), test: test(body)? })
}

fn test(body: &str) -> Result<Test, String> {
    let split = body.find(['<', '>', '=', '!']).and_then(|at| {
        let (sign, op) = OPS.iter().find(|(sign, _)| body[at..].starts_with(sign))?;
        Some((&body[..at], *op, &body[at + sign.len()..]))
    });
    let Some((name, op, value)) = split else { return Ok(Test::Word(body.to_lowercase())) };
    let name = name.to_lowercase();
    let Some(field) = FIELDS.iter().find(|f| f.name == name) else {
        let names: Vec<&str> = FIELDS.iter().map(|f| f.name).collect();
        return Err(format!("no field `{name}`; there are: {}", names.join(" ")));
    };
    if value.is_empty() {
        return Err(format!("`{body}` lacks a value"));
    }
    match field.kind {
        FieldKind::Span(of) => {
            Ok(Test::Span(of, op, span(value).ok_or_else(|| format!("`{value}` is not a time such as 120 or 2:00"))?))
        }
        FieldKind::Amount(of) => Ok(Test::Amount(
            of,
            op,
            value.parse().map_err(|_| format!("`{value}` is not an amount such as 10 or 12.50"))?,
        )),
        FieldKind::Text(of) if matches!(op, Op::Equal | Op::Other) => Ok(Test::Text(of, op, value.to_lowercase())),
        FieldKind::Text(_) => Err(format!("`{name}` is text: use = or !=")),
    }
}

fn span(text: &str) -> Option<i64> {
    let parts: Vec<i64> =
        text.split(':').map(|part| part.parse().ok().filter(|n| (0..=999_999).contains(n))).collect::<Option<_>>()?;
    (parts.len() <= 3).then(|| parts.iter().fold(0, |sum, part| sum * 60 + part) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn passing(filter: &str) -> Vec<String> {
        let state = sample::state();
        let filter: Filter = filter.parse().unwrap();
        let ctx = state.ctx(sample::NOW);
        let mut names: Vec<String> = state
            .house
            .live
            .rows()
            .filter(|row| filter.matches(row, &ctx))
            .map(|row| row.call.payee.to_string())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn words_comparisons_and_inversion() {
        assert_eq!(passing("leo"), ["stargazer"]);
        assert_eq!(passing("runway<120"), ["stargazer"]);
        assert_eq!(passing("runway<2:00 kind=video"), [""; 0]);
        assert_eq!(passing("burn>=10"), ["dr_okoye", "night-talk"]);
        assert_eq!(passing("burn>10"), ["night-talk"]);
        assert_eq!(passing("!kind=video state=metered"), ["night-talk", "stargazer"]);
        assert_eq!(passing("kind!=video state=metered"), ["night-talk", "stargazer"]);
        assert_eq!(passing("quality=poor"), ["stargazer"]);
        assert_eq!(passing("state=suspended"), ["reader_ana"]);
        assert_eq!(passing("").len(), 5);
    }

    #[test]
    fn what_makes_no_sense_is_said_in_words() {
        for (text, says) in [
            ("colour=red", "no field `colour`"),
            ("burn>lots", "not an amount"),
            ("runway<soon", "not a time"),
            ("kind<video", "use = or !="),
            ("burn>", "lacks a value"),
            ("!", "needs something"),
        ] {
            let error = text.parse::<Filter>().err().unwrap();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
