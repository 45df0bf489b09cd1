//! Examples of rooms. The story: Maya has a VIP lounge that costs 50 coins; Felix enters it, and writes to her later.

use serde_json::{Value, json};

use super::examples::{CALL, Example, MADE, REQUEST, STARTED, pushed, request};
use crate::api::rooms;
use crate::room::MyRoom;

const ROOM: &str = "019b0f6e-7c00-7a20-8000-4f6d5a3b2c20";
const PAIR: &str = "019b0f6e-7c00-7a24-8000-4f6d5a3b2c24";
const SANCTION: &str = "019b0f6e-7c00-7a23-8000-4f6d5a3b2c23";
const UNTIL: &str = "2026-12-11T19:00:00.000Z";

/// The requests.
pub(super) fn requests() -> Vec<Example> {
    let mut all = about_rooms();
    all.extend(about_people());
    all.extend(about_two());
    all
}

fn about_rooms() -> Vec<Example> {
    let on = json!({ "request_id": REQUEST, "room_id": ROOM });
    let which = json!({ "room_id": ROOM });
    vec![
        request::<rooms::Ls>(json!({ "category": "tarot", "query": "vip lounge", "limit": 20 }), page(&lounge("none"))),
        request::<rooms::Mine>(json!({ "limit": 20 }), page(&lounge("joined"))),
        request::<rooms::Show>(which.clone(), lounge("none")),
        request::<rooms::Primary>(json!({ "tenant": "maya" }), primary()),
        request::<rooms::Create>(
            json!({ "request_id": REQUEST, "kind": "sub", "name": "VIP lounge", "topic": "Cards and tea", "category": "tarot",
                "access": "paid", "entry_fee": "50.0000", "promised_until": UNTIL, "capacity": 100 }),
            lounge("host"),
        ),
        request::<rooms::Update>(
            json!({ "request_id": REQUEST, "room_id": ROOM, "change": { "slow_mode": 5000, "lobby": true,
                "powers": { "member": ["speak"] } } }),
            lounge("host"),
        ),
        request::<rooms::Close>(on.clone(), closed()),
        request::<rooms::Join>(json!({ "request_id": REQUEST, "room_id": ROOM, "fee": "50.0000" }), lounge("joined")),
        request::<rooms::Leave>(on, lounge("left")),
        request::<rooms::HoldCall>(json!({ "request_id": REQUEST, "room_id": ROOM, "call_id": CALL }), lounge("host")),
        request::<rooms::Ticket>(
            which,
            json!({ "room_id": ROOM, "token": format!("room_{}", "0f".repeat(32)), "subject": format!("room.{ROOM}.>"),
                "expires_at": STARTED }),
        ),
    ]
}

fn about_people() -> Vec<Example> {
    let person = json!({ "request_id": REQUEST, "room_id": ROOM, "uid": "felix" });
    let with = |more: Value| {
        let mut all = person.clone();
        if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
            all.extend(more);
        }
        all
    };
    vec![
        request::<rooms::Members>(json!({ "room_id": ROOM, "limit": 50 }), page(&member("member", "joined"))),
        request::<rooms::Invite>(person.clone(), member("member", "invited")),
        request::<rooms::Lobby>(json!({ "room_id": ROOM }), page(&member("member", "lobby"))),
        request::<rooms::Admit>(with(json!({ "admit": true })), member("member", "joined")),
        request::<rooms::SetRole>(with(json!({ "role": "moderator" })), member("moderator", "joined")),
        request::<rooms::Sanction>(
            with(json!({ "kind": "mute", "length": 600_000, "reason": { "code": "abuse", "note": "insults" } })),
            json!({ "sanction_id": SANCTION, "until": UNTIL }),
        ),
        request::<rooms::Lift>(with(json!({ "kind": "mute" })), json!({})),
    ]
}

fn about_two() -> Vec<Example> {
    vec![
        request::<rooms::Direct>(json!({ "request_id": REQUEST, "uid": "maya" }), conversation("joined", "maya")),
        request::<rooms::AnswerDirect>(
            json!({ "request_id": REQUEST, "room_id": PAIR, "accept": true }),
            conversation("joined", "felix"),
        ),
        request::<rooms::Block>(json!({ "request_id": REQUEST, "uid": "leo", "block": true }), json!({})),
        request::<rooms::Blocked>(json!({ "limit": 50 }), json!({ "items": ["leo"] })),
    ]
}

/// The pushes.
pub(super) fn pushes() -> Vec<Example> {
    vec![
        pushed::<MyRoom>("rooms.invited", true, conversation("invited", "felix")),
        pushed::<MyRoom>("rooms.removed", true, lounge("removed")),
        pushed::<MyRoom>("rooms.admitted", true, lounge("joined")),
    ]
}

fn page(item: &Value) -> Value {
    json!({ "items": [item] })
}

fn member(role: &str, state: &str) -> Value {
    json!({ "uid": "felix", "role": role, "state": state, "since": STARTED })
}

/// The lounge as somebody sees it who is that to it.
fn lounge(me: &str) -> Value {
    let powers = match me {
        "host" => json!([
            "speak",
            "speak_always",
            "attach",
            "invite",
            "pin",
            "delete_others",
            "mute",
            "kick",
            "ban",
            "admit",
            "lock",
            "settings",
            "roles",
            "start_call",
            "close"
        ]),
        "joined" => json!(["speak", "attach"]),
        _ => json!([]),
    };
    let role = match me {
        "host" => json!("host"),
        "joined" => json!("member"),
        _ => Value::Null,
    };
    let state = match me {
        "none" => Value::Null,
        "host" => json!("joined"),
        state => json!(state),
    };
    let due = if me == "none" { json!("50.0000") } else { Value::Null };
    json!({
        "room": room("sub", "VIP lounge", "paid", "open"),
        "me": { "state": state, "role": role, "powers": powers, "fee_due": due, "read_seq": 0, "unread": 0 },
    })
}

fn closed() -> Value {
    json!({
        "room": room("sub", "VIP lounge", "paid", "closed"),
        "me": { "state": "joined", "role": "host", "powers": [], "read_seq": 0, "unread": 0 },
    })
}

fn primary() -> Value {
    json!({ "room": room("primary", "maya", "public", "open"), "me": { "powers": [], "read_seq": 0, "unread": 0 } })
}

fn conversation(state: &str, peer: &str) -> Value {
    let powers = if state == "joined" { json!(["speak", "attach"]) } else { json!([]) };
    let role = if state == "joined" { json!("member") } else { Value::Null };
    json!({
        "room": { "room_id": PAIR, "kind": "direct", "name": "", "access": "private", "state": "open", "capacity": 2, "members": 1,
            "lobby": false, "fan_out": "direct", "created_at": MADE, "seq": 1 },
        "me": { "state": state, "role": role, "powers": powers, "read_seq": 0, "unread": 0 },
        "peer": peer,
    })
}

fn room(kind: &str, name: &str, access: &str, state: &str) -> Value {
    let paid = access == "paid";
    json!({
        "room_id": ROOM, "tenant": "maya", "kind": kind, "name": name, "topic": "Cards and tea", "category": "tarot", "access": access,
        "state": state, "entry_fee": paid.then_some("50.0000"), "promised_until": paid.then_some(UNTIL), "capacity": 100,
        "members": 12, "lobby": false, "fan_out": "direct", "created_at": MADE,
        "closed_at": (state == "closed").then_some(STARTED), "seq": 34,
    })
}
