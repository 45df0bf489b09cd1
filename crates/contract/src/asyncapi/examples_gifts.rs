//! Examples of gifts. The story: Felix gives Maya roses in her room, three at once, and then looks who gave most.

use serde_json::{Value, json};

use super::examples::{Example, REQUEST, TRANSFER, pushed, request};
use crate::api::gifts;

const ROOM: &str = "019b0f6e-7c00-7a20-8000-4f6d5a3b2c20";
const MESSAGE: &str = "019b0f6e-7c00-7a31-8000-4f6d5a3b2c31";
const GIFT: &str = "019b0f6e-7c00-7a32-8000-4f6d5a3b2c32";

/// The requests.
pub(super) fn requests() -> Vec<Example> {
    let offers =
        json!({ "items": [{ "gift": "tip", "name": "Tip" }, { "gift": "rose", "name": "Rose", "price": "5.0000" }] });
    let felix = json!({ "place": 1, "uid": "felix", "amount": "25.0000", "gifts": 5 });
    vec![
        request::<gifts::Catalogue>(json!({}), offers),
        request::<gifts::Send>(
            json!({ "request_id": REQUEST, "to": "maya", "room_id": ROOM, "gift": "rose", "count": 3 }),
            json!({ "gift": gift(), "transfer_id": TRANSFER, "message_id": MESSAGE, "available": "105.0000" }),
        ),
        request::<gifts::Leaderboard>(
            json!({ "room_id": ROOM, "span": "week" }),
            json!({ "items": [felix.clone()], "me": felix }),
        ),
    ]
}

/// The pushes.
pub(super) fn pushes() -> Vec<Example> {
    let received = json!({ "from": "felix", "gift": gift(), "room_id": ROOM, "message_id": MESSAGE });
    vec![pushed::<gifts::GiftReceived>("gifts.received", true, received)]
}

fn gift() -> Value {
    json!({ "gift_id": GIFT, "gift": "rose", "to": "maya", "count": 3, "amount": "15.0000", "streak": 5 })
}
