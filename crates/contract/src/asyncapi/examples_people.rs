//! Examples of attachments, notices and keys. The story: Felix sends a picture to Maya's room, Maya is told that she is mentioned, and both
//! exchange keys.

use serde_json::{Value, json};

use super::examples::{Example, MADE, REQUEST, STARTED, pushed, request};
use crate::api::{chat, keys, notices};

const ROOM: &str = "019b0f6e-7c00-7a20-8000-4f6d5a3b2c20";
const MESSAGE: &str = "019b0f6e-7c00-7a21-8000-4f6d5a3b2c21";
const FILE: &str = "019b0f6e-7c00-7a30-8000-4f6d5a3b2c30";
const NOTICE: &str = "019b0f6e-7c00-7a31-8000-4f6d5a3b2c31";
const PHONE: &str = "maya-phone";
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SIGNATURE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==";

/// The requests.
pub(super) fn requests() -> Vec<Example> {
    let mut all = files();
    all.extend(notices());
    all.extend(keys());
    all
}

/// The pushes.
pub(super) fn pushes() -> Vec<Example> {
    vec![pushed::<notices::NewNotice>("notices.new", true, json!({ "notice": notice(), "unread": 1 }))]
}

fn files() -> Vec<Example> {
    let start = json!({ "request_id": REQUEST, "room_id": ROOM, "kind": "image", "content_type": "image/jpeg", "bytes": 48_213,
        "name": "sunset.jpg" });
    let started = json!({ "attachment_id": FILE, "url": format!("https://files.example/files/{FILE}?until=1797012600&sig=c2ln"),
        "expires_at": STARTED, "max_bytes": 10_485_760 });
    vec![
        request::<chat::UploadStart>(start, started),
        request::<chat::UploadDone>(json!({ "request_id": REQUEST, "attachment_id": FILE }), file()),
        request::<chat::Attachment>(json!({ "attachment_id": FILE }), file()),
    ]
}

fn file() -> Value {
    let link = "until=1797015600&for=felix&sig=c2ln";
    json!({ "attachment_id": FILE, "content_type": "image/jpeg", "bytes": 47_902, "width": 1280, "height": 960,
        "url": format!("https://files.example/files/{FILE}?{link}"),
        "thumbnail_url": format!("https://files.example/files/{FILE}/thumbnail?{link}") })
}

fn notices() -> Vec<Example> {
    let setting = json!({ "room_id": ROOM, "level": "all", "quiet": true });
    vec![
        request::<notices::Ls>(json!({ "unread": true, "limit": 20 }), json!({ "items": [notice()], "unread": 1 })),
        request::<notices::Read>(json!({ "request_id": REQUEST, "up_to": NOTICE }), json!({ "unread": 0 })),
        request::<notices::Settings>(json!({}), json!({ "items": [setting.clone()] })),
        request::<notices::Set>(
            json!({ "request_id": REQUEST, "room_id": ROOM, "level": "all", "quiet": true }),
            setting,
        ),
    ]
}

fn notice() -> Value {
    json!({ "notice_id": NOTICE, "kind": "mention", "at": STARTED, "from": "felix", "room_id": ROOM, "message_id": MESSAGE, "seq": 17 })
}

fn keys() -> Vec<Example> {
    let signed = json!({ "id": 1, "key": KEY, "signature": SIGNATURE });
    let one_time = json!({ "id": 7, "key": KEY });
    let device =
        json!({ "device": PHONE, "identity_key": KEY, "signed_pre_key_id": 1, "one_time_keys": 20, "since": MADE });
    let bundle = json!({ "device": PHONE, "identity_key": KEY, "since": MADE, "signed_pre_key": signed, "one_time_key": one_time });
    vec![
        request::<keys::Set>(
            json!({ "request_id": REQUEST, "device": PHONE, "identity_key": KEY, "signed_pre_key": signed, "one_time_keys": [one_time] }),
            device.clone(),
        ),
        request::<keys::Get>(
            json!({ "request_id": REQUEST, "uid": "maya" }),
            json!({ "uid": "maya", "devices": [bundle] }),
        ),
        request::<keys::Mine>(json!({}), json!({ "devices": [device] })),
        request::<keys::Drop>(json!({ "request_id": REQUEST, "device": PHONE }), json!({})),
    ]
}
