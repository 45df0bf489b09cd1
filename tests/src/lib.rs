//! The harness of the whole-system tests: a real stack in a folder of its own, real client apps over WebSocket, real staff.
//!
//! What must always hold: when a [`House`] is dropped, nothing of it is left running; nothing waits for a span of time where a
//! condition can be waited for; what is not there fails the test at once, with what was looked for.

mod cli;
mod follower;
pub mod garbage;
pub mod hostile;
mod house;
mod options;
mod person;
mod probe;
mod requests;
mod rows;
mod sample;
mod tokens;
mod wait;

pub use follower::{Follower, log_of};
pub use house::House;
pub use options::Options;
pub use person::{Beats, Person, Talk};
pub use probe::Probe;
pub use requests::{entering, opening, saying};
pub use rows::Rows;
pub use sample::{Form, sample};
pub use tokens::{compact, hs256, now_s};
pub use wait::{PATIENCE, eventually, within};

use callboard_contract::{Reason, ReasonCode};
use callboard_domain::{Coins, Uid};

/// An amount.
pub fn coins(text: &str) -> Coins {
    text.parse().expect("an amount")
}

/// A user.
pub fn uid(text: &str) -> Uid {
    Uid::new(text).expect("a user's name")
}

/// The reason of all that tests do.
pub fn why() -> Reason {
    Reason { code: ReasonCode::Test, note: None }
}
