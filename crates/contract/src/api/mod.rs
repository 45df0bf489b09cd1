//! What client apps may ask (CONTRACT). The caller is token 3 of the subject; no body names him.

pub mod calls;
pub mod chat;
pub mod gifts;
pub mod keys;
pub mod notices;
pub mod presence;
pub mod reports;
pub mod rooms;
pub mod session;
pub mod stage;
pub mod wallet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A request without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A reply that says only that it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {}
