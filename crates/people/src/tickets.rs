//! Tickets for a second connection that hears one room: a random token that lets in once, within seconds. Only its hash is kept.

use callboard_contract::limits::TICKET_MS;
use callboard_domain::{At, RoomId, Uid};
use callboard_store::StoreError;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

/// What a token begins with, so that the sign-in can tell it from a login token.
pub const PREFIX: &str = "room_";
/// The random bytes of a token.
const BYTES: usize = 32;
/// Tickets that are over are dropped by whoever issues one, so many at a time.
const DROPPED: i64 = 20;

/// A ticket that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The token. It is not kept and cannot be read again.
    pub token: String,
    /// Until when it lets in.
    pub expires: At,
}

/// Issues a ticket. Whether the user may hear the room is the caller's to know.
pub async fn issue(conn: &mut PgConnection, uid: &Uid, room: RoomId) -> Result<Ticket, StoreError> {
    let mut bytes = [0_u8; BYTES];
    OsRng.try_fill_bytes(&mut bytes).map_err(|e| StoreError::corrupt("the system's source of random numbers", e))?;
    let secret: String =
        bytes.iter().flat_map(|b| [b >> 4, b & 15]).filter_map(|n| char::from_digit(n.into(), 16)).collect();
    let token = format!("{PREFIX}{secret}");
    sqlx::query!(
        "delete from people.tickets where hash in (select hash from people.tickets where expires_ms < store.now_ms()
             order by expires_ms limit $1 for update skip locked)",
        DROPPED
    )
    .execute(&mut *conn)
    .await?;
    let expires = sqlx::query_scalar!(
        "insert into people.tickets (hash, uid, room_id, expires_ms) values ($1, $2, $3, store.now_ms() + $4) returning expires_ms",
        hash(&token),
        uid.as_str(),
        room.as_uuid(),
        TICKET_MS
    )
    .fetch_one(conn)
    .await?;
    Ok(Ticket { token, expires: At::from_ms(expires) })
}

/// Takes a ticket, once; gives whose it is and the room. Nothing where there is no such ticket, or it was used, or it is over.
pub async fn redeem(conn: &mut PgConnection, token: &str) -> Result<Option<(Uid, RoomId)>, StoreError> {
    let row = sqlx::query!(
        "update people.tickets set used_ms = store.now_ms() where hash = $1 and used_ms is null and expires_ms > store.now_ms()
         returning uid, room_id",
        hash(token)
    )
    .fetch_optional(conn)
    .await?;
    row.map(|r| {
        let uid = Uid::new(r.uid).map_err(|e| StoreError::corrupt("a ticket's user", e))?;
        Ok((uid, RoomId::from_uuid(r.room_id)))
    })
    .transpose()
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
