//! Who may read a room: its members, and who was asked into a conversation of two and has not answered.

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{RoomAccess, RoomId, RoomKind, RoomMemberState, RoomPower, Uid};
use callboard_store::{Store, StoreError};
use sqlx::{PgConnection, Postgres, Transaction};

use super::message::Message;
use crate::{Room, Standing, row};

/// Somebody who may read a room, with what he is to it.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) uid: Uid,
    pub(super) room: Room,
    pub(super) standing: Standing,
}

impl Reader {
    /// Reads it without a lock, or refuses.
    pub(super) async fn of(conn: &mut PgConnection, room: RoomId, uid: &Uid) -> Result<Self, StoreError> {
        let room = row::read_one(&mut *conn, room).await?;
        Self::new(conn, room, uid).await
    }

    /// Locks the room, or refuses.
    pub(super) async fn locking(conn: &mut PgConnection, room: RoomId, uid: &Uid) -> Result<Self, StoreError> {
        let room = row::lock_one(&mut *conn, room).await?;
        Self::new(conn, room, uid).await
    }

    async fn new(conn: &mut PgConnection, room: Room, uid: &Uid) -> Result<Self, StoreError> {
        let standing = Standing::of(conn, &room, uid).await?;
        if may_read(&room, &standing) {
            Ok(Self { uid: uid.clone(), room, standing })
        } else {
            Err(StoreError::Refused(no_reader(&room, &standing)))
        }
    }

    /// Whether he sees what is held for review.
    pub(super) fn reviews(&self) -> bool {
        self.standing.may(RoomPower::DeleteOthers)
    }

    /// Whether he sees a message.
    pub(super) fn sees(&self, message: &Message) -> bool {
        !message.view.held || message.author == self.uid || self.reviews()
    }

    /// Refuses unless he may do something now.
    pub(super) fn must(&self, power: RoomPower, what: &str) -> Result<(), StoreError> {
        if self.standing.may(power) {
            return Ok(());
        }
        let text = match self.standing.muted_until {
            Some(until) if power == RoomPower::Speak => format!("you are muted in this room until {until}"),
            _ => format!("you may not {what} in this room now"),
        };
        Err(StoreError::Refused(ApiError::new(ErrorCode::Forbidden, text).on_field("room_id")))
    }
}

/// Whether somebody may read a room.
pub(super) fn may_read(room: &Room, standing: &Standing) -> bool {
    let asked = room.kind == RoomKind::Direct && standing.state() == Some(RoomMemberState::Invited);
    !standing.banned && (standing.is_joined() || asked)
}

/// The refusal of somebody who is no member. Who could not even see the room does not learn that there is one.
pub(super) fn no_reader(room: &Room, standing: &Standing) -> ApiError {
    let hidden = room.kind == RoomKind::Direct || room.access == RoomAccess::Private;
    if hidden && standing.member.is_none() {
        let text = format!("there is no room {}, or it is not yours to see", room.id);
        return ApiError::new(ErrorCode::NotFound, text).on_field("room_id");
    }
    let text =
        if standing.banned { "you are kept out of this room" } else { "you are no member of this room; join it first" };
    ApiError::new(ErrorCode::Forbidden, text).on_field("room_id")
}

/// Whether somebody may say that he types; the room then.
pub async fn may_type(conn: &mut PgConnection, uid: &Uid, room: RoomId) -> Result<Room, StoreError> {
    let reader = Reader::of(conn, room, uid).await?;
    reader.must(RoomPower::Speak, "speak")?;
    Ok(reader.room)
}

/// A transaction in which all that is read is of one instant.
pub(super) async fn instant(store: &Store) -> Result<Transaction<'static, Postgres>, StoreError> {
    let begin = "begin isolation level repeatable read read only; set local plan_cache_mode = force_generic_plan";
    Ok(store.pool().begin_with(begin).await?)
}
