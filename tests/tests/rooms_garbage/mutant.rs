//! Requests made from valid ones: about what there is, with some of their fields changed, and some of their bytes.

use std::collections::BTreeMap;
use std::fmt;

use callboard_contract::asyncapi::of_requests;
use callboard_contract::limits::{MAX_BODY_BYTES, MAX_CLIENT_PAYLOAD_BYTES};
use callboard_contract::{EndpointSpec, Plane};
use callboard_domain::drives_terminals;
use callboard_tests::garbage::{Expect, Piece, for_all, others, paths};
use callboard_tests::hostile::Texts;
use callboard_tests::{Form, sample};
use jsonschema::Validator;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::pool::Pool;
use crate::tally::Verdict;
use crate::watch::each_text;

/// Fields in which people write what they like.
const WORDS: [&str; 14] = [
    "body",
    "name",
    "topic",
    "category",
    "text",
    "note",
    "query",
    "comment",
    "emoji",
    "entity",
    "reason",
    "words",
    "details",
    "statement",
];
/// Request ids begin with it.
const MARK: &str = "hostile-";
/// Kinds of plain garbage that are kept in stock.
const STOCK: usize = 40;

/// A set in which something stands twice has it once: that is asked of nobody, and refused to nobody.
fn take_repeats(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("uniqueItems");
            fields.values_mut().for_each(take_repeats);
        }
        Value::Array(items) => items.iter_mut().for_each(take_repeats),
        _ => {}
    }
}

/// What is asked, with what fits it.
pub(crate) struct Target {
    pub(crate) spec: &'static EndpointSpec,
    examples: Vec<Value>,
    request: Validator,
    reply: Validator,
}

impl Target {
    pub(crate) fn new(spec: &'static EndpointSpec) -> Self {
        let form = Form::of(spec);
        let validator = |schema: &Value| jsonschema::validator_for(schema).expect("schemas are sound");
        let name = format!("{}.{}", spec.service, spec.verb);
        let told = of_requests().into_iter().filter(|e| spec.plane == Plane::Api && e.name == name).map(|e| e.payload);
        let examples = std::iter::once(sample(&form)).chain(told).collect();
        let mut taken = form.schema().clone();
        take_repeats(&mut taken);
        Self { spec, examples, request: validator(&taken), reply: validator(Form::of_reply(spec).schema()) }
    }

    /// What to make of an answer.
    pub(crate) fn judge(&self, mutant: &Mutant, answer: &Value) -> Verdict {
        let mut hostile = None;
        // A refusal may name what its own sender wrote.
        each_text(&answer["ok"], &mut |text| {
            if text.chars().any(|c| c != '\n' && drives_terminals(c)) {
                hostile = Some(text.to_owned());
            }
        });
        if let Some(text) = hostile {
            return Verdict::Wrong(format!("the answer could drive a terminal: {text:?}"));
        }
        if let Some(ok) = answer.get("ok") {
            return match self.reply.iter_errors(ok).next() {
                _ if !mutant.fits => Verdict::Wrong("what does not fit was taken".to_owned()),
                Some(error) => Verdict::Wrong(format!("the reply is not of the right form: {error}")),
                None => Verdict::Accepted,
            };
        }
        let waits = answer["error"]["code"] == "rate_limited" && answer["error"]["retry_after_ms"].is_u64();
        let expect = if mutant.fits { Expect::Anything } else { Expect::Unread };
        if expect.fits(answer) || (mutant.fits && waits) {
            Verdict::Refused
        } else {
            Verdict::Wrong("the code does not fit".to_owned())
        }
    }
}

/// A request to be sent.
pub(crate) struct Mutant {
    pub(crate) body: Vec<u8>,
    /// Whether it fits the form of its endpoint, after all.
    fits: bool,
    steps: Vec<&'static str>,
}

impl Mutant {
    /// The same as a request of its own: a refusal that is kept would be answered otherwise.
    pub(crate) fn anew(&self, more: usize) -> Vec<u8> {
        let Some(at) = self.body.windows(MARK.len()).position(|part| part == MARK.as_bytes()) else {
            return self.body.clone();
        };
        let (before, after) = self.body.split_at(at + MARK.len());
        [before, format!("again-{more}-").as_bytes(), after].concat()
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(1_500).collect();
        write!(f, "{:?}, {:?}", self.steps, body)
    }
}

pub(crate) struct Mutants {
    rng: StdRng,
    texts: Texts,
    made: u64,
    /// What stands in fields of a name, in all examples.
    seen: BTreeMap<String, Vec<Value>>,
    stock: [Vec<Piece>; 2],
}

impl Mutants {
    pub(crate) fn new(seed: u64, targets: &[Target]) -> Self {
        let mut seen: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for value in targets.iter().flat_map(|t| &t.examples) {
            for path in paths(value) {
                let field = field_of(&path);
                let known = seen.entry(field).or_default();
                let held = value.pointer(&path).expect("it is there");
                if !known.contains(held) {
                    known.push(held.clone());
                }
            }
        }
        let stock = [MAX_CLIENT_PAYLOAD_BYTES, MAX_BODY_BYTES].map(|limit| for_all(limit, STOCK, seed));
        Self { rng: StdRng::seed_from_u64(seed), texts: Texts::new(seed), made: 0, seen, stock }
    }

    /// A number for who sends it.
    pub(crate) fn turn(&mut self) -> usize {
        self.rng.random_range(0..10_000)
    }

    /// The next request for an endpoint.
    pub(crate) fn next(&mut self, target: &Target, pool: &Pool) -> Mutant {
        self.made += 1;
        let small = target.spec.plane == Plane::Api;
        if self.rng.random_ratio(1, 12) {
            let piece = self.stock[usize::from(!small)].choose(&mut self.rng).expect("there are some");
            return Mutant { body: piece.body.to_vec(), fits: false, steps: vec![piece.what] };
        }
        let mut value = target.examples.choose(&mut self.rng).expect("there is one").clone();
        self.fill(&mut value, "", pool);
        let mut steps = Vec::new();
        for _ in 0..*[0, 0, 1, 1, 1, 2, 3].choose(&mut self.rng).expect("some") {
            steps.push(self.change(&mut value, pool));
        }
        let mut body = value.to_string().into_bytes();
        if self.rng.random_ratio(1, 10) {
            steps.push(self.bend(&mut body));
        }
        let limit = if small { MAX_CLIENT_PAYLOAD_BYTES } else { 2 * MAX_BODY_BYTES };
        if body.len() >= limit {
            (body, steps) = (target.examples[0].to_string().into_bytes(), Vec::new());
        }
        let fits = body.len() < limit
            && (small || body.len() <= MAX_BODY_BYTES)
            && serde_json::from_slice(&body).is_ok_and(|value: Value| target.request.is_valid(&value));
        Mutant { body, fits, steps }
    }

    /// Makes a request be about what there is.
    fn fill(&mut self, value: &mut Value, field: &str, pool: &Pool) {
        if field == "request_id" {
            *value = json!(format!("{MARK}{}", self.made));
            return;
        }
        if WORDS.contains(&field) && value.is_string() && self.rng.random_ratio(1, 2) {
            *value = json!(self.text());
            return;
        }
        if !value.is_null()
            && self.rng.random_ratio(19, 20)
            && let Some(known) = pool.pick(field, &mut self.rng)
        {
            *value = known;
            return;
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.fill(value, name, pool);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.fill(item, field, pool);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self) -> String {
        let mut text = self.texts.next().expect("without end");
        if self.rng.random_ratio(1, 12) {
            text.push('\0');
        }
        if self.rng.random_ratio(1, 40) {
            text = text.repeat(200);
        }
        text
    }

    /// Changes one field.
    fn change(&mut self, value: &mut Value, pool: &Pool) -> &'static str {
        let Some(path) = paths(value).choose(&mut self.rng).cloned() else { return "nothing to change" };
        let field = field_of(&path);
        let text = self.text();
        let place = value.pointer_mut(&path).expect("it is there");
        match self.rng.random_range(0..8) {
            0 => {
                *place = others().choose(&mut self.rng).expect("there are some").clone();
                "an absurd value"
            }
            1 => {
                *place = json!(text);
                "a hostile text"
            }
            2 => {
                let extreme = [
                    json!(i64::MIN),
                    json!(i64::MAX),
                    json!(u64::MAX),
                    json!(u32::MAX),
                    json!(9_007_199_254_740_993_u64),
                    json!(-1),
                    json!(0),
                    json!(1e308),
                    json!(0.1),
                ];
                *place = extreme.choose(&mut self.rng).expect("there are some").clone();
                "an extreme number"
            }
            3 => {
                if let Some(other) = self.seen.get(&field).and_then(|known| known.choose(&mut self.rng)) {
                    *place = other.clone();
                }
                "another example's"
            }
            4 => {
                let field = *["room_id", "message_id", "case_id", "sanction_id", "attachment_id", "uid", "cursor"]
                    .choose(&mut self.rng)
                    .expect("there are some");
                *place = pool.pick(field, &mut self.rng).unwrap_or_else(|| json!("nothing"));
                "somebody else's id"
            }
            5 => {
                if let (Value::Array(items), many) = (&mut *place, self.rng.random_range(0..150)) {
                    *items = items.first().cloned().map_or_else(Vec::new, |one| vec![one; many]);
                } else if let Value::String(text) = place {
                    *text = text.repeat(self.rng.random_range(0..60));
                }
                "many times"
            }
            6 => {
                if let Some(Value::Object(fields)) = path.rsplit_once('/').and_then(|(at, _)| value.pointer_mut(at)) {
                    fields.remove(&field);
                }
                "without a field"
            }
            _ => {
                if let Some(Value::Object(fields)) = path.rsplit_once('/').and_then(|(at, _)| value.pointer_mut(at)) {
                    fields.insert(text, json!([{}]));
                }
                "an unknown field"
            }
        }
    }

    /// Changes bytes of the body.
    fn bend(&mut self, body: &mut Vec<u8>) -> &'static str {
        let at = self.rng.random_range(0..body.len());
        let insert = |body: &mut Vec<u8>, at: usize, bytes: &[u8]| {
            body.splice(at..at, bytes.iter().copied());
        };
        // Where a text begins, if there is one after that.
        let quote = body[at..].iter().position(|b| *b == b'"').map_or(at, |more| at + more + 1);
        match self.rng.random_range(0..7) {
            0 => {
                body[at] ^= 1 << self.rng.random_range(0..8);
                "a bit turned"
            }
            1 => {
                // Nothing at all stands for no fields, and is taken where none is needed.
                body.truncate(at.max(1));
                "cut off"
            }
            2 => {
                insert(body, quote, br"\ud83d");
                "half a pair"
            }
            3 => {
                insert(body, quote, br"\u0000\u001b[2J");
                "zeros and escapes, spelt out"
            }
            4 => {
                insert(body, at, b"\0\x1b]0;x\x07");
                "zeros and escapes"
            }
            5 => {
                insert(body, quote, b"\xed\xa0\x80\xff\xc0\xaf");
                "what is no utf-8"
            }
            _ => {
                let part = body[at..].to_vec();
                body.extend(part);
                "a part twice"
            }
        }
    }
}

/// The field that a path leads to; for items of a list the list's.
fn field_of(path: &str) -> String {
    let last = path.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or_default();
    last.replace("~1", "/").replace("~0", "~")
}
