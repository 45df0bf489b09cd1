//! Automod: rules about messages as data, and what they say about one message.
//!
//! A [`RuleSet`] belongs to the platform, a tenant or a room; in a room all three hold together and the strictest word decides.
//! [`Automod`] is the compiled form. Judging is a pure function of the text, who wrote it and what he wrote before; it takes time in
//! proportion to the text, whatever the text and the patterns are, and never fails.

mod compiled;
mod links;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use compiled::{Automod, Facts, Hit, Recent, Span};

use crate::{LONGEST_MUTE, Millis, RoomRole, RuleName, SHORTEST_MUTE, drives_terminals};

/// Rules of one set.
pub const MAX_RULES: usize = 50;
/// Words of one rule.
pub const MAX_WORDS: usize = 5_000;
/// Characters of a word, a pattern or a domain.
pub const MAX_ENTRY_CHARS: usize = 200;
/// Patterns of one rule.
pub(crate) const MAX_PATTERNS: usize = 50;
/// The size to which one pattern may compile, in bytes.
pub(crate) const MAX_PATTERN_BYTES: usize = 64 * 1024;
/// How far back floods and repeats may look.
pub const LONGEST_LOOK_BACK: Millis = Millis::from_secs(3600);
/// How many of an author's last messages are looked at.
pub const MAX_RECENT: usize = 50;

/// What automod does about a message, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// It passes, and staff can see that it was hit.
    Flag,
    /// It waits until somebody who keeps order lets it through.
    Hold,
    /// It is not taken.
    Delete,
    /// It is not taken, and its author is muted in the room for so long, 1 second to 14 days.
    Mute(Millis),
}

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// Words and phrases, through evasions of spelling in all scripts.
    Words {
        /// The words.
        list: BTreeSet<String>,
        /// Whether they are also found inside of other words.
        #[serde(default)]
        inside: bool,
    },
    /// Regular expressions, without case.
    Patterns {
        /// The expressions.
        regexes: Vec<String>,
    },
    /// Links, other than to these domains and what is below them.
    Links {
        /// The domains.
        #[serde(default)]
        allow: BTreeSet<String>,
    },
    /// Links to these domains and what is below them; `*` and `?` may stand in them.
    Domains {
        /// The domains.
        deny: BTreeSet<String>,
    },
    /// Shouting: so many of the letters are capitals.
    Caps {
        /// Percent, 1 to 100.
        percent: u8,
        /// Only where there are so many letters.
        min_letters: u16,
    },
    /// More than so many messages in a time.
    Flood {
        /// Messages, 1 to 50.
        messages: u16,
        /// The time, at most an hour.
        per: Millis,
    },
    /// The same text for so many times in a time.
    Repeat {
        /// Times, this one counted: 2 to 50.
        times: u16,
        /// The time, at most an hour.
        within: Millis,
    },
    /// Whatever somebody writes whose account is younger.
    NewAccount {
        /// The age.
        younger_than: Millis,
    },
    /// More than so many people mentioned.
    Mentions {
        /// How many may be.
        max: u16,
    },
}

impl Check {
    /// The word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Words { .. } => "words",
            Self::Patterns { .. } => "patterns",
            Self::Links { .. } => "links",
            Self::Domains { .. } => "domains",
            Self::Caps { .. } => "caps",
            Self::Flood { .. } => "flood",
            Self::Repeat { .. } => "repeat",
            Self::NewAccount { .. } => "new_account",
            Self::Mentions { .. } => "mentions",
        }
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, unique in its set.
    pub name: RuleName,
    /// What it looks at.
    pub check: Check,
    /// What is done.
    pub action: RuleAction,
    /// Who is not looked at; moderators, admins and the host if absent.
    #[serde(default = "who_keeps_order")]
    pub exempt: BTreeSet<RoomRole>,
    /// Whether it is on; off if absent, so that it can be tested first.
    #[serde(default)]
    pub enabled: bool,
}

pub(crate) fn who_keeps_order() -> BTreeSet<RoomRole> {
    BTreeSet::from([RoomRole::Moderator, RoomRole::Admin, RoomRole::Host])
}

/// The rules of one scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Why rules cannot be so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Too many.
    #[error("a set has at most {MAX_RULES} rules, this one has {0}")]
    TooMany(usize),
    /// Two of one name.
    #[error("two rules have the name {0}")]
    Twice(RuleName),
    /// Something is wrong with a rule.
    #[error("rule {0}: {1}")]
    Rule(RuleName, String),
}

impl RuleSet {
    /// Checks every rule, those that are off too.
    pub fn check(&self) -> Result<(), RuleError> {
        if self.rules.len() > MAX_RULES {
            return Err(RuleError::TooMany(self.rules.len()));
        }
        let mut names = BTreeSet::new();
        for rule in &self.rules {
            if !names.insert(&rule.name) {
                return Err(RuleError::Twice(rule.name.clone()));
            }
            rule.check().map_err(|why| RuleError::Rule(rule.name.clone(), why))?;
        }
        Ok(())
    }
}

impl Rule {
    /// Checks that it can hold.
    pub fn check(&self) -> Result<(), String> {
        if let RuleAction::Mute(length) = self.action
            && !(SHORTEST_MUTE..=LONGEST_MUTE).contains(&length)
        {
            return Err("a mute lasts from 1 second to 14 days".to_owned());
        }
        let look_back = |span: Millis| {
            let fits = span > Millis::ZERO && span <= LONGEST_LOOK_BACK;
            fits.then_some(()).ok_or_else(|| "the time must be above zero and at most an hour".to_owned())
        };
        match &self.check {
            Check::Words { list, .. } => words(list),
            Check::Patterns { regexes } => patterns(regexes),
            Check::Links { allow } => allow.iter().try_for_each(|domain| links::check_domain(domain)),
            Check::Domains { deny } => {
                deny.iter().try_for_each(|domain| links::check_domain(&domain.replace(['*', '?'], "x")))
            }
            Check::Caps { percent, .. } if !(1..=100).contains(percent) => {
                Err("the share is 1 to 100 percent".to_owned())
            }
            Check::Flood { messages, .. } if !(1..MAX_RECENT).contains(&usize::from(*messages)) => {
                Err(format!("a flood has 1 to {} messages", MAX_RECENT - 1))
            }
            Check::Repeat { times, .. } if !(2..=MAX_RECENT).contains(&usize::from(*times)) => {
                Err(format!("a repeat has 2 to {MAX_RECENT} times"))
            }
            Check::Flood { per: span, .. } | Check::Repeat { within: span, .. } => look_back(*span),
            Check::NewAccount { younger_than } if *younger_than <= Millis::ZERO => {
                Err("an age must be above zero".to_owned())
            }
            Check::Caps { .. } | Check::NewAccount { .. } | Check::Mentions { .. } => Ok(()),
        }
    }
}

fn words(list: &BTreeSet<String>) -> Result<(), String> {
    if list.is_empty() || list.len() > MAX_WORDS {
        return Err(format!("a list has 1 to {MAX_WORDS} words, this one has {}", list.len()));
    }
    list.iter().try_for_each(|word| check_word(word))
}

/// Checks that a word can be looked for.
pub(crate) fn check_word(word: &str) -> Result<(), String> {
    if word.chars().count() > MAX_ENTRY_CHARS {
        return Err(format!("a word has more than {MAX_ENTRY_CHARS} characters"));
    }
    if word.chars().any(drives_terminals) {
        return Err("a word holds control characters or such as turn the direction of reading".to_owned());
    }
    if compiled::word(word).length() < 2 {
        return Err(format!("`{word}` has fewer than two letters that could be looked for"));
    }
    Ok(())
}

fn patterns(regexes: &[String]) -> Result<(), String> {
    if regexes.is_empty() || regexes.len() > MAX_PATTERNS {
        return Err(format!("there are 1 to {MAX_PATTERNS} patterns, not {}", regexes.len()));
    }
    if regexes.iter().flat_map(|pattern| pattern.chars()).any(drives_terminals) {
        return Err(
            "a pattern holds control characters or such as turn the direction of reading; write them as \\u{202E}"
                .to_owned(),
        );
    }
    regexes.iter().try_for_each(|pattern| compiled::pattern(pattern).map(drop))
}
