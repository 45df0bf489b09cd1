//! What is said between a program that wants a group of synthetic guests with real media and `callboard-guests`, which plays them: one
//! [`Cast`] on its stdin, lines of [`Told`] on its stdout. The end of its stdin ends the call and the program.

use callboard_domain::{CallId, Coins, Uid};
use serde::{Deserialize, Serialize};

/// Who plays, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cast {
    /// nats-server for client apps.
    pub websocket: String,
    /// The host's tariff.
    pub tariff: String,
    /// What each guest pays, in coins a minute.
    pub rate: Coins,
    /// The host first, then those whom he invites.
    pub people: Vec<Guest>,
}

/// Somebody who sends picture and sound.
#[derive(Clone, Serialize, Deserialize)]
pub struct Guest {
    /// Who.
    pub uid: Uid,
    /// The login token.
    pub token: String,
    /// Red, green, blue of the flash once a second.
    pub colour: [u8; 3],
    /// The beep that sounds with it.
    pub tone_hz: u32,
}

impl std::fmt::Debug for Guest {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest").field("uid", &self.uid).finish_non_exhaustive()
    }
}

/// What is told of the play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The group is open, and all who were invited are in it.
    Together(CallId),
    /// Something went wrong for somebody, in words; the others go on.
    Trouble {
        /// For whom.
        uid: Uid,
        /// What.
        text: String,
    },
}
