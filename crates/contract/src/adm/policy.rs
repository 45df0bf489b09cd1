//! `policy`: lists of people, devices, words and links to be rid of, to which the platform, tenants and rooms subscribe.

use callboard_domain::{At, ListName, PolicyEntry, PolicyKind, PolicyMode, Recommendation, RequestId, Scope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::automod::RuleTally;
use crate::catalogue::endpoints;
use crate::{Page, Reason};

endpoints! { Adm "policy" by Moderation {
    Ls = "ls" (reads, Policies) crate::PageQuery => Page<PolicyView>, "Lists the policy lists with who follows them.";
    Show = "show" (reads, Policies) ShowRequest => Page<PolicyEntry>, "Gives the entries of a policy list.";
    Import = "import" (changes, Policies) ImportRequest => ImportReply, "Adds entries to a policy list, changes them and takes them out; makes the list if there is none.";
    Subscribe = "subscribe" (changes, Policies) SubscribeRequest => PolicyView, "Makes a scope follow a policy list, or not any more.";
    Simulate = "simulate" (reads, Policies) SimulateRequest => SimulateReply, "Says who and what a policy list would hit in a scope now.";
}}

/// A policy list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyView {
    /// Its name.
    pub name: ListName,
    /// One more for each change.
    pub version: i64,
    /// How many entries it has.
    pub entries: u32,
    /// When it was changed.
    pub set_at: At,
    /// By whom.
    pub set_by: String,
    /// Who follows it.
    pub subscriptions: Vec<Subscription>,
}

/// Who follows a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subscription {
    /// Where it holds.
    pub scope: Scope,
    /// How.
    pub mode: PolicyMode,
}

/// Asks for entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowRequest {
    /// The list.
    pub name: ListName,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Changes a list. What is not named stays, so that a long list comes in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The list.
    pub name: ListName,
    /// Entries that are to stand in it, at most 500 at once.
    #[serde(default, deserialize_with = "crate::object::each")]
    pub entries: Vec<PolicyEntry>,
    /// Entries that are to go, by kind and entity, at most 500 at once.
    #[serde(default, deserialize_with = "crate::object::each")]
    pub remove: Vec<PolicyKey>,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Names an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyKey {
    /// What it is about.
    pub kind: PolicyKind,
    /// The name, the word or the domain.
    pub entity: String,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReply {
    /// The list after it.
    pub list: PolicyView,
    /// Entries that are new.
    pub added: u32,
    /// Entries that were there and say something else now.
    pub changed: u32,
    /// Entries that are gone.
    pub removed: u32,
}

/// Follows a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscribeRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The list.
    pub name: ListName,
    /// Where it is to hold.
    pub scope: Scope,
    /// How; absent to follow it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<PolicyMode>,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Asks what a list would hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulateRequest {
    /// The list.
    pub name: ListName,
    /// Where: `platform`, `tenant:UID`, `room:ID`.
    pub scope: Scope,
    /// On the messages of so many days, 1 to 30; 7 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// What a list would hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SimulateReply {
    /// Who, by what.
    pub people: Vec<PolicyHit>,
    /// Whether there are more people than are shown.
    pub more_people: bool,
    /// How many messages were looked at.
    pub looked_at: u32,
    /// Whether there were more messages than are looked at: the newest were.
    pub more: bool,
    /// What its words and links would hit.
    pub rules: Vec<RuleTally>,
}

/// Somebody whom a list would hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyHit {
    /// Who.
    pub uid: callboard_domain::Uid,
    /// By an entry about him, or about a device of his.
    pub kind: PolicyKind,
    /// The entry.
    pub entity: String,
    /// What it recommends.
    pub recommendation: Recommendation,
    /// Why.
    pub reason: String,
}
