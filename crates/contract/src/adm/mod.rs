//! What staff may ask. Each needs a power; the role is read from the database at every request, not only at sign-in.
//!
//! Acts carry a request id, a reason where they touch people or money, and `dry_run`: then the worker does everything,
//! answers what would have happened, and takes it back.

pub mod audit;
pub mod automod;
pub mod books;
pub mod calls;
pub mod cases;
pub mod events;
pub mod gifts;
pub mod holds;
pub mod moderation;
pub mod money;
pub mod people;
pub mod policy;
pub mod refund;
pub mod restream;
pub mod rooms;
pub mod staff;
pub mod tariff;
pub mod users;
pub mod viewers;
pub mod wallet;
