//! Messages on a real database: in what order they stand, who may say what, who sees what, and that whoever asks what changed ends with
//! what there is.

#[allow(dead_code, reason = "the other tests of rooms use all of it")]
#[path = "../rooms/house.rs"]
mod house;

mod changes;
mod finding;
mod pair;
mod reading;
mod sending;
mod talk;
mod two_views;
