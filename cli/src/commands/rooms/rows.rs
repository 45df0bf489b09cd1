//! The columns of rooms, members and messages.

use std::collections::BTreeSet;

use callboard_contract::adm::rooms::RoomDetail;
use callboard_contract::room::{MessageView, RoomMember, RoomView};
use callboard_domain::{At, Millis, RoomPower, RoomRole};
use serde::Serialize;

use crate::report::{Cell, Column, Row, column};

/// Longer texts are cut for people; the other formats have them whole.
const SHOWN: usize = 80;

impl Row for RoomView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("room_id", "ROOM", |r| Cell::text(r.room_id)),
        column("name", "NAME", |r| Cell::cut(&r.name, 40)),
        column("tenant", "TENANT", |r| Cell::maybe(r.tenant.as_ref())),
        column("kind", "KIND", |r| Cell::text(r.kind)),
        column("access", "ACCESS", |r| Cell::text(r.access)),
        column("state", "STATE", |r| Cell::text(r.state)),
        column("members", "MEMBERS", |r| Cell::number(r.members)),
        column("capacity", "OF", |r| Cell::number(r.capacity)),
        column("entry_fee", "FEE", |r| Cell::maybe_amount(r.entry_fee)),
        column("slow_mode", "SLOW", |r| Cell::maybe_span(r.slow_mode.map(Millis::as_ms))),
        column("lobby", "LOBBY", |r| Cell::yes(r.lobby)),
        column("promised_until", "PROMISED", |r| Cell::maybe_at(r.promised_until)),
        column("created_at", "MADE", |r| Cell::at(r.created_at)),
        column("closed_at", "CLOSED", |r| Cell::maybe_at(r.closed_at)),
    ];

    fn id(&self) -> String {
        self.room_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.created_at)
    }
}

impl Row for RoomDetail {
    const COLUMNS: &'static [Column<Self>] = &[
        column("topic", "TOPIC", |d| Cell::cut(&d.room.topic, SHOWN)),
        column("category", "CATEGORY", |d| Cell::maybe(d.room.category.as_ref())),
        column("waiting", "WAITING", |d| Cell::number(d.waiting)),
        column("invited", "INVITED", |d| Cell::number(d.invited)),
        column("paid", "PAID", |d| Cell::number(d.paid)),
        column("touched_at", "LAST MESSAGE", |d| Cell::at(d.touched_at)),
        column("empty_since", "EMPTY SINCE", |d| Cell::maybe_at(d.empty_since)),
        column("call_id", "CALL", |d| Cell::maybe(d.room.call_id)),
    ];

    fn id(&self) -> String {
        self.room.room_id.to_string()
    }
}

/// What a role may do in a room.
#[derive(Serialize)]
pub(super) struct RolePowers {
    role: RoomRole,
    may: String,
}

impl RolePowers {
    pub(super) fn new(role: RoomRole, may: &BTreeSet<RoomPower>) -> Self {
        Self { role, may: may.iter().map(|power| power.as_str()).collect::<Vec<_>>().join(" ") }
    }
}

impl Row for RolePowers {
    const COLUMNS: &'static [Column<Self>] =
        &[column("role", "ROLE", |p| Cell::text(p.role)), column("may", "MAY", |p| Cell::text(&p.may))];

    fn id(&self) -> String {
        self.role.to_string()
    }
}

impl Row for RoomMember {
    const COLUMNS: &'static [Column<Self>] = &[
        column("uid", "UID", |m| Cell::text(&m.uid)),
        column("role", "ROLE", |m| Cell::text(m.role)),
        column("state", "STATE", |m| Cell::text(m.state)),
        column("since", "SINCE", |m| Cell::at(m.since)),
        column("muted_until", "MUTED UNTIL", |m| Cell::maybe_at(m.muted_until)),
    ];

    fn id(&self) -> String {
        self.uid.to_string()
    }
}

impl Row for MessageView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("seq", "SEQ", |m| Cell::number(m.seq)),
        column("at", "AT", |m| Cell::at(m.at)),
        column("author", "AUTHOR", |m| Cell::text(&m.author)),
        column("kind", "KIND", |m| Cell::text(m.kind.as_str())),
        column("flags", "FLAGS", |m| Cell::text(flags(m))),
        column("body", "TEXT", |m| Cell::cut(&m.body, SHOWN)),
        column("message_id", "MESSAGE", |m| Cell::text(m.message_id)),
    ];

    fn id(&self) -> String {
        self.message_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}

fn flags(message: &MessageView) -> String {
    let flags = [
        (message.held, "held"),
        (message.deleted_at.is_some(), "deleted"),
        (message.edited_at.is_some(), "edited"),
        (message.pinned, "pinned"),
    ];
    let set: Vec<&str> = flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).collect();
    set.join(" ")
}

#[cfg(test)]
mod tests {
    use callboard_contract::room::FanOut;
    use callboard_domain::{Coins, RoomAccess, RoomId, RoomKind, RoomMemberState, RoomState, Uid};
    use serde_json::Value;

    use super::*;
    use crate::report::{Format, Report};

    fn room() -> RoomView {
        let id: RoomId = "019b0f6e-7c00-7a20-8000-4f6d5a3b2c20".parse().unwrap();
        RoomView {
            room_id: id,
            tenant: Some(Uid::new("maya").unwrap()),
            kind: RoomKind::Sub,
            name: "VIP \u{1b}[31mlounge".to_owned(),
            topic: String::new(),
            category: None,
            access: RoomAccess::Paid,
            state: RoomState::Open,
            entry_fee: Some(Coins::whole(50)),
            promised_until: None,
            capacity: 100,
            members: 12,
            slow_mode: Some(Millis::from_secs(5)),
            members_only: None,
            lobby: false,
            call_id: None,
            watch_url: None,
            fan_out: FanOut::Direct,
            created_at: At::from_ms(1_000),
            closed_at: None,
            seq: 34,
        }
    }

    #[test]
    fn a_room_in_every_format_and_none_of_its_texts_drives_the_terminal() {
        let report = Report::list("callboard.rooms.v1", &[room()], None);
        for format in [Format::Table, Format::Json, Format::Yaml, Format::Csv] {
            let text = report.render(format, false, false);
            assert!(text.contains("maya") && text.contains("50.0000"), "{text}");
            if format == Format::Table {
                assert!(!text.contains('\u{1b}'), "{text:?}");
            }
        }
        let json: Value = serde_json::from_str(&report.render(Format::Json, false, false)).unwrap();
        assert_eq!(
            (json["items"][0]["slow_mode"].as_i64(), json["items"][0]["members"].as_u64()),
            (Some(5000), Some(12))
        );
        assert_eq!(report.render(Format::Table, true, false), "019b0f6e-7c00-7a20-8000-4f6d5a3b2c20\n");
    }

    #[test]
    fn a_member_has_his_mute() {
        let member = RoomMember {
            uid: Uid::new("leo").unwrap(),
            role: RoomRole::Moderator,
            state: RoomMemberState::Joined,
            since: At::from_ms(0),
            muted_until: Some(At::from_ms(60_000)),
        };
        let csv = Report::list("callboard.room_members.v1", &[member], None).render(Format::Csv, false, false);
        assert!(csv.ends_with("leo,moderator,joined,1970-01-01T00:00:00.000Z,1970-01-01T00:01:00.000Z\n"), "{csv}");
    }
}
