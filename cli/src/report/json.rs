//! JSON: indented for a single document, one line each in a stream. What could drive a terminal is escaped, which changes nothing for programs.

use std::fmt::Write as _;

use callboard_domain::drives_terminals;
use serde_json::{Map, Value};

pub(super) fn render(raw: &Map<String, Value>) -> String {
    escaped(serde_json::to_string_pretty(raw).expect("a JSON value always serialises")) + "\n"
}

pub(super) fn render_line(raw: &Map<String, Value>) -> String {
    escaped(serde_json::to_string(raw).expect("a JSON value always serialises")) + "\n"
}

/// Such characters stand in texts alone, apart from line breaks, and there they may be escaped.
pub(crate) fn escaped(json: String) -> String {
    let drives = |c: char| c != '\n' && drives_terminals(c);
    if !json.contains(drives) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if drives(c) {
            write!(out, "\\u{:04x}", u32::from(c)).expect("writing to memory does not fail");
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_drives_a_terminal_is_escaped_and_read_again_as_it_was() {
        let value = json!({ "body": "a\x1b[2J\u{9b}b\u{202e}c\u{2066}\n\u{7f}é" });
        let map = value.as_object().expect("an object");
        for text in [render(map), render_line(map)] {
            assert!(!text.chars().any(|c| c != '\n' && drives_terminals(c)), "{text:?}");
            assert_eq!(serde_json::from_str::<Value>(&text).expect("json"), value);
        }
    }
}
