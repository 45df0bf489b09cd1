//! The opened case: its reports, the evidence that was frozen with the chosen one, and its notes.

use callboard_contract::adm::cases::{CaseDetail, EvidenceView, ReportRow};
use callboard_contract::api::reports::ReportOn;
use callboard_contract::room::RoomView;
use callboard_domain::{At, CaseId, MessageId, ReportId, Uid};
use serde_json::Value;

use super::cases::named;
use super::columns::{col, num};
use super::dialog::RoomOf;
use super::msg::Followed;
use super::table::{Cell, Column, Cursor, Tone};
use super::{Mode, State, View};
use crate::text;

/// A message as the evidence keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its id, or its place where it has none.
    pub(crate) key: String,
    pub(crate) message: Option<MessageId>,
    pub(crate) author: String,
    at: Option<At>,
    pub(crate) says: String,
    marks: String,
    /// Whether it is the one that was reported.
    pub(crate) reported: bool,
}

/// Evidence, as far as the console knows its form; the rest is told as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) report: ReportId,
    pub(crate) hash: String,
    pub(crate) intact: bool,
    pub(crate) room: Option<RoomOf>,
    pub(crate) pieces: Vec<Piece>,
    /// Who was there, what devices they had, what stood against the person, in lines.
    pub(crate) facts: Vec<String>,
}

fn words(value: &Value, field: &str) -> String {
    value[field].as_str().map(text::clean).unwrap_or_default()
}

fn instant(value: &Value) -> Option<At> {
    value["at_ms"].as_i64().map(At::from_ms).or_else(|| value["at"].as_str().and_then(|at| at.parse().ok()))
}

impl Piece {
    fn of(value: &Value, place: usize, reported: Option<MessageId>) -> Self {
        let id = ["id", "message_id"].iter().find_map(|field| value[*field].as_str()).unwrap_or_default();
        let message: Option<MessageId> = id.parse().ok();
        let is = |field: &str| !value[field].is_null() && value[field] != Value::Bool(false);
        let marks: Vec<&str> =
            [("held", "held"), ("deleted_ms", "deleted"), ("edited_ms", "edited"), ("pinned_ms", "pinned")]
                .iter()
                .filter(|(field, _)| is(field))
                .map(|(_, word)| *word)
                .collect();
        let kind = words(value, "kind");
        let body = words(value, "body");
        let says = match kind.as_str() {
            "" | "text" => body,
            "encrypted" => "[encrypted]".to_owned(),
            kind => format!("[{kind}] {body}"),
        };
        Self {
            key: if id.is_empty() { place.to_string() } else { id.to_owned() },
            author: words(value, "author"),
            at: instant(value),
            says,
            marks: marks.join(" "),
            reported: reported.is_some() && message == reported,
            message,
        }
    }
}

/// A value in a line, without what only machines need.
fn flat(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let shown = |(name, value): (&String, &Value)| {
                (!value.is_null()).then(|| format!("{} {}", text::clean(name), flat(value)))
            };
            fields.iter().filter_map(shown).collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join("; "),
        Value::String(words) => text::clean(words),
        other => other.to_string(),
    }
}

fn participant(value: &Value) -> String {
    let role = words(value, "role");
    let state = words(value, "state");
    match (role.as_str(), state.as_str()) {
        ("", "") => words(value, "uid"),
        (role, "joined" | "") => format!("{} ({role})", words(value, "uid")),
        (role, state) => format!("{} ({role}, {state})", words(value, "uid")),
    }
}

/// Whether a picture of what was on air was kept, and how it is looked at.
fn still(value: &Value, report: ReportId) -> Option<String> {
    if !value.is_object() {
        return None;
    }
    let missing = words(value, "missing");
    Some(if missing.is_empty() {
        let hash = words(value, "sha256");
        format!("picture of what was on air, sha256 {hash}: `callboard mod reports still {report} FILE` writes it")
    } else {
        format!("no picture of what was on air: {missing}")
    })
}

impl Evidence {
    pub(crate) fn of(view: &EvidenceView) -> Self {
        let value = &view.evidence;
        let room: Option<RoomView> = serde_json::from_value(value["room"].clone()).ok();
        let reported = value["on"]["message_id"].as_str().and_then(|id| id.parse().ok());
        let list = |name: &str| value[name].as_array().cloned().unwrap_or_default();
        let pieces = list("messages").iter().enumerate().map(|(at, m)| Piece::of(m, at, reported)).collect();
        let mut facts = Vec::new();
        if let Some(room) = &room {
            facts.push(format!("room {}, {}, {} members", text::clean(&room.name), room.state, room.members));
        }
        let there: Vec<String> = list("participants").iter().map(participant).collect();
        if !there.is_empty() {
            facts.push(format!("there: {}", there.join(", ")));
        }
        if value["proof"].is_object() {
            facts.push(format!("proved to say: {}", words(&value["proof"], "plain_text")));
        }
        let standing = list("standing");
        if !standing.is_empty() {
            let line = |s: &Value| format!("{} in {}", words(s, "kind"), named(&words(s, "scope")));
            facts.push(format!(
                "stood against the person: {}",
                standing.iter().map(line).collect::<Vec<_>>().join(", ")
            ));
        }
        let call = &value["call"];
        if call.is_object() {
            let kind = format!("call {} {}, {}", words(call, "kind"), words(call, "state"), words(call, "call_id"));
            facts.push(kind);
            for member in call["members"].as_array().into_iter().flatten() {
                let devices = flat(&member["device_state"]);
                facts.push(format!("  {} ({}): {devices}", words(member, "uid"), words(member, "state")));
            }
        }
        facts.extend(still(&value["still"], view.report_id));
        let known = ["room", "messages", "participants", "proof", "standing", "call", "still", "at", "on"];
        for (name, value) in value.as_object().into_iter().flatten().filter(|(name, _)| !known.contains(&name.as_str()))
        {
            facts.push(format!("{}: {}", text::clean(name), flat(value)));
        }
        Self {
            report: view.report_id,
            hash: text::clean(&view.hash),
            intact: view.intact,
            room: room.as_ref().map(RoomOf::of),
            pieces,
            facts,
        }
    }
}

/// The followed case.
pub(crate) struct OpenedCase {
    pub(crate) detail: CaseDetail,
    /// When it was read, on the console's clock.
    pub(crate) seen: i64,
    /// Of the chosen report.
    pub(crate) evidence: Option<Evidence>,
}

impl State {
    /// The followed case, if it is this one and was read.
    pub(crate) fn case(&self, id: CaseId) -> Option<&OpenedCase> {
        self.house.case.as_ref().filter(|o| o.detail.case.case_id == id)
    }

    /// The report whose evidence is looked at.
    pub(crate) fn report(&self, id: CaseId) -> Option<&ReportRow> {
        let reports = &self.case(id)?.detail.reports;
        reports.get(self.desk.report.min(reports.len().saturating_sub(1)))
    }

    /// The evidence of that report, once it is read.
    pub(crate) fn evidence(&self, id: CaseId) -> Option<&Evidence> {
        let report = self.report(id)?.report_id;
        self.case(id)?.evidence.as_ref().filter(|evidence| evidence.report == report)
    }

    /// The place of the chosen message: the one that was reported, until another is chosen.
    pub(crate) fn piece_index(&self, evidence: &Evidence) -> usize {
        let pieces = &evidence.pieces;
        match self.desk.piece.key() {
            Some(_) => self.desk.piece.index(pieces.len(), |i| pieces[i].key.clone()),
            None => pieces.iter().position(|p| p.reported).unwrap_or_else(|| pieces.len().saturating_sub(1)),
        }
    }

    pub(crate) fn chosen_piece(&self, id: CaseId) -> Option<&Piece> {
        let evidence = self.evidence(id)?;
        evidence.pieces.get(self.piece_index(evidence))
    }

    /// Who is chosen in the case: the author of the chosen message, or whom it is about.
    pub(crate) fn chosen_in_case(&self, id: CaseId) -> Option<Uid> {
        let author = self.chosen_piece(id).and_then(|piece| piece.author.parse().ok());
        author.or_else(|| self.case(id).and_then(|o| o.detail.case.about.clone()))
    }

    pub(super) fn step_case(&mut self, id: CaseId, by: isize) {
        let Some(evidence) = self.evidence(id) else { return };
        let keys: Vec<String> = evidence.pieces.iter().map(|p| p.key.clone()).collect();
        let from = self.piece_index(evidence);
        let to = from.saturating_add_signed(by).min(keys.len().saturating_sub(1));
        if let Some(key) = keys.get(to) {
            self.desk.piece = Cursor::on(key.clone(), to);
        }
    }

    /// Another report of the case: its evidence.
    pub(super) fn step_report(&mut self, id: CaseId, by: isize) {
        let all = self.case(id).map_or(0, |o| o.detail.reports.len());
        if all > 0 {
            let next = self.desk.report.cast_signed().saturating_add(by).rem_euclid(all.cast_signed());
            self.desk.report = next.unsigned_abs();
            self.desk.piece = Cursor::default();
        }
    }

    pub(super) fn take_case(&mut self, detail: CaseDetail, now: i64) {
        let id = detail.case.case_id;
        if !matches!(self.followed, Some(Followed::Case(followed, _)) if followed == id) {
            return;
        }
        self.set_clock(detail.as_of, now);
        if let Mode::Dialog(dialog) = &mut self.mode {
            dialog.refresh_case(&detail);
        }
        if let Some(row) = self.house.cases.rows.iter_mut().find(|row| row.case_id == id) {
            *row = detail.case.clone();
        }
        let evidence = self.house.case.take().filter(|o| o.detail.case.case_id == id).and_then(|o| o.evidence);
        self.house.case = Some(OpenedCase { detail, seen: now, evidence });
    }

    pub(super) fn take_evidence(&mut self, view: &EvidenceView) {
        if let Some(opened) = self.house.case.as_mut().filter(|o| o.detail.case.case_id == view.case_id) {
            opened.evidence = Some(Evidence::of(view));
        }
    }

    pub(super) fn open_case(&mut self, id: CaseId) {
        if self.view() != View::Case(id) {
            self.step_into(View::Case(id));
            self.desk.piece = Cursor::default();
            self.desk.report = 0;
        }
    }
}

/// What a report is about, in words.
pub(crate) fn on(report: &ReportRow) -> String {
    let short = |id: String| text::short_id(&id).to_owned();
    match &report.on {
        ReportOn::Message { message_id, .. } => format!("message …{}", short(message_id.to_string())),
        ReportOn::User { uid } => format!("user {}", text::clean(uid.as_str())),
        ReportOn::Room { room_id } => format!("room …{}", short(room_id.to_string())),
        ReportOn::Call { call_id, .. } => format!("call …{}", short(call_id.to_string())),
    }
}

/// The columns of messages in evidence.
pub(crate) static PIECES: &[Column<Piece>] = &[
    num(
        "AT",
        (8, 8),
        2,
        |p, c| Cell::new(p.at.map_or_else(|| "—".to_owned(), |at| text::clock(at, c.tz)), Tone::Dim),
        "when it was taken",
    ),
    col("WHO", (10, 20), 0, |p, _| Cell::new(text::clean(&p.author), Tone::Strong), "who wrote it"),
    col(
        "",
        (8, 16),
        1,
        |p, _| {
            if p.reported {
                Cell::new(format!("‼ {}", p.marks), Tone::Bad)
            } else {
                Cell::new(p.marks.clone(), Tone::Dim)
            }
        },
        "‼ the one that was reported; deleted, edited",
    ),
    col("SAYS", (20, 400), 0, |p, _| Cell::plain(p.says.clone()), "what it said then"),
];

/// The columns of reports.
pub(crate) static REPORTS: &[Column<ReportRow>] = &[
    num("AT", (8, 8), 2, |r, c| Cell::new(text::clock(r.at, c.tz), Tone::Dim), "when"),
    col("REPORTER", (10, 20), 0, |r, _| Cell::plain(text::clean(r.reporter.as_str())), "who reported"),
    col("CATEGORY", (10, 11), 1, |r, _| Cell::plain(r.category.as_str()), "what it says"),
    col("ON", (20, 30), 3, |r, _| Cell::plain(on(r)), "what it is about"),
    col("SAYS", (16, 200), 0, |r, _| Cell::plain(text::clean(&r.text)), "in the reporter's words"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_kept_picture_is_said_how_to_look_at_it_and_of_a_missing_one_why() {
        let report = ReportId::generate();
        let kept = still(&json!({ "programme_id": "x", "sha256": "ab12" }), report).expect("a line");
        assert!(kept.contains("ab12") && kept.contains(&format!("reports still {report} FILE")), "{kept}");
        let missing = still(&json!({ "missing": "it is run by no worker\u{1b}[2J" }), report).expect("a line");
        assert!(missing.contains("on air: it is run by no worker") && !missing.contains('\u{1b}'), "{missing}");
        assert_eq!(still(&Value::Null, report), None);
    }
}
