//! From asking for a place to a file that was looked at.

use callboard_contract::api::chat::UploadStartRequest;
use callboard_contract::limits::{MAX_FILE_NAME_CHARS, MAX_UNSENT_FILES, MAX_UPLOAD_BYTES_PER_DAY, UPLOAD_MS};
use callboard_contract::room::AttachmentView;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, AttachmentId, Millis, RoomPower, Uid, clean_line};
use callboard_store::{Begun, Command, Store, StoreError};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::Row;
use super::content::{FileType, Found, max_bytes};
use crate::refusal::{bad, conflict, forbidden, limit, missing};
use crate::{Standing, row};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// A place for an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// The file.
    pub attachment_id: AttachmentId,
    /// Until when the upload must have begun.
    pub until: At,
    /// How long it may be, in bytes.
    pub max_bytes: u64,
}

/// An upload that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The file.
    pub id: AttachmentId,
    /// What it was said to be.
    pub said: FileType,
    /// Its length in bytes, as it was said.
    pub bytes: u64,
}

/// Gives somebody a place for a file that he may send to a room. Once sent, it is kept for `keep`.
pub async fn start(
    store: &Store,
    uid: &Uid,
    request: &UploadStartRequest,
    keep: Millis,
) -> Result<Started, StoreError> {
    let asked = Asked::read(request)?;
    let principal = format!("user:{uid}");
    let begun = Command::begin(store, &principal, "chat.upload_start", &request.request_id, false, request).await?;
    let mut command = match begun {
        Begun::Before(started) => return Ok(started),
        Begun::New(command) => command,
    };
    let result = insert(&mut command, uid, request, &asked, keep).await;
    command.finish(result).await
}

/// Takes a place for the one upload that it is for. Refuses with `conflict` if it was used or is too old.
pub async fn claim(store: &Store, id: AttachmentId) -> Result<Claimed, StoreError> {
    let row = sqlx::query!(
        "update rooms.attachments set state = 'receiving'
         where id = $1 and state = 'asked' and upload_until_ms > store.now_ms() returning said_type, said_bytes",
        id.as_uuid()
    )
    .fetch_optional(store.pool())
    .await?;
    let row =
        row.ok_or_else(|| conflict("this place was used, or it is too old; ask for another (chat.upload_start)"))?;
    Ok(Claimed {
        id,
        said: FileType::named(&row.said_type)
            .ok_or_else(|| StoreError::corrupt("an attachment's type", &row.said_type))?,
        bytes: u64::try_from(row.said_bytes).map_err(|e| StoreError::corrupt("an attachment's length", e))?,
    })
}

/// Writes down what came of an upload: what it is, how many bytes are kept and whether there is a thumbnail; or why it was refused.
pub async fn settle(
    store: &Store,
    claimed: &Claimed,
    result: Result<(&Found, u64, bool), &ApiError>,
) -> Result<(), StoreError> {
    let found = result.as_ref().ok();
    let size = found.and_then(|(found, ..)| found.size);
    let pixels = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    sqlx::query!(
        "update rooms.attachments set state = case when $2::text is null then 'stored' else 'refused' end, refusal = $2,
             content_type = $3, bytes = $4, width = $5, height = $6, length_ms = $7, thumbnail = $8
         where id = $1 and state = 'receiving'",
        claimed.id.as_uuid(),
        result.as_ref().err().map(|e| e.message.as_str()),
        found.map(|_| claimed.said.as_str()),
        found.map(|(_, bytes, _)| i64::try_from(*bytes).unwrap_or(i64::MAX)),
        size.map(|(width, _)| pixels(width)),
        size.map(|(_, height)| pixels(height)),
        found.and_then(|(found, ..)| found.length).map(Millis::as_ms),
        found.is_some_and(|(_, _, thumbnail)| *thumbnail)
    )
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Tells the owner what became of his upload.
pub async fn done(store: &Store, uid: &Uid, id: AttachmentId) -> Result<AttachmentView, StoreError> {
    let row = sqlx::query!(
        "select state, refusal, content_type, bytes, width, height, length_ms, thumbnail, expires_ms from rooms.attachments
         where id = $1 and owner = $2",
        id.as_uuid(),
        uid.as_str()
    )
    .fetch_optional(store.pool())
    .await?
    .ok_or_else(|| no_upload(id))?;
    match (row.state.as_str(), row.content_type, row.bytes) {
        ("stored", Some(content_type), Some(bytes)) => Ok(Row {
            id,
            content_type,
            bytes,
            width: row.width,
            height: row.height,
            length_ms: row.length_ms,
            thumbnail: row.thumbnail,
            expires_ms: row.expires_ms,
        }
        .view()),
        ("asked", ..) => Err(conflict("nothing was uploaded yet; PUT the file to the address first")),
        ("receiving", ..) => {
            Err(ApiError::new(ErrorCode::Conflict, "the upload is not done yet").retry_after(500).into())
        }
        ("refused", ..) => Err(bad("attachment_id", row.refusal.unwrap_or_default())),
        _ => Err(no_upload(id)),
    }
}

/// Writes down that the files are deleted.
pub async fn gone(store: &Store, ids: &[AttachmentId]) -> Result<(), StoreError> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    sqlx::query!("update rooms.attachments set state = 'gone' where id = any($1) and state = 'dropping'", &ids)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// The refusal where there is no such upload of the caller's.
pub(super) fn no_upload(id: AttachmentId) -> StoreError {
    missing("attachment_id", format!("there is no upload {id} of yours"))
}

/// What is asked for, as far as it can be checked without the database.
struct Asked {
    said: FileType,
    bytes: i64,
    most: u64,
    name: Option<String>,
}

impl Asked {
    fn read(request: &UploadStartRequest) -> Result<Self, StoreError> {
        let kind = request.kind.as_str();
        let most = max_bytes(request.kind)
            .ok_or_else(|| bad("kind", format!("a message of kind `{kind}` has no attachment")))?;
        let said = FileType::named(&request.content_type).filter(|said| said.fits(request.kind)).ok_or_else(|| {
            let fitting: Vec<&str> =
                FileType::ALL.into_iter().filter(|t| t.fits(request.kind)).map(FileType::as_str).collect();
            bad("content_type", format!("a message of kind `{kind}` takes {}, without parameters", fitting.join(", ")))
        })?;
        if request.bytes == 0 || request.bytes > most {
            let text = format!("a file of kind `{kind}` has 1 to {most} bytes, not {}", request.bytes);
            return Err(ApiError::new(ErrorCode::TooLarge, text).on_field("bytes").into());
        }
        let bytes = i64::try_from(request.bytes).map_err(|_| bad("bytes", "it is too long"))?;
        let name = request.name.as_deref().map(file_name).transpose()?;
        Ok(Self { said, bytes, most, name })
    }
}

/// A name as others see it: one line without what systems of files give a meaning.
fn file_name(text: &str) -> Result<String, StoreError> {
    let text = clean_line(text).map_err(|e| bad("name", format!("this cannot be a file's name: {e}")))?;
    if text.chars().count() > MAX_FILE_NAME_CHARS {
        return Err(bad("name", format!("a file's name has at most {MAX_FILE_NAME_CHARS} characters")));
    }
    let meant = |c: char| matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | ';' | '%');
    Ok(text.replace(meant, "_").trim_start_matches('.').to_owned())
}

async fn insert(
    conn: &mut PgConnection,
    uid: &Uid,
    request: &UploadStartRequest,
    asked: &Asked,
    keep: Millis,
) -> Result<Started, StoreError> {
    let room = row::read_one(&mut *conn, request.room_id).await?;
    let standing = Standing::of(&mut *conn, &room, uid).await?;
    if standing.member.is_none() {
        return Err(row::no_room(request.room_id));
    }
    if !standing.may(RoomPower::Attach) {
        return Err(forbidden("you may send no attachments in this room now"));
    }
    // Two places at once must not pass the limits together.
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('files:' || $1, 0))", uid.as_str())
        .execute(&mut *conn)
        .await?;
    let used = sqlx::query!(
        r#"select count(*) filter (where sent_ms is null and state not in ('refused', 'gone')) as "unsent!",
             coalesce(sum(said_bytes) filter (where state <> 'asked'), 0)::bigint as "bytes!"
           from rooms.attachments where owner = $1 and created_ms > store.now_ms() - $2"#,
        uid.as_str(),
        DAY_MS
    )
    .fetch_one(&mut *conn)
    .await?;
    if used.unsent >= MAX_UNSENT_FILES {
        return Err(limit(format!("{MAX_UNSENT_FILES} of your files wait to be sent; send them, or wait an hour")));
    }
    if used.bytes + asked.bytes > MAX_UPLOAD_BYTES_PER_DAY {
        return Err(limit(format!("at most {MAX_UPLOAD_BYTES_PER_DAY} bytes can be uploaded within a day")));
    }
    let id = AttachmentId::generate();
    let until = sqlx::query_scalar!(
        "insert into rooms.attachments (id, owner, room_id, kind, said_type, said_bytes, name, state, keep_ms, created_ms, upload_until_ms)
         select $1, $2, $3, $4, $5, $6, $7, 'asked', $8, now_ms, now_ms + $9 from store.now_ms() as now_ms returning upload_until_ms",
        id.as_uuid(),
        uid.as_str(),
        request.room_id.as_uuid(),
        request.kind.as_str(),
        asked.said.as_str(),
        asked.bytes,
        asked.name,
        keep.as_ms(),
        UPLOAD_MS
    )
    .fetch_one(conn)
    .await?;
    Ok(Started { attachment_id: id, until: At::from_ms(until), max_bytes: asked.most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_systems_give_a_meaning() {
        assert_eq!(file_name("../../etc/passwd").expect("a name"), "_.._etc_passwd");
        assert_eq!(file_name("holiday\u{202e}gpj.exe").expect("a name"), "holidaygpj.exe");
        assert_eq!(file_name("my \"best\" day.png").expect("a name"), "my _best_ day.png");
        assert!(file_name("\u{200b}").is_err() && file_name(&"x".repeat(MAX_FILE_NAME_CHARS + 1)).is_err());
    }
}
