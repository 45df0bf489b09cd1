//! NATS plumbing: connect, host endpoints, call endpoints, push, publish events, keep streams and presence.
//!
//! What must always hold: subjects come from `contract`; a caller is taken from the subject, never from a body; a worker answers
//! garbage with a refusal and lives on; replies go to inboxes only and never carry the header of pushes. No SQL, no business rules.

mod call;
mod connection;
mod error;
mod events;
mod files;
mod host;
mod jobs;
mod micro;
mod presence;
mod push;
mod reconcile;
mod streams;

pub use call::DEFAULT_DEADLINE;
pub use connection::{Auth, Bus, ConnectConfig, ConnectionState};
pub use error::{BusError, CallError, CallErrorKind};
pub use events::{Ack, HousePinger};
pub use files::StoredFile;
pub use host::{Caller, Host, Observation, RequestInfo, Shut, Shutdown};
pub use jobs::{DELIVERIES, Job, Jobs, LEASE};
pub use micro::{EndpointInfo, EndpointStats, ServiceInfo, ServicePing, ServiceStats};
pub use presence::PresenceChange;
pub use push::PackedPush;
pub use reconcile::StoredEventId;
pub use tokio_util::sync::CancellationToken;
