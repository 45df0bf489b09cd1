//! YAML: the JSON document in other clothes. Where a text could drive a terminal it stays JSON, which is YAML too and can escape it.

use callboard_domain::drives_terminals;
use serde_json::{Map, Value};

pub(super) fn render(raw: &Map<String, Value>) -> String {
    let text = serde_yaml_ng::to_string(raw).expect("a JSON value always has a YAML form");
    if text.contains(|c| c != '\n' && drives_terminals(c)) { super::json::render(raw) } else { text }
}
