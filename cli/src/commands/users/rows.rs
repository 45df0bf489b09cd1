//! The columns of users and of where they are signed in.

use callboard_contract::adm::people::{ConnectionRow, DeviceRow, PersonCase, PersonRoom, PersonRow, SessionsReply};

use crate::report::{Cell, Column, Report, Row, column};

impl Row for PersonRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("uid", "UID", |p| Cell::text(&p.uid)),
        column("created_at", "FIRST SEEN", |p| Cell::at(p.created_at)),
        column("last_seen", "LAST SEEN", |p| Cell::maybe_at(p.last_seen)),
        column("connections", "CONNECTIONS", |p| Cell::number(p.connections)),
        column("standing", "SANCTIONS", |p| Cell::number(p.standing)),
        column("out", "OUT", |p| Cell::yes(p.out)),
        column("staff", "STAFF", |p| Cell::maybe(p.staff.as_ref())),
    ];

    fn id(&self) -> String {
        self.uid.to_string()
    }
}

impl Row for PersonRoom {
    const COLUMNS: &'static [Column<Self>] = &[
        column("room_id", "ROOM", |r| Cell::text(r.room_id)),
        column("name", "NAME", |r| Cell::text(&r.name)),
        column("tenant", "TENANT", |r| Cell::text(&r.tenant)),
        column("role", "ROLE", |r| Cell::text(r.role)),
        column("state", "STATE", |r| Cell::text(r.state)),
    ];

    fn id(&self) -> String {
        self.room_id.to_string()
    }
}

impl Row for PersonCase {
    const COLUMNS: &'static [Column<Self>] = &[
        column("case_id", "CASE", |c| Cell::text(c.case_id)),
        column("matter", "MATTER", |c| Cell::text(&c.matter)),
        column("priority", "PRIORITY", |c| Cell::text(c.priority)),
        column("due_at", "DUE", |c| Cell::at(c.due_at)),
    ];

    fn id(&self) -> String {
        self.case_id.to_string()
    }
}

impl Row for DeviceRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("device", "DEVICE", |d| Cell::text(&d.device)),
        column("last_seen", "LAST SEEN", |d| Cell::at(d.last_seen)),
    ];

    fn id(&self) -> String {
        self.device.clone()
    }
}

impl Row for ConnectionRow {
    const COLUMNS: &'static [Column<Self>] = &[
        column("server_id", "SERVER", |c| Cell::text(&c.server_id)),
        column("cid", "CONNECTION", |c| Cell::number(c.cid)),
        column("since", "SINCE", |c| Cell::at(c.since)),
        column("room_id", "HEARS ROOM", |c| Cell::maybe(c.room_id)),
    ];

    fn id(&self) -> String {
        format!("{}:{}", self.server_id, self.cid)
    }
}

/// Devices, and below them live connections.
pub(super) fn sessions(reply: &SessionsReply) -> Report {
    Report::list_as("callboard.sessions.v1", &reply.devices, reply).with("CONNECTIONS", &reply.connections)
}
