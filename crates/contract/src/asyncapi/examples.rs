//! One example for each request and each push. All go through their Rust types, so what stands in the document is what goes over
//! the wire. The story: Felix calls Maya by video for ten coins a minute and hangs up after three minutes.

use callboard_domain::Preset;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::{calls, presence, session, stage, wallet};
use crate::push::{Flooding, LegPush, LowBalance, Signal, WalletChanged};
use crate::view::{CallView, Receipt};
use crate::{ApiError, Endpoint, Push};

/// What is asked or pushed, and what is answered.
#[derive(Clone, Debug)]
pub struct Example {
    /// `service.verb` or `service.event`.
    pub name: String,
    /// The request, or the whole push.
    pub payload: Value,
    /// The content of `ok`, for a request.
    pub reply: Option<Value>,
}

pub(super) const CALL: &str = "019b0f6e-7c00-7a10-8000-4f6d5a3b2c10";
const LEG: &str = "019b0f6e-7c00-7a11-8000-4f6d5a3b2c11";
const EVENT: &str = "019b0f6e-7c00-7a12-8000-4f6d5a3b2c12";
pub(super) const TRANSFER: &str = "019b0f6e-7c00-7a13-8000-4f6d5a3b2c13";
const PROGRAMME: &str = "019b0f6e-7c00-7a15-8000-4f6d5a3b2c15";
pub(super) const REQUEST: &str = "019b0f6e-7c00-7a14-8000-4f6d5a3b2c14";
const PHONE: &str = "felix-phone";
const LAPTOP: &str = "maya-laptop";
pub(super) const MADE: &str = "2026-12-11T18:00:00.000Z";
pub(super) const STARTED: &str = "2026-12-11T18:00:09.250Z";
const GRANTED: &str = "2026-12-11T18:01:09.250Z";
const ENDED: &str = "2026-12-11T18:03:09.250Z";
const SDP: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

/// An example for each request.
pub fn of_requests() -> Vec<Example> {
    let mut all = session_examples();
    all.extend(wallet_examples());
    all.extend(presence_examples());
    all.extend(lobby_examples());
    all.extend(call_examples());
    all.extend(stage_examples());
    all.extend(super::examples_chat::requests());
    all.extend(super::examples_gifts::requests());
    all.extend(super::examples_people::requests());
    all.extend(super::examples_reports::requests());
    all.extend(super::examples_rooms::requests());
    all
}

fn session_examples() -> Vec<Example> {
    let ring = push("calls.requested", Some(41), &call("pending"));
    vec![
        request::<session::Hello>(
            json!({ "device": PHONE }),
            json!({
                "uid": "felix", "server_time": MADE, "environment": "development", "seq": 40,
                "limits": { "max_payload_bytes": 16384, "beat_ms": 5000, "grace_ms": 10000, "ring_ms": 45000, "join_ms": 60000,
                    "max_members": 6, "max_page": 500 },
                "features": ["chat", "audio", "video", "group"],
            }),
        ),
        request::<session::Sync>(json!({ "after": 40 }), json!({ "pushes": [ring], "seq": 41, "complete": true })),
        request::<session::Devices>(json!({}), json!({ "devices": [{ "device": PHONE, "last_seen": MADE }] })),
    ]
}

fn wallet_examples() -> Vec<Example> {
    vec![
        request::<wallet::Balance>(
            json!({}),
            json!({ "posted": "120.0000", "held": "10.0000", "available": "110.0000", "burn_per_minute": "10.0000" }),
        ),
        request::<wallet::History>(
            json!({ "limit": 20 }),
            json!({ "items": [{ "transfer_id": TRANSFER, "at": ENDED, "kind": "settle", "account": "wallet", "amount": "-30.0000",
                "call_id": CALL, "leg_id": LEG }] }),
        ),
        request::<wallet::Earnings>(json!({}), json!({ "posted": "24.0000", "owed": "0.0000" })),
    ]
}

fn presence_examples() -> Vec<Example> {
    let maya = json!({ "uid": "maya", "state": "online", "last_seen": MADE });
    vec![
        request::<presence::Set>(json!({ "state": "online" }), json!({})),
        request::<presence::Get>(json!({ "uids": ["maya"] }), json!({ "users": [maya] })),
        request::<presence::Watch>(json!({ "uids": ["maya"] }), json!({ "users": [maya], "expires_ms": 300_000 })),
        request::<presence::Privacy>(json!({}), json!({ "online": "everybody", "last_seen": "everybody" })),
        request::<presence::SetPrivacy>(
            json!({ "request_id": REQUEST, "online": "contacts", "last_seen": "nobody" }),
            json!({ "online": "contacts", "last_seen": "nobody" }),
        ),
    ]
}

fn stage_examples() -> Vec<Example> {
    let consent = json!({ "request_id": REQUEST, "call_id": CALL, "programme_id": PROGRAMME, "agree": true });
    let on_call = json!({ "request_id": REQUEST, "call_id": CALL });
    let answer = json!({ "request_id": REQUEST, "call_id": CALL, "programme_id": PROGRAMME, "accept": true });
    vec![
        request::<stage::GiveConsent>(consent, on_air("on_air", "agreed")),
        request::<stage::Programme>(
            json!({ "call_id": CALL }),
            json!({ "on_air": on_air("on_air", "asked"), "stage": board(&[], &[], true) }),
        ),
        request::<stage::RaiseHand>(on_call.clone(), board(&[], &[], true)),
        request::<stage::LowerHand>(on_call.clone(), board(&[], &[], false)),
        request::<stage::InviteToStage>(with(on_call.clone(), "uid", "felix"), board(&[], &["felix"], false)),
        request::<stage::AnswerInvitation>(answer, board(&["felix"], &[], false)),
        request::<stage::StepDown>(on_call.clone(), board(&[], &[], false)),
        request::<stage::SetMode>(with(on_call, "mode", "stage"), board(&[], &[], false)),
    ]
}

fn board(on_stage: &[&str], invited: &[&str], hand: bool) -> Value {
    let queue = if hand { vec![json!({ "uid": "felix", "since": STARTED })] } else { vec![] };
    json!({ "call_id": CALL, "programme_id": PROGRAMME, "host": "maya", "mode": "stage", "on_stage": on_stage, "invited": invited,
        "queue": queue, "version": 7 })
}

fn on_air(state: &str, consent: &str) -> Value {
    let peer = callboard_domain::PROGRAMME_PEER;
    let part = if state == "on_air" && consent == "agreed" { "full" } else { "none" };
    let mut value = json!({ "call_id": CALL, "programme_id": PROGRAMME, "state": state, "peer": peer, "consent": consent, "part": part,
        "mode": "stage" });
    if state == "on_air" {
        value["hls_url"] = json!(format!("https://air.example/hls/{PROGRAMME}/live.m3u8"));
    }
    value
}

fn lobby_examples() -> Vec<Example> {
    let settings = json!({ "available": true, "auto_accept": false, "tariff": "coin-burn",
        "rates": { "audio": "6.0000", "video": "10.0000" }, "minimum_minutes": 1 });
    vec![
        request::<calls::SettingsGet>(json!({}), settings.clone()),
        request::<calls::SettingsSet>(json!({ "request_id": REQUEST, "settings": settings }), settings),
        request::<calls::Available>(
            json!({ "kind": "video", "limit": 20 }),
            json!({ "items": [{ "uid": "maya", "name": "Maya", "tariff": "coin-burn",
                "rates": { "audio": "6.0000", "video": "10.0000" }, "in_call": false }] }),
        ),
    ]
}

fn call_examples() -> Vec<Example> {
    let on_call = json!({ "request_id": REQUEST, "call_id": CALL });
    let on_device = |device: &str| json!({ "request_id": REQUEST, "call_id": CALL, "device": device });
    vec![
        request::<calls::Initiate>(
            json!({ "request_id": REQUEST, "kind": "video", "callee": "maya", "device": PHONE }),
            call("pending"),
        ),
        request::<calls::Accept>(on_device(LAPTOP), call("accepted")),
        request::<calls::Reject>(on_call.clone(), call("rejected")),
        request::<calls::Cancel>(on_call.clone(), call("cancelled")),
        request::<calls::Join>(
            on_device(PHONE),
            json!({ "call": call("accepted"), "ice_servers": [{ "urls": ["stun:stun.example:3478"] }], "beat_ms": 5000 }),
        ),
        request::<calls::Signal>(
            json!({ "call_id": CALL, "device": PHONE, "to": "maya", "to_device": LAPTOP, "kind": "offer", "payload": SDP }),
            json!({}),
        ),
        request::<calls::Beat>(
            json!({ "call_id": CALL, "device": PHONE, "line": "connected", "packets_received": 1480, "rtt_ms": 34,
                "loss_permille": 2, "jitter_ms": 4, "bitrate_kbps": 812 }),
            json!({ "server_time": STARTED, "legs": [{ "payer": "felix", "state": "metered", "grant_until": GRANTED }] }),
        ),
        request::<calls::DeviceChange>(
            json!({ "request_id": REQUEST, "call_id": CALL, "device": PHONE, "muted": true, "camera": true }),
            json!({}),
        ),
        request::<calls::Extend>(json!({ "request_id": REQUEST, "call_id": CALL, "minutes": 5 }), call("active")),
        request::<calls::Invite>(
            json!({ "request_id": REQUEST, "call_id": CALL, "invitee": { "uid": "nora", "pays": true } }),
            call("active"),
        ),
        request::<calls::Leave>(on_call.clone(), call("completed")),
        request::<calls::End>(on_call, call("completed")),
        request::<calls::Pending>(json!({}), json!({ "calls": [call("pending")] })),
        request::<calls::Active>(json!({}), json!({ "calls": [call("active")] })),
        request::<calls::HistoryList>(json!({ "limit": 20 }), json!({ "items": [call("completed")] })),
        request::<calls::Show>(json!({ "call_id": CALL }), call("active")),
    ]
}

/// An example for each push.
pub fn of_pushes() -> Vec<Example> {
    let leg = |state: &str| json!({ "call_id": CALL, "leg_id": LEG, "payer": "felix", "state": state, "at": STARTED });
    let metered = with(leg("metered"), "grant_until", GRANTED);
    let mut all: Vec<Example> = [
        ("requested", "pending"),
        ("accepted", "accepted"),
        ("rejected", "rejected"),
        ("cancelled", "cancelled"),
        ("missed", "missed"),
        ("expired", "expired"),
        ("joined", "accepted"),
        ("invited", "active"),
        ("member_left", "active"),
        ("device", "active"),
        ("ended", "completed"),
    ]
    .into_iter()
    .map(|(event, state)| pushed::<CallView>(&format!("calls.{event}"), true, call(state)))
    .collect();
    all.extend([
        pushed::<LegPush>("calls.active", true, metered.clone()),
        pushed::<LegPush>("calls.suspended", true, with(leg("suspended"), "lost_at", "2026-12-11T18:01:39.250Z")),
        pushed::<LegPush>("calls.resumed", true, metered.clone()),
        pushed::<LegPush>("calls.granted", true, metered),
        pushed::<LowBalance>(
            "calls.low_balance",
            true,
            json!({ "call_id": CALL, "leg_id": LEG, "runway_ms": 54_000, "available": "0.0000" }),
        ),
        pushed::<Receipt>("calls.receipt", true, receipt()),
        pushed::<Signal>(
            "calls.signal",
            false,
            json!({ "call_id": CALL, "from": "felix", "from_device": PHONE, "to_device": LAPTOP, "kind": "offer", "payload": SDP }),
        ),
        pushed::<Flooding>("session.flooding", false, json!({ "retry_after_ms": 2_000 })),
        pushed::<stage::OnAir>("stage.on_air", true, on_air("waiting", "asked")),
        pushed::<stage::OnAir>("stage.off_air", true, on_air("finished", "agreed")),
        pushed::<stage::StageChanged>(
            "stage.changed",
            true,
            json!({ "news": "hand_raised", "uid": "felix", "stage": board(&[], &[], true) }),
        ),
        pushed::<stage::StageInvitation>(
            "stage.invited",
            true,
            json!({ "call_id": CALL, "programme_id": PROGRAMME, "host": "maya", "mode": "stage" }),
        ),
        pushed::<WalletChanged>("wallet.changed", true, json!({ "kind": "topup", "amount": "50.0000", "available": "160.0000" })),
        pushed::<presence::Presence>(
            "presence.changed",
            false,
            json!({ "uid": "maya", "state": "in_call", "last_seen": STARTED }),
        ),
    ]);
    all.extend(super::examples_chat::pushes());
    all.extend(super::examples_gifts::pushes());
    all.extend(super::examples_people::pushes());
    all.extend(super::examples_reports::pushes());
    all.extend(super::examples_rooms::pushes());
    all
}

/// An example of a refusal.
pub(super) fn refusal() -> Value {
    typed::<ApiError>(
        json!({ "code": "insufficient_funds", "message": "the first minute costs 10.0000 coins, 4.0000 are available" }),
    )
}

pub(super) fn request<E: Endpoint>(request: Value, reply: Value) -> Example {
    let name = format!("{}.{}", E::SPEC.service, E::SPEC.verb);
    Example { name, payload: typed::<E::Request>(request), reply: Some(typed::<E::Reply>(reply)) }
}

pub(super) fn pushed<T: Serialize + DeserializeOwned>(event: &str, stored: bool, data: Value) -> Example {
    let payload = push(event, stored.then_some(41), &typed::<T>(data));
    Example { name: event.to_owned(), payload, reply: None }
}

fn push(event: &str, seq: Option<u64>, data: &Value) -> Value {
    typed::<Push>(json!({ "ev": EVENT, "seq": seq, "at": STARTED, "event": event, "data": data }))
}

fn call(state: &str) -> Value {
    let (over, started) =
        (!matches!(state, "pending" | "accepted" | "active"), matches!(state, "active" | "completed"));
    let leg = match state {
        "pending" => "reserved",
        "accepted" => "waiting",
        "active" => "metered",
        _ => "settled",
    };
    let member = |uid: &str, role: &str, device: &str, leg: Option<&str>| {
        let joined = started && !over;
        json!({
            "uid": uid, "role": role,
            "state": if over { "left" } else if joined { "joined" } else if state == "pending" && role == "payee" { "invited" } else { "accepted" },
            "device": joined.then_some(device),
            "device_state": { "muted": false, "camera": true, "muted_by_staff": false },
            "leg_state": leg,
        })
    };
    let reason = match state {
        "completed" => "payer_hung_up",
        other => other,
    };
    typed::<CallView>(json!({
        "call_id": CALL, "kind": "video", "state": state, "caller": "felix", "payee": "maya",
        "tariff_name": "coin-burn", "tariff": Preset::CoinBurn.spec(None, None),
        "created_at": MADE,
        "rings_until": (state == "pending").then_some("2026-12-11T18:00:45.000Z"),
        "active_at": started.then_some(STARTED),
        "ended_at": over.then_some(ENDED),
        "end_reason": over.then_some(reason),
        "members": [member("felix", "payer", PHONE, Some(leg)), member("maya", "payee", LAPTOP, None)],
        "version": 3,
    }))
}

fn receipt() -> Value {
    json!({
        "call_id": CALL, "leg_id": LEG, "payer": "felix", "payee": "maya", "tariff_name": "coin-burn",
        "started_at": STARTED, "ended_at": ENDED, "reason": "payer_hung_up", "connected_ms": 180_000,
        "charge": "30.0000", "returned": "10.0000",
        "split": [{ "party": "creator", "amount": "24.0000" }, { "party": "platform", "amount": "6.0000" }],
    })
}

fn with(mut value: Value, field: &str, text: &str) -> Value {
    value[field] = json!(text);
    value
}

/// Reads a value as its type and writes it again.
fn typed<T: Serialize + DeserializeOwned>(value: Value) -> Value {
    let value: T = serde_json::from_value(value).expect("an example fits its type; the unit tests build every one");
    serde_json::to_value(value).expect("wire types are json")
}
