//! Rules as they are applied.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Check, MAX_ENTRY_CHARS, MAX_PATTERN_BYTES, MAX_RECENT, Rule, RuleAction, RuleError, RuleSet, links};
use crate::text::{Reading, readings};
use crate::{At, Millis, RoomRole, RuleName, Scope, skeleton};

/// Places that are shown of one rule in one text.
const MAX_SPANS: usize = 5;
/// Finds of words that are looked at in one reading of a text; a text made of nothing else cannot cost more.
const MAX_FINDS: usize = 20_000;

/// What a message is judged by, beside its text.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// When it was sent.
    pub at: At,
    /// The author's role in the room.
    pub role: RoomRole,
    /// Since when he is known; absent for somebody who was never seen.
    pub known_since: Option<At>,
    /// How many people it mentions.
    pub mentions: usize,
    /// What he wrote in the room before, the newest first; only so many are looked at.
    pub recent: &'a [Recent],
}

/// A message before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// When it was sent.
    pub at: At,
    /// Its text.
    pub body: String,
}

/// Where in a text something was found, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// The first character.
    pub from: u32,
    /// The one after the last.
    pub to: u32,
}

/// A rule that a message hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// Whose rule it is.
    pub scope: Scope,
    /// Its name.
    pub rule: RuleName,
    /// What it asks for.
    pub action: RuleAction,
    /// Where in the text, where it is about a place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
}

/// The rules of some scopes, compiled.
#[derive(Clone, Debug, Default)]
pub struct Automod {
    rules: Vec<(Scope, Rule)>,
    patterns: Vec<(usize, Regex)>,
    /// The skeletons of all words of all rules.
    finder: Option<AhoCorasick>,
    /// For each skeleton: the rule, the word, whether it may stand inside of another.
    words: Vec<Vec<(usize, Reading, bool)>>,
    looks_back: bool,
}

/// A word as it is looked for.
pub(super) fn word(text: &str) -> Reading {
    readings(text).pop().unwrap_or_default()
}

/// A pattern as it is looked for. What would compile to too much is refused.
pub(super) fn pattern(text: &str) -> Result<Regex, String> {
    if text.is_empty() || text.chars().count() > MAX_ENTRY_CHARS {
        return Err(format!("a pattern has 1 to {MAX_ENTRY_CHARS} characters"));
    }
    let regex = RegexBuilder::new(text)
        .case_insensitive(true)
        .size_limit(MAX_PATTERN_BYTES)
        .dfa_size_limit(8 * MAX_PATTERN_BYTES)
        .build();
    let regex =
        regex.map_err(|e| format!("`{text}` is no pattern: {}", e.to_string().lines().last().unwrap_or_default()))?;
    if regex.is_match("") { Err(format!("the pattern `{text}` is found in every text")) } else { Ok(regex) }
}

impl Automod {
    /// Compiles the rules of some scopes that are on.
    pub fn compile(sets: &[(Scope, RuleSet)]) -> Result<Self, RuleError> {
        Self::compile_some(sets, |rule| rule.enabled)
    }

    /// Compiles all rules, those that are off too: for a test before they are switched on.
    pub fn compile_all(sets: &[(Scope, RuleSet)]) -> Result<Self, RuleError> {
        Self::compile_some(sets, |_| true)
    }

    fn compile_some(sets: &[(Scope, RuleSet)], wanted: impl Fn(&Rule) -> bool) -> Result<Self, RuleError> {
        let mut this = Self::default();
        let mut skeletons: BTreeMap<String, Vec<(usize, Reading, bool)>> = BTreeMap::new();
        let all = sets.iter().flat_map(|(scope, set)| set.rules.iter().map(move |rule| (scope, rule)));
        for (no, (scope, rule)) in all.filter(|(_, rule)| wanted(rule)).enumerate() {
            let wrong = |why| RuleError::Rule(rule.name.clone(), why);
            match &rule.check {
                Check::Words { list, inside } => {
                    for text in list {
                        let word = word(text);
                        if !word.text.is_empty() {
                            skeletons.entry(word.text.clone()).or_default().push((no, word, *inside));
                        }
                    }
                }
                Check::Patterns { regexes } => {
                    for text in regexes {
                        this.patterns.push((no, pattern(text).map_err(wrong)?));
                    }
                }
                Check::Flood { .. } | Check::Repeat { .. } => this.looks_back = true,
                Check::Links { .. }
                | Check::Domains { .. }
                | Check::Caps { .. }
                | Check::NewAccount { .. }
                | Check::Mentions { .. } => {}
            }
            this.rules.push((scope.clone(), rule.clone()));
        }
        if !skeletons.is_empty() {
            let finder = AhoCorasick::new(skeletons.keys());
            let first = this.rules.first().map_or_else(
                || RuleError::TooMany(0),
                |(_, r)| RuleError::Rule(r.name.clone(), "the lists of words are too long together".to_owned()),
            );
            this.finder = Some(finder.map_err(|_| first)?);
            this.words = skeletons.into_values().collect();
        }
        Ok(this)
    }

    /// Whether there is nothing to judge by.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether some rule looks at what the author wrote before.
    pub fn looks_back(&self) -> bool {
        self.looks_back
    }

    /// The rules that a message hits, the strictest first.
    pub fn judge(&self, text: &str, facts: &Facts<'_>) -> Vec<Hit> {
        let concerned: Vec<bool> = self.rules.iter().map(|(_, rule)| !rule.exempt.contains(&facts.role)).collect();
        if !concerned.contains(&true) {
            return Vec::new();
        }
        let mut found: Vec<Option<Vec<Range<usize>>>> = vec![None; self.rules.len()];
        self.find_words(text, &concerned, &mut found);
        for (no, regex) in self.patterns.iter().filter(|(no, _)| concerned[*no]) {
            for place in regex.find_iter(text).take(MAX_SPANS) {
                note(&mut found[*no], place.range());
            }
        }
        for (no, (_, rule)) in self.rules.iter().enumerate().filter(|(no, _)| concerned[*no]) {
            let places = match &rule.check {
                Check::Links { allow } => links::strangers(text, allow),
                Check::Domains { deny } => links::denied(text, deny),
                check => {
                    if is_hit(check, text, facts) {
                        found[no].get_or_insert_default();
                    }
                    continue;
                }
            };
            for place in places {
                note(&mut found[no], place);
            }
        }
        let hits = found.into_iter().zip(&self.rules).filter_map(|(places, (scope, rule))| {
            let spans = places?.into_iter().map(|place| in_characters(text, &place)).collect();
            Some(Hit { scope: scope.clone(), rule: rule.name.clone(), action: rule.action, spans })
        });
        let mut hits: Vec<Hit> = hits.collect();
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.action));
        hits
    }

    fn find_words(&self, text: &str, concerned: &[bool], found: &mut [Option<Vec<Range<usize>>>]) {
        let Some(finder) = &self.finder else { return };
        for reading in readings(text) {
            for place in finder.find_overlapping_iter(&reading.text).take(MAX_FINDS) {
                for (no, word, inside) in &self.words[place.pattern().as_usize()] {
                    if concerned[*no]
                        && (*inside || reading.is_whole(&place.range()))
                        && reading.is_word(place.range(), word)
                    {
                        note(&mut found[*no], reading.span(place.range()));
                    }
                }
            }
        }
    }
}

/// What a rule says that is not about places in the text.
fn is_hit(check: &Check, text: &str, facts: &Facts<'_>) -> bool {
    let recent = |within: Millis| facts.recent.iter().take(MAX_RECENT).filter(move |r| facts.at.since(r.at) < within);
    match check {
        Check::Words { .. } | Check::Patterns { .. } | Check::Links { .. } | Check::Domains { .. } => false,
        Check::Caps { percent, min_letters } => {
            let upper = text.chars().filter(|c| c.is_uppercase()).count();
            let cased = upper + text.chars().filter(|c| c.is_lowercase()).count();
            cased >= usize::from(*min_letters).max(1) && upper * 100 >= cased * usize::from(*percent)
        }
        Check::Flood { messages, per } => recent(*per).count() >= usize::from(*messages),
        Check::Repeat { times, within } => {
            let mine = skeleton(text);
            let same =
                |other: &str| if mine.is_empty() { other.trim() == text.trim() } else { skeleton(other) == mine };
            recent(*within).filter(|r| same(&r.body)).count() + 1 >= usize::from(*times)
        }
        Check::NewAccount { younger_than } => {
            facts.known_since.is_none_or(|since| facts.at.since(since) < *younger_than)
        }
        Check::Mentions { max } => facts.mentions > usize::from(*max),
    }
}

fn note(places: &mut Option<Vec<Range<usize>>>, place: Range<usize>) {
    let places = places.get_or_insert_default();
    if places.len() < MAX_SPANS && !places.contains(&place) {
        places.push(place);
    }
}

fn in_characters(text: &str, place: &Range<usize>) -> Span {
    let count = |to: usize| u32::try_from(text[..to].chars().count()).unwrap_or(u32::MAX);
    Span { from: count(place.start), to: count(place.end) }
}

impl Span {
    /// What stands there.
    pub fn of(self, text: &str) -> String {
        text.chars().skip(self.from as usize).take(self.to.saturating_sub(self.from) as usize).collect()
    }
}

#[cfg(test)]
mod tests;
