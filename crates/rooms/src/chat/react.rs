//! Reactions to messages.

use callboard_contract::ErrorCode;
use callboard_contract::api::chat::ReactRequest;
use callboard_contract::limits::{MAX_EMOJI, MAX_REACTIONS};
use callboard_contract::room::MessageView;
use callboard_domain::{RoomPower, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use super::act::{done, no, one};
use super::emoji;
use super::reader::Reader;
use crate::command::{Asked, run};
use crate::{Did, Room};

/// Reacts to a message, or takes a reaction back. What is so already stays and is told to nobody.
pub async fn react(store: &Store, uid: &Uid, request: &ReactRequest) -> Result<Did<MessageView>, StoreError> {
    run(store, Asked::by(uid, "chat.react", &request.request_id), request, async |conn, _| {
        react_now(conn, uid, request).await
    })
    .await
}

async fn react_now(conn: &mut PgConnection, uid: &Uid, request: &ReactRequest) -> Result<Did<MessageView>, StoreError> {
    emoji::check(&request.emoji)?;
    let mut reader = Reader::locking(&mut *conn, request.room_id, uid).await?;
    if request.on {
        reader.must(RoomPower::Speak, "react")?;
    }
    let message = one(&mut *conn, &reader, request.message_id).await?;
    let changes = if request.on {
        put(&mut *conn, &reader.room, message.seq, uid, &request.emoji).await?
    } else {
        take(&mut *conn, &reader.room, message.seq, uid, &request.emoji).await?
    };
    if !changes {
        return Ok(Did::quietly(message.view));
    }
    let number = reader.room.advance();
    sqlx::query!(
        "update rooms.messages set changed = $3 where room_id = $1 and seq = $2",
        reader.room.id.as_uuid(),
        message.seq,
        number
    )
    .execute(&mut *conn)
    .await?;
    done(conn, &reader.room, message.seq).await
}

async fn put(conn: &mut PgConnection, room: &Room, seq: i64, uid: &Uid, emoji: &str) -> Result<bool, StoreError> {
    let there = sqlx::query!(
        "select count(*) filter (where uid = $3) as \"own!\", count(distinct emoji) as \"different!\",
             coalesce(bool_or(emoji = $4), false) as \"known!\", coalesce(bool_or(emoji = $4 and uid = $3), false) as \"mine!\"
         from rooms.reactions where room_id = $1 and seq = $2",
        room.id.as_uuid(),
        seq,
        uid.as_str(),
        emoji
    )
    .fetch_one(&mut *conn)
    .await?;
    if there.mine {
        return Ok(false);
    }
    let full = |count: i64, most: usize| usize::try_from(count).is_ok_and(|count| count >= most);
    if full(there.own, MAX_REACTIONS) {
        return no(
            ErrorCode::Limit,
            &format!("at most {MAX_REACTIONS} reactions of one user stand under a message"),
            "emoji",
        );
    }
    if !there.known && full(there.different, MAX_EMOJI) {
        return no(
            ErrorCode::Limit,
            &format!("at most {MAX_EMOJI} different reactions stand under a message"),
            "emoji",
        );
    }
    sqlx::query!(
        "insert into rooms.reactions (room_id, seq, uid, emoji, at_ms) values ($1, $2, $3, $4, store.now_ms())",
        room.id.as_uuid(),
        seq,
        uid.as_str(),
        emoji
    )
    .execute(conn)
    .await?;
    Ok(true)
}

async fn take(conn: &mut PgConnection, room: &Room, seq: i64, uid: &Uid, emoji: &str) -> Result<bool, StoreError> {
    let taken = sqlx::query!(
        "delete from rooms.reactions where room_id = $1 and seq = $2 and uid = $3 and emoji = $4",
        room.id.as_uuid(),
        seq,
        uid.as_str(),
        emoji
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() > 0)
}
