//! What is said in rooms: sending, changing, reading and finding messages, and how far members got.
//!
//! What must always hold: a message has its place (`seq`) from the count of its room, taken while the room's row is locked, so that the
//! order of places is the order of commits; each change of a message takes a new number (`changed`), one number for one message; what is
//! held for review is seen by its author and by those who may delete it, and by nobody else, in whatever way he reads.

mod act;
mod delete;
mod draft;
mod emoji;
mod history;
mod message;
mod notify;
mod pin;
mod post;
mod react;
mod reader;
mod receipts;
mod review;
mod search;
mod staff;
mod sync;
mod untold;
mod walk;

pub use act::edit;
pub use delete::{delete, release, remove};
pub use draft::{Draft, Verdict};
pub use history::{history, pins};
pub use pin::pin;
pub use post::{Posted, post};
pub use react::react;
pub use reader::may_type;
pub use receipts::{Reached, Receipt, note_receipts, receipts};
pub use review::{held, review, review_as_staff};
pub use search::search;
pub use staff::messages_for_staff;
pub use sync::sync;
pub use untold::{Audience, Ear, Lag, advance_told, audiences, lagging, untold};
