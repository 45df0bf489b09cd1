//! The opened room: its messages as they come, its members, and which of them is chosen.
//!
//! What must always hold: no message is chosen until somebody chose it, and what is chosen stays so while others come; else an act could
//! meet a message that nobody looked at.

use callboard_contract::adm::rooms::RoomDetail;
use callboard_contract::room::{MessageKind, MessageView, RoomMember};
use callboard_domain::{At, RoomId, RoomRole, Uid};

use super::columns::{col, num};
use super::dialog::RoomOf;
use super::table::{Cell, Column, Ctx, Cursor, Tone};
use super::{State, View};
use crate::text;

/// What is read of a room at one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomLook {
    pub(crate) detail: RoomDetail,
    /// The newest messages, the oldest first.
    pub(crate) messages: Vec<MessageView>,
    /// Whether there are older ones.
    pub(crate) more: bool,
    /// Members, those with a role first.
    pub(crate) members: Vec<RoomMember>,
}

/// The followed room.
pub(crate) struct OpenedRoom {
    pub(crate) look: RoomLook,
    /// When it was read, on the console's clock.
    pub(crate) seen: i64,
    pub(crate) pace: Option<u64>,
}

/// Which part of the opened room the arrows move in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pane {
    #[default]
    Messages,
    Members,
}

impl State {
    /// The followed room, if it is this one and was read.
    pub(crate) fn room(&self, id: RoomId) -> Option<&OpenedRoom> {
        self.house.room.as_ref().filter(|o| o.look.detail.room.room_id == id)
    }

    /// The place of the chosen message among those on the screen; none until one is chosen.
    pub(crate) fn message_index(&self, opened: &OpenedRoom) -> Option<usize> {
        let messages = &opened.look.messages;
        self.desk.message.key().and_then(|key| messages.iter().position(|m| m.message_id.to_string() == *key))
    }

    /// The chosen message.
    pub(crate) fn chosen_message(&self, id: RoomId) -> Option<&MessageView> {
        let opened = self.room(id)?;
        self.message_index(opened).map(|at| &opened.look.messages[at])
    }

    /// The place of the chosen member.
    pub(crate) fn room_member_index(&self, opened: &OpenedRoom) -> usize {
        let members = &opened.look.members;
        self.desk.member.index(members.len(), |i| members[i].uid.to_string())
    }

    /// Who is chosen in the room: the author of the chosen message, or the chosen member.
    pub(crate) fn chosen_in_room(&self, id: RoomId) -> Option<Uid> {
        match self.desk.pane {
            Pane::Messages => self.chosen_message(id).map(|m| m.author.clone()),
            Pane::Members => {
                let opened = self.room(id)?;
                opened.look.members.get(self.room_member_index(opened)).map(|m| m.uid.clone())
            }
        }
    }

    /// Moves in the opened room. Up from below the last message chooses it; down from it lets it go again, and the newest stay in sight.
    pub(super) fn step_room(&mut self, id: RoomId, by: isize) {
        let Some(opened) = self.house.room.as_ref().filter(|o| o.look.detail.room.room_id == id) else { return };
        match self.desk.pane {
            Pane::Members => {
                let members = &opened.look.members;
                self.desk.member.step(by, members.len(), |i| members[i].uid.to_string());
            }
            Pane::Messages => {
                let messages = &opened.look.messages;
                let from = self.message_index(opened).unwrap_or(messages.len());
                let to = from.saturating_add_signed(by);
                self.desk.message = match messages.get(to) {
                    Some(message) => Cursor::on(message.message_id.to_string(), to),
                    None => Cursor::default(),
                };
            }
        }
    }

    /// Takes a look at the followed room.
    pub(super) fn take_room(&mut self, look: RoomLook, now: i64) {
        let wanted = Some(super::msg::Followed::Room(look.detail.room.room_id));
        if self.followed != wanted {
            return;
        }
        let pace = self.house.busy.pace(&look.detail.room, now);
        self.house.room = Some(OpenedRoom { look, seen: now, pace });
    }

    pub(super) fn open_room(&mut self, id: RoomId) {
        if self.view() != View::Room(id) {
            self.step_into(View::Room(id));
            self.desk.message = Cursor::default();
            self.desk.member = Cursor::default();
            self.desk.pane = Pane::default();
        }
    }
}

impl RoomOf {
    /// A room as dialogs name it.
    pub(crate) fn of(room: &callboard_contract::room::RoomView) -> Self {
        Self { id: room.room_id, name: room.name.clone(), tenant: room.tenant.clone() }
    }
}

/// What a message says, in one line: its text, or what it is.
pub(crate) fn says(message: &MessageView) -> String {
    let body = text::clean(&message.body);
    let attached =
        message.attachment.as_ref().map(|a| format!("[{}, {} bytes]", text::clean(&a.content_type), a.bytes));
    let gift = message.gift.as_ref().map(|g| {
        format!(
            "[{} × {} to {}, {} coins]",
            text::clean(&g.gift),
            g.count,
            text::clean(g.to.as_str()),
            text::exact(g.amount)
        )
    });
    let kind = match message.kind {
        MessageKind::Encrypted => Some("[encrypted: only the two can read it]".to_owned()),
        MessageKind::Sticker => Some(format!("[sticker {body}]")),
        _ => None,
    };
    let parts: Vec<String> = match kind {
        Some(kind) => vec![kind],
        None => [attached, gift, Some(body).filter(|b| !b.is_empty())].into_iter().flatten().collect(),
    };
    parts.join(" ")
}

/// What must be known of a message beside what it says.
pub(crate) fn marks(message: &MessageView) -> Cell {
    let mut words = Vec::new();
    let mut tone = Tone::Dim;
    if message.held {
        words.push("held");
        tone = Tone::Warn;
    }
    if message.deleted_at.is_some() {
        words.push(if message.deleted_by_others { "deleted" } else { "taken back" });
        tone = Tone::Bad;
    }
    if message.edited_at.is_some() {
        words.push("edited");
    }
    if message.pinned {
        words.push("pinned");
    }
    Cell::new(words.join(" "), tone)
}

/// The columns of messages.
pub(crate) static MESSAGES: &[Column<MessageView>] = &[
    num("AT", (8, 8), 2, |m, c| Cell::new(text::clock(m.at, c.tz), Tone::Dim), "when it was taken"),
    col("WHO", (10, 20), 0, |m, _| Cell::new(text::clean(m.author.as_str()), Tone::Strong), "who wrote it"),
    col("", (7, 16), 1, |m, _| marks(m), "held, deleted, taken back, edited, pinned"),
    col(
        "SAYS",
        (20, 400),
        0,
        |m, _| Cell::new(says(m), if m.deleted_at.is_some() { Tone::Dim } else { Tone::Plain }),
        "what it says, in one line; whole beneath, where it is chosen",
    ),
];

fn until(at: Option<At>, ctx: &Ctx<'_>) -> Cell {
    match at.filter(|at| *at > ctx.server) {
        Some(at) => Cell::new(format!("muted {}", text::span(at.since(ctx.server).as_ms())), Tone::Warn),
        None => Cell::plain(""),
    }
}

/// The columns of members.
pub(crate) static MEMBERS: &[Column<RoomMember>] = &[
    col("MEMBER", (12, 24), 0, |m, _| Cell::plain(text::clean(m.uid.as_str())), "the user"),
    col(
        "ROLE",
        (9, 9),
        1,
        |m, _| Cell::new(m.role.as_str(), if m.role == RoomRole::Member { Tone::Dim } else { Tone::Accent }),
        "host, admin, moderator, member",
    ),
    col("MUTED", (13, 14), 2, |m, c| until(m.muted_until, c), "for how long the member is still muted"),
    num("SINCE", (8, 8), 3, |m, c| Cell::new(text::clock(m.since, c.tz), Tone::Dim), "since when"),
];
