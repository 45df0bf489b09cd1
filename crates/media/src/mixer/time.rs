//! One clock and one zero for the mixer and the pipelines of all guests, so that timestamps pass from one to another as they are.

use gstreamer::prelude::*;
use gstreamer::{Clock, ClockTime, Pipeline, SystemClock};

/// The time of a programme: how long it has run.
#[derive(Clone, Debug)]
pub struct TimeBase {
    clock: Clock,
    zero: ClockTime,
}

impl TimeBase {
    /// A time that begins now.
    pub fn begin() -> Self {
        let clock = SystemClock::obtain();
        let zero = clock.time();
        Self { clock, zero }
    }

    /// Lets a pipeline run by it. Call before it plays.
    pub fn apply(&self, pipeline: &Pipeline) {
        pipeline.use_clock(Some(&self.clock));
        pipeline.set_start_time(ClockTime::NONE);
        pipeline.set_base_time(self.zero);
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What the clock showed when the programme began.
    pub fn zero(&self) -> ClockTime {
        self.zero
    }

    /// How long the programme has run.
    pub fn running(&self) -> ClockTime {
        self.clock.time().saturating_sub(self.zero)
    }
}
