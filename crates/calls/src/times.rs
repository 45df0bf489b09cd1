//! The times of calls (ARCHITECTURE, States and times). All settable; these are the defaults.

use callboard_contract::limits;
use callboard_domain::Millis;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// How long a call rings.
    pub ring: Millis,
    /// How long an accepted call may take to start.
    pub join: Millis,
    /// Silence that suspends a leg.
    pub grace: Millis,
    /// How often the sweep looks at a shard.
    pub sweep: Millis,
    /// How often a running leg is settled: with the extension of its hold, if that comes about as often.
    pub settle: Millis,
    /// The runway under which a hold is extended.
    pub extend_below: Millis,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            ring: Millis::from_ms(limits::RING_MS),
            join: Millis::from_ms(limits::JOIN_MS),
            grace: Millis::from_ms(limits::GRACE_MS),
            sweep: Millis::from_secs(5),
            settle: Millis::from_secs(60),
            extend_below: Millis::from_secs(20),
        }
    }
}
