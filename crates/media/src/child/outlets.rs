//! Everywhere that a programme goes: starts what is newly wanted, ends what no longer is, beside everything else.

use callboard_domain::TargetSpec;

use crate::control::{ProgrammeSpec, TargetStatus};
use crate::feed::Feed;
use crate::targets::{Target, TargetPlaces};

/// The targets that run, and those that are about to end.
pub(super) struct Outlets {
    places: TargetPlaces,
    open: Vec<Target>,
    closing: Vec<Target>,
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
            self.closing.push(target);
        }
        for spec in wanted {
            if !self.open.iter().any(|target| target.spec().name == spec.name) {
                self.open.push(Target::start(spec, feed, &self.places));
            }
        }
    }

    pub(super) fn status(&self) -> Vec<TargetStatus> {
        self.open.iter().map(Target::status).collect()
    }

    /// Ends all of them, each as it should be ended. They do so at the same time.
    pub(super) fn end(mut self) {
        self.closing.append(&mut self.open);
        for target in &mut self.closing {
            target.ask_to_stop();
        }
        for target in self.closing {
            target.stop();
        }
    }
}
