//! Files that are attached to messages: asked for, uploaded once, looked at, sent with one message, and deleted in time.
//!
//! What must always hold: a place is used once, by whoever was given it; what was found in the content counts, never what was said; a file
//! goes with one message of its owner in the room for which it was uploaded; it can be fetched only by who may read that message now. The
//! bytes lie elsewhere, under the id; here stands what they are. Links are made where the key is: a view holds the path alone.

pub mod content;
mod fetch;
mod sent;
mod upload;

use callboard_contract::room::{AttachmentView, MessageKind};
use callboard_domain::{At, AttachmentId, Millis};
use callboard_store::StoreError;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

pub use content::{ContentError, Examined, FileType, Found};
pub use fetch::{Fetched, fetch, link};
pub(crate) use sent::not_ready;
pub use sent::{Ready, ready, retire, send, views};
pub use upload::{Claimed, Started, claim, done, gone, settle, start};

/// The path of a file below the address of files.
pub fn path(id: AttachmentId) -> String {
    format!("files/{id}")
}

/// What stands in the database of a file that was looked at.
struct Row {
    id: AttachmentId,
    content_type: String,
    bytes: i64,
    width: Option<i32>,
    height: Option<i32>,
    length_ms: Option<i64>,
    thumbnail: bool,
    expires_ms: Option<i64>,
}

impl Row {
    /// The file as people see it, with paths for links.
    fn view(self) -> AttachmentView {
        let path = path(self.id);
        AttachmentView {
            attachment_id: self.id,
            content_type: self.content_type,
            bytes: u64::try_from(self.bytes).unwrap_or_default(),
            width: self.width.and_then(|n| u32::try_from(n).ok()),
            height: self.height.and_then(|n| u32::try_from(n).ok()),
            length: self.length_ms.map(Millis::from_ms),
            thumbnail_url: self.thumbnail.then(|| format!("{path}/thumbnail")),
            url: path,
            expires_at: self.expires_ms.map(At::from_ms),
        }
    }
}

/// The kind that a stored word stands for.
fn kind(word: &str) -> Result<MessageKind, StoreError> {
    let word: StrDeserializer<'_, ValueError> = word.into_deserializer();
    MessageKind::deserialize(word).map_err(|e| StoreError::corrupt("an attachment's kind", e))
}
