//! The times of calls as settings. All workers of a house must be given the same.

use callboard_calls::Times;
use callboard_contract::limits;
use callboard_domain::Millis;

/// How long things may take.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct CallTimes {
    /// Seconds that a call rings.
    #[arg(long, env = "CALLBOARD_RING_SECONDS", default_value_t = Millis::from_ms(limits::RING_MS), value_parser = span)]
    pub ring_seconds: Millis,
    /// Seconds that an accepted call may take to start.
    #[arg(long, env = "CALLBOARD_JOIN_SECONDS", default_value_t = Millis::from_ms(limits::JOIN_MS), value_parser = span)]
    pub join_seconds: Millis,
    /// Seconds of silence after which a leg is suspended.
    #[arg(long, env = "CALLBOARD_GRACE_SECONDS", default_value_t = Millis::from_ms(limits::GRACE_MS), value_parser = span)]
    pub grace_seconds: Millis,
    /// Seconds between two sweeps of the meter.
    #[arg(long, env = "CALLBOARD_SWEEP_SECONDS", default_value_t = Times::default().sweep, value_parser = span)]
    pub sweep_seconds: Millis,
    /// Seconds between two settlements of a running leg.
    #[arg(long, env = "CALLBOARD_SETTLE_SECONDS", default_value_t = Times::default().settle, value_parser = span)]
    pub settle_seconds: Millis,
    /// Seconds of runway under which a hold is extended.
    #[arg(long, env = "CALLBOARD_EXTEND_BELOW_SECONDS", default_value_t = Times::default().extend_below, value_parser = span)]
    pub extend_below_seconds: Millis,
}

impl CallTimes {
    /// The times, as calls take them.
    pub const fn times(&self) -> Times {
        Times {
            ring: self.ring_seconds,
            join: self.join_seconds,
            grace: self.grace_seconds,
            sweep: self.sweep_seconds,
            settle: self.settle_seconds,
            extend_below: self.extend_below_seconds,
        }
    }
}

fn span(text: &str) -> Result<Millis, String> {
    let span: Millis = text.parse().map_err(|e: callboard_domain::TimeError| e.to_string())?;
    let day = Millis::from_secs(24 * 3600);
    if span > Millis::ZERO && span <= day { Ok(span) } else { Err("must be more than 0 and at most a day".to_owned()) }
}
