//! What there is in the house by now, by the name of the field that holds it, so that requests are about something.

use std::collections::{BTreeMap, VecDeque};

use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::clients::VICTIMS;

/// Fields that name something which others can ask about.
const LEARNT: [&str; 16] = [
    "room_id",
    "message_id",
    "attachment_id",
    "case_id",
    "report_id",
    "appeal_id",
    "sanction_id",
    "transfer_id",
    "evidence_id",
    "entry_id",
    "connection_id",
    "seq",
    "version",
    "cursor",
    "hash",
    "name",
];
/// So many of each are remembered.
const MOST: usize = 40;
/// The newest ones are mostly asked for.
const NEWEST: usize = 6;

#[derive(Default)]
pub(crate) struct Pool {
    known: BTreeMap<String, VecDeque<Value>>,
}

impl Pool {
    /// Remembers something; what is in the front is asked for first.
    pub(crate) fn put(&mut self, field: &str, value: Value) {
        let known = self.known.entry(field.to_owned()).or_default();
        if !known.contains(&value) {
            known.push_front(value);
            known.truncate(MOST);
        }
    }

    /// Remembers what a reply names.
    pub(crate) fn learn(&mut self, reply: &Value) {
        match reply {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if LEARNT.contains(&name.as_str()) && (value.is_string() || value.is_number()) {
                        self.put(name, value.clone());
                    }
                    self.learn(value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            _ => {}
        }
    }

    /// The newest of a kind.
    pub(crate) fn newest(&self, field: &str) -> Option<&Value> {
        self.known.get(field)?.front()
    }

    /// All that is known of a kind, the newest first.
    pub(crate) fn all(&self, field: &str) -> Vec<String> {
        self.known.get(field).into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
    }

    /// Something that a field of this name can hold, if that is known.
    pub(crate) fn pick(&self, field: &str, rng: &mut StdRng) -> Option<Value> {
        let person = |rng: &mut StdRng| json!(VICTIMS[rng.random_range(0..VICTIMS.len())]);
        match field {
            "uid" | "to" | "from" | "author" | "reporter" | "tenant" | "about" => return Some(person(rng)),
            "uids" | "mentions" => return Some(json!([person(rng)])),
            "scope" => {
                let room = self.pick("room_id", rng)?;
                return Some(match rng.random_range(0..4) {
                    0 => json!("platform"),
                    1 => json!(format!("tenant:{}", person(rng).as_str()?)),
                    _ => json!(format!("room:{}", room.as_str()?)),
                });
            }
            _ => {}
        }
        let (one, many) = match field {
            "message_ids" | "room_ids" | "attachment_ids" => (field.trim_end_matches('s'), true),
            "attachment" => ("attachment_id", false),
            "reply_to" | "before" | "after" | "delivered_seq" | "read_seq" => ("seq", false),
            "expect_version" => ("version", false),
            field => (field, false),
        };
        let known = self.known.get(one)?;
        let among = if rng.random_ratio(3, 4) { known.len().min(NEWEST) } else { known.len() };
        let value = known[rng.random_range(0..among)].clone();
        Some(if many { json!([value]) } else { value })
    }
}
