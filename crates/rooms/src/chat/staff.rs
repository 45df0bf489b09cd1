//! What staff read of a room: everything that is kept, also what waits for review. What two say to each other is not among it.

use callboard_contract::adm::rooms::MessagesRequest;
use callboard_contract::api::chat::MessagePage;
use callboard_contract::limits::DEFAULT_PAGE;
use callboard_store::{Store, StoreError};

use super::history::{fit, limit};
use super::message::{self, Key, wire};
use super::reader::instant;
use crate::{row, staff};

/// The newest messages of a room, or those before a place, the oldest first.
pub async fn messages_for_staff(store: &Store, request: &MessagesRequest) -> Result<MessagePage, StoreError> {
    let limit = limit(request.limit, DEFAULT_PAGE)?;
    let mut tx = instant(store).await?;
    let room = row::read_one(&mut tx, request.room_id).await?;
    staff::may_read(&room)?;
    let before = request.before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let seqs = sqlx::query_scalar!(
        "select seq from rooms.messages where room_id = $1 and seq < $2 order by seq desc limit $3",
        room.id.as_uuid(),
        before,
        i64::from(limit) + 1
    )
    .fetch_all(&mut *tx)
    .await?;
    let keys: Vec<Key> = seqs.iter().take(limit as usize).map(|seq| (room.id, *seq)).collect();
    let mut items = message::views(&mut tx, &keys).await?;
    let cut = fit(&mut items);
    items.reverse();
    Ok(MessagePage { items, more: cut || seqs.len() > limit as usize, seq: wire(room.head) })
}
