//! Rooms of creators and conversations of two: who is in them, what is said in them. All `rooms.*` tables.
//!
//! Each room counts its changes (`rooms.rooms.head`); whatever changes a room, a member or a message locks the room's row first, then
//! members, then accounts by id. No NATS: what members are to be told is given back to the caller.

pub mod member;
pub mod row;
pub mod standing;
pub mod told;

pub use member::MemberRow;
pub use row::Room;
pub use standing::Standing;
pub use told::{Did, Told};
