//! The process of a programme: how it is started, and what follows when it dies.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use callboard_domain::ProgrammeState;
use callboard_media::control::{Order, ProgrammeSpec};

use super::Programme;
use crate::child::Child;
use crate::cost::Meter;
use crate::wanted::Wanted;

/// A child that dies again and again is started after a pause that grows up to this.
const PAUSE_MOST: Duration = Duration::from_secs(4);
const PAUSE_FIRST: Duration = Duration::from_millis(200);
/// So often may a child die before it was ever ready.
const FAILURES: u32 = 6;

/// A child that lives.
pub(super) struct Running {
    pub(super) child: Child,
    pub(super) number: u32,
    pub(super) meter: Meter,
    pub(super) started: Instant,
    pub(super) heard: Instant,
    pub(super) ready: bool,
    /// What it was last told.
    pub(super) told: Wanted,
}

impl Programme {
    /// Starts a child if there is none and one is due.
    pub(super) fn keep_running(&mut self) {
        if self.running.is_some() || self.finishing.is_some() || self.due > Instant::now() {
            return;
        }
        let wanted = self.wanted.borrow().clone();
        if self.failures >= FAILURES {
            let fault = self.last_fault.clone().unwrap_or_else(|| "its process dies".to_owned());
            self.say(ProgrammeState::Failed, Some(fault));
            self.finishing = Some(Instant::now());
            return;
        }
        self.starts += 1;
        if self.starts == 1 {
            self.say(ProgrammeState::Starting, None);
        }
        let child = self.spec(&wanted).and_then(|spec| {
            let child = Child::start(&self.shared.program, self.id, self.starts, self.heard.clone())?;
            child.tell(Order::Start(Box::new(spec)));
            child.tell(Order::Guests(wanted.guests.clone()));
            child.tell(Order::Layout { layout: wanted.layout, focus: wanted.focus.clone() });
            child.tell(Order::Slate { slate: wanted.slate, text: wanted.slate_text.clone() });
            Ok(child)
        });
        let now = Instant::now();
        match child {
            Ok(child) => {
                tracing::info!(programme = %self.id, pid = child.pid(), starts = self.starts, "its process runs");
                let meter = Meter::new(child.pid());
                let number = self.starts;
                self.running =
                    Some(Running { child, number, meter, started: now, heard: now, ready: false, told: wanted });
            }
            Err(error) => self.died(&format!("it cannot be started: {error}")),
        }
    }

    fn spec(&self, wanted: &Wanted) -> std::io::Result<ProgrammeSpec> {
        let hls_dir = self.shared.hls.join(self.id.to_string());
        let recordings_dir = self.shared.recordings.join(self.id.to_string());
        // An earlier process of the same programme, here, in a worker that was killed, or on another machine.
        let discontinuity = hls_dir.exists() || wanted.ran_before;
        std::fs::create_dir_all(&hls_dir)?;
        std::fs::create_dir_all(&recordings_dir)?;
        Ok(ProgrammeSpec {
            id: self.id,
            preset: wanted.preset,
            speed: self.shared.speed,
            layout: wanted.layout,
            slate: wanted.slate,
            title: wanted.title.clone(),
            hls_dir,
            recordings_dir,
            ice: self.shared.ice.clone(),
            discontinuity,
            targets: wanted.targets.clone(),
        })
    }

    /// The child is gone without having been asked to go.
    pub(super) fn died(&mut self, how: &str) {
        self.failures += 1;
        self.status = None;
        self.stills.clear();
        self.cost.store(0, Ordering::Relaxed);
        let pause = if self.failures <= 1 { Duration::ZERO } else { PAUSE_FIRST * 2_u32.pow(self.failures.min(8)) };
        self.due = Instant::now() + pause.min(PAUSE_MOST);
        tracing::warn!(programme = %self.id, how, failures = self.failures, "its process ended; another is started");
        metrics::counter!("callboard_programme_restarts_total").increment(1);
        let why = self.last_fault.clone().unwrap_or_else(|| format!("its process ended: {how}"));
        self.say(ProgrammeState::Interrupted, Some(why));
    }
}
