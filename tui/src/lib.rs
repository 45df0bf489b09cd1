//! The console: live calls as they burn, the opened call, money and workers, and the acts of staff on them.
//!
//! State, view and connection are three modules that know little of each other: the connection sends updates into a queue,
//! the state changes by updates and keys, the view draws the state. Keys always come before updates.

mod app;
pub mod bench;
mod conn;
mod logs;
mod picture;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_air;
#[cfg(test)]
mod sample_rooms;
mod state;
mod term;
#[cfg(test)]
mod tests;
mod text;
mod view;

pub use app::{Options, run};
pub use picture::Wish as Pictures;
