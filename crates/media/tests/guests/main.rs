//! Guests over real WebRTC on the machine's own loopback: a synthetic publisher on one side, a guest's pipeline on the other.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod comings;
mod lines;
mod meeting;
mod offers;
mod pictures;
