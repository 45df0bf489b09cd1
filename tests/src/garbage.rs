//! Pieces of garbage, and what an answer to them may be.

use bytes::Bytes;
use callboard_contract::EndpointSpec;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::sample::{Form, sample};

/// What an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The body cannot be read: `bad_request`, `unknown_field` or `too_large`.
    Unread,
    /// It can be read and must be refused nevertheless.
    Refusal,
    /// It may even be answered, but not with a fault of the house.
    Anything,
}

impl Expect {
    /// Whether an answer is one of these.
    pub fn fits(self, answer: &Value) -> bool {
        let code = answer["error"]["code"].as_str();
        let unread = code.is_some_and(|c| matches!(c, "bad_request" | "unknown_field" | "too_large"));
        let refusal = unread
            || code.is_some_and(|c| {
                matches!(c, "not_found" | "forbidden" | "conflict" | "stale" | "insufficient_funds" | "limit")
            });
        match self {
            Self::Unread => unread,
            Self::Refusal => refusal,
            Self::Anything => refusal || answer.get("ok").is_some(),
        }
    }
}

/// A piece of garbage.
#[derive(Clone, Debug)]
pub struct Piece {
    /// What kind of garbage.
    pub what: &'static str,
    /// What is sent.
    pub body: Bytes,
    /// What may be answered.
    pub expect: Expect,
}

impl Piece {
    /// A piece.
    pub fn new(what: &'static str, body: impl Into<Vec<u8>>, expect: Expect) -> Self {
        Self { what, body: body.into().into(), expect }
    }
}

/// What every endpoint gets: nothing of it is JSON of an object, or it has a field that nobody knows.
pub fn for_all(limit: usize, random: usize, seed: u64) -> Vec<Piece> {
    let unread = |what, body: Vec<u8>| Piece::new(what, body, Expect::Unread);
    let text = |what, body: &str| unread(what, body.as_bytes().to_vec());
    let near = |fill: &str| format!("{{\"{}\":1}}", fill.repeat((limit - 256) / fill.len())).into_bytes();
    let mut rng = StdRng::seed_from_u64(seed);
    let mut all = vec![
        text("no json", "garbage"),
        text("a number", "1"),
        text("a text", "\"{}\""),
        text("nothing", "null"),
        text("yes", "true"),
        text("a list", "[]"),
        text("a list of something", " [1, \"x\"]"),
        text("a list of lists", "[[[]]]"),
        text("not a number", "NaN"),
        text("cut off", "{\"request_id\":\"x"),
        text("two bodies", "{}{}"),
        text("a tail", "{} x"),
        text("single quotes", "{'a':1}"),
        text("a comma too many", "{\"a\":1,}"),
        text("a comment", "{/* */}"),
        text("no field", "{\"\":0}"),
        text("an unknown field", "{\"nobody_knows_this\":1}"),
        text("half a surrogate", "{\"\\ud800\":1}"),
        text("a field of zeros", "{\"\\u0000\":1}"),
        text("a huge number", &format!("{{\"n\":{}}}", "9".repeat(400))),
        text("a huge exponent", "{\"n\":1e999999}"),
        text("deep lists", &"[".repeat(6_000)),
        text("deep lists, closed", &format!("{{\"a\":{}{}}}", "[".repeat(3_000), "]".repeat(3_000))),
        text("deep objects", &"{\"a\":".repeat(2_500)),
        unread("a mark before it", b"\xef\xbb\xbf{}".to_vec()),
        unread("utf-16", b"\xff\xfe{\0}\0".to_vec()),
        unread("invalid utf-8", b"{\"a\":\"\xc3\x28\"}".to_vec()),
        unread("overlong utf-8", b"{\"\xc0\xaf\":1}".to_vec()),
        unread("zeros", vec![0; 512]),
        unread("nearly too large", near("x")),
        unread("nearly too large, in many bytes", near("é")),
        unread("spaces and no end", vec![b' '; limit - 256]),
        unread("msgpack", b"\x82\xa1a\x01\xa1b\xc0".to_vec()),
        unread("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec()),
    ];
    for _ in 0..random {
        let mut bytes = vec![0; rng.random_range(1..2_000)];
        rng.fill(&mut bytes[..]);
        all.push(unread("random bytes", bytes));
    }
    // Workers take somewhat more than staff's limit of bodies; the server does not.
    if limit > 16 * 1024 {
        all.push(unread("larger than a body may be", vec![b' '; limit + 1]));
        all.push(unread(
            "much larger than a body may be",
            format!("{{\"a\":\"{}\"}}", "x".repeat(8 * limit)).into_bytes(),
        ));
    }
    all
}

/// Bodies that nearly fit: each field in turn holds something else, is missing, or stands twice.
pub fn for_form(form: &Form, spec: &EndpointSpec, most: usize, seed: u64) -> Vec<Piece> {
    let checker = jsonschema::validator_for(form.schema()).expect("schemas are sound");
    let good = sample(form);
    assert!(checker.is_valid(&good), "{spec:?}: the sample {good} does not fit");
    let mut all = Vec::new();
    for path in paths(&good) {
        for other in others() {
            let mut body = good.clone();
            *body.pointer_mut(&path).expect("it is there") = other;
            // Whatever fits after all would be a request like any other; it is sent only where nothing can come of it.
            let fits = checker.is_valid(&body);
            if !(fits && (spec.changes || makes_what_it_shows(spec))) {
                let expect = if fits { Expect::Anything } else { Expect::Unread };
                all.push(Piece::new("another value", body.to_string(), expect));
            }
        }
        if let Some((parent, name)) = path.rsplit_once('/') {
            let mut body = good.clone();
            if let Some(Value::Object(fields)) = body.pointer_mut(parent) {
                fields.remove(name);
                if !checker.is_valid(&body) {
                    all.push(Piece::new("a field is missing", body.to_string(), Expect::Unread));
                }
            }
            let mut body = good.clone();
            if let Some(Value::Object(fields)) = body.pointer_mut(parent) {
                fields.insert("nobody_knows_this".to_owned(), json!([{}]));
                if !checker.is_valid(&body) {
                    all.push(Piece::new("an unknown field", body.to_string(), Expect::Unread));
                }
            }
        }
    }
    let text = good.to_string();
    if let Some((name, value)) = good.as_object().and_then(|o| o.iter().next()) {
        let twice = format!("{{\"{name}\":{value},{}", &text[1..]);
        all.push(Piece::new("a field twice", twice, Expect::Unread));
        all.push(Piece::new("cut off", &text.as_bytes()[..text.len() - 1], Expect::Unread));
        all.push(Piece::new("in a list", format!("[{text}]"), Expect::Unread));
        let values: Vec<&Value> = good.as_object().into_iter().flatten().map(|(_, value)| value).collect();
        all.push(Piece::new("fields as a list", json!(values).to_string(), Expect::Unread));
        all.push(Piece::new("twice", format!("{text}{text}"), Expect::Unread));
    }
    let mut rng = StdRng::seed_from_u64(seed);
    all.shuffle(&mut rng);
    all.truncate(most);
    all
}

/// The primary room of a tenant is made when it is first asked for.
fn makes_what_it_shows(spec: &EndpointSpec) -> bool {
    (spec.service, spec.verb) == ("rooms", "primary")
}

/// Values that hardly any field can be.
pub fn others() -> Vec<Value> {
    let deep = (0..100).fold(json!(0), |inner, _| json!([inner]));
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(-1e300),
        json!(u64::MAX),
        json!(""),
        json!("-1"),
        json!("-99999999999999999999.0000"),
        json!("99999999999999999999"),
        json!("0.00001"),
        json!("1e9"),
        json!("NaN"),
        json!("Infinity"),
        json!("'; drop table ledger.accounts; --"),
        json!("../../etc/passwd"),
        json!("\u{0}"),
        json!("\u{202e}\u{fffd}𝒳"),
        json!("x".repeat(9_000)),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "a": { "b": 1 } }),
        deep,
    ]
}

/// Where the values inside a value are, the inner ones first.
pub fn paths(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(k, v)| (format!("{at}/{}", escaped(k)), v)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(n, v)| (format!("{at}/{n}"), v)).collect(),
            _ => Vec::new(),
        };
        for (path, child) in children {
            walk(child, &path, found);
            found.push(path);
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

/// A field's name as a part of a pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
