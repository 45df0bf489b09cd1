//! The files in `nats/` that are generated from this crate. A test compares them with what stands there;
//! `cargo run -p callboard-contract --example generate` writes them anew.
//!
//! Keys are put into a fixed order, so that a file does not depend on how the maps of the build happen to be ordered.

use callboard_domain::Role;
use serde_json::{Value, json};
use serde_yaml_ng::{Mapping, Value as Yaml};

use crate::catalogue::Worker;
use crate::{asyncapi, permissions};

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name in `nats/`.
    pub name: &'static str,
    /// What stands in it.
    pub text: String,
}

/// All generated files.
pub fn files() -> Vec<File> {
    vec![
        File {
            name: "asyncapi.yaml",
            text: text("What client apps may ask and are told, as AsyncAPI 3.", &asyncapi::document()),
        },
        File {
            name: "permissions.yaml",
            text: text(
                "Who may publish and subscribe what. The sign-in callout and the server's configuration are made from the same lists.",
                &permission_sets(),
            ),
        },
    ]
}

/// The permissions of a client app (of the user `UID`), of each worker and of each role of staff (under the name `NAME`).
fn permission_sets() -> Value {
    let workers: Vec<Value> =
        Worker::ALL.iter().map(|w| json!({ "worker": w.name(), "permissions": permissions::worker(*w) })).collect();
    let staff: Vec<Value> = Role::ALL
        .iter()
        .map(|r| json!({ "role": r.as_str(), "permissions": permissions::staff(*r, "NAME") }))
        .collect();
    json!({ "client": permissions::client("UID"), "workers": workers, "staff": staff })
}

fn text(what: &str, value: &Value) -> String {
    let yaml = serde_yaml_ng::to_string(&ordered(value)).expect("a json value without floats is yaml");
    format!(
        "# {what}\n# Generated from the contract by `cargo run -p callboard-contract --example generate`: change it there.\n{yaml}"
    )
}

/// Keys that people look for first; all others follow in the order of the alphabet.
const FIRST: &[&str] = &[
    "asyncapi",
    "id",
    "info",
    "defaultContentType",
    "servers",
    "channels",
    "operations",
    "components",
    "title",
    "version",
    "action",
    "summary",
    "name",
    "address",
    "host",
    "protocol",
    "client",
    "workers",
    "worker",
    "role",
    "$ref",
    "type",
    "description",
];

fn ordered(value: &Value) -> Yaml {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| (FIRST.iter().position(|f| f == key).unwrap_or(FIRST.len()), *key));
            Yaml::Mapping(entries.into_iter().map(|(k, v)| (Yaml::from(k.as_str()), ordered(v))).collect::<Mapping>())
        }
        Value::Array(items) => Yaml::Sequence(items.iter().map(ordered).collect()),
        plain => serde_yaml_ng::to_value(plain).expect("plain values are yaml"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_files_in_nats_are_current() {
        for file in files() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../nats").join(file.name);
            let found = std::fs::read_to_string(&path).expect("the file is there");
            assert!(
                found == file.text,
                "nats/{} is not current: cargo run -p callboard-contract --example generate",
                file.name
            );
        }
    }

    #[test]
    fn the_document_is_sound() {
        assert_eq!(asyncapi::check(&asyncapi::document()), Vec::<String>::new());
    }

    #[test]
    fn every_example_fits_its_schema() {
        let document = asyncapi::document();
        let schemas = &document["components"]["schemas"];
        for (name, message) in document["components"]["messages"].as_object().expect("messages") {
            let schema = json!({ "allOf": [message["payload"]], "components": { "schemas": schemas } });
            let validator = jsonschema::draft7::new(&schema).expect("the schema is one");
            for example in message["examples"].as_array().expect("examples") {
                if let Err(error) = validator.validate(&example["payload"]) {
                    panic!("example of {name} at {}: {error}", error.instance_path());
                }
            }
        }
    }

    #[test]
    fn a_wrong_example_does_not_fit() {
        let document = asyncapi::document();
        let message = &document["components"]["messages"]["calls_beat"];
        let schema =
            json!({ "allOf": [message["payload"]], "components": { "schemas": document["components"]["schemas"] } });
        let mut wrong = message["examples"][0]["payload"].clone();
        wrong["line"] = json!("humming");
        assert!(!jsonschema::draft7::new(&schema).expect("the schema is one").is_valid(&wrong));
    }
}
