//! The columns of acts, and of what does not fit.

use callboard_contract::adm::audit::{ActionView, AuditFault};
use callboard_domain::At;

use crate::report::{Cell, Column, Row, column};

impl Row for ActionView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("no", "NO", |a| Cell::number(a.no)),
        column("at", "AT", |a| Cell::at(a.at)),
        column("actor", "BY", |a| Cell::text(&a.actor)),
        column("act", "ACT", |a| Cell::text(&a.act)),
        column("target", "ON", |a| Cell::text(&a.target)),
        column("reason", "REASON", |a| Cell::maybe(a.reason.as_ref())),
    ];

    fn id(&self) -> String {
        self.no.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}

impl Row for AuditFault {
    const COLUMNS: &'static [Column<Self>] =
        &[column("no", "NO", |f| Cell::number(f.no)), column("what", "WHAT", |f| Cell::text(&f.what))];

    fn id(&self) -> String {
        self.no.to_string()
    }
}
