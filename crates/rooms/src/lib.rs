//! Rooms of creators and conversations of two: who is in them, what is said in them. All `rooms.*` tables.
//!
//! Each room counts its changes (`rooms.rooms.head`); whatever changes a room, a member or a message locks the room's row first, then
//! members, then accounts by id. No NATS: what members are to be told is given back to the caller.

pub mod row;

pub use row::Room;
