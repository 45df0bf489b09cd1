//! Why staff did it: a code from a fixed list and a note in words.

use std::fmt;
use std::str::FromStr;

use callboard_domain::clean_line;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::limits::MAX_NOTE_CHARS;

/// The codes of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// Picture or sound was poor.
    QualityLoss,
    /// The call broke off.
    Disconnected,
    /// A fault of the house.
    Fault,
    /// A gesture of good will.
    Goodwill,
    /// Fraud, or a suspicion of it.
    Fraud,
    /// Somebody was insulted or threatened.
    Abuse,
    /// Content against the rules.
    Content,
    /// The user asked for it.
    Request,
    /// A test.
    Test,
    /// Something else: the note says what.
    Other,
}

impl ReasonCode {
    /// All codes.
    pub const ALL: &'static [Self] = &[
        Self::QualityLoss,
        Self::Disconnected,
        Self::Fault,
        Self::Goodwill,
        Self::Fraud,
        Self::Abuse,
        Self::Content,
        Self::Request,
        Self::Test,
        Self::Other,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QualityLoss => "quality_loss",
            Self::Disconnected => "disconnected",
            Self::Fault => "fault",
            Self::Goodwill => "goodwill",
            Self::Fraud => "fraud",
            Self::Abuse => "abuse",
            Self::Content => "content",
            Self::Request => "request",
            Self::Test => "test",
            Self::Other => "other",
        }
    }
}

/// A reason: `quality_loss` or `quality_loss:picture froze`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The code.
    pub code: ReasonCode,
    /// The note, at most 500 characters, in one line: what could drive a terminal is taken out when it is read.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "cleaned")]
    pub note: Option<String>,
}

impl Reason {
    /// Checks the length of the note, and that `other` comes with one.
    pub fn check(&self) -> Result<(), String> {
        match &self.note {
            Some(note) if note.chars().count() > MAX_NOTE_CHARS => {
                Err(format!("note has more than {MAX_NOTE_CHARS} characters"))
            }
            None if self.code == ReasonCode::Other => Err("reason `other` needs a note: other:what it was".to_owned()),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.note {
            Some(note) => write!(f, "{}:{note}", self.code.as_str()),
            None => f.write_str(self.code.as_str()),
        }
    }
}

fn cleaned<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let note: Option<String> = Option::deserialize(deserializer)?;
    Ok(note.and_then(|note| clean_line(&note).ok()))
}

impl FromStr for Reason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (code, note) = text.split_once(':').map_or((text, None), |(c, n)| (c, clean_line(n).ok()));
        let code = ReasonCode::ALL.iter().copied().find(|c| c.as_str() == code).ok_or_else(|| {
            let codes: Vec<&str> = ReasonCode::ALL.iter().map(|c| c.as_str()).collect();
            format!("`{code}` is no reason; take one of: {}", codes.join(", "))
        })?;
        let reason = Self { code, note };
        reason.check()?;
        Ok(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_that_drives_no_terminal() {
        let read: Reason =
            serde_json::from_str(r#"{"code":"other","note":" froze\n \u001b[2Jtwice\u202e "}"#).expect("a reason");
        assert_eq!(read.note.as_deref(), Some("froze [2Jtwice"));
        assert_eq!("other: froze\u{1b}[2J".parse::<Reason>().expect("a reason").note.as_deref(), Some("froze[2J"));
        let empty: Reason = serde_json::from_str(r#"{"code":"other","note":"\u200b"}"#).expect("a reason");
        assert_eq!(empty.note, None);
        assert!(empty.check().is_err(), "other needs words");
    }
}
