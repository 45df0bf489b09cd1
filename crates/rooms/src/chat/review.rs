//! What waits for review: those who keep order in a room let it through or take it out, and so do staff.

use callboard_contract::adm::automod::ReviewRequest as StaffReviewRequest;
use callboard_contract::api::chat::{ReviewRequest, Reviewed};
use callboard_contract::limits::MAX_DELETE;
use callboard_contract::room::MessageView;
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{MessageId, RoomId, StaffName, Uid};
use callboard_store::{Action, Store, StoreError, log_action};
use serde_json::json;
use sqlx::PgConnection;

use super::act::no;
use super::delete::{release, remove};
use super::message::{self, Key, Message, no_message};
use super::reader::Reader;
use crate::command::{Asked, run};
use crate::{Did, Room, row};

/// Lets messages through that wait, or takes them out. For who may delete messages of others.
pub async fn review(store: &Store, uid: &Uid, request: &ReviewRequest) -> Result<Did<Reviewed>, StoreError> {
    run(store, Asked::by(uid, "chat.review", &request.request_id), request, async |conn, _| {
        review_now(conn, uid, request).await
    })
    .await
}

async fn review_now(conn: &mut PgConnection, uid: &Uid, request: &ReviewRequest) -> Result<Did<Reviewed>, StoreError> {
    let mut reader = Reader::locking(&mut *conn, request.room_id, uid).await?;
    if !reader.reviews() {
        return no(ErrorCode::Forbidden, "you may not review messages in this room", "room_id");
    }
    let waiting = waiting(&mut *conn, request.room_id, &request.message_ids).await?;
    if waiting.iter().any(|message| message.author == *uid) {
        return no(ErrorCode::Forbidden, "somebody else must review what you wrote", "message_ids");
    }
    decide(conn, &mut reader.room, &waiting, request.approve, &format!("user:{uid}")).await
}

/// The same in the name of staff.
pub async fn review_as_staff(
    store: &Store,
    staff: &StaffName,
    request: &StaffReviewRequest,
) -> Result<Did<Reviewed>, StoreError> {
    let asked = Asked::by_staff(staff, "automod.review", &request.request_id, request.dry_run);
    run(store, asked, request, async |conn, actor| review_logged(conn, &actor, request).await).await
}

async fn review_logged(
    conn: &mut PgConnection,
    actor: &str,
    request: &StaffReviewRequest,
) -> Result<Did<Reviewed>, StoreError> {
    request.reason.check().map_err(|e| ApiError::new(ErrorCode::BadRequest, e).on_field("reason"))?;
    let mut room = row::lock_one(&mut *conn, request.room_id).await?;
    let waiting = waiting(&mut *conn, room.id, &request.message_ids).await?;
    let did = decide(&mut *conn, &mut room, &waiting, request.approve, actor).await?;
    let action = Action {
        actor,
        act: "automod.review",
        target: room.id.to_string(),
        reason: Some(request.reason.to_string()),
        before: Some(json!({ "held": did.reply.message_ids })),
        after: Some(json!({ "approved": request.approve })),
    };
    log_action(conn, &action).await?;
    Ok(did)
}

/// The messages of a locked room that are named and wait; others were decided before.
async fn waiting(conn: &mut PgConnection, room: RoomId, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
    if !(1..=MAX_DELETE).contains(&ids.len()) {
        return no(ErrorCode::BadRequest, &format!("1 to {MAX_DELETE} messages are reviewed at once"), "message_ids");
    }
    let messages = message::by_ids(conn, room, ids).await?;
    if let Some(id) = ids.iter().find(|id| messages.iter().all(|m| m.view.message_id != **id)) {
        return Err(no_message(*id));
    }
    Ok(messages.into_iter().filter(|m| m.view.held && m.view.deleted_at.is_none()).collect())
}

async fn decide(
    conn: &mut PgConnection,
    room: &mut Room,
    waiting: &[Message],
    approve: bool,
    by: &str,
) -> Result<Did<Reviewed>, StoreError> {
    let ids: Vec<MessageId> = waiting.iter().map(|m| m.view.message_id).collect();
    let told = if approve { release(conn, room, &ids).await? } else { remove(conn, room, &ids, by).await? };
    Ok(Did { reply: Reviewed { message_ids: ids }, told })
}

/// What waits for review, in one room or in all, the oldest first.
pub async fn held(
    conn: &mut PgConnection,
    room: Option<RoomId>,
    query: &PageQuery,
) -> Result<Page<MessageView>, StoreError> {
    let limit = query.limit()?;
    let after = query.cursor.as_deref().map(str::parse::<MessageId>).transpose();
    let after =
        after.map_err(|_| ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor"))?;
    let rows = sqlx::query!(
        "select room_id, seq from rooms.messages
         where held and deleted_ms is null and ($1::uuid is null or room_id = $1) and ($2::uuid is null or id > $2) order by id limit $3",
        room.map(RoomId::as_uuid),
        after.map(MessageId::as_uuid),
        i64::from(limit)
    )
    .fetch_all(&mut *conn)
    .await?;
    let full = rows.len() == limit as usize;
    let keys: Vec<Key> = rows.into_iter().map(|r| (RoomId::from_uuid(r.room_id), r.seq)).collect();
    let items = message::views(conn, &keys).await?;
    let cursor = items.last().filter(|_| full).map(|view| view.message_id.to_string());
    Ok(Page { items, cursor })
}
