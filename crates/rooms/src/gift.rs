//! Gifts in rooms: who may give to whom there, and the message that tells of a gift. What it costs is the ledger's.

use callboard_contract::room::{GiftView, MessageKind};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, MessageId, RoomId, RoomKind, RoomPower, Uid};
use callboard_store::{StoreError, refuse};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::standing::Standing;
use crate::{Room, row};

/// Locks a room in which one wants to give to another, or refuses: both must be in it, and neither muted or banned there.
pub async fn lock(conn: &mut PgConnection, room: RoomId, giver: &Uid, receiver: &Uid) -> Result<Room, StoreError> {
    let room = row::lock_one(&mut *conn, room).await?;
    let pairs = [(room.id, giver.clone()), (room.id, receiver.clone())];
    let mut standings = Standing::of_many(&mut *conn, std::slice::from_ref(&room), &pairs).await?;
    let [mine, his] = pairs.map(|pair| standings.remove(&pair));
    let (Some(mine), Some(his)) = (mine, his) else {
        return Err(StoreError::corrupt("a standing", "it was asked for and is not there"));
    };
    if !mine.is_joined() || mine.banned {
        if room.kind == RoomKind::Direct {
            return Err(row::no_room(room.id));
        }
        return refuse(ErrorCode::Forbidden, format!("you are not a member of room {}; join it first", room.id));
    }
    if let Some(until) = mine.muted_until {
        return refuse(ErrorCode::Forbidden, format!("you are muted in room {} until {until}; give then", room.id));
    }
    // Who blocked whom is not told: in a conversation it looks as if it took nothing more.
    if !mine.may(RoomPower::Speak) {
        let text = format!("you may not speak in room {} now, so you cannot give there either", room.id);
        return refuse(ErrorCode::Forbidden, text);
    }
    if !his.is_joined() || his.banned || his.muted_until.is_some() {
        let text = format!("{receiver} cannot be given anything in room {} now; give it elsewhere", room.id);
        return Err(ApiError::new(ErrorCode::Forbidden, text).on_field("to").into());
    }
    Ok(room)
}

/// Writes the message that tells of a gift into a locked room. Members are told after the commit.
pub async fn write(
    conn: &mut PgConnection,
    room: &mut Room,
    at: At,
    giver: &Uid,
    gift: &GiftView,
) -> Result<MessageId, StoreError> {
    let id = MessageId::generate();
    let seq = room.advance();
    let written = serde_json::to_value(gift).map_err(|e| StoreError::corrupt("a gift", e))?;
    // No app can name its own message so: ids of apps have no colon.
    let client_id = format!("gift:{}", gift.gift_id);
    sqlx::query!(
        "insert into rooms.messages (room_id, seq, id, author, client_id, body_hash, at_ms, kind, body, gift, changed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $2)",
        room.id.as_uuid(),
        seq,
        id.as_uuid(),
        giver.as_str(),
        client_id,
        Sha256::digest(client_id.as_bytes()).to_vec(),
        at.as_ms(),
        MessageKind::Gift.as_str(),
        written
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update rooms.rooms set head = $2, touched_ms = greatest(touched_ms, $3) where id = $1",
        room.id.as_uuid(),
        room.head,
        at.as_ms()
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// Refuses who is no member of a room: its leaderboard is its members'.
pub async fn may_see(conn: &mut PgConnection, room: RoomId, uid: &Uid) -> Result<(), StoreError> {
    let room = row::read_one(&mut *conn, room).await?;
    let standing = Standing::of(conn, &room, uid).await?;
    if standing.is_joined() && !standing.banned { Ok(()) } else { Err(row::no_room(room.id)) }
}
