//! Who is told of a message beyond the room's news: who is mentioned, who is answered, and who wants to hear of all in a small room. Of what
//! waits for review nobody is told until it is let through. Only members are told.

use std::collections::{BTreeMap, BTreeSet};

use callboard_contract::api::notices::NoticeKind;
use callboard_contract::room::{FanOut, MessageKind, MessageView};
use callboard_domain::{RoomId, Uid};
use callboard_people::notices::{self, NewNotice};
use callboard_store::StoreError;
use sqlx::PgConnection;
use uuid::Uuid;

use super::message::Key;
use super::post::stored;
use crate::{Room, member};

/// Writes the notices of new messages, in the transaction that writes those.
pub(super) async fn tell(
    conn: &mut PgConnection,
    rooms: &BTreeMap<RoomId, Room>,
    messages: &[&MessageView],
) -> Result<(), StoreError> {
    let told = |m: &&MessageView| !m.held && !matches!(m.kind, MessageKind::Gift | MessageKind::Notice);
    let messages: Vec<&MessageView> = messages.iter().copied().filter(told).collect();
    let answers: Vec<Key> = messages.iter().filter_map(|m| Some((m.room_id, stored(m.reply_to?)))).collect();
    let answered = authors(&mut *conn, &answers).await?;
    let small: BTreeSet<RoomId> = messages.iter().map(|m| m.room_id).collect();
    let small: Vec<RoomId> =
        small.into_iter().filter(|id| rooms.get(id).is_some_and(|r| r.fan_out() == FanOut::Direct)).collect();
    let listeners = notices::listeners(&mut *conn, &small).await?;
    let mut new = Vec::new();
    for message in messages {
        let of = |uid: &Uid, kind| NewNotice {
            uid: uid.clone(),
            kind,
            from: Some(message.author.clone()),
            room: Some(message.room_id),
            message: Some((message.message_id, stored(message.seq))),
            text: String::new(),
        };
        let answered = message.reply_to.and_then(|seq| answered.get(&(message.room_id, stored(seq))));
        let listening = listeners.iter().filter(|(room, _)| *room == message.room_id).map(|(_, uid)| uid);
        new.extend(message.mentions.iter().map(|uid| of(uid, NoticeKind::Mention)));
        new.extend(answered.map(|uid| of(uid, NoticeKind::Reply)));
        new.extend(listening.map(|uid| of(uid, NoticeKind::Message)));
    }
    let who: BTreeSet<(RoomId, Uid)> = new.iter().filter_map(|n| Some((n.room?, n.uid.clone()))).collect();
    if who.is_empty() {
        return Ok(());
    }
    let members = member::read(&mut *conn, &who.into_iter().collect::<Vec<_>>()).await?;
    let joined: BTreeSet<(RoomId, Uid)> =
        members.into_iter().filter(member::MemberRow::is_joined).map(|m| (m.room, m.uid)).collect();
    new.retain(|n| n.room.is_some_and(|room| joined.contains(&(room, n.uid.clone()))));
    notices::add(conn, &new).await.map(|_| ())
}

/// The authors of messages, by room and place.
async fn authors(conn: &mut PgConnection, keys: &[Key]) -> Result<BTreeMap<Key, Uid>, StoreError> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (rooms, seqs): (Vec<Uuid>, Vec<i64>) = keys.iter().map(|(room, seq)| (room.as_uuid(), *seq)).unzip();
    let rows = sqlx::query!(
        r#"select m.room_id as "room_id!", m.seq as "seq!", m.author as "author!" from unnest($1::uuid[], $2::bigint[]) n (room_id, seq)
           join rooms.messages m using (room_id, seq)"#,
        &rooms,
        &seqs
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|r| {
        let author = Uid::new(r.author).map_err(|e| StoreError::corrupt("a message's author", e))?;
        Ok(((RoomId::from_uuid(r.room_id), r.seq), author))
    });
    read.collect()
}
