//! What workers ask each other about rooms and connections.

use callboard_domain::{RoomId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `svc.room`: asked of the worker of rooms.
pub mod room {
    use super::TellRequest;
    use crate::api::Done;
    use crate::catalogue::endpoints;

    endpoints! { Svc "room" by Rooms {
        Tell = "tell" (reads) TellRequest => Done, "Tells members what another worker changed in a room; what is not asked for is found a second later.";
    }}
}

/// `svc.connection`: asked of signaling.
pub mod connection {
    use super::{CutReply, CutRequest};
    use crate::catalogue::endpoints;

    endpoints! { Svc "connection" by Signaling {
        Cut = "cut" (reads) CutRequest => CutReply, "Cuts the connections of a user: all of them, or those that hear one room.";
    }}
}

/// Names rooms in which something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TellRequest {
    /// The rooms.
    pub room_ids: Vec<RoomId>,
}

/// Cuts connections. They may sign in again unless something forbids it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutRequest {
    /// Whose.
    pub uid: Uid,
    /// Only those with a ticket for this room; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// Why, where it is because he floods the house: it is noted, and he may sign in again only after a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flood: Option<Flood>,
}

/// Somebody goes on asking although he is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flood {
    /// The worker that he floods.
    pub worker: String,
}

/// What was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CutReply {
    /// How many connections were cut, or were gone already when they were to be.
    pub cut: u32,
    /// How many could not be cut: they may still be open.
    #[serde(default)]
    pub left: u32,
}
