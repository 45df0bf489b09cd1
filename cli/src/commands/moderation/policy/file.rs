//! Policy lists as files: JSON, YAML, or CSV with the columns kind, entity, recommendation, reason.

use std::path::Path;

use callboard_domain::{ListName, PolicyEntry, check_policy};
use clap::ValueEnum;
use serde_json::json;

use crate::fail::{Failure, Result};
use crate::flags::read_text;

/// The format of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// An object with `entries`, or a list of entries; YAML is read too.
    #[default]
    Json,
    /// A header, then an entry on each line.
    Csv,
}

/// Reads the entries of a file.
pub(super) fn read(name: &ListName, path: &Path, format: Option<Format>) -> Result<Vec<PolicyEntry>> {
    let is_csv = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    let format = format.unwrap_or(if is_csv { Format::Csv } else { Format::Json });
    let wrong = |error: String| Failure::usage(format!("{} holds no policy list: {error}", path.display()));
    let entries = parse(&read_text(path)?, format).map_err(wrong)?;
    // Told here, before anybody is asked anything.
    check_policy(name, &entries).map_err(wrong)?;
    Ok(entries)
}

fn parse(text: &str, format: Format) -> Result<Vec<PolicyEntry>, String> {
    match format {
        Format::Csv => {
            let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
            reader.deserialize().collect::<Result<_, _>>().map_err(|e| e.to_string())
        }
        Format::Json => {
            let value: serde_json::Value = serde_yaml_ng::from_str(text).map_err(|e| e.to_string())?;
            let value = value.get("entries").cloned().unwrap_or(value);
            serde_json::from_value(value).map_err(|e| e.to_string())
        }
    }
}

/// The text of a file.
pub(super) fn write(name: &ListName, entries: &[PolicyEntry], format: Format) -> String {
    match format {
        Format::Json => {
            let value = json!({ "schema": "callboard.policy_list.v1", "name": name, "entries": entries });
            serde_json::to_string_pretty(&value).expect("a JSON value always serialises") + "\n"
        }
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for entry in entries {
                writer.serialize(entry).expect("writing to memory does not fail");
            }
            String::from_utf8(writer.into_inner().expect("writing to memory does not fail")).expect("made of texts")
        }
    }
}

#[cfg(test)]
mod tests {
    use callboard_domain::{PolicyKind, Recommendation};

    use super::*;

    #[test]
    fn what_is_written_is_read_again_in_both_formats() {
        let entry = |kind, entity: &str, recommendation, reason: &str| PolicyEntry {
            kind,
            entity: entity.into(),
            recommendation,
            reason: reason.into(),
        };
        let entries = vec![
            entry(PolicyKind::User, "spam-*", Recommendation::Ban, "sells, \"coins\""),
            entry(PolicyKind::Word, "купи монеты", Recommendation::Mute, ""),
            entry(PolicyKind::Link, "evil.com", Recommendation::Flag, "two\nlines"),
        ];
        let name = ListName::new("spam").expect("a name");
        for format in [Format::Json, Format::Csv] {
            assert_eq!(parse(&write(&name, &entries, format), format), Ok(entries.clone()), "{format:?}");
        }
        assert_eq!(parse("- {kind: user, entity: abc, recommendation: ban}", Format::Json).map(|e| e.len()), Ok(1));
        assert!(parse("kind,entity\nuser,abc\n", Format::Csv).is_err());
    }
}
