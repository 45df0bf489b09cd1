//! Who may fetch a file now. Asked anew each time, so that a link dies with the right to read.

use callboard_contract::room::AttachmentView;
use callboard_domain::{AttachmentId, RoomId, RoomKind, RoomMemberState, RoomPower, Uid};
use callboard_store::{Store, StoreError};

use super::Row;
use super::content::FileType;
use crate::refusal::missing;
use crate::{Standing, row};

/// A file that may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What it is.
    pub file_type: FileType,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its name, where its owner gave one.
    pub name: Option<String>,
    /// Whether there is a thumbnail.
    pub thumbnail: bool,
    view: AttachmentView,
}

/// The file, if `viewer` may fetch it now: its owner as long as it was not sent, then who may read its message. Without a viewer, for who
/// hears a room by its news, whoever may read the room may.
pub async fn fetch(store: &Store, id: AttachmentId, viewer: Option<&Uid>) -> Result<Fetched, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let file = sqlx::query!(
        r#"select a.owner, a.room_id, a.content_type as "content_type!", a.bytes as "bytes!", a.name, a.width, a.height, a.length_ms,
             a.thumbnail, a.expires_ms, a.sent_ms is not null as "sent!", m.author as "author?", m.held as "held?", m.deleted_ms is not null as "deleted!"
           from rooms.attachments a left join rooms.messages m on m.attachment_id = a.id
           where a.id = $1 and a.state = 'stored' and (a.expires_ms is null or a.expires_ms > store.now_ms())"#,
        id.as_uuid()
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or_else(|| no_file(id))?;
    let own = viewer.is_some_and(|viewer| viewer.as_str() == file.owner);
    let visible = if file.sent { file.author.is_some() && !file.deleted } else { own };
    if !visible {
        return Err(no_file(id));
    }
    if let (Some(viewer), true) = (viewer, file.sent) {
        let room = row::read_one(&mut conn, RoomId::from_uuid(file.room_id)).await?;
        let standing = Standing::of(&mut conn, &room, viewer).await?;
        let asked = room.kind == RoomKind::Direct && standing.state() == Some(RoomMemberState::Invited);
        let reads = !standing.banned && (standing.is_joined() || asked);
        let sees = !file.held.unwrap_or_default() || own || standing.may(RoomPower::DeleteOthers);
        if !(reads && sees) {
            return Err(no_file(id));
        }
    } else if file.held.unwrap_or_default() {
        return Err(no_file(id));
    }
    let content_type = file.content_type;
    let file_type =
        FileType::named(&content_type).ok_or_else(|| StoreError::corrupt("an attachment's type", &content_type))?;
    let row = Row {
        id,
        content_type,
        bytes: file.bytes,
        width: file.width,
        height: file.height,
        length_ms: file.length_ms,
        thumbnail: file.thumbnail,
        expires_ms: file.expires_ms,
    };
    let bytes = u64::try_from(file.bytes).map_err(|e| StoreError::corrupt("an attachment's length", e))?;
    Ok(Fetched { file_type, bytes, name: file.name, thumbnail: file.thumbnail, view: row.view() })
}

/// The file as it is shown to somebody who may fetch it now.
pub async fn link(store: &Store, uid: &Uid, id: AttachmentId) -> Result<AttachmentView, StoreError> {
    Ok(fetch(store, id, Some(uid)).await?.view)
}

fn no_file(id: AttachmentId) -> StoreError {
    missing("attachment_id", format!("there is no file {id}, or it is not yours to see"))
}
