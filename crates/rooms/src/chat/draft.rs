//! A message that somebody wants to send, checked for all that needs no database.

use callboard_contract::api::chat::SendRequest;
use callboard_contract::limits::{MAX_ENCRYPTED_CHARS, MAX_MENTIONS, MAX_MESSAGE_CHARS};
use callboard_contract::room::MessageKind;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{AttachmentId, RequestId, RoomId, Uid, clean};
use sha2::{Digest, Sha256};

use crate::franking::Commitment;

/// What automatic moderation says of a text before it is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It may be said.
    #[default]
    Pass,
    /// It waits for review: only its author and those who may delete it see it.
    Hold,
    /// It is not taken.
    Refuse(ApiError),
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The room.
    pub room: RoomId,
    /// Who sends it.
    pub author: Uid,
    /// The id that the author's app gave it.
    pub client_id: RequestId,
    /// What it is.
    pub kind: MessageKind,
    /// The text, cleaned.
    pub body: String,
    /// The message that it answers.
    pub reply_to: Option<i64>,
    /// Who is mentioned, each once.
    pub mentions: Vec<Uid>,
    /// What is attached.
    pub attachment: Option<AttachmentId>,
    /// What proves later which encrypted message it was.
    pub commitment: Option<Commitment>,
    /// What automatic moderation says of it.
    pub verdict: Verdict,
    /// Of what was asked for, so that the same id with another message is noticed.
    pub(crate) hash: Vec<u8>,
}

impl Draft {
    /// Reads what somebody asks to send.
    pub fn new(author: &Uid, request: &SendRequest) -> Result<Self, ApiError> {
        let body = checked_body(request.kind, &request.body)?;
        if needs_attachment(request.kind) != request.attachment.is_some() {
            let text = if request.attachment.is_some() {
                format!("a message of kind `{}` has no attachment", request.kind.as_str())
            } else {
                format!("a message of kind `{}` needs an attachment: upload it first", request.kind.as_str())
            };
            return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("attachment"));
        }
        let commitment = request.commitment.as_deref().map(Commitment::read).transpose()?;
        if commitment.is_some() && request.kind != MessageKind::Encrypted {
            let text = "only encrypted messages have a commitment: the house has read all others";
            return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("commitment"));
        }
        if request.mentions.len() > MAX_MENTIONS {
            let text =
                format!("at most {MAX_MENTIONS} people are mentioned in a message, not {}", request.mentions.len());
            return Err(ApiError::new(ErrorCode::TooLarge, text).on_field("mentions"));
        }
        let mut mentions = request.mentions.clone();
        mentions.sort_unstable();
        mentions.dedup();
        let reply_to = request.reply_to.map(i64::try_from).transpose().map_err(|_| no_reply(request.reply_to))?;
        let asked = serde_json::to_vec(request).map_err(|e| ApiError::new(ErrorCode::BadRequest, e.to_string()))?;
        Ok(Self {
            room: request.room_id,
            author: author.clone(),
            client_id: request.request_id.clone(),
            kind: request.kind,
            body,
            reply_to,
            mentions,
            attachment: request.attachment,
            commitment,
            verdict: Verdict::Pass,
            hash: Sha256::digest(&asked).to_vec(),
        })
    }
}

/// The refusal where a message answers one that is not there.
pub(super) fn no_reply(seq: Option<u64>) -> ApiError {
    let text = format!("there is no message {} in this room to answer", seq.unwrap_or_default());
    ApiError::new(ErrorCode::NotFound, text).on_field("reply_to")
}

/// Whether a kind is nothing without an attachment.
pub(super) fn needs_attachment(kind: MessageKind) -> bool {
    matches!(kind, MessageKind::Image | MessageKind::Video | MessageKind::Voice | MessageKind::Gif)
}

/// The body of a message as it is kept, or why it cannot be so.
pub(super) fn checked_body(kind: MessageKind, body: &str) -> Result<String, ApiError> {
    let no = |code, text: String| Err(ApiError::new(code, text).on_field("body"));
    match kind {
        MessageKind::Gift | MessageKind::Notice => {
            let text = format!("a message of kind `{}` is written by the house alone", kind.as_str());
            return Err(ApiError::new(ErrorCode::Forbidden, text).on_field("kind"));
        }
        MessageKind::Encrypted => {
            if body.is_empty() || !body.bytes().all(is_base64) {
                return no(ErrorCode::BadRequest, "an encrypted body is base64 and not empty".to_owned());
            }
            if body.len() > MAX_ENCRYPTED_CHARS {
                let text =
                    format!("an encrypted body has at most {MAX_ENCRYPTED_CHARS} characters, not {}", body.len());
                return no(ErrorCode::TooLarge, text);
            }
            return Ok(body.to_owned());
        }
        MessageKind::Sticker => {
            if body.is_empty() || body.len() > MAX_STICKER_CHARS || !body.bytes().all(is_name) {
                let text = format!("a sticker is named by 1 to {MAX_STICKER_CHARS} of a-z, 0-9, `_` and `-`");
                return no(ErrorCode::BadRequest, text);
            }
            return Ok(body.to_owned());
        }
        MessageKind::Text | MessageKind::Image | MessageKind::Video | MessageKind::Voice | MessageKind::Gif => {}
    }
    let chars = body.chars().count();
    if chars > MAX_MESSAGE_CHARS {
        return no(ErrorCode::TooLarge, format!("a message has at most {MAX_MESSAGE_CHARS} characters, not {chars}"));
    }
    // What is shown with a file needs no words.
    if body.is_empty() && needs_attachment(kind) {
        return Ok(String::new());
    }
    clean(body)
        .map_err(|e| ApiError::new(ErrorCode::BadRequest, format!("this text cannot be sent: {e}")).on_field("body"))
}

/// The longest name of a sticker, in characters.
const MAX_STICKER_CHARS: usize = 64;

fn is_base64(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_')
}

fn is_name(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn drafted(change: &serde_json::Value) -> Result<Draft, ApiError> {
        let mut body = json!({ "request_id": "m-1", "room_id": RoomId::generate(), "body": "hello" });
        for (key, value) in change.as_object().expect("an object") {
            body[key] = value.clone();
        }
        let request: SendRequest = serde_json::from_value(body).expect("a request");
        Draft::new(&Uid::new("maya").expect("a name"), &request)
    }

    #[test]
    fn what_cannot_be_said_is_refused_with_its_field() {
        let cases = [
            (json!({ "body": " \n " }), ErrorCode::BadRequest, "body"),
            (json!({ "body": "x".repeat(MAX_MESSAGE_CHARS + 1) }), ErrorCode::TooLarge, "body"),
            (json!({ "kind": "gift" }), ErrorCode::Forbidden, "kind"),
            (json!({ "kind": "notice" }), ErrorCode::Forbidden, "kind"),
            (json!({ "kind": "encrypted", "body": "not base64!" }), ErrorCode::BadRequest, "body"),
            (json!({ "kind": "encrypted", "body": "A".repeat(MAX_ENCRYPTED_CHARS + 1) }), ErrorCode::TooLarge, "body"),
            (json!({ "kind": "sticker", "body": "Wave Hello" }), ErrorCode::BadRequest, "body"),
            (json!({ "kind": "image" }), ErrorCode::BadRequest, "attachment"),
            (json!({ "attachment": AttachmentId::generate() }), ErrorCode::BadRequest, "attachment"),
            (json!({ "commitment": "AAAA" }), ErrorCode::BadRequest, "commitment"),
            (json!({ "reply_to": u64::MAX }), ErrorCode::NotFound, "reply_to"),
            (
                json!({ "mentions": (0..=MAX_MENTIONS).map(|n| format!("u{n}")).collect::<Vec<_>>() }),
                ErrorCode::TooLarge,
                "mentions",
            ),
        ];
        for (change, code, field) in cases {
            let refused = drafted(&change).expect_err(&format!("{change} is refused"));
            assert_eq!((refused.code, refused.field.as_deref()), (code, Some(field)), "{change}");
        }
        let longest =
            drafted(&json!({ "body": "ж".repeat(MAX_MESSAGE_CHARS) })).expect("characters are counted, not bytes");
        assert_eq!(longest.body.chars().count(), MAX_MESSAGE_CHARS);
        assert!(drafted(&json!({ "kind": "sticker", "body": "wave_1" })).is_ok());
        assert!(drafted(&json!({ "kind": "encrypted", "body": "c2VjcmV0" })).is_ok());
    }

    #[test]
    fn who_is_mentioned_twice_is_mentioned_once() {
        let draft = drafted(&json!({ "mentions": ["leo", "ann", "leo"] })).expect("a draft");
        assert_eq!(draft.mentions.iter().map(Uid::as_str).collect::<Vec<_>>(), ["ann", "leo"]);
    }
}
