//! The rows of members. A row says where somebody stands with a room, also long after he left: what he paid to enter stays in it.

use callboard_contract::room::RoomMember;
use callboard_domain::{At, RoomId, RoomMemberState, RoomRole, TransferId, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Room;

/// Somebody in a room, as he stands in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// The room.
    pub room: RoomId,
    /// Who.
    pub uid: Uid,
    /// His role; it counts while he is joined.
    pub role: RoomRole,
    /// Where he stands.
    pub state: RoomMemberState,
    /// Since when he stands there.
    pub since: At,
    /// The number of the room's change that last touched him.
    pub changed: i64,
    /// The transfer with which he paid to enter.
    pub fee_transfer: Option<TransferId>,
    /// Whether that was given back.
    pub fee_refunded: bool,
    /// Whether he was in since he last paid.
    pub entered: bool,
    /// The last message that reached his app.
    pub delivered_seq: i64,
    /// The last message that he read.
    pub read_seq: i64,
    /// When he last wrote.
    pub last_sent: Option<At>,
}

impl MemberRow {
    /// Somebody who had nothing to do with the room until now.
    pub fn new(room: &Room, uid: &Uid, state: RoomMemberState, at: At) -> Self {
        Self {
            room: room.id,
            uid: uid.clone(),
            role: RoomRole::Member,
            state,
            since: at,
            changed: room.head,
            fee_transfer: None,
            fee_refunded: false,
            entered: state == RoomMemberState::Joined,
            delivered_seq: 0,
            read_seq: 0,
            last_sent: None,
        }
    }

    /// Whether he is a member now.
    pub fn is_joined(&self) -> bool {
        self.state == RoomMemberState::Joined
    }

    /// Whether he paid and was not given it back.
    pub fn has_paid(&self) -> bool {
        self.fee_transfer.is_some() && !self.fee_refunded
    }

    /// He as others see him.
    pub fn view(&self, muted_until: Option<At>) -> RoomMember {
        RoomMember { uid: self.uid.clone(), role: self.role, state: self.state, since: self.since, muted_until }
    }
}

/// Reads the rows of some pairs of a room and a person, in no order. Those that are not there are left out.
pub async fn read(conn: &mut PgConnection, who: &[(RoomId, Uid)]) -> Result<Vec<MemberRow>, StoreError> {
    let rooms: Vec<Uuid> = who.iter().map(|(room, _)| room.as_uuid()).collect();
    let uids: Vec<String> = who.iter().map(|(_, uid)| uid.to_string()).collect();
    let rows = sqlx::query_as!(
        Row,
        "select m.room_id, m.uid, m.role, m.state, m.since_ms, m.changed, m.fee_transfer, m.fee_refunded, m.entered, m.delivered_seq,
             m.read_seq, m.last_sent_ms
         from unnest($1::uuid[], $2::text[]) n (room_id, uid) join rooms.members m using (room_id, uid)",
        &rooms,
        &uids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(MemberRow::try_from).collect()
}

/// Reads one row.
pub async fn read_one(conn: &mut PgConnection, room: RoomId, uid: &Uid) -> Result<Option<MemberRow>, StoreError> {
    Ok(read(conn, &[(room, uid.clone())]).await?.pop())
}

/// Writes where somebody stands: state, role, since when, what he paid. Receipts stay as they are in the database. The room must be locked.
pub async fn write(conn: &mut PgConnection, member: &MemberRow) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into rooms.members as m (room_id, uid, role, state, since_ms, changed, fee_transfer, fee_refunded, delivered_seq, read_seq, entered)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (room_id, uid) do update set role = excluded.role, state = excluded.state, since_ms = excluded.since_ms,
             changed = excluded.changed, fee_transfer = excluded.fee_transfer, fee_refunded = excluded.fee_refunded, entered = excluded.entered",
        member.room.as_uuid(),
        member.uid.as_str(),
        member.role.as_str(),
        member.state.as_str(),
        member.since.as_ms(),
        member.changed,
        member.fee_transfer.map(TransferId::as_uuid),
        member.fee_refunded,
        member.delivered_seq,
        member.read_seq,
        member.entered
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) struct Row {
    pub(crate) room_id: Uuid,
    pub(crate) uid: String,
    pub(crate) role: String,
    pub(crate) state: String,
    pub(crate) since_ms: i64,
    pub(crate) changed: i64,
    pub(crate) fee_transfer: Option<Uuid>,
    pub(crate) fee_refunded: bool,
    pub(crate) entered: bool,
    pub(crate) delivered_seq: i64,
    pub(crate) read_seq: i64,
    pub(crate) last_sent_ms: Option<i64>,
}

impl TryFrom<Row> for MemberRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            room: RoomId::from_uuid(row.room_id),
            uid: Uid::new(row.uid).map_err(|e| StoreError::corrupt("a member's name", e))?,
            role: row.role.parse().map_err(|e| StoreError::corrupt("a member's role", e))?,
            state: row.state.parse().map_err(|e| StoreError::corrupt("a member's state", e))?,
            since: At::from_ms(row.since_ms),
            changed: row.changed,
            fee_transfer: row.fee_transfer.map(TransferId::from_uuid),
            fee_refunded: row.fee_refunded,
            entered: row.entered,
            delivered_seq: row.delivered_seq,
            read_seq: row.read_seq,
            last_sent: row.last_sent_ms.map(At::from_ms),
        })
    }
}
