//! People played by programs, over WebSocket, as client apps do it. Their media is scripted (that of [`guests`] is real): they report a line as connected once both
//! sides have joined, and figures that look like a line's. Everything else is real: requests, pushes, beats, coins.
//!
//! What must always hold: the same seed gives the same choices, however the house answers; a request that changes something is repeated
//! with the same request id.

mod creator;
mod crowd;
mod fan;
pub mod guests;
mod line;
pub mod load;
mod seat;
mod summary;

use std::sync::Arc;

use callboard_domain::{DeviceId, Uid};

pub use creator::{Answer, CreatorApp};
pub use crowd::{CreatorPart, Crowd, FanPart, Pace};
pub use fan::{Fan, FanScript};
pub use seat::{DropOff, Plan};
pub use summary::{Summary, Tally};

/// Gives the login token of a user; asked anew at each connection.
pub type Tokens = Arc<dyn Fn(&Uid) -> String + Send + Sync>;

/// The device of a synthetic app.
pub fn device_of(uid: &Uid) -> DeviceId {
    let name = format!("syn-{uid}");
    // Both are names of the same letters; only the length can be too much.
    DeviceId::new(name.get(..64).unwrap_or(&name)).expect("a uid's letters and a short prefix make a name")
}
