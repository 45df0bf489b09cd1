//! Rooms of creators and conversations of two: who is in them, what is said in them. All `rooms.*` tables.
//!
//! Each room counts its changes (`rooms.rooms.head`); whatever changes a room, a member or a message locks the room's row first, then
//! members, then accounts by id. No NATS: what members are to be told is given back to the caller.

pub mod attachments;
pub mod books;
pub mod chat;
mod check;
pub mod closing;
mod command;
pub mod contacts;
pub mod direct;
pub mod entering;
pub mod evidence;
pub mod expel;
mod fees;
pub mod franking;
pub mod gift;
pub mod holding;
pub mod inviting;
pub mod judged;
pub mod listening;
pub mod lists;
pub mod making;
pub mod member;
pub mod mine;
pub mod order;
mod refusal;
pub mod row;
mod scene;
pub mod settings;
pub mod staff;
pub mod standing;
mod stored;
pub mod told;

pub use member::MemberRow;
pub use row::Room;
pub use standing::Standing;
pub use told::{Did, Told};
