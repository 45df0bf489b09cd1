//! Finding messages by their words, in the rooms that somebody may read.

use callboard_contract::api::chat::SearchRequest;
use callboard_contract::limits::{DEFAULT_PAGE, MAX_QUERY_CHARS};
use callboard_contract::room::MessageView;
use callboard_contract::{ErrorCode, Page};
use callboard_domain::{MessageId, RoomId, RoomPower, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

use super::act::no;
use super::history::{fit, limit};
use super::message::{self, Key};
use super::reader::{Reader, instant, may_read};
use crate::{Standing, row};

/// Messages with words in the rooms of somebody, the newest first.
pub async fn search(store: &Store, uid: &Uid, request: &SearchRequest) -> Result<Page<MessageView>, StoreError> {
    let limit = limit(request.limit, DEFAULT_PAGE)? as usize;
    if request.query.chars().count() > MAX_QUERY_CHARS {
        return no(ErrorCode::TooLarge, &format!("a search has at most {MAX_QUERY_CHARS} characters"), "query");
    }
    let Ok(before) =
        request.cursor.as_deref().map_or(Ok(Uuid::max()), |c| c.parse::<MessageId>().map(MessageId::as_uuid))
    else {
        return no(ErrorCode::BadRequest, "this is no cursor of an earlier answer", "cursor");
    };
    let mut tx = instant(store).await?;
    // Words that must not be there find nothing by themselves.
    let words = sqlx::query_scalar!(
        "select querytree(websearch_to_tsquery('simple', lower($1 collate \"und-x-icu\"))) as \"tree!\"",
        request.query
    )
    .fetch_one(&mut *tx)
    .await?;
    if words.is_empty() || words == "T" {
        return no(ErrorCode::BadRequest, "a search needs at least one word that must be there", "query");
    }
    let (rooms, reviewed) = readable(&mut tx, uid, request.room_id).await?;
    let rows = sqlx::query!(
        "select room_id, seq from rooms.messages
         where room_id = any($1) and to_tsvector('simple', lower(body collate \"und-x-icu\")) @@ websearch_to_tsquery('simple', lower($2 collate \"und-x-icu\"))
             and deleted_ms is null and kind <> 'encrypted' and (not held or author = $3 or room_id = any($4))
             and ($5::text is null or author = $5) and id < $6
         order by id desc limit $7",
        &rooms,
        request.query,
        uid.as_str(),
        &reviewed,
        request.author.as_ref().map(Uid::as_str),
        before,
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(&mut *tx)
    .await?;
    let keys: Vec<Key> = rows.iter().take(limit).map(|r| (RoomId::from_uuid(r.room_id), r.seq)).collect();
    let mut items = message::views(&mut tx, &keys).await?;
    let more = fit(&mut items) || rows.len() > limit;
    let cursor = items.last().filter(|_| more).map(|m| m.message_id.to_string());
    Ok(Page { items, cursor })
}

/// The rooms that somebody may read, or the one that is named; and those in which he sees what is held.
async fn readable(
    conn: &mut PgConnection,
    uid: &Uid,
    room: Option<RoomId>,
) -> Result<(Vec<Uuid>, Vec<Uuid>), StoreError> {
    if let Some(room) = room {
        let reader = Reader::of(conn, room, uid).await?;
        let ids = vec![room.as_uuid()];
        return Ok((ids.clone(), if reader.reviews() { ids } else { Vec::new() }));
    }
    let ids = sqlx::query_scalar!(
        "select room_id from rooms.members where uid = $1 and state in ('joined', 'invited', 'lobby') and state <> 'lobby'",
        uid.as_str()
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<RoomId> = ids.into_iter().map(RoomId::from_uuid).collect();
    let rooms = row::read(&mut *conn, &ids).await?;
    let who: Vec<(RoomId, Uid)> = ids.into_iter().map(|id| (id, uid.clone())).collect();
    let standings = Standing::of_many(conn, &rooms, &who).await?;
    let (mut readable, mut reviewed) = (Vec::new(), Vec::new());
    for room in &rooms {
        let Some(standing) = standings.get(&(room.id, uid.clone())).filter(|s| may_read(room, s)) else { continue };
        readable.push(room.id.as_uuid());
        if standing.may(RoomPower::DeleteOthers) {
            reviewed.push(room.id.as_uuid());
        }
    }
    Ok((readable, reviewed))
}
