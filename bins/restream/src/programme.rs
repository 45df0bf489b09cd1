//! Runs one programme from the moment that its job is taken: keeps a child process alive for it, tells that what is wanted, and tells
//! everybody else how it does.
//!
//! What must always hold: nothing here waits for NATS or the database; a child that dies is followed by another within seconds, on the
//! same folder; of two workers with the same programme one yields.

mod asked;
mod process;
mod report;

pub(crate) use report::now;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_nats::Subject;
use callboard_contract::programme::{ProgrammeStatus, ToProgramme};
use callboard_contract::subject;
use callboard_domain::{ProgrammeId, ProgrammeState, Uid};
use callboard_media::control::{Order, Report, Signal, Status};
use futures::StreamExt as _;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::child::Heard;
use crate::cost::Usage;
use crate::lease::Lease;
use crate::manager::Shared;
use crate::signals::Signals;
use crate::wanted::{self, Said, Wanted};
use process::Running;

/// A child reports each second; one that is silent for so long hangs.
const SILENCE: Duration = Duration::from_secs(10);
/// `GStreamer` may take its time to find its plugins on a machine that was just started.
const STARTS_WITHIN: Duration = Duration::from_secs(30);
/// How long a child may take to finish its files.
const FINISHES_WITHIN: Duration = Duration::from_secs(15);
const SECOND: Duration = Duration::from_secs(1);
/// A guest's offer may come before it is known here that he agreed; it waits for so long.
const EARLY: Duration = Duration::from_secs(5);
const EARLY_MOST: usize = 128;

/// What others know of a running programme.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(crate) lease: Lease,
    pub(crate) wanted: watch::Receiver<Wanted>,
    pub(crate) look: Arc<tokio::sync::Notify>,
    pub(crate) started: Instant,
    /// In thousandths of a core.
    pub(crate) cost: Arc<AtomicU32>,
}

/// One programme.
pub(super) struct Programme {
    shared: Arc<Shared>,
    id: ProgrammeId,
    wanted: watch::Receiver<Wanted>,
    said: watch::Sender<Said>,
    lease: Lease,
    cost: Arc<AtomicU32>,
    signals: Signals,
    heard: mpsc::Sender<(u32, Heard)>,
    running: Option<Running>,
    /// When the next child is due.
    due: Instant,
    starts: u32,
    failures: u32,
    /// Why its process broke off.
    last_fault: Option<String>,
    status: Option<Status>,
    /// When each guest was last heard.
    voices: HashMap<Uid, Instant>,
    usage: Usage,
    /// Signals of devices that are not known to be wanted yet.
    early: VecDeque<(Instant, Signal)>,
    look: Arc<tokio::sync::Notify>,
    stills: HashMap<u64, Subject>,
    stills_asked: u64,
    /// Since when the child has been asked to finish.
    finishing: Option<Instant>,
}

/// How a programme came to its end here.
enum End {
    /// It is over.
    Over,
    /// Another worker has it.
    Yielded,
    /// This worker is to stop.
    Stopped,
}

/// Runs a programme until it is over or this worker stops.
pub(crate) async fn run(
    shared: Arc<Shared>,
    id: ProgrammeId,
    handle: Handle,
    said: watch::Sender<Said>,
    stop: CancellationToken,
) {
    let (heard_tx, heard) = mpsc::channel(256);
    let programme = Programme {
        signals: Signals::start(&shared.bus),
        shared,
        id,
        wanted: handle.wanted,
        said,
        lease: handle.lease,
        cost: handle.cost,
        heard: heard_tx,
        running: None,
        due: Instant::now(),
        starts: 0,
        failures: 0,
        last_fault: None,
        status: None,
        voices: HashMap::new(),
        usage: Usage::default(),
        early: VecDeque::new(),
        look: handle.look,
        stills: HashMap::new(),
        stills_asked: 0,
        finishing: None,
    };
    programme.go_on(heard, stop).await;
}

impl Programme {
    async fn go_on(mut self, mut heard: mpsc::Receiver<(u32, Heard)>, stop: CancellationToken) {
        tracing::info!(programme = %self.id, call.id = %self.wanted.borrow().call_id, "taken");
        let signals = self.shared.bus.client().subscribe(subject::programme_signal(self.id)).await;
        let stills = self.shared.bus.client().subscribe(subject::programme_still(self.id)).await;
        let viewers = self.shared.bus.client().subscribe(subject::programme_viewers(self.id)).await;
        let (Ok(mut signals), Ok(mut stills), Ok(mut viewers)) = (signals, stills, viewers) else {
            // Only a connection that is closed for good refuses; the worker is about to end.
            return;
        };
        let mut second = tokio::time::interval(SECOND);
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut wanted = self.wanted.clone();
        let end = loop {
            if self.wanted.borrow().over && self.finish() {
                break End::Over;
            }
            self.keep_running();
            tokio::select! {
                () = stop.cancelled() => break End::Stopped,
                Some((number, what)) = heard.recv() => {
                    if self.hear(number, what) {
                        self.tell_how_it_is().await;
                    }
                }
                changed = wanted.changed() => {
                    if changed.is_err() {
                        break End::Stopped;
                    }
                    self.tell_what_is_wanted();
                }
                Some(message) = signals.next() => self.signal(&message.payload),
                Some(message) = stills.next() => self.still(&message),
                Some(message) = viewers.next() => self.viewers(&message),
                () = tokio::time::sleep_until(self.due.into()), if self.running.is_none() && self.finishing.is_none() => {}
                _ = second.tick() => {
                    if self.each_second().await {
                        break End::Yielded;
                    }
                }
            }
        };
        self.end(end).await;
    }

    fn tell_what_is_wanted(&mut self) {
        let wanted = self.wanted.borrow_and_update().clone();
        let Some(running) = &mut self.running else { return };
        let unknown = !running.told.has_hls() || running.told.address_known && !wanted.address_known;
        let watched_now = running.ready && wanted.has_hls() && unknown;
        let told = std::mem::replace(&mut running.told, wanted.clone());
        let mut orders = Vec::new();
        if told.guests != wanted.guests {
            orders.push(Order::Guests(wanted.guests));
        }
        if (told.layout, &told.focus) != (wanted.layout, &wanted.focus) {
            orders.push(Order::Layout { layout: wanted.layout, focus: wanted.focus });
        }
        if (told.slate, &told.slate_text) != (wanted.slate, &wanted.slate_text) {
            orders.push(Order::Slate { slate: wanted.slate, text: wanted.slate_text });
        }
        if told.targets != wanted.targets {
            orders.push(Order::Targets(wanted.targets));
        }
        if !orders.into_iter().all(|order| running.child.tell(order)) {
            tracing::error!(programme = %self.id, "its process does not listen any more; it is replaced");
            running.child.kill();
        }
        if watched_now {
            self.say(ProgrammeState::OnAir, None);
        }
        for (since, signal) in std::mem::take(&mut self.early) {
            if since.elapsed() < EARLY {
                self.pass_on(since, signal);
            }
        }
    }

    /// Takes what the process says; whether others are in the programme, or muted, than were before.
    fn hear(&mut self, number: u32, what: Heard) -> bool {
        let Some(running) = self.running.as_mut().filter(|running| running.number == number) else { return false };
        running.heard = Instant::now();
        let report = match what {
            Heard::Report(report) => *report,
            Heard::Ended(how) => {
                self.running = None;
                if self.finishing.is_none() {
                    self.died(&how);
                }
                return false;
            }
        };
        match report {
            Report::Ready => {
                running.ready = true;
                self.failures = 0;
                self.last_fault = None;
                self.say(ProgrammeState::OnAir, None);
            }
            Report::Status(status) => {
                report::listen(&mut self.voices, &status);
                let before = self.status.replace(*status);
                return report::are_others(before.as_ref(), self.status.as_ref());
            }
            Report::Signal(signal) => self.signals.send(report::from_programme(self.id, &self.wanted.borrow(), signal)),
            Report::Still { id, outcome } => self.answer_still(id, outcome),
            Report::Fault { text, blame, fatal } => {
                tracing::warn!(programme = %self.id, %blame, "{text}");
                // What went wrong with one guest is no reason for an end that comes later.
                if fatal {
                    self.last_fault = Some(text);
                }
            }
            Report::Stopped => tracing::info!(programme = %self.id, "its files are finished"),
        }
        false
    }

    fn signal(&mut self, payload: &[u8]) {
        match serde_json::from_slice::<ToProgramme>(payload) {
            Ok(ToProgramme { from, from_device, kind, payload, .. }) => {
                self.pass_on(Instant::now(), Signal { uid: from, device: from_device, kind, payload });
            }
            Err(error) => tracing::warn!(programme = %self.id, %error, "cannot read a signal"),
        }
    }

    /// To the child, if it knows the guest; else it waits until it does.
    fn pass_on(&mut self, since: Instant, signal: Signal) {
        let known = |running: &Running| {
            running.told.guests.iter().any(|guest| (&guest.uid, &guest.device) == (&signal.uid, &signal.device))
        };
        match &self.running {
            Some(running) if known(running) => {
                running.child.tell(Order::Signal(signal));
            }
            _ => {
                if self.early.len() >= EARLY_MOST {
                    self.early.pop_front();
                }
                self.early.push_back((since, signal));
                self.look.notify_one();
            }
        }
    }

    /// Measures, watches and reports; true if another worker runs this programme and is to keep it.
    async fn each_second(&mut self) -> bool {
        if let Some(running) = &mut self.running {
            self.usage = running.meter.look().unwrap_or_default();
            self.cost.store(self.usage.cpu_permille, Ordering::Relaxed);
            let patience = if running.ready { SILENCE } else { STARTS_WITHIN };
            if running.heard.elapsed() > patience {
                tracing::error!(programme = %self.id, "its process says nothing any more; it is replaced");
                running.child.kill();
            }
        }
        let rival = self.shared.statuses.rival(self.id, &self.shared.name);
        let report = self.tell_how_it_is().await;
        // Who has been running longer keeps it: that is where guests and viewers are.
        rival.is_some_and(|rival| (rival.running_ms, &rival.worker) > (report.running_ms, &report.worker))
    }

    async fn tell_how_it_is(&self) -> ProgrammeStatus {
        let report = self.report();
        self.shared.publish(subject::programme_status(self.id), &report).await;
        report
    }

    /// Asks the child to finish; true when it has, or had its time.
    fn finish(&mut self) -> bool {
        let since = *self.finishing.get_or_insert_with(|| {
            if let Some(running) = &self.running {
                running.child.tell(Order::Stop);
            }
            Instant::now()
        });
        self.running.is_none() || since.elapsed() > FINISHES_WITHIN
    }

    async fn end(mut self, end: End) {
        match end {
            End::Over => {
                self.running = None;
                let report = self.tell_how_it_is().await;
                wanted::keep_last(&self.shared.calls, &report).await;
                self.lease.done().await;
                tracing::info!(programme = %self.id, "over");
            }
            End::Yielded => tracing::warn!(programme = %self.id, "another worker runs it; left to that"),
            End::Stopped => {
                // Play lists stay open, and recordings are good as they are: whoever takes over goes on with them.
                self.running = None;
                self.say(ProgrammeState::Interrupted, Some("its worker was stopped; another takes over".to_owned()));
                self.lease.give_back().await;
            }
        }
    }

    fn say(&self, state: ProgrammeState, why: Option<String>) {
        let watched = state == ProgrammeState::OnAir && self.wanted.borrow().has_hls();
        let hls_url = watched.then(|| self.shared.tickets.address(self.id));
        self.said.send_replace(Said { state, why, hls_url });
    }
}
