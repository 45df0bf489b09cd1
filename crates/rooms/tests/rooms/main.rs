//! Rooms on a real database: who comes in, what it costs, who keeps order, and what two say to each other.

mod close;
mod contacts;
mod count;
mod direct;
mod enter;
mod fees;
mod holding;
mod house;
mod order;
mod staff;
mod tickets;
