//! Examples of reports and sanctions. The story: Leo insults Felix in Maya's room; Felix reports the message, Leo is muted and appeals.

use serde_json::{Value, json};

use super::examples::{Example, MADE, REQUEST, STARTED, pushed, request};
use crate::api::reports;
use crate::sanction::MySanction;

const ROOM: &str = "019b0f6e-7c00-7a20-8000-4f6d5a3b2c20";
const MESSAGE: &str = "019b0f6e-7c00-7a21-8000-4f6d5a3b2c21";
const REPORT: &str = "019b0f6e-7c00-7a22-8000-4f6d5a3b2c22";
const SANCTION: &str = "019b0f6e-7c00-7a23-8000-4f6d5a3b2c23";

/// The requests.
pub(super) fn requests() -> Vec<Example> {
    let decided = json!({ "items": [report(Some("sanctioned"))] });
    vec![
        request::<reports::Create>(
            json!({ "request_id": REQUEST, "on": on(), "category": "harassment", "text": "He threatens me." }),
            report(None),
        ),
        request::<reports::Mine>(json!({ "limit": 20 }), decided),
        request::<reports::Sanctions>(json!({ "limit": 20 }), json!({ "items": [sanction()] })),
        request::<reports::Appeal>(
            json!({ "request_id": REQUEST, "sanction_id": SANCTION, "text": "It was a quotation." }),
            appeal("open"),
        ),
    ]
}

/// The pushes.
pub(super) fn pushes() -> Vec<Example> {
    vec![
        pushed::<reports::ReportOutcome>(
            "reports.outcome",
            true,
            json!({ "report_id": REPORT, "outcome": "sanctioned", "decided_at": STARTED }),
        ),
        pushed::<MySanction>("reports.sanctioned", true, sanction()),
        pushed::<reports::MyAppeal>("reports.appeal_decided", true, appeal("denied")),
    ]
}

fn on() -> Value {
    json!({ "kind": "message", "room_id": ROOM, "message_id": MESSAGE })
}

fn report(outcome: Option<&str>) -> Value {
    json!({
        "report_id": REPORT, "on": on(), "category": "harassment", "text": "He threatens me.", "at": MADE,
        "outcome": outcome, "decided_at": outcome.map(|_| STARTED),
    })
}

fn sanction() -> Value {
    json!({
        "sanction_id": SANCTION, "kind": "mute", "scope": format!("room:{ROOM}"), "from": MADE,
        "until": "2026-12-11T19:00:00.000Z", "stands": true, "reason": "abuse",
    })
}

fn appeal(state: &str) -> Value {
    json!({ "sanction_id": SANCTION, "at": MADE, "state": state, "decided_at": (state != "open").then_some(STARTED) })
}
