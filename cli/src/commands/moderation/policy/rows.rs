//! The columns of policy lists, their entries and whom they would hit.

use callboard_contract::adm::policy::{ImportReply, PolicyHit, PolicyView};
use callboard_domain::PolicyEntry;

use crate::report::{Cell, Column, Row, column};

impl Row for PolicyView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "LIST", |p| Cell::text(&p.name)),
        column("entries", "ENTRIES", |p| Cell::number(p.entries)),
        column("version", "VERSION", |p| Cell::number(p.version)),
        column("set_at", "CHANGED", |p| Cell::at(p.set_at)),
        column("set_by", "BY", |p| Cell::text(&p.set_by)),
        column("subscriptions", "FOLLOWED BY", |p| {
            Cell::words(p.subscriptions.iter().map(|s| format!("{}={}", s.scope, s.mode)))
        }),
    ];

    fn id(&self) -> String {
        self.name.to_string()
    }
}

impl Row for PolicyEntry {
    const COLUMNS: &'static [Column<Self>] = &[
        column("kind", "KIND", |e| Cell::text(e.kind)),
        column("entity", "ENTITY", |e| Cell::text(&e.entity)),
        column("recommendation", "RECOMMENDS", |e| Cell::text(e.recommendation)),
        column("reason", "REASON", |e| Cell::text(&e.reason)),
    ];

    fn id(&self) -> String {
        self.entity.clone()
    }
}

impl Row for PolicyHit {
    const COLUMNS: &'static [Column<Self>] = &[
        column("uid", "UID", |h| Cell::text(&h.uid)),
        column("kind", "BY", |h| Cell::text(h.kind)),
        column("entity", "ENTITY", |h| Cell::text(&h.entity)),
        column("recommendation", "RECOMMENDS", |h| Cell::text(h.recommendation)),
        column("reason", "REASON", |h| Cell::text(&h.reason)),
    ];

    fn id(&self) -> String {
        self.uid.to_string()
    }
}

impl Row for ImportReply {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "LIST", |r| Cell::text(&r.list.name)),
        column("version", "VERSION", |r| Cell::number(r.list.version)),
        column("entries", "ENTRIES", |r| Cell::number(r.list.entries)),
        column("added", "ADDED", |r| Cell::number(r.added)),
        column("changed", "CHANGED", |r| Cell::number(r.changed)),
        column("removed", "REMOVED", |r| Cell::number(r.removed)),
    ];

    fn id(&self) -> String {
        self.list.name.to_string()
    }
}
