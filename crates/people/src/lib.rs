//! People: users with their devices and settings, staff with their roles, the connections that the sign-in let in.
//!
//! All `people.*` tables are read and written here and nowhere else. Roles and limits are read at each request: nothing
//! here remembers them. What staff change is written into the action log in the same transaction.

pub mod bans;
pub mod blocks;
pub mod connections;
pub mod floods;
pub mod keys;
mod notice_kinds;
pub mod notices;
pub mod persons;
pub mod privacy;
pub mod sanctions;
pub mod settings;
pub mod staff;
mod staff_rows;
pub mod tickets;
pub mod users;
