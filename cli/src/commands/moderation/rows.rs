//! The columns of sanctions, cases, reports and appeals.

use callboard_contract::adm::cases::{AppealView, CaseView, EvidenceView, NoteView, ReportRow};
use callboard_contract::adm::moderation::{DeleteMessagesReply, Effect};
use callboard_contract::api::reports::ReportOn;
use callboard_contract::sanction::SanctionView;
use callboard_domain::At;

use crate::report::{Cell, Column, Row, column};

/// Longer texts are cut for people; the other formats have them whole.
const SHOWN: usize = 80;

impl Row for SanctionView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("sanction_id", "SANCTION", |s| Cell::text(s.sanction_id)),
        column("uid", "UID", |s| Cell::text(&s.uid)),
        column("kind", "KIND", |s| Cell::text(s.kind)),
        column("scope", "SCOPE", |s| Cell::text(&s.scope)),
        column("device", "DEVICE", |s| Cell::maybe(s.device.as_ref())),
        column("from", "FROM", |s| Cell::at(s.from)),
        column("until", "UNTIL", |s| Cell::maybe_at(s.until)),
        column("stands", "STANDS", |s| Cell::yes(s.stands)),
        column("actor", "BY", |s| Cell::text(&s.actor)),
        column("reason", "REASON", |s| Cell::cut(&s.reason, SHOWN)),
        column("lifted_at", "LIFTED", |s| Cell::maybe_at(s.lifted_at)),
        column("lifted_by", "LIFTED BY", |s| Cell::maybe(s.lifted_by.as_ref())),
        column("case_id", "CASE", |s| Cell::maybe(s.case_id)),
    ];

    fn id(&self) -> String {
        self.sanction_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.from)
    }
}

impl Row for Effect {
    const COLUMNS: &'static [Column<Self>] = &[
        column("connections", "CONNECTIONS CUT", |e| Cell::number(e.connections)),
        column("calls", "CALLS", |e| Cell::words(&e.calls)),
        column("rooms", "ROOMS", |e| Cell::words(&e.rooms)),
        column("left", "LEFT", |e| Cell::text(e.left.join("; "))),
    ];

    fn id(&self) -> String {
        self.connections.to_string()
    }
}

impl Row for DeleteMessagesReply {
    const COLUMNS: &'static [Column<Self>] = &[
        column("room_id", "ROOM", |r| Cell::text(r.room_id)),
        column("message_ids", "MESSAGES", |r| Cell::words(&r.message_ids)),
    ];

    fn id(&self) -> String {
        self.message_ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl Row for CaseView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("case_id", "CASE", |c| Cell::text(c.case_id)),
        column("priority", "PRIORITY", |c| Cell::text(c.priority)),
        column("due_at", "DUE", |c| Cell::at(c.due_at)),
        column("category", "CATEGORY", |c| Cell::text(c.category)),
        column("about", "ABOUT", |c| Cell::maybe(c.about.as_ref())),
        column("matter", "MATTER", |c| Cell::text(&c.matter)),
        column("reporters", "REPORTERS", |c| Cell::number(c.reporters)),
        column("opened_at", "OPENED", |c| Cell::at(c.opened_at)),
        column("claimed_by", "CLAIMED BY", |c| Cell::maybe(c.claimed_by.as_ref())),
        column("tenant", "IN", |c| Cell::maybe(c.tenant.as_ref())),
        column("claimed_until", "UNTIL", |c| Cell::maybe_at(c.claimed_until)),
        column("outcome", "OUTCOME", |c| Cell::maybe(c.outcome)),
        column("decided_at", "DECIDED", |c| Cell::maybe_at(c.decided_at)),
        column("decided_by", "DECIDED BY", |c| Cell::maybe(c.decided_by.as_ref())),
    ];

    fn id(&self) -> String {
        self.case_id.to_string()
    }
}

impl Row for ReportRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("report_id", "REPORT", |r| Cell::text(r.report_id)),
        column("at", "AT", |r| Cell::at(r.at)),
        column("reporter", "REPORTER", |r| Cell::text(&r.reporter)),
        column("category", "CATEGORY", |r| Cell::text(r.category)),
        column("on", "ON", |r| Cell::text(on(&r.on))),
        column("text", "TEXT", |r| Cell::cut(&r.text, SHOWN)),
        column("still", "STILL", |r| Cell::yes(r.still)),
        column("evidence_hash", "EVIDENCE SHA-256", |r| Cell::text(&r.evidence_hash)),
    ];

    fn id(&self) -> String {
        self.report_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}

fn on(on: &ReportOn) -> String {
    match on {
        ReportOn::Message { room_id, message_id } => format!("message {message_id} in {room_id}"),
        ReportOn::User { uid } => format!("user {uid}"),
        ReportOn::Room { room_id } => format!("room {room_id}"),
        ReportOn::Call { call_id, uid } => {
            uid.as_ref().map_or_else(|| format!("call {call_id}"), |uid| format!("{uid} in call {call_id}"))
        }
    }
}

impl Row for NoteView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("at", "AT", |n| Cell::at(n.at)),
        column("author", "BY", |n| Cell::text(&n.author)),
        column("text", "TEXT", |n| Cell::text(&n.text)),
    ];

    fn id(&self) -> String {
        self.at.to_string()
    }
}

impl Row for EvidenceView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("report_id", "REPORT", |e| Cell::text(e.report_id)),
        column("case_id", "CASE", |e| Cell::text(e.case_id)),
        column("hash", "SHA-256", |e| Cell::text(&e.hash)),
        column("intact", "INTACT", |e| Cell::yes(e.intact)),
    ];

    fn id(&self) -> String {
        self.report_id.to_string()
    }
}

impl Row for AppealView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("sanction_id", "SANCTION", |a| Cell::text(a.sanction.sanction_id)),
        column("uid", "UID", |a| Cell::text(&a.sanction.uid)),
        column("kind", "KIND", |a| Cell::text(a.sanction.kind)),
        column("scope", "SCOPE", |a| Cell::text(&a.sanction.scope)),
        column("actor", "IMPOSED BY", |a| Cell::text(&a.sanction.actor)),
        column("at", "APPEALED", |a| Cell::at(a.at)),
        column("filed_by", "FILED BY", |a| Cell::text(&a.filed_by)),
        column("text", "TEXT", |a| Cell::cut(&a.text, SHOWN)),
        column("state", "STATE", |a| Cell::text(a.state)),
        column("decided_by", "DECIDED BY", |a| Cell::maybe(a.decided_by.as_ref())),
    ];

    fn id(&self) -> String {
        self.sanction.sanction_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}
