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
use super::walk::{Found, Question, walk};
use crate::{Room, Standing, row};

/// In rooms with so few messages the index is asked straight away.
const FEW: usize = 2_000;

/// Messages with words in the rooms of somebody, the newest first. Where very much would have to be read for a page, it ends early, even
/// with nothing, and says where the next begins.
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
    let places = readable(&mut tx, uid, request.room_id).await?;
    let question =
        Question { uid, request, rooms: &places.rooms, reviewed: &places.reviewed, before, enough: limit + 1 };
    let walked = match places.messages {
        few if few <= FEW => None,
        many => walk(&mut tx, &question, many).await?,
    };
    let found = match walked {
        Some(found) => found,
        None => by_index(&mut tx, &question).await?,
    };
    let keys: Vec<Key> = found.keys.iter().take(limit).copied().collect();
    let mut items = message::views(&mut tx, &keys).await?;
    let more = fit(&mut items) || found.keys.len() > limit;
    let last = items.last().filter(|_| more).map(|m| m.message_id);
    let cursor = last.or(found.ended.map(MessageId::from_uuid)).map(|id| id.to_string());
    Ok(Page { items, cursor })
}

/// Finds all messages with the words by their index, and takes the newest.
async fn by_index(conn: &mut PgConnection, question: &Question<'_>) -> Result<Found, StoreError> {
    let rows = sqlx::query!(
        "select room_id, seq from rooms.messages
         where room_id = any($1) and to_tsvector('simple', lower(body collate \"und-x-icu\")) @@ websearch_to_tsquery('simple', lower($2 collate \"und-x-icu\"))
             and deleted_ms is null and kind <> 'encrypted' and (not held or author = $3 or room_id = any($4))
             and ($5::text is null or author = $5) and id < $6
         order by id desc limit $7",
        question.rooms,
        question.request.query,
        question.uid.as_str(),
        question.reviewed,
        question.request.author.as_ref().map(Uid::as_str),
        question.before,
        i64::try_from(question.enough).unwrap_or(i64::MAX)
    )
    .fetch_all(conn)
    .await?;
    Ok(Found { keys: rows.into_iter().map(|r| (RoomId::from_uuid(r.room_id), r.seq)).collect(), ended: None })
}

/// Rooms that are searched.
struct Places {
    rooms: Vec<Uuid>,
    /// Those in which the caller sees what is held.
    reviewed: Vec<Uuid>,
    /// At most so many messages are in them.
    messages: usize,
}

impl Places {
    fn of(rooms: &[(&Room, bool)]) -> Self {
        Self {
            rooms: rooms.iter().map(|(room, _)| room.id.as_uuid()).collect(),
            reviewed: rooms.iter().filter(|(_, reviews)| *reviews).map(|(room, _)| room.id.as_uuid()).collect(),
            messages: rooms.iter().map(|(room, _)| usize::try_from(room.head).unwrap_or_default()).sum(),
        }
    }
}

/// The rooms that somebody may read, or the one that is named.
async fn readable(conn: &mut PgConnection, uid: &Uid, room: Option<RoomId>) -> Result<Places, StoreError> {
    if let Some(room) = room {
        let reader = Reader::of(conn, room, uid).await?;
        return Ok(Places::of(&[(&reader.room, reader.reviews())]));
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
    let readable = rooms.iter().filter_map(|room| {
        let standing = standings.get(&(room.id, uid.clone())).filter(|s| may_read(room, s))?;
        Some((room, standing.may(RoomPower::DeleteOthers)))
    });
    Ok(Places::of(&readable.collect::<Vec<_>>()))
}
