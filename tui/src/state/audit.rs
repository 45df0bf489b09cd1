//! The log of what staff did, as rows, and what it said of itself when it was last verified.

use callboard_contract::adm::audit::{ActionView, AuditReport};
use callboard_domain::At;
use serde_json::Value;

use super::State;
use super::columns::{col, num};
use super::msg::Problem;
use super::table::{Cell, Column, Listed, Tone};
use crate::text;

/// What came of the last verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verified {
    #[default]
    Never,
    Asked,
    Done(At, AuditReport),
    Failed(String),
}

impl Verified {
    /// In words, with how to take it.
    pub(crate) fn says(&self, tz: &jiff::tz::TimeZone) -> (String, Tone) {
        match self {
            Self::Never => ("not verified on this screen: v hashes the whole log anew".to_owned(), Tone::Dim),
            Self::Asked => ("hashing the whole log anew…".to_owned(), Tone::Accent),
            Self::Failed(why) => (format!("could not be verified: {}", text::clean(why)), Tone::Warn),
            Self::Done(at, report) if report.intact => {
                let rows = text::counted(report.rows, "row");
                (format!("✓ intact at {}: {rows}, each fits the one before", text::clock(*at, tz)), Tone::Good)
            }
            Self::Done(at, report) => {
                let first = report.faults.first();
                let first = first.map(|f| format!("row {}: {}", f.no, text::clean(&f.what))).unwrap_or_default();
                let count = report.faults.len();
                let most = if count >= 100 { "at least " } else { "" };
                let says =
                    format!("✗ CHANGED at {}: rows that do not fit: {most}{count}; {first}", text::clock(*at, tz));
                (says, Tone::Bad)
            }
        }
    }
}

fn json(value: Option<&Value>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| text::clean(&value.to_string()))
}

/// The whole of an act, for the pane beneath the list.
pub(crate) fn lines(row: &ActionView) -> Vec<String> {
    vec![
        format!("{} did {} on {}", text::clean(&row.actor), text::clean(&row.act), text::clean(&row.target)),
        format!("why     {}", row.reason.as_deref().map_or_else(|| "—".to_owned(), text::clean)),
        format!("before  {}", json(row.before.as_ref())),
        format!("after   {}", json(row.after.as_ref())),
        format!("hash    {}  over  {}", text::clean(&row.hash), text::clean(&row.prev)),
    ]
}

impl Listed for ActionView {
    const NAME: &'static str = "acts";
    const COLUMNS: &'static [Column<Self>] = &[
        num("NO", (6, 8), 3, |r, _| Cell::new(r.no.to_string(), Tone::Dim), "its number; rows have no gaps"),
        num("AT", (8, 8), 1, |r, c| Cell::plain(text::clock(r.at, c.tz)), "when"),
        col("WHO", (12, 20), 0, |r, _| Cell::plain(text::clean(&r.actor)), "who did it"),
        col("ACT", (14, 22), 0, |r, _| Cell::new(text::clean(&r.act), Tone::Strong), "what was done"),
        col("TARGET", (14, 44), 2, |r, _| Cell::plain(text::clean(&r.target)), "on what"),
        col("WHY", (14, 60), 4, |r, _| Cell::plain(text::clean(r.reason.as_deref().unwrap_or(""))), "the reason"),
        col(
            "HASH",
            (12, 16),
            5,
            |r, _| Cell::new(text::clean(&r.hash).chars().take(12).collect::<String>(), Tone::Dim),
            "the beginning of its hash",
        ),
    ];
    fn key(&self) -> String {
        self.no.to_string()
    }
}

impl State {
    pub(super) fn verified(&mut self, result: Result<AuditReport, Problem>, now: i64) {
        self.desk.verified = match result {
            Ok(report) => Verified::Done(self.server(now).unwrap_or_default(), report),
            Err(problem) => Verified::Failed(problem.message),
        };
    }
}
