//! Changes of a message by its author, and what all changes of messages share.

use callboard_contract::api::chat::EditRequest;
use callboard_contract::room::{MessageKind, MessageView};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{MessageId, RoomPower, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use super::draft::{Verdict, checked_body};
use super::message::{self, Message, changed, no_message};
use super::reader::Reader;
use crate::command::{Asked, run};
use crate::{Did, Room, row};

/// Changes the text of an own message. What would wait for review is refused: the text that was read already stays as it is.
pub async fn edit(
    store: &Store,
    uid: &Uid,
    request: &EditRequest,
    verdict: &Verdict,
) -> Result<Did<MessageView>, StoreError> {
    run(store, Asked::by(uid, "chat.edit", &request.request_id), request, async |conn, _| {
        edit_now(conn, uid, request, verdict).await
    })
    .await
}

async fn edit_now(
    conn: &mut PgConnection,
    uid: &Uid,
    request: &EditRequest,
    verdict: &Verdict,
) -> Result<Did<MessageView>, StoreError> {
    let mut reader = Reader::locking(&mut *conn, request.room_id, uid).await?;
    reader.must(RoomPower::Speak, "speak")?;
    let message = one(&mut *conn, &reader, request.message_id).await?;
    if message.author != *uid {
        return no(ErrorCode::Forbidden, "only its author edits a message", "message_id");
    }
    if matches!(message.view.kind, MessageKind::Sticker) {
        return no(ErrorCode::BadRequest, "a sticker has no text", "message_id");
    }
    let body = checked_body(message.view.kind, &request.body)?;
    match verdict {
        Verdict::Pass => {}
        Verdict::Hold => {
            return no(
                ErrorCode::Forbidden,
                "this text would have to wait for review; the message stays as it was",
                "body",
            );
        }
        Verdict::Refuse(error) => return Err(StoreError::Refused(error.clone())),
    }
    if body == message.view.body {
        return Ok(Did::quietly(message.view));
    }
    let number = reader.room.advance();
    sqlx::query!(
        "update rooms.messages set body = $3, edited_ms = store.now_ms(), changed = $4 where room_id = $1 and seq = $2",
        reader.room.id.as_uuid(),
        message.seq,
        body,
        number
    )
    .execute(&mut *conn)
    .await?;
    done(conn, &reader.room, message.seq).await
}

/// Ends a change of one message: counts it, and reads the message as it is now.
pub(super) async fn done(conn: &mut PgConnection, room: &Room, seq: i64) -> Result<Did<MessageView>, StoreError> {
    row::save_heads(&mut *conn, std::slice::from_ref(room)).await?;
    let view = message::views(conn, &[(room.id, seq)]).await?.pop();
    let view = view.ok_or_else(|| StoreError::corrupt("a room", "a message of it is gone"))?;
    Ok(Did { reply: view.clone(), told: vec![changed(room, view)] })
}

/// A message that somebody sees and that is not deleted.
pub(super) async fn one(conn: &mut PgConnection, reader: &Reader, id: MessageId) -> Result<Message, StoreError> {
    let message = message::by_ids(conn, reader.room.id, &[id]).await?.pop().ok_or_else(|| no_message(id))?;
    if !reader.sees(&message) {
        return Err(no_message(id));
    }
    if message.view.deleted_at.is_some() {
        return no(ErrorCode::Conflict, "this message is deleted", "message_id");
    }
    Ok(message)
}

/// A refusal about a field.
pub(super) fn no<T>(code: ErrorCode, text: &str, field: &str) -> Result<T, StoreError> {
    Err(StoreError::Refused(ApiError::new(code, text).on_field(field)))
}
