//! Policy lists: who and what several platforms, tenants or rooms want to be rid of, kept in one place and shared.
//!
//! A scope subscribes to a list and either enforces it or simulates it. Entries about people keep them from entering and speaking; entries about
//! words and links become rules of automod.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::automod::{MAX_ENTRY_CHARS, check_word};
use crate::call::words;
use crate::{Check, ListName, Millis, Rule, RuleAction, RuleName, RuleSet, drives_terminals};

/// Entries of one list.
pub const MAX_POLICY_ENTRIES: usize = 20_000;
/// Words with `*` or `?` in one list.
const MAX_GLOB_WORDS: usize = 100;
/// Characters of a list's name.
const MAX_LIST_NAME: usize = 40;
/// How long somebody is muted who writes what a list wants muted.
const MUTE: Millis = Millis::from_secs(3600);

words! {
    /// What an entry of a policy list is about.
    PolicyKind {
        /// A person, by name.
        User = "user",
        /// A device, by name.
        Device = "device",
        /// A word.
        Word = "word",
        /// Links to a domain and what is below it.
        Link = "link",
    }
}

words! {
    /// What a policy list recommends, the mildest first.
    Recommendation {
        /// That staff look at it.
        Flag = "flag",
        /// That he does not speak; for a word or a link: that the message is not taken and its author is muted for an hour.
        Mute = "mute",
        /// That he does not come in; for a word or a link: that the message is not taken.
        Ban = "ban",
    }
}

words! {
    /// How a scope follows a list.
    PolicyMode {
        /// It only wants to know what would be hit.
        Simulate = "simulate",
        /// It does what the list recommends.
        Enforce = "enforce",
    }
}

/// An entry of a policy list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyEntry {
    /// What it is about.
    pub kind: PolicyKind,
    /// The name, the word or the domain; `*` stands for any characters, `?` for one.
    pub entity: String,
    /// What is recommended.
    pub recommendation: Recommendation,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

impl PolicyEntry {
    /// Checks that it can hold, and that it is not about everybody.
    pub fn check(&self) -> Result<(), String> {
        let entity = &self.entity;
        let plain = entity.chars().filter(|c| !is_glob(*c)).count();
        if entity.chars().count() > MAX_ENTRY_CHARS || self.reason.chars().count() > MAX_ENTRY_CHARS {
            return Err(format!("an entry and its reason have at most {MAX_ENTRY_CHARS} characters each"));
        }
        if entity.chars().chain(self.reason.chars()).any(drives_terminals) {
            return Err(
                "an entry or its reason holds control characters or such as turn the direction of reading".to_owned()
            );
        }
        if entity.chars().any(is_glob) && plain < 3 {
            return Err(format!(
                "`{entity}` would be about almost everybody; write at least 3 characters beside * and ?"
            ));
        }
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || is_glob(c);
        match self.kind {
            PolicyKind::User | PolicyKind::Device if entity.is_empty() || !entity.chars().all(name) => {
                Err(format!("`{entity}` is no name; names have letters, digits, `_` and `-`"))
            }
            PolicyKind::Word => check_word(&entity.replace(is_glob, "xx")),
            PolicyKind::Link
                if !entity.trim_start_matches("*.").contains('.')
                    || !entity.chars().all(|c| name(c) && !c.is_ascii_uppercase() || c == '.') =>
            {
                Err(format!("`{entity}` is no domain; write it in lower case and without a path: example.com"))
            }
            _ => Ok(()),
        }
    }

    /// Whether it is about this name.
    pub fn is_about(&self, kind: PolicyKind, name: &str) -> bool {
        self.kind == kind && glob_matches(&self.entity, name)
    }
}

/// Checks a list as a whole.
pub fn check_policy(name: &ListName, entries: &[PolicyEntry]) -> Result<(), String> {
    if name.as_str().len() > MAX_LIST_NAME {
        return Err(format!("the name of a list has at most {MAX_LIST_NAME} characters"));
    }
    if entries.len() > MAX_POLICY_ENTRIES {
        return Err(format!("a list has at most {MAX_POLICY_ENTRIES} entries, this one has {}", entries.len()));
    }
    let mut seen = BTreeSet::new();
    for (no, entry) in entries.iter().enumerate() {
        entry.check().map_err(|why| format!("entry {}: {why}", no + 1))?;
        if !seen.insert((entry.kind, &entry.entity)) {
            return Err(format!("entry {}: there is one about the {} `{}` before", no + 1, entry.kind, entry.entity));
        }
    }
    let globs = entries.iter().filter(|e| e.kind == PolicyKind::Word && e.entity.contains(is_glob)).count();
    if globs > MAX_GLOB_WORDS {
        return Err(format!("a list has at most {MAX_GLOB_WORDS} words with * or ?, this one has {globs}"));
    }
    Ok(())
}

/// The rules of automod that a list's words and links amount to.
pub fn policy_rules(list: &ListName, entries: &[PolicyEntry]) -> RuleSet {
    let mut rules = Vec::new();
    for recommendation in Recommendation::ALL {
        let of = |kind: PolicyKind| {
            entries
                .iter()
                .filter(move |e| e.kind == kind && e.recommendation == *recommendation)
                .map(|e| e.entity.clone())
        };
        let (globs, words): (Vec<String>, Vec<String>) = of(PolicyKind::Word).partition(|word| word.contains(is_glob));
        let checks = [
            ("words", Check::Words { list: words.into_iter().collect(), inside: false }),
            ("globs", Check::Patterns { regexes: globs.iter().map(|glob| as_regex(glob)).collect() }),
            ("links", Check::Domains { deny: of(PolicyKind::Link).collect() }),
        ];
        for (what, check) in checks {
            let empty = match &check {
                Check::Words { list, .. } => list.is_empty(),
                Check::Patterns { regexes } => regexes.is_empty(),
                Check::Domains { deny } => deny.is_empty(),
                _ => true,
            };
            if empty {
                continue;
            }
            let name = RuleName::new(format!("{list}-{what}-{recommendation}"))
                .expect("lists have short names of the same letters");
            let action = match recommendation {
                Recommendation::Flag => RuleAction::Flag,
                Recommendation::Mute => RuleAction::Mute(MUTE),
                Recommendation::Ban => RuleAction::Delete,
            };
            rules.push(Rule { name, check, action, exempt: crate::automod::who_keeps_order(), enabled: true });
        }
    }
    RuleSet { rules }
}

const fn is_glob(c: char) -> bool {
    matches!(c, '*' | '?')
}

/// A word with `*` and `?` as a pattern: they stand for characters of one word.
fn as_regex(glob: &str) -> String {
    let part = |c: char| match c {
        '*' => r"\w*".to_owned(),
        '?' => r"\w".to_owned(),
        c => regex::escape(c.encode_utf8(&mut [0; 4])),
    };
    format!(r"\b{}\b", glob.chars().map(part).collect::<String>())
}

/// Whether a name is what a pattern with `*` and `?` says; upper and lower case are the same.
pub(crate) fn glob_matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().map(|c| c.to_ascii_lowercase()).collect();
    let name: Vec<char> = name.chars().map(|c| c.to_ascii_lowercase()).collect();
    let (mut p, mut n) = (0, 0);
    // Where the last `*` stood, and how much of the name it took so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, took)) => {
                    star = Some((at, took + 1));
                    (p, n) = (at + 1, took + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{At, Automod, Facts, RoomRole, Scope};

    fn entry(kind: PolicyKind, entity: &str, recommendation: Recommendation) -> PolicyEntry {
        PolicyEntry { kind, entity: entity.to_owned(), recommendation, reason: "spam".to_owned() }
    }

    #[test]
    fn globs_match_whole_names() {
        for (pattern, name, matches) in [
            ("spam*", "spammer-7", true),
            ("spam*", "nospam", false),
            ("*spam*", "NoSpamHere", true),
            ("bot-??", "bot-12", true),
            ("bot-??", "bot-123", false),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbX", false),
            ("maya", "Maya", true),
            ("", "", true),
            ("*", "", true),
            ("a", "", false),
        ] {
            assert_eq!(glob_matches(pattern, name), matches, "{pattern} {name}");
        }
    }

    #[test]
    fn entries_that_are_about_everybody_or_nothing_are_refused() {
        use PolicyKind::{Device, Link, User, Word};
        for (kind, entity) in [
            (User, "*"),
            (User, "a*b"),
            (User, "a b"),
            (User, ""),
            (Device, "é"),
            (Word, "x"),
            (Word, "free\u{202e}coins"),
            (Link, "evil"),
            (Link, "https://evil.com"),
            (Link, "*.co"),
        ] {
            assert!(entry(kind, entity, Recommendation::Ban).check().is_err(), "{kind} {entity}");
        }
        for (kind, entity) in [
            (User, "spam-*"),
            (Device, "phone_1"),
            (Word, "free coins"),
            (Word, "c0in*"),
            (Link, "evil.com"),
            (Link, "*.evil.com"),
        ] {
            assert_eq!(entry(kind, entity, Recommendation::Ban).check(), Ok(()), "{kind} {entity}");
        }
        let twice = [entry(User, "spammer", Recommendation::Ban), entry(User, "spammer", Recommendation::Mute)];
        let list = ListName::new("spam").expect("a name");
        assert_eq!(
            check_policy(&list, &twice),
            Err("entry 2: there is one about the user `spammer` before".to_owned())
        );
        assert!(check_policy(&ListName::new("x".repeat(41)).expect("a name"), &[]).is_err());
    }

    #[test]
    fn words_and_links_become_rules() {
        use PolicyKind::{Link, User, Word};
        let entries = [
            entry(User, "spammer", Recommendation::Ban),
            entry(Word, "free coins", Recommendation::Ban),
            entry(Word, "casino*", Recommendation::Mute),
            entry(Link, "*.evil.com", Recommendation::Flag),
            entry(Link, "bad.example", Recommendation::Ban),
        ];
        let list = ListName::new("spam").expect("a name");
        assert_eq!(check_policy(&list, &entries), Ok(()));
        let rules = policy_rules(&list, &entries);
        assert_eq!(rules.check(), Ok(()));
        let automod = Automod::compile(&[(Scope::Platform, rules)]).expect("rules");
        let facts = Facts { at: At::from_ms(0), role: RoomRole::Member, known_since: None, mentions: 0, recent: &[] };
        let names =
            |text: &str| automod.judge(text, &facts).into_iter().map(|h| h.rule.to_string()).collect::<Vec<_>>();
        assert_eq!(names("FR€E c0ins here"), ["spam-words-ban"]);
        assert_eq!(names("best casino777 in town"), ["spam-globs-mute"]);
        assert_eq!(names("https://www.evil.com/x"), ["spam-links-flag"]);
        assert_eq!(names("go to x.bad.example/y"), ["spam-links-ban"]);
        assert_eq!(names("hello, spammer. good.example/x"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn a_name_matches_itself_with_any_part_left_open(name in "[a-z0-9-]{1,20}", from in 0_usize..20, length in 0_usize..20) {
            let (from, to) = (from.min(name.len()), (from + length).min(name.len()));
            let pattern = format!("{}*{}", &name[..from], &name[to.max(from)..]);
            prop_assert!(glob_matches(&pattern, &name));
            prop_assert!(glob_matches(&"?".repeat(name.len()), &name) && !glob_matches(&"?".repeat(name.len() + 1), &name));
        }
    }
}
