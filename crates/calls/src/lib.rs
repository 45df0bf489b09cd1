//! Calls and legs: the commands of their lifecycle, the evidence that somebody was there, and the metering sweep. All `calls.*` tables.
//!
//! Money and the thing that it pays for change in one transaction. Lock order: shard row, then leg, then accounts by id.
//! Everything that changes a call goes through `batch`, so that a command and the sweep cannot differ. No NATS, no media.

mod batch;
pub mod books;
mod evidence;
mod going;
pub mod holds;
mod lifecycle;
mod load;
mod membership;
mod model;
mod open;
pub mod programmes;
mod reads;
pub mod refunds;
mod sanction;
mod save;
mod staff;
mod sweep;
pub mod tariffs;
mod timeouts;
mod times;

pub use evidence::{Beat, Flushed};
pub use going::{Going, going};
pub use membership::{Membership, OnProgramme, Peer, live_members};
pub use reads::burn::{Burn, burn_of, house_burn};
pub use sanction::InCall;
pub use sweep::{Swept, TariffCache};
pub use times::Times;

use callboard_contract::api::calls::IceServer;
use callboard_store::Store;

/// The calls of the house.
#[derive(Clone, Debug)]
pub struct Calls {
    store: Store,
    times: Times,
    ice_servers: Vec<IceServer>,
}

impl Calls {
    /// Calls kept in a database, with the times that hold in this house and the ICE servers that `join` hands out.
    pub fn new(store: Store, times: Times, ice_servers: Vec<IceServer>) -> Self {
        Self { store, times, ice_servers }
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The times that hold.
    pub fn times(&self) -> Times {
        self.times
    }
}
