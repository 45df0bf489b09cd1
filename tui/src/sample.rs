//! A fixed house for tests: a video call, one about to run dry, a group, a suspended call, one that rings.

use callboard_contract::adm::calls::{CallDetail, CallRow, CallTimeline, LivePage};
use callboard_contract::adm::money::{MinuteRow, MoneySummary, TransferView};
use callboard_contract::adm::refund::{RefundPreview, RefundView};
use callboard_contract::adm::staff::StaffMe;
use callboard_contract::adm::wallet::WalletView;
use callboard_domain::{At, CallId, Coins, Millis, Role};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::state::State;
use crate::state::columns::WorkerRow;
use crate::state::msg::{Link, Update};
use crate::view::theme::Theme;

/// The console's clock at which the pictures are taken.
pub(crate) const NOW: i64 = 10_400;
/// When the data came.
const SEEN: i64 = 10_000;

pub(crate) fn at(seconds: i64) -> At {
    at0().plus(Millis::from_secs(seconds))
}

fn at0() -> At {
    "2026-01-31T14:02:00.000Z".parse().unwrap()
}

pub(crate) fn of<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn id(n: u32) -> CallId {
    format!("019c14f0-0000-7000-8000-0000000000{n:02}").parse().unwrap()
}

fn live(n: u32, value: &Value) -> Value {
    let mut call = json!({
        "call_id": id(n), "kind": "video", "state": "active", "leg_state": "metered", "members": 2, "tariff_name": "coin-burn",
        "created_at": at(-1200), "platform_per_minute": "2.0000", "low_balance": false, "muted_by_staff": false, "version": 7,
        "quality": {"line": "connected", "rtt_ms": 48, "loss_permille": 2, "jitter_ms": 6, "bitrate_kbps": 1800, "silent_ms": 900},
    });
    for (key, field) in value.as_object().unwrap() {
        call[key] = field.clone();
    }
    call
}

pub(crate) fn page() -> LivePage {
    of(json!({"as_of": at(0), "items": [
        live(1, &json!({"payers": ["maya"], "payee": "dr_okoye", "connected_ms": 1_084_000, "burn_per_minute": "10.0000", "runway_ms": 716_000,
            "charge": "190.0000", "held": "300.0000", "available": "412.5000"})),
        live(2, &json!({"kind": "audio", "payers": ["leo"], "payee": "stargazer", "connected_ms": 192_000, "burn_per_minute": "4.0000",
            "runway_ms": 28_000, "charge": "12.8000", "held": "1.8667", "available": "0.0000", "low_balance": true,
            "quality": {"line": "connected", "rtt_ms": 410, "loss_permille": 62}})),
        live(3, &json!({"kind": "group", "payers": ["ann", "bob", "cy"], "payee": "night-talk", "members": 5, "connected_ms": 2_480_000,
            "burn_per_minute": "30.0000", "runway_ms": 1_330_000, "charge": "1240.0000", "held": "120.0000"})),
        live(4, &json!({"leg_state": "suspended", "payers": ["ken"], "payee": "reader_ana", "connected_ms": 465_000, "burn_per_minute": "0.0000",
            "runway_ms": 1_082_000, "charge": "32.0000", "held": "60.0000", "available": "171.1000", "lost_at": at(18),
            "quality": {"line": "broken"}})),
        live(5, &json!({"kind": "chat", "state": "pending", "leg_state": "reserved", "payers": ["zoe"], "payee": "dr_okoye", "members": 2,
            "connected_ms": 0, "burn_per_minute": "0.0000", "charge": "0.0000", "held": "50.0000", "available": "20.0000", "quality": {}})),
    ]}))
}

pub(crate) fn me(role: Role) -> StaffMe {
    let powers: Vec<_> = callboard_domain::Power::ALL.iter().filter(|p| role.may(**p)).collect();
    of(
        json!({"name": "ines", "role": role, "powers": powers, "refund_limits": role.refund_limits(), "environment": "development",
        "server_time": at(0)}),
    )
}

fn summary() -> MoneySummary {
    let minutes: Vec<MinuteRow> = (0..30)
        .map(|i| MinuteRow {
            at: at((i - 29) * 60),
            charged: Coins::from_units((20 + i * 3 - (i % 7) * 5) * 10_000),
            platform: Coins::from_units((4 + i / 2 - (i % 5)) * 10_000),
            refunded: if i == 20 { Coins::whole(55) } else { Coins::ZERO },
            calls_ended: 2,
        })
        .collect();
    MoneySummary {
        as_of: at(0),
        live_calls: 5,
        metered_legs: 5,
        burn_per_minute: Coins::whole(44),
        platform_per_minute: Coins::whole(9),
        held: Coins::from_units(5_318_667),
        ledger_sum: Coins::ZERO,
        minutes,
    }
}

pub(crate) fn detail(version: u64) -> CallDetail {
    of(json!({
        "as_of": at(0),
        "call": {"call_id": id(1), "kind": "video", "state": "active", "caller": "maya", "payee": "dr_okoye", "tariff_name": "creator-hold",
            "created_at": at(-1200), "legs": 1, "connected_ms": 0, "charge": "110.0000"},
        "tariff": callboard_domain::Preset::CreatorHold.spec(None, None),
        "legs": [{"leg_id": "019c14f0-1111-7000-8000-000000000001", "payer": "maya", "payee": "dr_okoye", "state": "metered",
            "started_at": at(-1084), "connected_ms": 1_084_000, "metered_through": at(-1), "charge": "190.0000", "settled": "110.0000",
            "granted": "300.0000", "held": "190.0000", "refunded": "0.0000", "burn_per_minute": "10.0000", "available": "412.5000",
            "cutoff_at": at(716), "runway_ms": 716_000,
            "split": [{"party": "creator", "amount": "88.0000"}, {"party": "platform", "amount": "22.0000"}]}],
        "members": [
            {"uid": "maya", "role": "payer", "state": "joined", "device": "d1", "device_state": {"muted": false, "camera": true},
             "quality": {"line": "connected", "rtt_ms": 48, "loss_permille": 2, "jitter_ms": 6, "bitrate_kbps": 1800, "silent_ms": 900}},
            {"uid": "dr_okoye", "role": "payee", "state": "joined", "device": "d2", "device_state": {"muted": true, "camera": true},
             "quality": {"line": "connected", "rtt_ms": 120, "loss_permille": 71, "jitter_ms": 22, "bitrate_kbps": 640, "silent_ms": 2100}}],
        "version": version,
    }))
}

pub(crate) fn timeline() -> CallTimeline {
    let item = |s: i64, track: &str, text: &str, actor: &str, amount: Option<&str>| json!({"at": at(s), "track": track, "event": "x", "text": text, "actor": actor, "amount": amount});
    of(json!({"call_id": id(1), "items": [
        item(-1097, "call", "requested", "user:maya", None),
        item(-1096, "money", "hold", "house", Some("300")),
        item(-1089, "call", "accepted", "user:dr_okoye", None),
        item(-1084, "call", "connected", "house", None),
        item(-400, "line", "loss 7 %", "user:maya", None),
        item(-380, "money", "settled", "house", Some("110")),
        item(-200, "staff", "mute dr_okoye: abuse:\u{202e}evil\u{1b}[31m note", "staff:ines", None),
    ]}))
}

pub(crate) fn preview(within: bool) -> RefundPreview {
    of(
        json!({"call_id": id(1), "leg_id": "019c14f0-1111-7000-8000-000000000001", "payer": "maya", "charged": "110.0000",
        "refunded_before": "0.0000", "amount": "55.0000", "from": "receivers",
        "postings": [{"account": "dr_okoye earnings", "amount": "-44.0000"}, {"account": "platform revenue", "amount": "-11.0000"},
            {"account": "maya wallet", "amount": "55.0000"}],
        "limit_per_act": if within { "1000.0000" } else { "50.0000" }, "limit_per_day": "5000.0000", "used_today": "20.0000", "within_limits": within}),
    )
}

fn ended() -> Vec<CallRow> {
    of(json!([
        {"call_id": id(11), "kind": "video", "state": "completed", "caller": "maya", "payee": "dr_okoye", "tariff_name": "creator-hold",
         "created_at": at(-4000), "ended_at": at(-3000), "end_reason": "staff", "legs": 1, "connected_ms": 640_000, "charge": "110.0000"},
        {"call_id": id(12), "kind": "audio", "state": "missed", "caller": "leo", "payee": "stargazer", "tariff_name": "astro",
         "created_at": at(-5000), "ended_at": at(-4955), "end_reason": "missed", "legs": 1, "connected_ms": 0, "charge": "0.0000"},
    ]))
}

fn wallets() -> Vec<WalletView> {
    of(json!([
        {"uid": "maya", "posted": "712.5000", "held": "300.0000", "available": "412.5000", "earnings": "0.0000", "owed": "0.0000", "burn_per_minute": "10.0000"},
        {"uid": "dr_okoye", "posted": "0.0000", "held": "0.0000", "available": "0.0000", "earnings": "8412.0000", "owed": "12.0000", "burn_per_minute": "0.0000"},
    ]))
}

fn transfers() -> Vec<TransferView> {
    of(json!([
        {"transfer_id": "019c14f0-2222-7000-8000-000000000001", "at": at(-20), "kind": "settle", "reference": "leg", "actor": "house",
         "postings": [{"account": "maya wallet", "amount": "-110.0000"}, {"account": "dr_okoye earnings", "amount": "88.0000"}, {"account": "platform revenue", "amount": "22.0000"}]},
        {"transfer_id": "019c14f0-2222-7000-8000-000000000002", "at": at(-900), "kind": "topup", "reference": "maya", "actor": "staff:ines", "reason": "test",
         "postings": [{"account": "maya wallet", "amount": "500.0000"}, {"account": "provider", "amount": "-500.0000"}]},
    ]))
}

pub(crate) fn refunds() -> Vec<RefundView> {
    of(
        json!([{"transfer_id": "019c14f0-3333-7000-8000-000000000001", "at": at(-60), "call_id": id(11), "leg_id": "019c14f0-1111-7000-8000-000000000011",
        "payer": "maya", "amount": "155.0000", "postings": [], "actor": "staff:ines", "reason": "quality_loss:picture froze\u{202e}"}]),
    )
}

pub(crate) fn workers() -> Vec<WorkerRow> {
    let row = |name: &str, requests| WorkerRow {
        name: name.to_owned(),
        id: format!("{name}-id"),
        version: "0.1.0".to_owned(),
        endpoints: 12,
        requests,
        errors: 3,
        average: "1.24 ms".to_owned(),
        missing: false,
    };
    vec![
        row("callboard-signaling", 120_345),
        row("callboard-billing", 9_871),
        row("callboard-rooms", 88_012),
        row("callboard-moderation", 412),
    ]
}

/// The state that all pictures start from.
pub(crate) fn state() -> State {
    with(Theme::usual(true), Role::Admin)
}

pub(crate) fn with(theme: &'static Theme, role: Role) -> State {
    let mut state = State::new("local".to_owned(), theme, TimeZone::UTC);
    state.apply(Update::Link(Link::Up), SEEN);
    state.apply(Update::Me(me(role)), SEEN);
    for round in 1..=4 {
        state.apply(Update::Live { page: page(), round, first: true }, SEEN);
    }
    state.apply(Update::Summary(summary()), SEEN);
    state.apply(Update::Workers(workers()), SEEN);
    state.apply(Update::Ended(ended()), SEEN);
    state.apply(Update::Wallets(wallets()), SEEN);
    state.apply(Update::Transfers(transfers()), SEEN);
    state.apply(Update::Refunds(refunds()), SEEN);
    state.effects.clear();
    state
}
