//! Rooms and messages as they are shown: the same forms in replies and pushes.
//!
//! **Order and gaps.** Each room counts its changes: a new message, an edit, a deletion, a reaction, a pin, a member who came or went, a
//! changed setting. Every [`RoomNews`] carries that number as `seq`; numbers of one room grow by one. An app that sees a gap, or that
//! connects anew, asks `chat.sync` for what changed after the last number that it has, and gets each changed message once, as it is now.
//! Typing, receipts and presence are not counted: they are lossy.

use callboard_domain::{
    At, AttachmentId, CallId, Coins, GiftId, MessageId, Millis, RoomAccess, RoomId, RoomKind, RoomMemberState,
    RoomPower, RoomRole, RoomState, Uid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A room as everybody who may see it sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoomView {
    /// The room.
    pub room_id: RoomId,
    /// Whose it is: the creator who earns. Absent for a conversation of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Uid>,
    /// What it is for.
    pub kind: RoomKind,
    /// Its name.
    pub name: String,
    /// What it is about, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// Its category, a lower-case word of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Who may enter.
    pub access: RoomAccess,
    /// Open, locked or closed.
    pub state: RoomState,
    /// What entering costs, once per membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_fee: Option<Coins>,
    /// Until when the host promised to keep it open: if he closes it before, entry fees are given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_until: Option<At>,
    /// How many may be in it.
    pub capacity: u32,
    /// How many are.
    pub members: u32,
    /// Members must wait so long between two messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_mode: Option<Millis>,
    /// Only who has been a member for so long may speak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_only: Option<Millis>,
    /// Whether who comes waits until he is let in.
    pub lobby: bool,
    /// The call that the room holds now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Where the programme of that call is watched while it is on air: an HLS playlist, for members alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch_url: Option<String>,
    /// How members hear of news.
    pub fan_out: FanOut,
    /// When it was made.
    pub created_at: At,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<At>,
    /// The number of its last change.
    pub seq: u64,
}

/// How members hear of news of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum FanOut {
    /// On the connection that they have: pushes `chat.news`.
    Direct,
    /// The room is big: on a second connection with a ticket (`rooms.ticket`), on `room.<id>.chat.news`.
    Ticket,
}

/// What the caller is to a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MyMembership {
    /// Where he stands; absent if he never had to do with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RoomMemberState>,
    /// His role, while a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoomRole>,
    /// What he may do in it now; empty where he is no member. Sanctions are taken into account.
    pub powers: Vec<RoomPower>,
    /// Until when he is muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<At>,
    /// What entering would cost him now; nothing if he paid before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_due: Option<Coins>,
    /// The last message that he read.
    pub read_seq: u64,
    /// Messages of others after it; no more than 1000 are counted.
    pub unread: u32,
}

/// A room with what the caller is to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MyRoom {
    /// The room.
    pub room: RoomView,
    /// The caller in it.
    pub me: MyMembership,
    /// The other one, in a conversation of two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Uid>,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoomMember {
    /// The user.
    pub uid: Uid,
    /// His role.
    pub role: RoomRole,
    /// Where he stands.
    pub state: RoomMemberState,
    /// Since when.
    pub since: At,
    /// Until when he is muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<At>,
}

/// What a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum MessageKind {
    /// Text.
    #[default]
    Text,
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A voice note.
    Voice,
    /// A sticker of the platform, by its name in `body`.
    Sticker,
    /// A moving picture.
    Gif,
    /// A body that only the two in a conversation can read.
    Encrypted,
    /// A gift or a tip; only the house writes it.
    Gift,
    /// Something that happened in the room; only the house writes it.
    Notice,
}

impl MessageKind {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Voice => "voice",
            Self::Sticker => "sticker",
            Self::Gif => "gif",
            Self::Encrypted => "encrypted",
            Self::Gift => "gift",
            Self::Notice => "notice",
        }
    }
}

/// A message as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageView {
    /// The room.
    pub room_id: RoomId,
    /// The message.
    pub message_id: MessageId,
    /// Its place in the room: the number of the change that brought it. Order messages by it.
    pub seq: u64,
    /// The number of the change that it was last touched by.
    pub changed: u64,
    /// Who wrote it.
    pub author: Uid,
    /// The id that the author's app gave it (the `request_id` of `chat.send`).
    pub client_id: String,
    /// When it was taken.
    pub at: At,
    /// What it is.
    pub kind: MessageKind,
    /// The text; empty once it is deleted.
    pub body: String,
    /// The message that it answers, by its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// Who is mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Uid>,
    /// What is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentView>,
    /// The gift that it tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift: Option<GiftView>,
    /// What proves later which encrypted message this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub franking: Option<Franking>,
    /// Reactions, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionView>,
    /// When its author last edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<At>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<At>,
    /// Whether somebody other than its author deleted it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted_by_others: bool,
    /// Whether it is pinned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// Whether it waits for review: only its author and those who may delete it see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// What proves which encrypted message somebody sent, without the house having read it. The receiver's app checks on arrival that the key
/// inside the encrypted body and the plain text give the commitment, and drops the message if they do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Franking {
    /// HMAC-SHA256 of the plain text under a key that the author's app made for this message alone; in base64.
    pub commitment: String,
    /// The house's signature over commitment, room, message, author and time; in base64. A report of the message brings it back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag: String,
}

/// A file that is attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttachmentView {
    /// The file.
    pub attachment_id: AttachmentId,
    /// Its type, found from its content: `image/png`.
    pub content_type: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Width in pixels, for pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels, for pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// How long it plays, for sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Millis>,
    /// Where members fetch it, for some minutes; `chat.attachment` gives it anew.
    pub url: String,
    /// Where members fetch a small picture of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
    /// Until when it can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<At>,
}

/// A gift as a room sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GiftView {
    /// The gift that was given.
    pub gift_id: GiftId,
    /// Which one of the catalogue, or `tip`.
    pub gift: String,
    /// Who gets it.
    pub to: Uid,
    /// How many.
    pub count: u32,
    /// What it cost in all.
    pub amount: Coins,
    /// How many the giver gave in a row by now, this one included.
    pub streak: u32,
}

/// A reaction and who reacted so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReactionView {
    /// The emoji, or the name of one of the platform.
    pub emoji: String,
    /// How many.
    pub count: u32,
    /// The first of them.
    pub uids: Vec<Uid>,
}

/// Something counted happened in a room: on `u.<uid>.chat.news`, and on `room.<id>.chat.news` for those with a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoomNews {
    /// The room.
    pub room_id: RoomId,
    /// The number of this change.
    pub seq: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: RoomChange,
}

/// What happened in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum RoomChange {
    /// A new message.
    Message {
        /// The message.
        message: MessageView,
    },
    /// A message was edited, deleted, reacted to, pinned or let through.
    Changed {
        /// The message as it is now.
        message: MessageView,
    },
    /// Settings, state or the call of the room changed.
    Room {
        /// The room as it is now.
        room: RoomView,
    },
    /// Somebody came, went, or has another role.
    Member {
        /// He, as he is now.
        member: RoomMember,
        /// How many are in the room now.
        members: u32,
    },
    /// Something changed that is not told here: ask `chat.sync`.
    Sync {},
}

/// Somebody types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Typing {
    /// The room.
    pub room_id: RoomId,
    /// Who.
    pub uid: Uid,
    /// It shows until then, unless it is said again.
    pub until: At,
}

/// How far somebody got and read. In big rooms nobody is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptNews {
    /// The room.
    pub room_id: RoomId,
    /// Who.
    pub uid: Uid,
    /// The last message that reached his app.
    pub delivered_seq: u64,
    /// The last message that he read.
    pub read_seq: u64,
}
