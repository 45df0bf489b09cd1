//! Messages as they stand in the database, and as people see them.

use std::collections::BTreeMap;

use callboard_contract::room::{
    AttachmentView, Franking, GiftView, MessageKind, MessageView, ReactionView, RoomChange, RoomNews,
};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, AttachmentId, MessageId, RoomId, Uid};
use callboard_store::StoreError;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::franking::Commitment;
use crate::{Room, Told, attachments};

/// A message by its room and its place.
pub(super) type Key = (RoomId, i64);

/// A message, as it stands in the database.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) seq: i64,
    pub(super) author: Uid,
    pub(super) hash: Vec<u8>,
    pub(super) view: MessageView,
}

/// Reads messages in the order of the keys, with their reactions. Those that are not there are left out.
pub(super) async fn read(conn: &mut PgConnection, keys: &[Key]) -> Result<Vec<Message>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (rooms, seqs): (Vec<Uuid>, Vec<i64>) = keys.iter().map(|(room, seq)| (room.as_uuid(), *seq)).unzip();
    let mut reactions = reactions(&mut *conn, &rooms, &seqs).await?;
    let rows = sqlx::query_as!(
        Row,
        "select m.room_id, m.seq, m.id, m.author, m.client_id, m.body_hash, m.at_ms, m.kind, m.body, m.reply_to, m.mentions, m.attachment_id,
             m.gift, m.commitment, m.edited_ms, m.deleted_ms, m.deleted_by, m.pinned_ms, m.held, m.changed
         from unnest($1::uuid[], $2::bigint[]) with ordinality n (room_id, seq, no) join rooms.messages m using (room_id, seq) order by n.no",
        &rooms,
        &seqs
    )
    .fetch_all(&mut *conn)
    .await?;
    let files: Vec<AttachmentId> = rows.iter().filter_map(|r| r.attachment_id.map(AttachmentId::from_uuid)).collect();
    let mut files = attachments::views(conn, &files).await?;
    rows.into_iter()
        .map(|row| {
            let reactions = reactions.remove(&(RoomId::from_uuid(row.room_id), row.seq)).unwrap_or_default();
            let file = row.attachment_id.and_then(|id| files.remove(&AttachmentId::from_uuid(id)));
            row.read(reactions, file)
        })
        .collect()
}

/// The same, as people see them.
pub(super) async fn views(conn: &mut PgConnection, keys: &[Key]) -> Result<Vec<MessageView>, StoreError> {
    Ok(read(conn, keys).await?.into_iter().map(|m| m.view).collect())
}

/// Reads messages of one room by their ids, in the order of the ids, each once. Refuses with `not_found` if one is not there.
pub(super) async fn by_ids(
    conn: &mut PgConnection,
    room: RoomId,
    ids: &[MessageId],
) -> Result<Vec<Message>, StoreError> {
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows =
        sqlx::query!("select id, seq from rooms.messages where id = any($2) and room_id = $1", room.as_uuid(), &uuids)
            .fetch_all(&mut *conn)
            .await?;
    let places: BTreeMap<Uuid, i64> = rows.into_iter().map(|r| (r.id, r.seq)).collect();
    let mut keys: Vec<Key> = Vec::with_capacity(ids.len());
    for id in ids {
        let seq = places.get(&id.as_uuid()).ok_or_else(|| no_message(*id))?;
        if !keys.contains(&(room, *seq)) {
            keys.push((room, *seq));
        }
    }
    read(conn, &keys).await
}

/// The refusal where there is no such message for the caller.
pub(super) fn no_message(id: MessageId) -> StoreError {
    let text = format!("there is no message {id} in this room");
    StoreError::Refused(ApiError::new(ErrorCode::NotFound, text).on_field("message_id"))
}

/// What members are told of a message that was changed; its view carries the number.
pub(super) fn changed(room: &Room, message: MessageView) -> Told {
    let news = RoomNews { room_id: room.id, seq: message.changed, what: RoomChange::Changed { message } };
    Told { room: room.clone(), news, cut: Vec::new() }
}

async fn reactions(
    conn: &mut PgConnection,
    rooms: &[Uuid],
    seqs: &[i64],
) -> Result<BTreeMap<Key, Vec<ReactionView>>, StoreError> {
    let rows = sqlx::query!(
        "select room_id, seq, emoji, count(*) as \"count!\", (array_agg(uid order by at_ms, uid))[1:10] as \"uids!\"
         from unnest($1::uuid[], $2::bigint[]) n (room_id, seq) join rooms.reactions using (room_id, seq)
         group by room_id, seq, emoji order by room_id, seq, count(*) desc, min(at_ms), emoji",
        rooms,
        seqs
    )
    .fetch_all(conn)
    .await?;
    let mut all: BTreeMap<Key, Vec<ReactionView>> = BTreeMap::new();
    for r in rows {
        let (Some(room), Some(seq)) = (r.room_id, r.seq) else { continue };
        let uids = r.uids.into_iter().map(|u| Uid::new(u).map_err(|e| StoreError::corrupt("a reaction's user", e)));
        all.entry((RoomId::from_uuid(room), seq)).or_default().push(ReactionView {
            emoji: r.emoji,
            count: u32::try_from(r.count).unwrap_or(u32::MAX),
            uids: uids.collect::<Result<_, _>>()?,
        });
    }
    Ok(all)
}

/// A commitment as it is shown. The signature is added where the key is.
pub(super) fn franking(commitment: Commitment) -> Franking {
    Franking { commitment: commitment.to_text(), tag: String::new() }
}

/// The kind that a stored word stands for.
pub(super) fn kind(word: &str) -> Result<MessageKind, StoreError> {
    let word: StrDeserializer<'_, ValueError> = word.into_deserializer();
    MessageKind::deserialize(word).map_err(|e| StoreError::corrupt("a message's kind", e))
}

/// A number as it goes over the wire.
pub(super) fn wire(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

struct Row {
    room_id: Uuid,
    seq: i64,
    id: Uuid,
    author: String,
    client_id: String,
    body_hash: Vec<u8>,
    at_ms: i64,
    kind: String,
    body: String,
    reply_to: Option<i64>,
    mentions: Vec<String>,
    attachment_id: Option<Uuid>,
    gift: Option<Value>,
    commitment: Option<Vec<u8>>,
    edited_ms: Option<i64>,
    deleted_ms: Option<i64>,
    deleted_by: Option<String>,
    pinned_ms: Option<i64>,
    held: bool,
    changed: i64,
}

impl Row {
    /// Of what is deleted only its place is left, and who gave which gift.
    fn read(self, reactions: Vec<ReactionView>, file: Option<AttachmentView>) -> Result<Message, StoreError> {
        let uid = |text: String| Uid::new(text).map_err(|e| StoreError::corrupt("a message's user", e));
        let author = uid(self.author)?;
        let gone = self.deleted_ms.is_some();
        let mentions = if gone { Vec::new() } else { self.mentions.into_iter().map(uid).collect::<Result<_, _>>()? };
        let gift: Option<GiftView> =
            self.gift.map(serde_json::from_value).transpose().map_err(|e| StoreError::corrupt("a gift", e))?;
        let commitment = self.commitment.map(Commitment::from_stored).transpose()?;
        let view = MessageView {
            room_id: RoomId::from_uuid(self.room_id),
            message_id: MessageId::from_uuid(self.id),
            seq: wire(self.seq),
            changed: wire(self.changed),
            author: author.clone(),
            client_id: self.client_id,
            at: At::from_ms(self.at_ms),
            kind: kind(&self.kind)?,
            body: if gone { String::new() } else { self.body },
            reply_to: self.reply_to.map(wire),
            mentions,
            attachment: file.filter(|_| !gone),
            gift,
            franking: commitment.filter(|_| !gone).map(franking),
            reactions: if gone { Vec::new() } else { reactions },
            edited_at: self.edited_ms.map(At::from_ms),
            deleted_at: self.deleted_ms.map(At::from_ms),
            deleted_by_others: self.deleted_by.is_some_and(|by| by != format!("user:{author}")),
            pinned: self.pinned_ms.is_some(),
            held: self.held,
        };
        Ok(Message { seq: self.seq, author, hash: self.body_hash, view })
    }
}
