//! Users: the list, and the opened one with all that staff need to judge a person. What names devices is masked until somebody reveals
//! it with a reason, and masked again as soon as the person leaves the screen.

use callboard_contract::adm::people::{PersonDetail, PersonRow, SessionsReply};
use callboard_contract::sanction::SanctionView;
use callboard_domain::{At, Uid};

use super::cases::{named, priority_cell};
use super::columns::{col, num, sorted};
use super::dialog::RoomOf;
use super::msg::Followed;
use super::table::{Cell, Column, Cursor, Listed, Tone};
use super::{State, View};
use crate::text;

/// The followed user.
pub(crate) struct OpenedPerson {
    pub(crate) detail: PersonDetail,
    /// Masked as a rule.
    pub(crate) sessions: SessionsReply,
    /// When it was read, on the console's clock.
    pub(crate) seen: i64,
    /// What was revealed on this screen.
    revealed: Option<SessionsReply>,
}

impl OpenedPerson {
    /// The sessions as they may be shown.
    pub(crate) fn shown(&self) -> &SessionsReply {
        self.revealed.as_ref().unwrap_or(&self.sessions)
    }
}

/// Something that belongs to a person.
pub(crate) struct Item {
    pub(crate) key: String,
    what: &'static str,
    stands: Cell,
    place: String,
    since: Option<At>,
    until: Option<At>,
    why: String,
    /// What Enter opens.
    pub(crate) opens: Option<View>,
}

fn stands(sanction: &SanctionView) -> Cell {
    match (sanction.lifted_at, sanction.stands, sanction.enforced_at) {
        (Some(_), ..) => Cell::new("■ taken back", Tone::Dim),
        (None, true, None) => Cell::new("◌ taking hold", Tone::Warn),
        (None, true, Some(_)) => Cell::new("● stands", Tone::Bad),
        (None, false, _) => Cell::new("■ over", Tone::Dim),
    }
}

fn sanction(sanction: &SanctionView) -> Item {
    Item {
        key: sanction.sanction_id.to_string(),
        what: sanction.kind.as_str(),
        stands: stands(sanction),
        place: named(&sanction.scope.to_string()),
        since: Some(sanction.from),
        until: sanction.until,
        why: format!("{}, by {}", text::clean(&sanction.reason), text::clean(&sanction.actor)),
        opens: sanction.case_id.map(View::Case),
    }
}

/// Everything of a person in one list: sanctions first, then cases, rooms, calls, devices and connections.
pub(crate) fn items(opened: &OpenedPerson) -> Vec<Item> {
    let detail = &opened.detail;
    let row = |key: String, what: &'static str, stands: Cell| Item {
        key,
        what,
        stands,
        place: String::new(),
        since: None,
        until: None,
        why: String::new(),
        opens: None,
    };
    let mut items: Vec<Item> = detail.sanctions.iter().map(sanction).collect();
    items.extend(detail.cases.iter().map(|case| Item {
        place: named(&case.matter),
        until: Some(case.due_at),
        why: "open case about the person".to_owned(),
        opens: Some(View::Case(case.case_id)),
        ..row(case.case_id.to_string(), "case", priority_cell(case.priority))
    }));
    items.extend(detail.rooms.iter().map(|room| Item {
        place: format!("{} (of {})", text::clean(&room.name), text::clean(room.tenant.as_str())),
        why: room.role.to_string(),
        opens: Some(View::Room(room.room_id)),
        ..row(room.room_id.to_string(), "room", Cell::plain(room.state.as_str()))
    }));
    items.extend(detail.calls.iter().map(|call| Item {
        place: format!("…{}", text::short_id(&call.to_string())),
        opens: Some(View::Call(*call)),
        ..row(call.to_string(), "call", Cell::new("● live", Tone::Good))
    }));
    let sessions = opened.shown();
    items.extend(sessions.devices.iter().enumerate().map(|(at, device)| Item {
        place: text::clean(&device.device),
        since: Some(device.last_seen),
        why: "last seen then".to_owned(),
        ..row(
            format!("device {at}"),
            "device",
            if sessions.masked { Cell::new("masked", Tone::Dim) } else { Cell::new("! revealed", Tone::Warn) },
        )
    }));
    items.extend(sessions.connections.iter().map(|connection| Item {
        place: connection.room_id.map_or_else(String::new, |room| format!("hears {}", named(&format!("room:{room}")))),
        since: Some(connection.since),
        why: format!("server {} number {}", text::clean(&connection.server_id), connection.cid),
        ..row(format!("{} {}", connection.server_id, connection.cid), "connection", Cell::new("● live", Tone::Good))
    }));
    items
}

/// The columns of what belongs to a person.
pub(crate) static ITEMS: &[Column<Item>] = &[
    col("WHAT", (10, 17), 0, |i, _| Cell::plain(i.what), "a sanction, case, room, call, device or connection"),
    col("STANDS", (13, 14), 1, |i, _| Cell::new(i.stands.text.clone(), i.stands.tone), "whether it holds"),
    col("WHERE", (16, 60), 2, |i, _| Cell::plain(i.place.clone()), "its scope, name or id"),
    num("SINCE", (8, 8), 4, |i, c| clock(i.since, c.tz), "since when; when it was last seen"),
    num("UNTIL", (8, 8), 5, |i, c| clock(i.until, c.tz), "until when; when a case is due"),
    col(
        "WHY",
        (14, 80),
        3,
        |i, _| Cell::new(i.why.clone(), Tone::Dim),
        "the reason and who did it; the role in a room",
    ),
];

fn clock(at: Option<At>, tz: &jiff::tz::TimeZone) -> Cell {
    at.map_or_else(|| Cell::new("—", Tone::Dim), |at| Cell::plain(text::clock(at, tz)))
}

impl Listed for PersonRow {
    const NAME: &'static str = "users";
    const COLUMNS: &'static [Column<Self>] = &[
        sorted(col("USER", (16, 40), 0, |r, _| Cell::plain(text::clean(r.uid.as_str())), "the name"), |a, b, _| {
            a.uid.cmp(&b.uid)
        }),
        sorted(
            col(
                "STANDS",
                (12, 12),
                1,
                |r, _| match (r.out, r.connections > 0) {
                    (true, _) => Cell::new("✗ out", Tone::Bad),
                    (false, true) => Cell::new("● here", Tone::Good),
                    (false, false) => Cell::new("○ away", Tone::Dim),
                },
                "here, away, or out: banned or suspended on the whole platform",
            ),
            |a, b, _| (a.out, a.connections).cmp(&(b.out, b.connections)),
        ),
        sorted(
            num(
                "SANCTIONS",
                (9, 9),
                2,
                |r, _| match r.standing {
                    0 => Cell::new("0", Tone::Dim),
                    count => Cell::new(format!("! {count}"), Tone::Warn),
                },
                "sanctions that stand",
            ),
            |a, b, _| a.standing.cmp(&b.standing),
        ),
        sorted(
            num("CONNECTIONS", (11, 11), 4, |r, _| Cell::plain(r.connections.to_string()), "live connections"),
            |a, b, _| a.connections.cmp(&b.connections),
        ),
        sorted(num("SEEN", (8, 8), 3, |r, c| clock(r.last_seen, c.tz), "when a device was last seen"), |a, b, _| {
            a.last_seen.cmp(&b.last_seen)
        }),
        sorted(
            num("CAME", (8, 8), 6, |r, c| clock(Some(r.created_at), c.tz), "when the user first came"),
            |a, b, _| a.created_at.cmp(&b.created_at),
        ),
        col(
            "STAFF",
            (8, 20),
            5,
            |r, _| {
                r.staff
                    .as_ref()
                    .map_or_else(|| Cell::new("—", Tone::Dim), |s| Cell::new(text::clean(s.as_str()), Tone::Accent))
            },
            "the member of staff that the user is",
        ),
    ];
    fn key(&self) -> String {
        self.uid.to_string()
    }
}

impl State {
    /// The followed user, if it is this one and was read.
    pub(crate) fn person(&self, uid: &Uid) -> Option<&OpenedPerson> {
        self.house.person.as_ref().filter(|o| o.detail.person.uid == *uid)
    }

    /// The place of the chosen one of [`items`].
    pub(crate) fn item_index(&self, items: &[Item]) -> usize {
        self.desk.item.index(items.len(), |i| items[i].key.clone())
    }

    pub(super) fn step_person(&mut self, uid: &Uid, by: isize) {
        let keys: Vec<String> = self.person(uid).map(items).unwrap_or_default().into_iter().map(|i| i.key).collect();
        self.desk.item.step(by, keys.len(), |i| keys[i].clone());
    }

    /// What Enter opens of the chosen thing.
    pub(super) fn open_item(&mut self, uid: &Uid, now: i64) {
        let items = self.person(uid).map(items).unwrap_or_default();
        let at = self.item_index(&items);
        match items.get(at).and_then(|item| item.opens.clone()) {
            Some(View::Call(id)) => self.open(id),
            Some(View::Room(id)) => self.open_room(id),
            Some(View::Case(id)) => self.open_case(id),
            _ => self.say("there is nothing to open in this row", false, now),
        }
    }

    pub(super) fn take_person(&mut self, detail: PersonDetail, sessions: SessionsReply, now: i64) {
        if self.followed != Some(Followed::Person(detail.person.uid.clone())) {
            return;
        }
        let same = |o: &OpenedPerson| o.detail.person.uid == detail.person.uid;
        let revealed = self.house.person.take().filter(same).and_then(|o| o.revealed);
        self.house.person = Some(OpenedPerson { detail, sessions, seen: now, revealed });
    }

    /// What was masked is shown, while the person stays on the screen.
    pub(super) fn reveal(&mut self, sessions: SessionsReply) {
        if let Some(opened) = self.house.person.as_mut().filter(|o| o.detail.person.uid == sessions.uid) {
            opened.revealed = Some(sessions);
        }
    }

    pub(super) fn open_person(&mut self, uid: Uid) {
        if self.view() != View::Person(uid.clone()) {
            self.step_into(View::Person(uid));
            self.desk.item = Cursor::default();
        }
    }

    /// The rooms in which a person is, as dialogs name them.
    pub(super) fn rooms_of(&self, uid: &Uid) -> Vec<RoomOf> {
        let rooms = self.person(uid).map(|o| o.detail.rooms.as_slice()).unwrap_or_default();
        let chosen = self.desk.item.key();
        let mut rooms: Vec<_> = rooms.iter().collect();
        // The one on which the cursor stands comes first.
        rooms.sort_by_key(|room| Some(room.room_id.to_string()).as_ref() != chosen);
        let of = |room: &&callboard_contract::adm::people::PersonRoom| RoomOf {
            id: room.room_id,
            name: room.name.clone(),
            tenant: Some(room.tenant.clone()),
        };
        rooms.iter().map(of).collect()
    }
}
