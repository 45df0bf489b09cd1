//! Examples of messages. The story: Felix greets Maya in her VIP lounge; she answers, and he corrects himself.

use serde_json::{Value, json};

use super::examples::{Example, MADE, REQUEST, STARTED, pushed, request};
use crate::api::chat;
use crate::room::{ReceiptNews, RoomNews, Typing};

const ROOM: &str = "019b0f6e-7c00-7a20-8000-4f6d5a3b2c20";
const GREETING: &str = "019b0f6e-7c00-7a21-8000-4f6d5a3b2c21";
const ANSWER: &str = "019b0f6e-7c00-7a22-8000-4f6d5a3b2c22";

/// The requests.
pub(super) fn requests() -> Vec<Example> {
    let mut all = changes();
    all.extend(reads());
    all
}

fn changes() -> Vec<Example> {
    let on = |more: Value| with(json!({ "request_id": REQUEST, "room_id": ROOM }), more);
    vec![
        request::<chat::Send>(on(json!({ "body": "good evening, maya", "mentions": ["maya"] })), greeting(json!({}))),
        request::<chat::Edit>(
            on(json!({ "message_id": GREETING, "body": "good evening, Maya" })),
            greeting(json!({ "body": "good evening, Maya", "changed": 14, "edited_at": STARTED })),
        ),
        request::<chat::Delete>(on(json!({ "message_ids": [GREETING] })), json!({ "message_ids": [GREETING] })),
        request::<chat::Review>(
            on(json!({ "message_ids": [GREETING], "approve": true })),
            json!({ "message_ids": [GREETING] }),
        ),
        request::<chat::React>(
            on(json!({ "message_id": GREETING, "emoji": "👋", "on": true })),
            greeting(json!({ "changed": 15, "reactions": [{ "emoji": "👋", "count": 1, "uids": ["maya"] }] })),
        ),
        request::<chat::Pin>(
            on(json!({ "message_id": GREETING, "on": true })),
            greeting(json!({ "changed": 16, "pinned": true })),
        ),
    ]
}

fn reads() -> Vec<Example> {
    let in_room = |more: Value| with(json!({ "room_id": ROOM }), more);
    let both = json!([greeting(json!({})), answer()]);
    vec![
        request::<chat::Pins>(
            in_room(json!({})),
            json!({ "items": [greeting(json!({ "changed": 16, "pinned": true }))] }),
        ),
        request::<chat::Type>(in_room(json!({})), json!({})),
        request::<chat::Receipt>(in_room(json!({ "delivered_seq": 13, "read_seq": 13 })), json!({})),
        request::<chat::Receipts>(in_room(json!({})), json!({ "items": [receipt()] })),
        request::<chat::History>(
            in_room(json!({ "before": 14, "limit": 2 })),
            json!({ "items": both, "more": true, "seq": 13 }),
        ),
        request::<chat::Sync>(
            in_room(json!({ "after": 11 })),
            json!({ "messages": both, "members": [], "seq": 13, "more": false }),
        ),
        request::<chat::Search>(
            in_room(json!({ "query": "\"good evening\" -morning", "author": "felix", "limit": 20 })),
            json!({ "items": [greeting(json!({}))] }),
        ),
    ]
}

/// The pushes.
pub(super) fn pushes() -> Vec<Example> {
    let news = json!({ "room_id": ROOM, "seq": 12, "what": "message", "message": greeting(json!({})) });
    vec![
        pushed::<RoomNews>("chat.news", false, news),
        pushed::<Typing>("chat.typing", false, json!({ "room_id": ROOM, "uid": "felix", "until": STARTED })),
        pushed::<ReceiptNews>("chat.receipt", false, receipt()),
    ]
}

fn greeting(more: Value) -> Value {
    let message = json!({ "room_id": ROOM, "message_id": GREETING, "seq": 12, "changed": 12, "author": "felix", "client_id": REQUEST,
        "at": MADE, "kind": "text", "body": "good evening, maya", "mentions": ["maya"] });
    with(message, more)
}

fn answer() -> Value {
    json!({ "room_id": ROOM, "message_id": ANSWER, "seq": 13, "changed": 13, "author": "maya", "client_id": "m-7", "at": STARTED,
        "kind": "text", "body": "hello Felix", "reply_to": 12 })
}

fn receipt() -> Value {
    json!({ "room_id": ROOM, "uid": "maya", "delivered_seq": 13, "read_seq": 12 })
}

fn with(mut all: Value, more: Value) -> Value {
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}
