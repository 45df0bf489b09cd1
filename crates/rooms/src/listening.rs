//! The second connection of somebody who hears a big room: a ticket for it, and whether he may hear the room now.

use callboard_contract::api::rooms::TicketReply;
use callboard_contract::subject;
use callboard_domain::{RoomId, Uid};
use callboard_people::tickets;
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;

use crate::refusal::forbidden;
use crate::{Standing, mine, row};

/// Gives a member a ticket.
pub async fn ticket(store: &Store, uid: &Uid, id: RoomId) -> Result<TicketReply, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let room = row::read_one(&mut conn, id).await?;
    let me = Standing::of(&mut conn, &room, uid).await?;
    mine::check_sees(&room, uid, &me)?;
    if !me.is_joined() || me.banned {
        return Err(forbidden(format!("you are not in room {id}; who is in it hears it, join first")));
    }
    let ticket = tickets::issue(&mut conn, uid, id).await?;
    Ok(TicketReply { room_id: id, token: ticket.token, subject: subject::room_pattern(id), expires_at: ticket.expires })
}

/// Whether somebody may hear a room now: he is a member, and nothing keeps him out.
pub async fn may_hear(conn: &mut PgConnection, uid: &Uid, id: RoomId) -> Result<bool, StoreError> {
    let Some(room) = row::read(&mut *conn, &[id]).await?.pop() else { return Ok(false) };
    let standing = Standing::of(conn, &room, uid).await?;
    Ok(standing.is_joined() && !standing.banned)
}
