//! The shared ground of the database: the pool, its clock, stored answers, the outbox, house liveness and the action log.
//!
//! One fact, one transaction: a command's change, its answer and the events that tell of it are committed together or not at all.
//! Nothing here knows a business rule, and nothing here talks to NATS: the bins carry rows to the bus.

mod action_list;
mod actions;
mod command;
mod error;
mod house;
mod outbox;
mod pool;
mod pushes;

pub use action_list::{actions_export, actions_page, hex};
pub use actions::{Action, ActionFault, log_action, verify_actions};
pub use command::{Begun, Command};
pub use error::{StoreError, refuse};
pub use house::{HouseTime, Touch, house_time, note_outage, outages_since, touch_house};
pub use outbox::{
    NewEvent, OutboxId, Relay, Relayed, WirePush, emit, emit_many, event_ids, events_page, known_events, outbox_ids,
    outbox_lag,
};
pub use pool::{Store, now};
pub use pushes::{latest_seq, prune_pushes, pushes_after};
