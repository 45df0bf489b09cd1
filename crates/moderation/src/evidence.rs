//! Evidence: frozen when something is reported, as a canonical text with its SHA-256.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A value with the keys of all its objects in the order of their bytes, without spaces: the same value always gives the same text.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// The SHA-256 of a text or a picture.
pub fn hash(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort_unstable();
            text.push('{');
            for (n, key) in keys.into_iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(&fields[key], text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_does_not_matter_and_that_of_items_does() {
        let one: Value = serde_json::from_str(r#"{"b":[1,{"z":null,"a":"\u00e9\n"}],"a":true}"#).expect("json");
        let other: Value =
            serde_json::from_str(r#" { "a" : true, "b" : [ 1, { "a": "é\n", "z": null } ] } "#).expect("json");
        assert_eq!(canonical(&one), r#"{"a":true,"b":[1,{"a":"é\n","z":null}]}"#);
        assert_eq!(hash(canonical(&one)), hash(canonical(&other)));
        assert_ne!(hash(canonical(&json!([1, 2]))), hash(canonical(&json!([2, 1]))));
        assert_eq!(serde_json::from_str::<Value>(&canonical(&one)).expect("it is json"), one);
    }
}
