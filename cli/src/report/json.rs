//! JSON: indented for a single document, one line each in a stream.

use serde_json::{Map, Value};

pub(super) fn render(raw: &Map<String, Value>) -> String {
    serde_json::to_string_pretty(raw).expect("a JSON value always serialises") + "\n"
}

pub(super) fn render_line(raw: &Map<String, Value>) -> String {
    serde_json::to_string(raw).expect("a JSON value always serialises") + "\n"
}
