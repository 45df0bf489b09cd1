//! Files and messages: what can be sent, what was sent, what is to go.

use std::collections::BTreeMap;

use callboard_contract::room::{AttachmentView, MessageKind};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{AttachmentId, RoomId, Uid};
use callboard_store::{Store, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Row, kind};

/// What was never sent goes after an hour.
const UNSENT_MS: i64 = 3600 * 1000;
/// What was attached to a message that is deleted stays a week, for reports of it.
const DELETED_MS: i64 = 7 * 24 * 3600 * 1000;

/// A file that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    owner: Uid,
    room: RoomId,
    kind: MessageKind,
    view: AttachmentView,
}

impl Ready {
    /// The file as it is shown, if somebody may send it to a room with a message of a kind.
    pub fn for_message(&self, uid: &Uid, room: RoomId, kind: MessageKind) -> Result<AttachmentView, ApiError> {
        let no = |code, text: &str| Err(ApiError::new(code, text).on_field("attachment"));
        if self.owner != *uid {
            return Err(not_ready());
        }
        if self.room != room {
            return no(ErrorCode::Conflict, "this file was uploaded for another room");
        }
        if self.kind != kind {
            let text = format!("this file was uploaded for a message of kind `{}`", self.kind.as_str());
            return no(ErrorCode::Conflict, &text);
        }
        Ok(self.view.clone())
    }
}

/// The refusal where there is no file that could be sent.
pub(crate) fn not_ready() -> ApiError {
    let text = "there is no such upload of yours, or it was sent already; upload it first (chat.upload_start)";
    ApiError::new(ErrorCode::NotFound, text).on_field("attachment")
}

/// Those of some files that were uploaded, looked at and not yet sent, locked in the order of their ids. To be called after the lock on the room.
pub async fn ready(conn: &mut PgConnection, ids: &[AttachmentId]) -> Result<BTreeMap<AttachmentId, Ready>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query!(
        r#"select id, owner, room_id, kind, content_type as "content_type!", bytes as "bytes!", width, height, length_ms, thumbnail,
             store.now_ms() + keep_ms as "expires_ms!"
           from rooms.attachments where id = any($1) and state = 'stored' and sent_ms is null order by id for update"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|r| {
        let id = AttachmentId::from_uuid(r.id);
        let row = Row {
            id,
            content_type: r.content_type,
            bytes: r.bytes,
            width: r.width,
            height: r.height,
            length_ms: r.length_ms,
            thumbnail: r.thumbnail,
            expires_ms: Some(r.expires_ms),
        };
        let owner = Uid::new(r.owner).map_err(|e| StoreError::corrupt("an attachment's owner", e))?;
        let ready = Ready { owner, room: RoomId::from_uuid(r.room_id), kind: kind(&r.kind)?, view: row.view() };
        Ok((id, ready))
    });
    read.collect()
}

/// Writes down that files which were [`ready`] go with messages, in the transaction that writes those.
pub async fn send(conn: &mut PgConnection, files: &[&AttachmentView]) -> Result<(), StoreError> {
    if files.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = files.iter().map(|f| f.attachment_id.as_uuid()).collect();
    let expire: Vec<i64> = files.iter().map(|f| f.expires_at.map_or(0, callboard_domain::At::as_ms)).collect();
    let sent = sqlx::query!(
        "update rooms.attachments a set sent_ms = store.now_ms(), expires_ms = n.expires_ms from unnest($1::uuid[], $2::bigint[]) n (id, expires_ms)
         where a.id = n.id and a.state = 'stored' and a.sent_ms is null",
        &ids,
        &expire
    )
    .execute(conn)
    .await?;
    if sent.rows_affected() == ids.len() as u64 {
        Ok(())
    } else {
        Err(StoreError::corrupt("an attachment", "it was locked as ready and is not"))
    }
}

/// Files as people see them, with paths instead of links. Those that are gone are left out.
pub async fn views(
    conn: &mut PgConnection,
    ids: &[AttachmentId],
) -> Result<BTreeMap<AttachmentId, AttachmentView>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query!(
        r#"select id, content_type as "content_type!", bytes as "bytes!", width, height, length_ms, thumbnail, expires_ms
           from rooms.attachments where id = any($1) and state = 'stored'"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let views = rows.into_iter().map(|r| {
        let id = AttachmentId::from_uuid(r.id);
        let row = Row {
            id,
            content_type: r.content_type,
            bytes: r.bytes,
            width: r.width,
            height: r.height,
            length_ms: r.length_ms,
            thumbnail: r.thumbnail,
            expires_ms: r.expires_ms,
        };
        (id, row.view())
    });
    Ok(views.collect())
}

/// Takes files that are due to go out of use, and gives their ids together with those that were taken out before and may still lie there.
/// Due is what was never sent, what was sent long ago, and what was attached to a message that is deleted.
pub async fn retire(store: &Store, limit: i64) -> Result<Vec<AttachmentId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "with unsent as (
           select id from rooms.attachments where sent_ms is null and state not in ('dropping', 'gone') and created_ms < store.now_ms() - $2
           limit $1 for update skip locked),
         old as (
           select id from rooms.attachments where sent_ms is not null and state not in ('dropping', 'gone') and expires_ms < store.now_ms()
           limit $1 for update skip locked),
         deleted as (
           select a.id from rooms.messages m join rooms.attachments a on a.id = m.attachment_id
           where m.attachment_id is not null and m.deleted_ms < store.now_ms() - $3 and a.state not in ('dropping', 'gone')
           limit $1 for update of a skip locked),
         due as (
           select id from unsent union all select id from old union all select id from deleted
           union all (select id from rooms.attachments where state = 'dropping' limit $1))
         update rooms.attachments set state = 'dropping' where id in (select id from due) returning id",
        limit,
        UNSENT_MS,
        DELETED_MS
    )
    .fetch_all(store.pool())
    .await?;
    Ok(rows.into_iter().map(AttachmentId::from_uuid).collect())
}
