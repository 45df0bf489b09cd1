//! A room that is being changed: locked, with the clock, counting what is changed and keeping what is to be told of it.

use callboard_contract::EventPush;
use callboard_contract::room::RoomMember;
use callboard_domain::{At, RoomId, RoomMemberState, RoomRole, Uid};
use callboard_store::{NewEvent, StoreError, emit, now};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::member::{self, MemberRow};
use crate::{Room, Standing, Told, mine, row, stored};

/// A locked room under change.
pub(crate) struct Scene {
    pub(crate) room: Room,
    pub(crate) at: At,
    pub(crate) actor: String,
    pub(crate) told: Vec<Told>,
}

impl Scene {
    /// Locks a room, or refuses with `not_found`.
    pub(crate) async fn open(conn: &mut PgConnection, id: RoomId, actor: String) -> Result<Self, StoreError> {
        let room = row::lock_one(&mut *conn, id).await?;
        let at = now(conn).await?;
        Ok(Self { room, at, actor, told: Vec::new() })
    }

    /// Moves somebody, counts it as one change of the room, and writes room and member. Here alone members come and go, so the count of
    /// members is that of the joined rows. Who goes lays his role down, but a host stays the host of his room.
    pub(crate) async fn place(
        &mut self,
        conn: &mut PgConnection,
        member: &mut MemberRow,
        to: RoomMemberState,
    ) -> Result<(), StoreError> {
        let (was, is) = (member.is_joined(), to == RoomMemberState::Joined);
        self.room.members += i32::from(is) - i32::from(was);
        if was && !is && member.role != RoomRole::Host {
            member.role = RoomRole::Member;
        }
        if member.state != to || !is {
            member.since = self.at;
        }
        member.state = to;
        member.entered |= is;
        self.count(conn, member).await
    }

    /// Counts a change of somebody who stays where he is, and writes room and member.
    pub(crate) async fn count(&mut self, conn: &mut PgConnection, member: &mut MemberRow) -> Result<(), StoreError> {
        member.changed = self.room.advance();
        stored::save(&mut *conn, &self.room).await?;
        member::write(conn, member).await
    }

    /// Counts a change of the room's settings or state, and writes the room.
    pub(crate) async fn count_room(&mut self, conn: &mut PgConnection) -> Result<(), StoreError> {
        self.room.changed = self.room.advance();
        stored::save(conn, &self.room).await
    }

    /// What the last change is for one person, as a stored push of its own.
    pub(crate) async fn push(&self, conn: &mut PgConnection, event: &str, uid: &Uid) -> Result<EventPush, StoreError> {
        let room = mine::one(conn, &self.room, uid).await?;
        let data = serde_json::to_value(room).map_err(|e| StoreError::corrupt("a room", e))?;
        Ok(EventPush { uids: vec![uid.clone()], event: event.to_owned(), data: Some(data) })
    }

    /// Tells that the last change was one of a member: the house by an event, members after the commit.
    pub(crate) async fn tell_member(
        &mut self,
        conn: &mut PgConnection,
        event: &'static str,
        member: RoomMember,
        pushes: Vec<EventPush>,
    ) -> Result<(), StoreError> {
        let data = json!({ "room": self.room.view(), "member": member });
        let uid = member.uid.clone();
        let told = Told::member(&self.room, member);
        self.told.push(if event == "room.left" { told.cutting(&uid) } else { told });
        self.emit(conn, event, data, pushes).await
    }

    /// Tells that the last change was one of the room.
    pub(crate) async fn tell_room(
        &mut self,
        conn: &mut PgConnection,
        event: &'static str,
        pushes: Vec<EventPush>,
    ) -> Result<(), StoreError> {
        self.told.push(Told::room(&self.room));
        let data = json!({ "room": self.room.view() });
        self.emit(conn, event, data, pushes).await
    }

    async fn emit(
        &self,
        conn: &mut PgConnection,
        event: &'static str,
        data: Value,
        pushes: Vec<EventPush>,
    ) -> Result<(), StoreError> {
        let event = NewEvent {
            event,
            entity: self.room.id.to_string(),
            version: self.room.head,
            at: self.at,
            actor: self.actor.clone(),
            data,
            pushes,
        };
        emit(conn, &event).await
    }

    /// Where somebody stands with the room.
    pub(crate) async fn standing(&self, conn: &mut PgConnection, uid: &Uid) -> Result<Standing, StoreError> {
        Standing::of(conn, &self.room, uid).await
    }
}
