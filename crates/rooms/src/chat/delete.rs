//! Taking messages out, and letting through what was held.
//!
//! What is deleted keeps its place and its row: people see that there was something, evidence can still be drawn from it.

use std::collections::BTreeMap;

use callboard_contract::ErrorCode;
use callboard_contract::api::chat::{DeleteRequest, Deleted};
use callboard_contract::limits::MAX_DELETE;
use callboard_contract::room::{MessageKind, RoomChange};
use callboard_domain::{MessageId, RoomId, RoomKind, RoomRole, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use super::act::no;
use super::message::{self, Key, Message, changed, no_message};
use super::notify;
use super::reader::Reader;
use crate::command::{Asked, run};
use crate::{Did, MemberRow, Room, Told, member, row};

/// Deletes messages: own ones, or as somebody who keeps order those of people who do not stand above him. All of them or none.
pub async fn delete(store: &Store, uid: &Uid, request: &DeleteRequest) -> Result<Did<Deleted>, StoreError> {
    run(store, Asked::by(uid, "chat.delete", &request.request_id), request, async |conn, _| {
        delete_now(conn, uid, request).await
    })
    .await
}

async fn delete_now(conn: &mut PgConnection, uid: &Uid, request: &DeleteRequest) -> Result<Did<Deleted>, StoreError> {
    if !(1..=MAX_DELETE).contains(&request.message_ids.len()) {
        return no(ErrorCode::BadRequest, &format!("1 to {MAX_DELETE} messages are deleted at once"), "message_ids");
    }
    let mut reader = Reader::locking(&mut *conn, request.room_id, uid).await?;
    let messages = message::by_ids(&mut *conn, request.room_id, &request.message_ids).await?;
    let roles = roles(&mut *conn, request.room_id, &messages).await?;
    for message in &messages {
        if !reader.sees(message) {
            return Err(no_message(message.view.message_id));
        }
        let gift = matches!(message.view.kind, MessageKind::Gift | MessageKind::Notice);
        if message.author == *uid && !gift {
            continue;
        }
        if !reader.reviews() || reader.room.kind == RoomKind::Direct {
            return no(ErrorCode::Forbidden, "you may delete only your own messages in this room", "message_ids");
        }
        let above = roles.iter().any(|(author, role)| *author == message.author && Some(*role) > reader.standing.role);
        if above && message.author != *uid {
            return no(ErrorCode::Forbidden, "you may not delete messages of who stands above you", "message_ids");
        }
    }
    let told = remove(
        conn,
        &mut reader.room,
        &messages.iter().map(|m| m.view.message_id).collect::<Vec<_>>(),
        &format!("user:{uid}"),
    )
    .await?;
    Ok(Did { reply: Deleted { message_ids: messages.into_iter().map(|m| m.view.message_id).collect() }, told })
}

/// Deletes messages of a locked room for whoever may (`user:maya`, `staff:ines`, `house`); those that are gone stay as they are.
pub async fn remove(
    conn: &mut PgConnection,
    room: &mut Room,
    ids: &[MessageId],
    by: &str,
) -> Result<Vec<Told>, StoreError> {
    let messages = message::by_ids(&mut *conn, room.id, ids).await?;
    let seqs: Vec<i64> = messages.iter().filter(|m| m.view.deleted_at.is_none()).map(|m| m.seq).collect();
    let numbers: Vec<i64> = seqs.iter().map(|_| room.advance()).collect();
    sqlx::query!(
        "update rooms.messages m set deleted_ms = store.now_ms(), deleted_by = $4, pinned_ms = null, changed = n.changed
         from unnest($2::bigint[], $3::bigint[]) n (seq, changed) where m.room_id = $1 and m.seq = n.seq",
        room.id.as_uuid(),
        &seqs,
        &numbers,
        by
    )
    .execute(&mut *conn)
    .await?;
    told(conn, room, &seqs).await
}

/// Lets messages of a locked room through that were held for review; others see them from then on.
pub async fn release(conn: &mut PgConnection, room: &mut Room, ids: &[MessageId]) -> Result<Vec<Told>, StoreError> {
    let messages = message::by_ids(&mut *conn, room.id, ids).await?;
    let waits = |m: &&Message| m.view.held && m.view.deleted_at.is_none();
    let seqs: Vec<i64> = messages.iter().filter(waits).map(|m| m.seq).collect();
    let numbers: Vec<i64> = seqs.iter().map(|_| room.advance()).collect();
    sqlx::query!(
        "update rooms.messages m set held = false, changed = n.changed
         from unnest($2::bigint[], $3::bigint[]) n (seq, changed) where m.room_id = $1 and m.seq = n.seq",
        room.id.as_uuid(),
        &seqs,
        &numbers
    )
    .execute(&mut *conn)
    .await?;
    let told = told(&mut *conn, room, &seqs).await?;
    // Now others hear of it, and so do those whom it mentions or answers.
    let views = told.iter().filter_map(|told| match &told.news.what {
        RoomChange::Changed { message } => Some(message),
        _ => None,
    });
    notify::tell(conn, &BTreeMap::from([(room.id, room.clone())]), &views.collect::<Vec<_>>()).await?;
    Ok(told)
}

async fn told(conn: &mut PgConnection, room: &Room, seqs: &[i64]) -> Result<Vec<Told>, StoreError> {
    row::save_heads(&mut *conn, std::slice::from_ref(room)).await?;
    let keys: Vec<Key> = seqs.iter().map(|seq| (room.id, *seq)).collect();
    Ok(message::views(conn, &keys).await?.into_iter().map(|view| changed(room, view)).collect())
}

/// The roles that the authors of messages have now.
async fn roles(
    conn: &mut PgConnection,
    room: RoomId,
    messages: &[Message],
) -> Result<Vec<(Uid, RoomRole)>, StoreError> {
    let mut who: Vec<(RoomId, Uid)> = messages.iter().map(|m| (room, m.author.clone())).collect();
    who.sort_unstable();
    who.dedup();
    let rows = member::read(conn, &who).await?;
    Ok(rows.into_iter().filter(MemberRow::is_joined).map(|row| (row.uid, row.role)).collect())
}
