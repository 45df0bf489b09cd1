//! Reading what was said: pages of a room in their order, and its pins.

use callboard_contract::api::chat::{HistoryRequest, MessagePage, PinsRequest};
use callboard_contract::limits::{DEFAULT_PAGE, MAX_MESSAGES, MAX_PAGE_BYTES, MAX_PINS};
use callboard_contract::room::MessageView;
use callboard_contract::{ApiError, ErrorCode, Page};
use callboard_domain::Uid;
use callboard_store::{Store, StoreError};

use super::act::no;
use super::message::{self, Key, wire};
use super::reader::{Reader, instant};

/// Messages before or after a place, the oldest first; with neither the newest.
pub async fn history(store: &Store, uid: &Uid, request: &HistoryRequest) -> Result<MessagePage, StoreError> {
    let limit = limit(request.limit, DEFAULT_PAGE)?;
    if request.before.is_some() && request.after.is_some() {
        return no(ErrorCode::BadRequest, "say `before` or `after`, not both", "after");
    }
    let mut tx = instant(store).await?;
    let reader = Reader::of(&mut tx, request.room_id, uid).await?;
    let place = |seq: Option<u64>| seq.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let (room, reviews, more) = (reader.room.id.as_uuid(), reader.reviews(), i64::from(limit) + 1);
    let seqs: Vec<i64> = if request.after.is_some() {
        sqlx::query_scalar!(
            "select seq from rooms.messages where room_id = $1 and seq > $2 and (not held or author = $3 or $4) order by seq limit $5",
            room,
            place(request.after),
            uid.as_str(),
            reviews,
            more
        )
        .fetch_all(&mut *tx)
        .await?
    } else {
        sqlx::query_scalar!(
            "select seq from rooms.messages where room_id = $1 and seq < $2 and (not held or author = $3 or $4) order by seq desc limit $5",
            room,
            place(request.before),
            uid.as_str(),
            reviews,
            more
        )
        .fetch_all(&mut *tx)
        .await?
    };
    let keys: Vec<Key> = seqs.iter().take(limit as usize).map(|seq| (reader.room.id, *seq)).collect();
    let mut items = message::views(&mut tx, &keys).await?;
    let cut = fit(&mut items);
    if request.after.is_none() {
        items.reverse();
    }
    Ok(MessagePage { items, more: cut || seqs.len() > limit as usize, seq: wire(reader.room.head) })
}

/// The pinned messages of a room, the last pinned first.
pub async fn pins(store: &Store, uid: &Uid, request: &PinsRequest) -> Result<Page<MessageView>, StoreError> {
    let mut tx = instant(store).await?;
    let reader = Reader::of(&mut tx, request.room_id, uid).await?;
    let seqs = sqlx::query_scalar!(
        "select seq from rooms.messages where room_id = $1 and pinned_ms is not null order by pinned_ms desc, seq desc limit $2",
        reader.room.id.as_uuid(),
        i64::try_from(MAX_PINS).unwrap_or(i64::MAX)
    )
    .fetch_all(&mut *tx)
    .await?;
    let keys: Vec<Key> = seqs.into_iter().map(|seq| (reader.room.id, seq)).collect();
    Ok(Page { items: message::views(&mut tx, &keys).await?, cursor: None })
}

/// How many messages a page has, or why it cannot have so many.
pub(super) fn limit(limit: Option<u32>, default: u32) -> Result<u32, StoreError> {
    let limit = limit.unwrap_or(default);
    if (1..=MAX_MESSAGES).contains(&limit) {
        return Ok(limit);
    }
    let text = format!("limit must be 1 to {MAX_MESSAGES}, not {limit}");
    Err(StoreError::Refused(ApiError::new(ErrorCode::BadRequest, text).on_field("limit")))
}

/// Cuts off what would make an answer too big, but never the first; gives whether anything was.
pub(super) fn fit(items: &mut Vec<MessageView>) -> bool {
    let mut bytes = 0;
    let fits = items.iter().take_while(|m| {
        bytes += weight(m);
        bytes <= MAX_PAGE_BYTES
    });
    let keep = fits.count().max(1);
    let cut = items.len() > keep;
    items.truncate(keep);
    cut
}

/// About what a message takes on the wire, rather more than less.
fn weight(message: &MessageView) -> usize {
    let reactions: usize = message.reactions.iter().map(|r| 60 + r.emoji.len() + r.uids.len() * 67).sum();
    700 + message.body.len() * 2 + message.mentions.len() * 67 + reactions
}

#[cfg(test)]
mod tests {
    use callboard_contract::room::MessageKind;
    use callboard_domain::{At, MessageId, RoomId};

    use super::*;

    #[test]
    fn a_page_stays_within_what_can_be_sent_and_is_never_empty() {
        let message = MessageView {
            room_id: RoomId::generate(),
            message_id: MessageId::generate(),
            seq: 1,
            changed: 1,
            author: Uid::new("maya").expect("a name"),
            client_id: "m-1".to_owned(),
            at: At::from_ms(0),
            kind: MessageKind::Text,
            body: "\"𝄞".repeat(2000),
            reply_to: None,
            mentions: vec![Uid::new("x".repeat(64)).expect("a name"); 20],
            attachment: None,
            gift: None,
            franking: None,
            reactions: Vec::new(),
            edited_at: None,
            deleted_at: None,
            deleted_by_others: false,
            pinned: false,
            held: false,
        };
        let sent = serde_json::to_string(&message).expect("json").len();
        assert!(weight(&message) >= sent, "{} is less than {sent}", weight(&message));
        let mut items = vec![message.clone(); 100];
        assert!(fit(&mut items) && serde_json::to_string(&items).expect("json").len() <= MAX_PAGE_BYTES);
        let mut few = vec![message; 3];
        assert!(!fit(&mut few) && few.len() == 3);
    }
}
