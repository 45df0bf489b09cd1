//! Fixed rooms, cases, users and acts for tests. Names and messages are hostile: they try to steer the terminal, turn the direction of
//! reading, and are wide, combined and long.

use callboard_contract::adm::audit::ActionView;
use callboard_contract::adm::cases::{CaseDetail, CaseView, EvidenceView};
use callboard_contract::adm::people::{PersonDetail, PersonRow, SessionsReply};
use callboard_contract::adm::rooms::RoomDetail;
use callboard_contract::room::{MessageView, RoomView};
use callboard_domain::{CaseId, MessageId, ReportId, RoomId};
use serde_json::{Value, json};

use super::sample::{at, id, of};
use crate::state::room::RoomLook;

/// Clears the screen, sets the title, writes the clipboard, rings, goes home, colours and turns the direction of reading.
pub(crate) const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;pwned\u{7}\u{1b}]52;c;cm0gLXJm\u{7}\u{9b}31m\u{90}q\u{9c}\u{202e}live\u{2066}\u{200f}\r\n\u{8}\u{7f}end";
/// Letters of double width, with marks on others and joined emoji.
pub(crate) const WIDE: &str =
    "日本語のお部屋 Ze\u{301}\u{327}\u{323}\u{489}\u{489} 👩\u{200d}👩\u{200d}👧 \u{fe0f}한국어";

fn uuid(group: u32, n: u32) -> String {
    format!("019c14f0-{group:04}-7000-8000-0000000000{n:02}")
}

pub(crate) fn room_id(n: u32) -> RoomId {
    uuid(5555, n).parse().unwrap()
}

pub(crate) fn message_id(n: u32) -> MessageId {
    uuid(6666, n).parse().unwrap()
}

pub(crate) fn case_id(n: u32) -> CaseId {
    uuid(7777, n).parse().unwrap()
}

pub(crate) fn report_id(n: u32) -> ReportId {
    uuid(8888, n).parse().unwrap()
}

fn with(mut value: Value, more: &Value) -> Value {
    for (key, field) in more.as_object().unwrap() {
        value[key] = field.clone();
    }
    value
}

fn room(n: u32, more: &Value) -> Value {
    with(
        json!({"room_id": room_id(n), "tenant": "maya", "kind": "primary", "name": format!("room {n}"), "access": "public",
            "state": "open", "capacity": 500, "members": 12, "lobby": false, "fan_out": "direct", "created_at": at(-90_000), "seq": 100 * n}),
        more,
    )
}

/// The rooms; each look counts a few changes more in the first.
pub(crate) fn rooms(look: u64) -> Vec<RoomView> {
    of(json!([
        room(4, &json!({"name": HOSTILE, "tenant": "leo", "members": 3})),
        room(
            3,
            &json!({"name": WIDE, "tenant": "stargazer", "kind": "event", "access": "paid", "entry_fee": "50.0000", "members": 480,
            "fan_out": "ticket", "seq": 900 + look * 2, "call_id": id(3)})
        ),
        room(
            2,
            &json!({"name": "VIP lounge", "kind": "sub", "access": "private", "state": "locked", "members": 7, "slow_mode": 30_000})
        ),
        room(
            1,
            &json!({"name": "maya's place", "members": 1204, "capacity": 5000, "seq": 1000 + look * 12, "topic": format!("be kind {HOSTILE}"),
            "slow_mode": 5_000})
        ),
    ]))
}

fn message(n: u32, author: &str, body: &str, more: &Value) -> Value {
    with(
        json!({"room_id": room_id(1), "message_id": message_id(n), "seq": 990 + n, "changed": 990 + n, "author": author,
            "client_id": format!("c{n}"), "at": at(i64::from(n) * 3 - 60), "kind": "text", "body": body}),
        more,
    )
}

fn messages() -> Vec<MessageView> {
    let mut all = vec![
        message(1, "ann", "good evening everybody", &json!({"pinned": true})),
        message(2, "bob", WIDE, &json!({})),
        message(3, "leo", HOSTILE, &json!({})),
        message(
            4,
            "cy",
            "look at this",
            &json!({"kind": "image", "attachment": {"attachment_id": uuid(9999, 1), "content_type": "image/png",
            "bytes": 48_211, "url": "https://files.example/x"}}),
        ),
        message(
            5,
            "leo",
            "you are all idiots and I know where you live, every one of you, just wait and see what happens when I come round \
            to your house tonight",
            &json!({"edited_at": at(-40), "reactions": [{"emoji": "👎", "count": 3, "uids": ["ann"]}], "mentions": ["ann"]}),
        ),
        message(6, "dee", "buy coins at evil.example", &json!({"held": true})),
        message(7, "ann", "", &json!({"deleted_at": at(-30), "deleted_by_others": true})),
        message(
            8,
            "zoe",
            "5 roses",
            &json!({"kind": "gift", "body": "", "gift": {"gift_id": uuid(9999, 2), "gift": "rose", "to": "maya",
            "count": 5, "amount": "25.0000", "streak": 5}}),
        ),
    ];
    all.extend((9..40).map(|n| message(n, "ann", &format!("message number {n}"), &json!({}))));
    of(json!(all))
}

pub(crate) fn look(n: u32) -> RoomLook {
    let mut value = rooms(5).into_iter().find(|room| room.room_id == room_id(n)).unwrap();
    value.seq = 1_060;
    let member = |uid: &str, role: &str, more: Value| {
        with(json!({"uid": uid, "role": role, "state": "joined", "since": at(-3_000)}), &more)
    };
    let keepers = json!([member("maya", "host", json!({})), member("mod_kim", "moderator", json!({}))]);
    let detail: RoomDetail =
        of(json!({"room": value, "powers": {}, "keepers": keepers, "waiting": 2, "invited": 1, "paid": 0,
        "touched_at": at(-3)}));
    let members = of(json!([
        member("maya", "host", json!({})),
        member("mod_kim", "moderator", json!({})),
        member("ann", "member", json!({})),
        member("bob", "member", json!({})),
        member("leo", "member", json!({"muted_until": at(540)})),
    ]));
    RoomLook { detail, messages: messages(), more: true, members }
}

fn case(n: u32, more: &Value) -> Value {
    with(
        json!({"case_id": case_id(n), "matter": format!("message:{}", message_id(5)), "about": "leo", "category": "harassment",
            "priority": "normal", "state": "open", "reporters": 1, "opened_at": at(-600), "due_at": at(28_000), "version": 1}),
        more,
    )
}

pub(crate) fn cases() -> Vec<CaseView> {
    of(json!([
        case(1, &json!({"priority": "urgent", "category": "minors", "due_at": at(-61), "reporters": 4})),
        case(
            2,
            &json!({"priority": "high", "category": "violence", "due_at": at(521), "claimed_by": "staff:ines", "claimed_until": at(700)})
        ),
        case(
            3,
            &json!({"matter": format!("room:{}", room_id(3)), "about": "stargazer", "category": "fraud", "reporters": 2,
            "claimed_by": "staff:otto", "claimed_until": at(60)})
        ),
        case(
            4,
            &json!({"matter": "user:zoe", "about": "zoe", "category": "spam", "priority": "low", "due_at": at(86_000)})
        ),
    ]))
}

fn sanction(n: u32, more: &Value) -> Value {
    with(
        json!({"sanction_id": uuid(1234, n), "uid": "leo", "kind": "mute", "scope": format!("room:{}", room_id(1)), "from": at(-60),
            "until": at(540), "stands": true, "actor": "staff:ines", "reason": format!("abuse:{HOSTILE}"), "enforced_at": at(-59)}),
        more,
    )
}

/// A case that `ines` has claimed; `imposed` with a mute in it.
pub(crate) fn case_detail(imposed: bool) -> CaseDetail {
    let sanctions = if imposed { vec![sanction(1, &json!({"case_id": case_id(2)}))] } else { Vec::new() };
    let report = |n: u32, reporter: &str, text: &str| {
        json!({"report_id": report_id(n), "reporter": reporter, "category": "violence", "text": text, "at": at(-580),
            "on": {"kind": "message", "room_id": room_id(1), "message_id": message_id(5)}, "evidence_hash": "ab12".repeat(16)})
    };
    of(json!({"as_of": at(0), "case": case(2, &json!({"priority": "high", "category": "violence", "due_at": at(521),
            "claimed_by": "staff:ines", "claimed_until": at(700), "reporters": 2})),
        "reports": [report(1, "ann", "he says that he comes to my house"), report(2, "bob", HOSTILE)],
        "notes": [{"at": at(-300), "author": "staff:otto", "text": format!("was warned last week {HOSTILE}")},
            {"at": at(-200), "author": "staff:ines", "text": "ann is safe, I asked"}],
        "sanctions": sanctions, "message_ids": []}))
}

pub(crate) fn evidence(n: u32, intact: bool) -> EvidenceView {
    let message = |n: u32, author: &str, body: &str, more: &Value| {
        with(
            json!({"room_id": room_id(1), "id": message_id(n), "seq": n, "author": author, "at_ms": at(i64::from(n) * 3 - 660).as_ms(),
                "kind": "text", "body": body, "edited_ms": null, "deleted_ms": null, "pinned_ms": null, "held": false}),
            more,
        )
    };
    let room = rooms(0).remove(3);
    of(
        json!({"report_id": report_id(n), "case_id": case_id(2), "hash": "ab12".repeat(16), "intact": intact, "evidence": {
        "at": at(-580), "on": {"kind": "message", "room_id": room_id(1), "message_id": message_id(5)}, "room": room,
        "messages": [message(2, "bob", WIDE, &json!({})), message(3, "leo", HOSTILE, &json!({})),
            message(4, "ann", "please stop", &json!({"deleted_ms": 5})),
            message(5, "leo", "you are all idiots and I know where you live, every one of you, just wait", &json!({"edited_ms": 4})),
            message(6, "ann", "I am scared", &json!({}))],
        "participants": [{"uid": "ann", "role": "member", "state": "joined"}, {"uid": "leo", "role": "member", "state": "removed"}],
        "standing": [{"kind": "warn", "scope": "platform"}],
        "call": {"call_id": id(3), "kind": "group", "state": "active",
            "members": [{"uid": "leo", "state": "joined", "device_state": {"muted": false, "camera": true}}]}}}),
    )
}

fn person(uid: &str, more: &Value) -> Value {
    with(
        json!({"uid": uid, "created_at": at(-900_000), "last_seen": at(-5), "connections": 1, "standing": 0, "out": false}),
        more,
    )
}

pub(crate) fn people() -> Vec<PersonRow> {
    of(json!([
        person("ann", &json!({})),
        person("leo", &json!({"standing": 2, "connections": 2})),
        person("maya", &json!({"staff": "maya_s"})),
        person("zoe", &json!({"out": true, "connections": 0, "standing": 1, "last_seen": null})),
    ]))
}

pub(crate) fn person_detail() -> PersonDetail {
    of(json!({"person": person("leo", &json!({"standing": 2, "connections": 2})),
        "sanctions": [sanction(1, &json!({})),
            sanction(2, &json!({"kind": "restrict_payments", "scope": "platform", "until": null, "enforced_at": null, "reason": "fraud"})),
            sanction(3, &json!({"kind": "kick", "until": null, "stands": false})),
            sanction(4, &json!({"kind": "ban", "scope": "tenant:maya", "stands": false, "lifted_at": at(-10), "lifted_by": "staff:otto"}))],
        "rooms": [{"room_id": room_id(1), "name": "maya's place", "tenant": "maya", "role": "member", "state": "joined"},
            {"room_id": room_id(4), "name": HOSTILE, "tenant": "leo", "role": "host", "state": "joined"}],
        "calls": [id(2)],
        "cases": [{"case_id": case_id(2), "matter": format!("message:{}", message_id(5)), "priority": "high", "due_at": at(521)}],
        "reported": 1}))
}

pub(crate) fn sessions(masked: bool) -> SessionsReply {
    let device = if masked { "ph…" } else { "phone-7f3a91" };
    of(json!({"uid": "leo", "masked": masked,
        "devices": [{"device": device, "last_seen": at(-5)}, {"device": format!("ta…{HOSTILE}"), "last_seen": at(-9_000)}],
        "connections": [{"server_id": "NAB7", "cid": 41, "since": at(-700)},
            {"server_id": "NAB7", "cid": 42, "since": at(-650), "room_id": room_id(3)}]}))
}

pub(crate) fn acts() -> Vec<ActionView> {
    let act = |no: i64, actor: &str, act: &str, target: &str, reason: &str| {
        json!({"no": no, "at": at(no * 10 - 400), "actor": actor, "act": act, "target": target, "reason": reason,
            "before": {"state": "open", "claimed_by": null}, "after": {"state": "open", "claimed_by": actor, "note": HOSTILE},
            "prev": "0f".repeat(32), "hash": "a1".repeat(32)})
    };
    of(json!([
        act(34, "staff:ines", "mod.impose", "leo", &format!("abuse:{HOSTILE}")),
        act(33, "staff:ines", "cases.claim", &case_id(2).to_string(), ""),
        act(32, "staff:otto", "people.reveal", "leo", "fraud:chargeback"),
        act(31, "staff:admin", "staff.add", "otto", ""),
    ]))
}
