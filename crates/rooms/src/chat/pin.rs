//! Pinning messages, and taking them down.

use callboard_contract::ErrorCode;
use callboard_contract::api::chat::PinRequest;
use callboard_contract::limits::MAX_PINS;
use callboard_contract::room::MessageView;
use callboard_domain::{RoomKind, RoomPower, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use super::act::{done, no, one};
use super::reader::Reader;
use crate::Did;
use crate::command::{Asked, run};

/// Pins a message, or takes it down. In a conversation both may.
pub async fn pin(store: &Store, uid: &Uid, request: &PinRequest) -> Result<Did<MessageView>, StoreError> {
    run(store, Asked::by(uid, "chat.pin", &request.request_id), request, async |conn, _| {
        pin_now(conn, uid, request).await
    })
    .await
}

async fn pin_now(conn: &mut PgConnection, uid: &Uid, request: &PinRequest) -> Result<Did<MessageView>, StoreError> {
    let mut reader = Reader::locking(&mut *conn, request.room_id, uid).await?;
    let power = if reader.room.kind == RoomKind::Direct { RoomPower::Speak } else { RoomPower::Pin };
    reader.must(power, "pin messages")?;
    let message = one(&mut *conn, &reader, request.message_id).await?;
    if message.view.held {
        return no(ErrorCode::Conflict, "this message waits for review; it cannot be pinned", "message_id");
    }
    if message.view.pinned == request.on {
        return Ok(Did::quietly(message.view));
    }
    let room = reader.room.id.as_uuid();
    if request.on {
        let pinned = sqlx::query_scalar!(
            "select count(*) as \"count!\" from rooms.messages where room_id = $1 and pinned_ms is not null",
            room
        )
        .fetch_one(&mut *conn)
        .await?;
        if usize::try_from(pinned).is_ok_and(|pinned| pinned >= MAX_PINS) {
            return no(
                ErrorCode::Limit,
                &format!("at most {MAX_PINS} messages are pinned in a room; take one down"),
                "on",
            );
        }
    }
    let number = reader.room.advance();
    sqlx::query!(
        "update rooms.messages set pinned_ms = case when $3 then store.now_ms() end, changed = $4 where room_id = $1 and seq = $2",
        room,
        message.seq,
        request.on,
        number
    )
    .execute(&mut *conn)
    .await?;
    done(conn, &reader.room, message.seq).await
}
