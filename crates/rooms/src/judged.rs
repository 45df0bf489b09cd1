//! What rules about messages need to know of rooms: who an author is and what he wrote last, and what was said in the last days.

use callboard_domain::{At, MAX_RECENT, MessageId, Recent, RequestId, RoomId, RoomMemberState, RoomRole, Scope, Uid};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::member;

/// So many of a room's last messages are looked through for those of an author.
const LOOKED_THROUGH: i64 = 500;

/// An author in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// His role; a member's where he has none.
    pub role: RoomRole,
    /// What he wrote last, the newest first, among the last messages of the room.
    pub recent: Vec<Recent>,
    /// Whether he sent the message before: then it is no new one, and nothing is to be judged.
    pub sent_before: bool,
}

/// Reads what rules need to know of an author. `new` is the id that his app gave a new message. What he wrote before is read only where some rule looks back.
pub async fn author(
    conn: &mut PgConnection,
    room: RoomId,
    uid: &Uid,
    new: Option<&RequestId>,
    look_back: bool,
) -> Result<Author, StoreError> {
    let member = member::read_one(&mut *conn, room, uid).await?.filter(member::MemberRow::is_joined);
    let sent_before = sqlx::query_scalar!(
        "select exists (select from rooms.messages where room_id = $1 and author = $2 and client_id = $3) as \"before!\"",
        room.as_uuid(),
        uid.as_str(),
        new.map(RequestId::as_str)
    )
    .fetch_one(&mut *conn)
    .await?;
    let recent = if look_back { recent(conn, room, uid).await? } else { Vec::new() };
    Ok(Author { role: member.map_or(RoomRole::Member, |m| m.role), recent, sent_before })
}

async fn recent(conn: &mut PgConnection, room: RoomId, uid: &Uid) -> Result<Vec<Recent>, StoreError> {
    let rows = sqlx::query!(
        "select l.at_ms, l.body from (select seq, author, at_ms, body, kind from rooms.messages where room_id = $1 order by seq desc limit $3) l
         where l.author = $2 and l.kind not in ('gift', 'notice') order by l.seq desc limit $4",
        room.as_uuid(),
        uid.as_str(),
        LOOKED_THROUGH,
        i64::try_from(MAX_RECENT).unwrap_or(LOOKED_THROUGH)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| Recent { at: At::from_ms(r.at_ms), body: r.body }).collect())
}

/// Whether a message is one that only the two in a conversation can read.
pub async fn is_encrypted(conn: &mut PgConnection, id: MessageId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        "select exists (select from rooms.messages where id = $1 and kind = 'encrypted') as \"found!\"",
        id.as_uuid()
    );
    Ok(found.fetch_one(conn).await?)
}

/// A message that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The message.
    pub id: MessageId,
    /// Its room.
    pub room: RoomId,
    /// Its author.
    pub author: Uid,
    /// His role in the room now; a member's where he has none any more.
    pub role: RoomRole,
    /// When it was sent.
    pub at: At,
    /// Its text.
    pub body: String,
    /// How many people it mentions.
    pub mentions: usize,
}

/// Messages in a scope, the newest first, that are not before an instant. What was said between two is not read: it is nobody else's.
pub async fn newest(
    conn: &mut PgConnection,
    scope: &Scope,
    since: At,
    before: Option<MessageId>,
    limit: i64,
) -> Result<Vec<Said>, StoreError> {
    let (tenant, room) = parts(scope);
    // Ids are ordered by time, and there is an index on them.
    let least = Uuid::from_u128(u128::try_from(since.as_ms()).unwrap_or_default() << 80);
    let rows = sqlx::query!(
        "select m.id, m.room_id, m.author, m.at_ms, m.body, cardinality(m.mentions) as \"mentions!\", b.role as \"role?\"
         from rooms.messages m join rooms.rooms r on r.id = m.room_id
         left join rooms.members b on b.room_id = m.room_id and b.uid = m.author and b.state = $6
         where m.id > $1 and ($2::uuid is null or m.id < $2) and r.kind <> 'direct' and m.deleted_ms is null
             and m.kind not in ('encrypted', 'gift', 'notice', 'sticker') and ($3::text is null or r.tenant = $3)
             and ($4::uuid is null or m.room_id = $4)
         order by m.id desc limit $5",
        least,
        before.map(MessageId::as_uuid),
        tenant,
        room,
        limit,
        RoomMemberState::Joined.as_str()
    )
    .fetch_all(conn)
    .await?;
    let said = rows.into_iter().map(|r| {
        let role =
            r.role.map(|role| role.parse()).transpose().map_err(|e| StoreError::corrupt("a member's role", e))?;
        Ok(Said {
            id: MessageId::from_uuid(r.id),
            room: RoomId::from_uuid(r.room_id),
            author: Uid::new(r.author).map_err(|e| StoreError::corrupt("a message's author", e))?,
            role: role.unwrap_or(RoomRole::Member),
            at: At::from_ms(r.at_ms),
            body: r.body,
            mentions: usize::try_from(r.mentions).unwrap_or_default(),
        })
    });
    said.collect()
}

/// Members of the rooms of a tenant, or of one room, whose names are like one of some patterns of SQL, by name.
pub async fn members_like(
    conn: &mut PgConnection,
    scope: &Scope,
    patterns: &[String],
    limit: i64,
) -> Result<Vec<Uid>, StoreError> {
    let (tenant, room) = parts(scope);
    let rows = sqlx::query_scalar!(
        "select distinct m.uid from rooms.members m join rooms.rooms r on r.id = m.room_id
         where m.state = $1 and r.kind <> 'direct' and ($2::text is null or r.tenant = $2) and ($3::uuid is null or r.id = $3)
             and m.uid ilike any($4) order by m.uid limit $5",
        RoomMemberState::Joined.as_str(),
        tenant,
        room,
        patterns,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|uid| Uid::new(uid).map_err(|e| StoreError::corrupt("a member's name", e))).collect()
}

fn parts(scope: &Scope) -> (Option<&str>, Option<Uuid>) {
    match scope {
        Scope::Platform => (None, None),
        Scope::Tenant(uid) => (Some(uid.as_str()), None),
        Scope::Room(room) => (None, Some(room.as_uuid())),
    }
}
