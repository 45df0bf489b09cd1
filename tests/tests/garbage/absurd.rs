//! Bodies of the right form whose amounts and numbers are out of all reason.

use callboard_contract::EndpointSpec;
use callboard_tests::garbage::{Expect, Piece};
use serde_json::{Value, json};

const NOBODY: &str = "019b0f6e-7c00-7a10-8000-4f6d5a3b2c10";

fn topup(amount: &str) -> Value {
    json!({ "request_id": "absurd", "uid": "kept-fan", "amount": amount, "reason": { "code": "test" } })
}

fn refund(amount: &str) -> Value {
    json!({ "request_id": "absurd", "call_id": NOBODY, "amount": amount, "reason": { "code": "test" } })
}

fn tariff(name: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut spec = json!({ "rate": "60", "reserve": { "mode": "rolling", "ahead_s": 20 },
        "split": [["creator", "0.8"], ["platform", "0.2"]] });
    change(&mut spec);
    json!({ "request_id": "absurd", "name": name, "tariff": spec, "reason": { "code": "test" } })
}

fn settings(rate: &str) -> Value {
    json!({ "request_id": "absurd", "settings": { "available": true, "rates": { "audio": rate } } })
}

fn calling(more: &Value) -> Value {
    let mut body = json!({ "request_id": "absurd", "kind": "audio", "callee": "kept-creator", "device": "d" });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// What is absurd for an endpoint.
pub(crate) fn pieces(spec: &EndpointSpec) -> Vec<Piece> {
    let set = |field: &'static str, value: Value| tariff("garbage", move |spec| spec[field] = value);
    let call = json!({ "request_id": "absurd", "call_id": NOBODY });
    let with = |mut body: Value, field: &str, value: Value| {
        body[field] = value;
        body
    };
    let bodies = match (spec.service, spec.verb) {
        ("wallet", "topup") => {
            let mut all: Vec<Value> = ["0", "-0", "-1", "-0.0001", "1000000000000", "-1000000000000"].map(topup).into();
            all.push(with(topup("1"), "reason", json!({ "code": "other" })));
            all.push(with(topup("1"), "reason", json!({ "code": "test", "note": "x".repeat(501) })));
            all.push(with(topup("1"), "reason", json!({ "code": "test", "note": "a\u{0}b" })));
            all
        }
        ("refund", "create" | "preview") if spec.changes => ["1", "0", "-1", "1000000000000"].map(refund).into(),
        ("tariff", "set") => vec![
            set("rate", json!("-1")),
            set("rate", json!("1000001")),
            set("connect_fee", json!("-0.0001")),
            set("minimum", json!("1000000000000")),
            set("increment", json!("0/0")),
            set("increment", json!("999999/1")),
            set("free_s", json!(u32::MAX)),
            set("reserve", json!({ "mode": "rolling", "ahead_s": 0 })),
            set("reserve", json!({ "mode": "rolling", "ahead_s": 19 })),
            set("reserve", json!({ "mode": "upfront", "minutes": 0 })),
            set("reserve", json!({ "mode": "upfront", "minutes": u32::MAX })),
            set("reserve", Value::Null),
            set("max_spend", json!("-1")),
            set("max_spend", json!("0")),
            set("split", json!([])),
            set("split", json!([["creator", "0.8"], ["platform", "0.3"]])),
            set("split", json!([["creator", "1.2"], ["platform", "-0.2"]])),
            set("split", json!([["creator", "0.5"], ["creator", "0.5"]])),
            set("flat", json!({ "price": "-1", "minutes": 15, "overrun": "end" })),
            set("flat", json!({ "price": "1", "minutes": 0, "overrun": "end" })),
            tariff("", |_| ()),
            tariff("a b", |_| ()),
            tariff(&"x".repeat(65), |_| ()),
        ],
        ("calls", "settings_set") => vec![
            settings("-1"),
            settings("1000000000000"),
            json!({ "request_id": "absurd", "settings": { "rates": { "audio": "1" }, "minimum_minutes": u32::MAX } }),
            json!({ "request_id": "absurd", "settings": { "rates": { "audio": "1" }, "tariff": "no-such-tariff" } }),
            json!({ "request_id": "absurd", "settings": { "rates": { "audio": "1" }, "tariff": "\u{0}" } }),
        ],
        ("calls", "initiate") => vec![
            calling(&json!({ "minutes": 0 })),
            calling(&json!({ "minutes": u32::MAX })),
            calling(&json!({ "callee": "nobody-at-all" })),
            calling(&json!({ "callee": null })),
            calling(&json!({ "kind": "group" })),
            calling(&json!({ "kind": "group", "callee": null, "invite": vec![json!({ "uid": "a" }); 7] })),
            calling(&json!({ "invite": [{ "uid": "a" }] })),
        ],
        ("calls", "extend") => vec![
            with(call.clone(), "minutes", json!(0)),
            with(call.clone(), "minutes", json!(u32::MAX)),
            with(call, "minutes", json!(1)),
        ],
        ("calls", "accept" | "join") => vec![with(call, "device", json!("d"))],
        ("calls", "reject" | "cancel" | "leave") => vec![call],
        ("calls", "end") if spec.power.is_none() => vec![call],
        ("calls", "end") => vec![with(call, "reason", json!({ "code": "test" }))],
        ("calls", "mute" | "remove") => {
            vec![with(with(call, "reason", json!({ "code": "test" })), "uid", json!("nobody-at-all"))]
        }
        ("calls", "invite") => vec![with(call, "invitee", json!({ "uid": "a" }))],
        ("staff", "add") => ["U", "UAAAA", "admin", ""]
            .map(|key| json!({ "request_id": "absurd", "name": "absurd", "role": "admin", "public_key": key }))
            .into(),
        ("staff", "revoke") => {
            vec![json!({ "request_id": "absurd", "name": "nobody-at-all", "reason": { "code": "test" } })]
        }
        _ => return lists(spec),
    };
    unlike_ids(bodies, Expect::Refusal)
}

/// Lists: pages of no size, of more than the most, and from where no page ends.
fn lists(spec: &EndpointSpec) -> Vec<Piece> {
    if spec.changes {
        return Vec::new();
    }
    let bodies = vec![
        json!({ "limit": 0 }),
        json!({ "limit": u32::MAX }),
        json!({ "cursor": "nowhere" }),
        json!({ "cursor": "" }),
        json!({ "cursor": "9223372036854775807" }),
        json!({ "cursor": "-1" }),
        json!({ "minutes": u32::MAX }),
        json!({ "uids": vec!["a"; 1000] }),
        json!({ "uids": [] }),
        json!({ "after": u64::MAX }),
        json!({ "ttl_s": u32::MAX, "uid": "a" }),
        json!({ "since": "9999-12-31T23:59:59.999Z", "until": "0001-01-01T00:00:00Z" }),
        json!({ "uid": "nobody-at-all" }),
        json!({ "entity": "'; drop table store.outbox; --" }),
        json!({ "call_id": NOBODY }),
        json!({ "name": "\u{0}" }),
        json!({ "entity": "\u{0}" }),
        json!({ "cursor": "\u{0}" }),
    ];
    unlike_ids(bodies, Expect::Anything)
}

/// Each with a request id of its own, so that none is answered as another one was.
fn unlike_ids(bodies: Vec<Value>, expect: Expect) -> Vec<Piece> {
    let with_id = |(n, mut body): (usize, Value)| {
        if body.get("request_id").is_some() {
            body["request_id"] = json!(format!("absurd-{n}"));
        }
        Piece::new("an absurd value", body.to_string(), expect)
    };
    bodies.into_iter().enumerate().map(with_id).collect()
}
