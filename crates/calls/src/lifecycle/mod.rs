//! What members do with calls: each verb a command that can arrive twice.

mod answer;
mod change;
mod hang_up;
mod initiate;
mod join;
mod reserve;

pub(crate) use hang_up::{after_leg, depart, end_all};

use callboard_domain::Uid;

/// The principal of a user in stored answers and in the log.
pub(crate) fn user(uid: &Uid) -> String {
    format!("user:{uid}")
}
