//! `viewers` for staff: which players watch a programme at this house's own address, and the end of one that is not to watch any more.
//!
//! A viewer is a player with a ticket of its own. The house does not know who sits before it.

use callboard_domain::{At, ProgrammeId, RequestId, ViewerId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::endpoints;
use crate::{Page, Reason};

endpoints! { Adm "viewers" by Restream {
    Ls = "ls" (reads, See) LsRequest => Page<ViewerRow>, "Lists the players that watch a programme now, newest first.";
    End = "end" (changes, Slate) EndRequest => Ended, "Ends a viewer: its player is refused the next time it asks for anything.";
}}

/// Asks for viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LsRequest {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A player that watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ViewerRow {
    /// The viewer.
    pub viewer_id: ViewerId,
    /// When its player first asked for something, as far as the worker that serves it remembers.
    pub since: At,
    /// When it last did.
    pub seen_at: At,
    /// How often it did.
    pub requests: u64,
}

/// Ends a viewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// Makes a repeat recognisable.
    pub request_id: RequestId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The viewer.
    pub viewer_id: ViewerId,
    /// Why.
    #[serde(deserialize_with = "crate::object::only")]
    pub reason: Reason,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// A viewer that was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The viewer.
    pub viewer_id: ViewerId,
    /// Whether nothing was really done.
    pub dry_run: bool,
}

/// Inside the house: asks the worker that runs a programme who watches it, and tells it whom to refuse from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Somebody who was just ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<ViewerId>,
}
