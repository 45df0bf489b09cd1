//! A whole Callboard on one machine: a private nats-server, a private PostgreSQL cluster and the workers, all below one
//! data folder. `callboard up` and the tests use it; production runs the workers against servers of its own.
//!
//! What must always hold: at most one supervisor per data folder; what is acknowledged is on disk (private servers run
//! with the same durability as production); ports, keys and passwords are made once and kept; after `down` no process
//! of the stack is left, even when its supervisor was killed. The crate holds no SQL client and no business rule: what
//! needs either is done by the worker binaries that it starts.

mod detach;
mod down;
mod error;
mod files;
mod health;
mod layout;
mod nats;
mod options;
mod os_user;
mod postgres;
mod process;
mod programs;
mod secrets;
mod stack;
mod state;
mod supervise;

pub use detach::{detach, terminated};
pub use down::{DownReport, down};
pub use error::{Result, StackError};
pub use layout::DataDir;
pub use nats::{AllowResponses, Nats, NatsOptions, NatsPorts, Permissions, WorkerPermissions, render_config};
pub use options::{ExternalDatabase, StackOptions};
pub use postgres::Postgres;
pub use programs::{
    NATS_SERVER_MINIMUM, POSTGRES_MINIMUM, RestreamCheck, check_restream, find_nats_server, find_postgres,
};
pub use secrets::{Identity, Secrets};
pub use stack::Stack;
pub use state::{DatabaseState, NatsState, Phase, ServerState, StackState, WorkerState};
pub use supervise::{ProcessStatus, Program, Supervised};
