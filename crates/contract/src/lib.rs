//! What goes over the wire: one typed catalogue of subjects, requests, replies, pushes, events and error codes, and who may call what.
//!
//! Permissions and the AsyncAPI document are generated from it. Subjects are built here and nowhere else.
//! Bodies are JSON; fields are only ever added. Amounts are decimal strings, times RFC 3339 UTC, ids `UUIDv7`.

pub mod adm;
pub mod api;
pub mod asyncapi;
mod catalogue;
mod error;
mod event;
pub mod generated;
pub mod limits;
mod object;
mod page;
pub mod permissions;
pub mod programme;
mod push;
mod reason;
pub mod room;
pub mod sanction;
pub mod subject;
pub mod svc;
pub mod view;

pub use catalogue::{CATALOGUE, Endpoint, EndpointSpec, Plane, Worker};
pub use error::{Answer, ApiError, ErrorCode, decode};
pub use event::{EVENTS, Event, EventPush, EventSpec};
pub use page::{Page, PageQuery};
pub use push::{Flooding, LegPush, LowBalance, PUSHES, Push, PushSpec, Signal, WalletChanged};
pub use reason::{Reason, ReasonCode};
