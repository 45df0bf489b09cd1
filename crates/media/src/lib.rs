//! A call on air: one programme out of the pictures and sounds of its guests, mixed and encoded once, sent to any number of targets.
//!
//! A programme runs in a process of its own, told what is wanted by lines of JSON on its standard input and telling what happens on its
//! standard output ([`control`]). The mixer never stops: with nobody, with one, while guests come, go and vanish, and whatever a target does.

mod allocator;
pub mod analyse;
pub mod child;
pub mod control;
pub mod encode;
pub mod error;
pub mod feed;
pub mod guest;
pub mod layout;
pub mod mixer;
pub mod synthetic;
pub mod targets;
pub mod trial;

pub use child::run_child;
pub use error::MediaError;

/// Makes `GStreamer` ready; may be called any number of times.
pub fn init() -> Result<(), MediaError> {
    gstreamer::init().map_err(|e| MediaError::Setup(format!("cannot start GStreamer: {e}")))
}
