//! `automod`: rules about messages, of the platform, of a tenant or of a room, and what they hit.
//!
//! A rule can be tested on a text and on the messages of the last days before it is switched on. What rules of several scopes say of one
//! message, the strictest word decides.

use callboard_domain::{At, Hit, MessageId, RequestId, RoomId, RuleAction, RuleName, RuleSet, Scope, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::chat::Reviewed;
use crate::catalogue::endpoints;
use crate::room::MessageView;
use crate::{Page, Reason};

endpoints! { Adm "automod" by Moderation {
    Ls = "ls" (reads, Policies) LsRequest => Page<RuleSetView>, "Lists the rules of all scopes, or of one.";
    Set = "set" (changes, Policies) SetRequest => RuleSetView, "Sets the rules of a scope; they hold everywhere within a second.";
    Switch = "switch" (changes, Policies) SwitchRequest => RuleSetView, "Switches a rule on or off.";
    Test = "test" (reads, Policies) TestRequest => TestReply, "Says what rules would do to a text, or would have done to the messages of the last days; those that are off are tested too.";
    Held = "held" (reads, SeeRooms) HeldRequest => Page<MessageView>, "Lists messages that wait for review, the oldest first.";
    Review = "review" (changes, Moderate) ReviewRequest => Reviewed, "Lets messages through that wait for review, or takes them out.";
    Hits = "hits" (reads, Policies) HitsRequest => Page<HitView>, "Lists what rules hit, newest first.";
}}

/// Asks for rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// Only those of this scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The rules of a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleSetView {
    /// Where they hold.
    pub scope: Scope,
    /// 0 where none were ever set, then one more for each change.
    pub version: i64,
    /// The rules.
    pub rules: RuleSet,
    /// When they were set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_at: Option<At>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_by: Option<String>,
}

/// Sets rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Where they hold: `platform`, `tenant:UID`, `room:ID`.
    pub scope: Scope,
    /// All rules of the scope; those that are not among them are gone.
    #[serde(deserialize_with = "crate::object::only")]
    pub rules: RuleSet,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Refuse with `stale` if their version is another by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_version: Option<i64>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Switches a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// Whose rule.
    pub scope: Scope,
    /// Its name.
    pub rule: RuleName,
    /// Whether it is on from now on.
    pub on: bool,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Tests rules on a text, or on messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestRequest {
    /// Whose rules, and whose messages.
    pub scope: Scope,
    /// Rules in the place of those that are set.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::object::maybe")]
    pub rules: Option<RuleSet>,
    /// On this text, written by a member who has long been known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// On the messages of so many days, 1 to 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// What rules would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestReply {
    /// How many messages were looked at.
    pub looked_at: u32,
    /// Whether there were more than are looked at: the newest were.
    pub more: bool,
    /// How many messages at least one rule would hit.
    pub hit: u32,
    /// What each rule would hit; those that would hit nothing too.
    pub rules: Vec<RuleTally>,
}

/// What a rule would hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleTally {
    /// Its name.
    pub rule: RuleName,
    /// What it does.
    pub action: RuleAction,
    /// How many messages.
    pub hits: u32,
    /// A few of them.
    pub samples: Vec<Sample>,
}

/// Something that a rule would hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// The message; absent for a text that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// Its room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// Its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Uid>,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// The beginning of its text.
    pub body: String,
    /// What in it was found.
    pub found: Vec<String>,
}

/// Asks for what waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldRequest {
    /// Only in this room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Decides on messages that wait.
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
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Asks for hits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HitsRequest {
    /// Only by rules of this scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
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

/// What a rule hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HitView {
    /// When.
    pub at: At,
    /// Where.
    pub room_id: RoomId,
    /// Who wrote it.
    pub author: Uid,
    /// The message; absent where it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// Whose rule.
    pub scope: Scope,
    /// Its name.
    pub rule: RuleName,
    /// What it did.
    pub action: RuleAction,
    /// What in the text it found.
    pub found: Vec<String>,
}

/// What of a text a rule found.
pub fn found(hit: &Hit, text: &str) -> Vec<String> {
    hit.spans.iter().map(|span| span.of(text)).collect()
}
