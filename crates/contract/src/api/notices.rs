//! `notices`: what a person should know of, kept until he reads it.
//!
//! A notice is written together with what it tells of and pushed as `notices.new`. It holds no text of messages: what was deleted since is
//! not told on. How much a room tells is set for each room: `mentions` where nothing was set.

use callboard_domain::{At, MessageId, NoticeId, RequestId, RoomId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Nothing;
use crate::catalogue::endpoints;

endpoints! { Api "notices" by Signaling {
    Ls = "ls" (reads) LsRequest => NoticePage, "Lists the caller's notices, the newest first, with how many are unread.";
    Read = "read" (changes) ReadRequest => UnreadCount, "Marks notices as read: one, those of a room, or all up to one.";
    Settings = "settings" (reads) Nothing => NoticeSettings, "Lists the rooms for which the caller set what he is told.";
    Set = "set" (changes) SetRequest => NoticeSetting, "Sets what a room tells the caller.";
}}

/// What a notice tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum NoticeKind {
    /// Somebody mentioned the user.
    Mention,
    /// Somebody answered a message of his.
    Reply,
    /// Somebody wrote in a room of which he wants to hear all.
    Message,
    /// Somebody invited him to a room, or wants to talk to him.
    Invited,
    /// Somebody gave him a gift.
    Gift,
    /// What became of his report or appeal.
    Outcome,
    /// Something was imposed on him, or taken back.
    Sanction,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Mention, Self::Reply, Self::Message, Self::Invited, Self::Gift, Self::Outcome, Self::Sanction];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Reply => "reply",
            Self::Message => "message",
            Self::Invited => "invited",
            Self::Gift => "gift",
            Self::Outcome => "outcome",
            Self::Sanction => "sanction",
        }
    }

    /// Whether what a room may tell is set by the user; the others are always told.
    pub const fn is_of_rooms(self) -> bool {
        matches!(self, Self::Mention | Self::Reply | Self::Message | Self::Gift)
    }
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// The notice. Later ones have greater ids.
    pub notice_id: NoticeId,
    /// What it tells of.
    pub kind: NoticeKind,
    /// When it was written.
    pub at: At,
    /// Who did what it tells of; absent where it was the house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Uid>,
    /// In which room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// By which message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// That message's place in the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What the house has to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// When it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<At>,
}

/// A new notice, as it is pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewNotice {
    /// The notice.
    pub notice: Notice,
    /// How many are unread with it; 1000 stands for more.
    pub unread: u32,
}

/// Asks for notices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// Only those that were not read.
    #[serde(default)]
    pub unread: bool,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoticePage {
    /// The notices, the newest first.
    pub items: Vec<Notice>,
    /// Where the next page starts; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many are unread; 1000 stands for more.
    pub unread: u32,
}

/// Marks notices as read. Exactly one of the three is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// This one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_id: Option<NoticeId>,
    /// This one and all before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<NoticeId>,
    /// All of this room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
}

/// How many notices are unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnreadCount {
    /// How many; 1000 stands for more.
    pub unread: u32,
}

/// How much a room tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum NoticeLevel {
    /// Every message; in big rooms as `mentions`.
    All,
    /// Mentions and answers.
    #[default]
    Mentions,
    /// Nothing.
    None,
}

impl NoticeLevel {
    /// All levels.
    pub const ALL: [Self; 3] = [Self::All, Self::Mentions, Self::None];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::None => "none",
        }
    }
}

/// What a room tells the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoticeSetting {
    /// The room.
    pub room_id: RoomId,
    /// How much.
    pub level: NoticeLevel,
    /// Whether notices of it are kept but not pushed.
    pub quiet: bool,
}

/// Where something was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoticeSettings {
    /// The rooms.
    pub items: Vec<NoticeSetting>,
}

/// Sets what a room tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The room.
    pub room_id: RoomId,
    /// How much.
    pub level: NoticeLevel,
    /// Whether notices of it are kept but not pushed.
    #[serde(default)]
    pub quiet: bool,
}
