//! `chat`: messages in rooms and conversations.
//!
//! `chat.send` is taken once for each `request_id` of an author in a room, however often it comes: the answer is the message that was
//! taken. What was answered is kept. Messages of a room are ordered by `seq`; see [`crate::room`] for how gaps are closed.

use callboard_domain::{At, AttachmentId, MessageId, RequestId, RoomId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::Page;
use crate::catalogue::endpoints;
use crate::room::{AttachmentView, MessageKind, MessageView, RoomMember, RoomView};

endpoints! { Api "chat" by Rooms {
    Send = "send" (changes) SendRequest => MessageView, "Sends a message; the request id is the message's id in the author's app.";
    Edit = "edit" (changes) EditRequest => MessageView, "Changes the text of an own message.";
    Delete = "delete" (changes) DeleteRequest => Deleted, "Deletes own messages, or as somebody who keeps order others'.";
    React = "react" (changes) ReactRequest => MessageView, "Reacts to a message, or takes a reaction back.";
    Review = "review" (changes) ReviewRequest => Reviewed, "Lets messages through that wait for review, or takes them out; for those who may delete others'.";
    Pin = "pin" (changes) PinRequest => MessageView, "Pins a message, or takes it down.";
    Pins = "pins" (reads) PinsRequest => Page<MessageView>, "Lists the pinned messages of a room.";
    Type = "typing" (reads) TypingRequest => Done, "Says that the caller types; it shows for a few seconds.";
    Receipt = "read" (reads) ReceiptRequest => Done, "Says how far messages reached the caller's app and how far he read.";
    Receipts = "receipts" (reads) ReceiptsRequest => ReceiptList, "Says how far each member of a small room got and read.";
    History = "history" (reads) HistoryRequest => MessagePage, "Gives messages before or after a place, in their order.";
    Sync = "sync" (reads) SyncRequest => SyncReply, "Gives everything that changed in a room after a number.";
    Search = "search" (reads) SearchRequest => Page<MessageView>, "Finds messages with words in the caller's rooms, newest first.";
    UploadStart = "upload_start" (changes) UploadStartRequest => UploadStarted, "Asks for a place to upload a file that is to be attached to a message.";
    UploadDone = "upload_done" (changes) UploadDoneRequest => AttachmentView, "Says that a file was uploaded; tells what it was found to be, or why it was refused.";
    Attachment = "attachment" (reads) AttachmentRef => AttachmentView, "Gives new links to a file of a message, which are good for some minutes.";
}}

/// Sends a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendRequest {
    /// The message's id in the author's app. Sent again, it is the same message.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// What it is.
    #[serde(default)]
    pub kind: MessageKind,
    /// The text, at most 4000 characters; for `encrypted` the opaque body in base64.
    #[serde(default)]
    pub body: String,
    /// The message that it answers, by its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// Who is mentioned, at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Uid>,
    /// What is attached: uploaded before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentId>,
    /// For `encrypted`: HMAC-SHA256 of the plain text under a key that is inside the body; 32 bytes in base64. Without it nobody can
    /// prove in a report what was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
}

/// Edits a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The message.
    pub message_id: MessageId,
    /// The new text.
    pub body: String,
}

/// Deletes messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The messages, 1 to 100.
    pub message_ids: Vec<MessageId>,
}

/// What was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deleted {
    /// The messages that are gone now; those that were gone before are among them.
    pub message_ids: Vec<MessageId>,
}

/// Decides on messages that wait for review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The messages, 1 to 100.
    pub message_ids: Vec<MessageId>,
    /// Whether they are let through; else they are taken out.
    pub approve: bool,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reviewed {
    /// The messages that it was decided on; those that were decided before are not among them.
    pub message_ids: Vec<MessageId>,
}

/// Reacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The message.
    pub message_id: MessageId,
    /// The emoji.
    pub emoji: String,
    /// Whether the caller reacts so, or takes it back.
    pub on: bool,
}

/// Pins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// The message.
    pub message_id: MessageId,
    /// Whether it is pinned.
    pub on: bool,
}

/// Asks for pins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinsRequest {
    /// The room.
    pub room_id: RoomId,
}

/// Says that the caller types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TypingRequest {
    /// The room.
    pub room_id: RoomId,
}

/// Says how far the caller got. Numbers only grow; what is absent stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptRequest {
    /// The room.
    pub room_id: RoomId,
    /// The last message that reached the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_seq: Option<u64>,
    /// The last message that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_seq: Option<u64>,
}

/// Asks how far members got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptsRequest {
    /// The room.
    pub room_id: RoomId,
}

/// How far members got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptList {
    /// Members with their receipts; empty in big rooms.
    pub items: Vec<crate::room::ReceiptNews>,
}

/// Asks for messages. With neither `before` nor `after`: the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryRequest {
    /// The room.
    pub room_id: RoomId,
    /// Messages before this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// Messages after this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// At most so many (1 to 100, 50 if absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Messages in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessagePage {
    /// The messages, the oldest first.
    pub items: Vec<MessageView>,
    /// Whether there are more in the direction that was asked for.
    pub more: bool,
    /// The number of the room's last change, as of these messages.
    pub seq: u64,
}

/// Asks what changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncRequest {
    /// The room.
    pub room_id: RoomId,
    /// The last number that the app has.
    pub after: u64,
    /// At most so many messages (1 to 100, 100 if absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What changed in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncReply {
    /// Messages that are new or changed, each once and as it is now, by the number of their last change.
    pub messages: Vec<MessageView>,
    /// Members who came, went or have another role.
    pub members: Vec<RoomMember>,
    /// The room, if its settings changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomView>,
    /// The number up to which this answer goes: ask again after it if there is more.
    pub seq: u64,
    /// Whether there is more.
    pub more: bool,
}

/// Searches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// Words, all of which must be in the message; `"in quotes"` they must follow each other, `-word` must not be there.
    pub query: String,
    /// Only in this room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// Only by this author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Uid>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Asks for a place to upload a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadStartRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room to which it will be sent.
    pub room_id: RoomId,
    /// What the message will be: `image`, `gif`, `voice` or `video`.
    pub kind: MessageKind,
    /// Its type, without parameters: `image/png`, `image/jpeg`, `image/webp`, `image/gif`, `audio/ogg` (Opus), `audio/webm`, `audio/mp4`,
    /// `video/webm`, `video/mp4`.
    pub content_type: String,
    /// Its exact length in bytes.
    pub bytes: u64,
    /// Its name, for those who keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Where a file goes: `PUT` it there, once, with the type and the length that were said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UploadStarted {
    /// The file.
    pub attachment_id: AttachmentId,
    /// The address.
    pub url: String,
    /// Until when the upload must have begun.
    pub expires_at: At,
    /// How long it may be.
    pub max_bytes: u64,
}

/// Says that a file was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadDoneRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The file.
    pub attachment_id: AttachmentId,
}

/// Names a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentRef {
    /// The file.
    pub attachment_id: AttachmentId,
}
