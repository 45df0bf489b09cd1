//! Everywhere that a programme goes: starts what is newly wanted, ends what no longer is, beside everything else.

use std::time::{Duration, Instant};

use callboard_domain::TargetSpec;

use crate::control::{ProgrammeSpec, TargetStatus};
use crate::feed::Feed;
use crate::targets::{Target, TargetPlaces};

/// How long one that has ended is still told of.
const TOLD: Duration = Duration::from_secs(10);

/// The targets that run, and those that are about to end or have just ended.
pub(super) struct Outlets {
    places: TargetPlaces,
    open: Vec<Target>,
    closing: Vec<(Target, Instant)>,
}

impl Outlets {
    pub(super) fn new(spec: &ProgrammeSpec) -> Self {
        let mut places = TargetPlaces::new(&spec.hls_dir, &spec.recordings_dir);
        places.resumed = spec.discontinuity;
        Self { places, open: Vec::new(), closing: Vec::new() }
    }

    /// Makes it so that the programme goes to these and no others. One whose address has changed is another one.
    pub(super) fn want(&mut self, wanted: Vec<TargetSpec>, feed: &Feed) {
        let (open, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.open).into_iter().partition(|target| wanted.contains(target.spec()));
        self.open = open;
        for mut target in gone {
            target.ask_to_stop();
            self.closing.push((target, Instant::now()));
        }
        for spec in wanted {
            if !self.open.iter().any(|target| target.spec().name == spec.name) {
                self.open.push(Target::start(spec, feed, &self.places));
            }
        }
    }

    /// How each does, also those that are no longer wanted and not long gone.
    pub(super) fn status(&mut self) -> Vec<TargetStatus> {
        self.closing.retain(|(target, asked)| !target.has_ended() || asked.elapsed() < TOLD);
        let again = |target: &Target| self.open.iter().any(|open| open.spec().name == target.spec().name);
        let closing = self.closing.iter().map(|(target, _)| target).filter(|target| !again(target));
        self.open.iter().chain(closing).map(Target::status).collect()
    }

    /// Ends all of them, each as it should be ended, and says how each did. They do so at the same time.
    pub(super) fn end(mut self) -> Vec<TargetStatus> {
        for target in &mut self.open {
            target.ask_to_stop();
        }
        for (target, _) in self.closing {
            target.stop();
        }
        self.open.into_iter().map(Target::stop).collect()
    }
}
