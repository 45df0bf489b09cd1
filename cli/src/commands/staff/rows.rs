//! The columns of members of staff.

use callboard_contract::adm::staff::{StaffMe, StaffMember};

use crate::report::{Cell, Column, Row, column};

impl Row for StaffMember {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "NAME", |m| Cell::text(&m.name)),
        column("role", "ROLE", |m| Cell::text(m.role)),
        column("refund_per_act", "REFUND/ACT", |m| Cell::amount(m.refund_limits.per_act)),
        column("refund_per_day", "REFUND/DAY", |m| Cell::amount(m.refund_limits.per_day)),
        column("added_at", "ADDED", |m| Cell::at(m.added_at)),
        column("added_by", "BY", |m| Cell::text(&m.added_by)),
        column("revoked_at", "REVOKED", |m| Cell::maybe_at(m.revoked_at)),
        column("connections", "CONNECTIONS", |m| Cell::number(m.connections)),
        column("uid", "USER", |m| Cell::maybe(m.uid.as_ref())),
        column("tenants", "ONLY FOR", |m| Cell::words(&m.tenants)),
        column("public_key", "PUBLIC KEY", |m| Cell::text(&m.public_key)),
    ];

    fn id(&self) -> String {
        self.name.to_string()
    }
}

impl Row for StaffMe {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "NAME", |m| Cell::text(&m.name)),
        column("role", "ROLE", |m| Cell::text(m.role)),
        column("powers", "POWERS", |m| Cell::words(&m.powers)),
        column("refund_per_act", "REFUND/ACT", |m| Cell::amount(m.refund_limits.per_act)),
        column("refund_per_day", "REFUND/DAY", |m| Cell::amount(m.refund_limits.per_day)),
        column("tenants", "ONLY FOR", |m| Cell::words(&m.tenants)),
        column("environment", "ENVIRONMENT", |m| Cell::text(&m.environment)),
        column("server_time", "SERVER TIME", |m| Cell::at(m.server_time)),
    ];

    fn id(&self) -> String {
        self.name.to_string()
    }
}
