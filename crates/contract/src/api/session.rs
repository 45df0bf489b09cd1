//! `session`: who am I, what did I miss, which of my devices are here.

use callboard_domain::{At, DeviceId, Uid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Nothing;
use crate::Push;
use crate::catalogue::endpoints;

endpoints! { Api "session" by Signaling {
    Hello = "hello" (reads) HelloRequest => HelloReply, "Says who the caller is, what time it is and which limits hold.";
    Sync = "sync" (reads) SyncRequest => SyncReply, "Gives the pushes after a sequence number, for an app that missed some.";
    Devices = "devices" (reads) Nothing => DevicesReply, "Lists the devices on which the caller is signed in.";
}}

/// Asks who the caller is; names the device, so that it can be listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HelloRequest {
    /// The device on which the app runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// The answer to `hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HelloReply {
    /// The caller.
    pub uid: Uid,
    /// The server's clock.
    pub server_time: At,
    /// `development`, `production`, …
    pub environment: String,
    /// The limits that hold.
    pub limits: ClientLimits,
    /// What this house can do: `chat`, `audio`, `video`, `group`.
    pub features: Vec<String>,
    /// The sequence number of the last push; ask `sync` from here after a gap.
    pub seq: u64,
    /// How many notices are unread; 1000 stands for more.
    #[serde(default)]
    pub unread_notices: u32,
}

/// Limits and times that an app has to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientLimits {
    /// The largest message that the server takes from a client.
    pub max_payload_bytes: u64,
    /// How often to beat during a call.
    pub beat_ms: u64,
    /// After this long without beats time stops counting.
    pub grace_ms: u64,
    /// How long a call rings.
    pub ring_ms: u64,
    /// How long an accepted call may take to start.
    pub join_ms: u64,
    /// People in one call.
    pub max_members: u32,
    /// Items of one page.
    pub max_page: u32,
}

/// Asks for missed pushes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncRequest {
    /// The last sequence number that the app has seen.
    pub after: u64,
}

/// Missed pushes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncReply {
    /// The pushes in order.
    pub pushes: Vec<Push>,
    /// The sequence number of the last push that there is.
    pub seq: u64,
    /// Whether these were all; if not, ask again after the last.
    pub complete: bool,
}

/// The caller's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DevicesReply {
    /// The devices.
    pub devices: Vec<Device>,
}

/// A device on which a user is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Device {
    /// The device.
    pub device: DeviceId,
    /// When it said hello last.
    pub last_seen: At,
}
