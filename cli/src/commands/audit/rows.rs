//! The columns of acts, and of what does not fit.

use callboard_contract::adm::audit::{ActionView, AuditFault};
use callboard_domain::At;
use serde::Serialize;
use serde_json::Value;

use crate::report::{Cell, Column, Row, column};

/// Longer texts are cut for people; the other formats have them whole.
const SHOWN: usize = 16;

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

/// An act with all that its hash covers.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Proven(pub(super) ActionView);

impl Row for Proven {
    const COLUMNS: &'static [Column<Self>] = &[
        column("no", "NO", |a| Cell::number(a.0.no)),
        column("at", "AT", |a| Cell::at(a.0.at)),
        column("actor", "BY", |a| Cell::text(&a.0.actor)),
        column("act", "ACT", |a| Cell::text(&a.0.act)),
        column("target", "ON", |a| Cell::text(&a.0.target)),
        column("reason", "REASON", |a| Cell::maybe(a.0.reason.as_ref())),
        column("before", "BEFORE", |a| json(a.0.before.as_ref())),
        column("after", "AFTER", |a| json(a.0.after.as_ref())),
        column("prev", "HASH BEFORE", |a| Cell::cut(&a.0.prev, SHOWN)),
        column("hash", "HASH", |a| Cell::cut(&a.0.hash, SHOWN)),
    ];

    fn id(&self) -> String {
        self.0.no.to_string()
    }
}

fn json(value: Option<&Value>) -> Cell {
    Cell::cut(value.map(Value::to_string).unwrap_or_default(), SHOWN)
}

impl Row for AuditFault {
    const COLUMNS: &'static [Column<Self>] =
        &[column("no", "NO", |f| Cell::number(f.no)), column("what", "WHAT", |f| Cell::text(&f.what))];

    fn id(&self) -> String {
        self.no.to_string()
    }
}
