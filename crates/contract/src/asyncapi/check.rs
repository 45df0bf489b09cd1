//! What the parser of the AsyncAPI initiative does not look for: parameters that nobody declared or uses, two channels with one
//! address, references that lead nowhere, and operations without an example.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Everything that is wrong with a document, in words; nothing if it is sound.
pub fn check(document: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut addresses: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, channel) in document["channels"].as_object().into_iter().flatten() {
        let Some(address) = channel["address"].as_str() else { continue };
        if let Some(other) = addresses.insert(address, name) {
            wrong.push(format!("channels {other} and {name} have the same address {address}"));
        }
        let used = parameters_in(address);
        let declared: BTreeSet<&str> =
            channel["parameters"].as_object().into_iter().flatten().map(|(k, _)| k.as_str()).collect();
        wrong.extend(
            used.difference(&declared).map(|p| format!("channel {name} uses parameter {p}, which it does not declare")),
        );
        wrong.extend(
            declared
                .difference(&used)
                .map(|p| format!("channel {name} declares parameter {p}, which its address lacks")),
        );
    }
    for (name, message) in document["components"]["messages"].as_object().into_iter().flatten() {
        if message["examples"].as_array().is_none_or(Vec::is_empty) {
            wrong.push(format!("message {name} has no example"));
        }
    }
    follow(document, document, &mut wrong);
    wrong
}

fn parameters_in(address: &str) -> BTreeSet<&str> {
    address.split('.').filter_map(|token| token.strip_prefix('{')?.strip_suffix('}')).collect()
}

fn follow(document: &Value, value: &Value, wrong: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(target) = map.get("$ref").and_then(Value::as_str) {
                let found = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
                if found.is_none() {
                    wrong.push(format!("{target} leads nowhere"));
                }
            }
            map.values().for_each(|v| follow(document, v, wrong));
        }
        Value::Array(items) => items.iter().for_each(|v| follow(document, v, wrong)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_fault_is_found() {
        let document = json!({
            "channels": {
                "a": { "address": "api.v1.{uid}.x.y", "parameters": {} },
                "b": { "address": "api.v1.{uid}.x.y", "parameters": { "uid": {}, "more": {} } },
            },
            "components": { "messages": { "m": { "payload": { "$ref": "#/components/schemas/Gone" } } } },
        });
        assert_eq!(
            check(&document),
            [
                "channel a uses parameter uid, which it does not declare",
                "channels a and b have the same address api.v1.{uid}.x.y",
                "channel b declares parameter more, which its address lacks",
                "message m has no example",
                "#/components/schemas/Gone leads nowhere",
            ]
        );
    }
}
