//! What members of a room are to be told of a change, once it is committed.
//!
//! Whatever changes a room gives these back, in the order of their numbers. Nothing of it is kept: who was not told, because a worker was killed
//! in between, finds the gap and asks `chat.sync`, and `rooms.rooms.told` lets a sweep say that there is one.

use callboard_contract::room::{RoomChange, RoomMember, RoomNews};
use callboard_domain::Uid;

use crate::Room;

/// A change to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The room, as it is after the change. Its members are read when they are told.
    pub room: Room,
    /// What happened, with its number.
    pub news: RoomNews,
    /// Whose second connections that hear this room must be cut: they may not hear it any more.
    pub cut: Vec<Uid>,
}

/// What a command did: its answer, and what members are to be told. A repeat of a command tells nothing again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Did<T> {
    /// The answer to whoever asked.
    pub reply: T,
    /// What members are to be told.
    pub told: Vec<Told>,
}

impl<T> Did<T> {
    /// An answer of which nobody else is told.
    pub fn quietly(reply: T) -> Self {
        Self { reply, told: Vec::new() }
    }
}

impl Told {
    /// The last change of a room, that of one of its members.
    pub fn member(room: &Room, member: RoomMember) -> Self {
        Self::of(room, RoomChange::Member { member, members: room.members.unsigned_abs() })
    }

    /// The last change of a room, one of its settings, its state or its call.
    pub fn room(room: &Room) -> Self {
        Self::of(room, RoomChange::Room { room: room.view() })
    }

    /// The last change of a room, whatever it was.
    pub fn of(room: &Room, what: RoomChange) -> Self {
        let news = RoomNews { room_id: room.id, seq: room.head.unsigned_abs(), what };
        Self { room: room.clone(), news, cut: Vec::new() }
    }

    /// The same, and somebody may not hear the room any more.
    #[must_use]
    pub fn cutting(mut self, uid: &Uid) -> Self {
        self.cut.push(uid.clone());
        self
    }
}
