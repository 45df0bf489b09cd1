//! YAML: the JSON document in other clothes.

use serde_json::{Map, Value};

pub(super) fn render(raw: &Map<String, Value>) -> String {
    serde_yaml_ng::to_string(raw).expect("a JSON value always has a YAML form")
}
