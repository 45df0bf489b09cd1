//! The columns of events.

use callboard_contract::Event;
use callboard_domain::At;

use crate::report::{Cell, Column, Row, column};

/// Longer data is cut for people; the other formats have it whole.
const SHOWN: usize = 100;

impl Row for Event {
    const COLUMNS: &'static [Column<Self>] = &[
        column("at", "AT", |e| Cell::at(e.at)),
        column("event", "EVENT", |e| Cell::text(&e.event)),
        column("entity", "ENTITY", |e| Cell::text(&e.entity)),
        column("version", "VERSION", |e| Cell::number(e.version)),
        column("actor", "BY", |e| Cell::text(&e.actor)),
        column("id", "ID", |e| Cell::text(e.id)),
        column("data", "DATA", |e| Cell::cut(&e.data, SHOWN)),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}
