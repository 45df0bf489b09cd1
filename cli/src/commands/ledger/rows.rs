//! The columns of transfers and of what the books say.

use callboard_contract::adm::books::{BooksReport, Check, Difference};
use callboard_contract::adm::money::TransferView;
use callboard_domain::At;

use crate::report::{Cell, Column, Report, Row, column};

impl Row for TransferView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("transfer_id", "TRANSFER", |t| Cell::text(t.transfer_id)),
        column("at", "AT", |t| Cell::at(t.at)),
        column("kind", "KIND", |t| Cell::text(&t.kind)),
        column("reference", "REFERENCE", |t| Cell::text(&t.reference)),
        column("actor", "BY", |t| Cell::text(&t.actor)),
        column("postings", "POSTINGS", |t| {
            let postings: Vec<String> = t.postings.iter().map(|p| format!("{} {}", p.account, p.amount)).collect();
            Cell::text(postings.join(", "))
        }),
        column("reason", "REASON", |t| Cell::maybe(t.reason.as_ref())),
    ];

    fn id(&self) -> String {
        self.transfer_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}

impl Row for Check {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "CHECK", |c| Cell::text(&c.name)),
        column("looked_at", "LOOKED AT", |c| Cell::number(c.looked_at)),
        column("differences", "DIFFERENCES", |c| Cell::number(c.differences)),
        column("what", "WHAT", |c| Cell::text(&c.what)),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }
}

impl Row for Difference {
    const COLUMNS: &'static [Column<Self>] = &[
        column("check", "CHECK", |d| Cell::text(&d.check)),
        column("on", "ON", |d| Cell::text(&d.on)),
        column("expected", "EXPECTED", |d| Cell::text(&d.expected)),
        column("found", "FOUND", |d| Cell::text(&d.found)),
        column("amount", "AMOUNT", |d| Cell::maybe_amount(d.amount)),
        column("mend", "MEND", |d| Cell::text(&d.mend)),
    ];

    fn id(&self) -> String {
        self.on.clone()
    }
}

/// What the books say: the checks, and below them what differs.
pub(in crate::commands) fn books(report: &BooksReport) -> Report {
    Report::list_as("callboard.books.v1", &report.checks, report).with("DIFFERENCES", &report.differences)
}

/// The verdict in words.
pub(in crate::commands) fn verdict(report: &BooksReport) -> &'static str {
    if report.balanced { "balanced" } else { "NOT balanced" }
}
