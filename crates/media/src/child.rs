//! The process that runs one programme: takes orders from its standard input, tells what happens on its standard output, until it is told to stop or
//! whoever gives the orders is gone.
//!
//! One thread does all that is told; what may take long (ending a guest's connection, finishing a file) is done beside it, so that a still or a
//! slate never waits for it. The mixer runs on by itself in any case.

mod guests;
mod outlets;

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callboard_domain::Blame;

use crate::allocator;
use crate::control::{Order, ProgrammeSpec, Report, Status, StillOutcome};
use crate::error::MediaError;
use crate::guest::GuestEvent;
use crate::mixer::Mixer;
use guests::Guests;
use outlets::Outlets;

/// How often the status is told.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// How often memory is given back that nobody uses any more, besides when a guest goes: a machine that stood still leaves pictures that had queued up.
const GIVES_BACK_EVERY: Duration = Duration::from_mins(1);
/// A mixer that has given out nothing for so long is broken.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// Runs a programme by the orders on `stdin`, with the reports on `stdout`. Returns when it is over, and why where it broke.
pub fn run_child(stdin: impl Read + Send + 'static, stdout: impl Write) -> Result<(), MediaError> {
    let mut reports = Reports { to: stdout };
    let outcome = run(stdin, &mut reports);
    if let Err(error) = &outcome {
        let blame = if matches!(error, MediaError::Settings(_)) { Blame::Settings } else { Blame::House };
        // Whoever would read this may be gone: the error is returned as well.
        let _ = reports.tell(&Report::Fault { text: error.to_string(), blame, fatal: true });
    }
    outcome
}

fn run(stdin: impl Read + Send + 'static, reports: &mut Reports<impl Write>) -> Result<(), MediaError> {
    crate::init()?;
    let (to, inputs) = channel();
    read_orders(stdin, to.clone())?;
    let Some(spec) = first_order(&inputs, reports)? else { return reports.tell(&Report::Stopped) };
    let mut programme = Programme::start(&spec, to)?;
    reports.tell(&Report::Ready)?;
    let outcome = programme.obey(&inputs, reports);
    // Recordings are made whole in any case.
    let last = programme.end();
    let told = reports.tell(&Report::Status(Box::new(last)));
    outcome.and(told)?;
    reports.tell(&Report::Stopped)
}

/// What comes in.
enum Input {
    /// A line that is an order, or what is wrong with it.
    Order(Result<Order, String>),
    /// Something that a guest's connection says.
    Guest(GuestEvent),
    /// No more orders will come.
    End,
}

/// Reads orders on a thread of their own, which ends with the process.
fn read_orders(stdin: impl Read + Send + 'static, to: Sender<Input>) -> Result<(), MediaError> {
    let read = move || {
        for line in BufReader::new(stdin).lines() {
            let Ok(line) = line else { break };
            if line.trim().is_empty() {
                continue;
            }
            let order = serde_json::from_str(&line).map_err(|e| format!("an order could not be read: {e}"));
            if to.send(Input::Order(order)).is_err() {
                return;
            }
        }
        // Nobody listens once the programme has ended by itself.
        let _ = to.send(Input::End);
    };
    spawn("orders", read)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), MediaError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).map_err(|source| MediaError::Io { what: format!("starting the thread {name}"), source })
}

/// Waits for the start. None where the end comes first.
fn first_order(
    inputs: &Receiver<Input>,
    reports: &mut Reports<impl Write>,
) -> Result<Option<Box<ProgrammeSpec>>, MediaError> {
    loop {
        match inputs.recv() {
            Ok(Input::Order(Ok(Order::Start(spec)))) => return Ok(Some(spec)),
            Ok(Input::Order(Ok(Order::Stop)) | Input::End) | Err(_) => return Ok(None),
            Ok(Input::Order(Ok(_))) => reports.fault("an order came before the start and was left undone")?,
            Ok(Input::Order(Err(text))) => reports.fault(&text)?,
            Ok(Input::Guest(_)) => {}
        }
    }
}

/// The way out.
struct Reports<W> {
    to: W,
}

impl<W: Write> Reports<W> {
    fn tell(&mut self, report: &Report) -> Result<(), MediaError> {
        let failed = |source| MediaError::Io { what: "telling what happens".to_owned(), source };
        let mut line = serde_json::to_vec(report).map_err(|e| failed(e.into()))?;
        line.push(b'\n');
        self.to.write_all(&line).and_then(|()| self.to.flush()).map_err(failed)
    }

    fn fault(&mut self, text: &str) -> Result<(), MediaError> {
        tracing::warn!("{text}");
        self.tell(&Report::Fault { text: text.to_owned(), blame: Blame::House, fatal: false })
    }
}

/// A programme that runs.
struct Programme {
    mixer: Mixer,
    guests: Guests,
    outlets: Outlets,
    counted: Counted,
    gave_back: Instant,
}

/// What was counted once a second, and what that comes to.
struct Counted {
    at: Instant,
    pictures: u64,
    bytes: u64,
    /// When bytes were last more than before.
    grew: Instant,
    fps: u32,
    kbps: u32,
}

impl Programme {
    fn start(spec: &ProgrammeSpec, inputs: Sender<Input>) -> Result<Self, MediaError> {
        let mixer = Mixer::start(spec)?;
        let (said, events) = channel::<GuestEvent>();
        spawn("guests", move || {
            for event in events {
                if inputs.send(Input::Guest(event)).is_err() {
                    return;
                }
            }
        })?;
        let guests = Guests::new(spec, &mixer, said);
        let mut outlets = Outlets::new(spec);
        outlets.want(spec.targets.clone(), mixer.feed());
        let now = Instant::now();
        Ok(Self {
            mixer,
            guests,
            outlets,
            counted: Counted { at: now, pictures: 0, bytes: 0, grew: now, fps: 0, kbps: 0 },
            gave_back: now,
        })
    }

    /// Does what is told, and tells how it is, until the stop or until it is broken.
    fn obey(&mut self, inputs: &Receiver<Input>, reports: &mut Reports<impl Write>) -> Result<(), MediaError> {
        loop {
            let left = STATUS_EVERY.saturating_sub(self.counted.at.elapsed());
            match inputs.recv_timeout(left) {
                Ok(Input::Order(Ok(Order::Stop)) | Input::End) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Ok(Input::Order(Ok(order))) => self.take(order, reports)?,
                Ok(Input::Order(Err(text))) => reports.fault(&text)?,
                Ok(Input::Guest(event)) => {
                    if let Some(report) = self.guests.on_event(event) {
                        reports.tell(&report)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.counted.at.elapsed() >= STATUS_EVERY {
                self.count();
                reports.tell(&Report::Status(Box::new(self.status())))?;
                self.look_after()?;
            }
        }
    }

    fn take(&mut self, order: Order, reports: &mut Reports<impl Write>) -> Result<(), MediaError> {
        match order {
            Order::Start(_) => reports.fault("the programme has started already")?,
            Order::Stop => {}
            Order::Guests(wishes) => {
                for text in self.guests.want(wishes, &self.mixer) {
                    reports.fault(&text)?;
                }
                // Whoever took somebody out sees at once that he is.
                reports.tell(&Report::Status(Box::new(self.status())))?;
            }
            Order::Signal(signal) => {
                if let Err(error) = self.guests.signal(&signal) {
                    reports.fault(&format!("no connection for {}: {error}", signal.uid))?;
                }
            }
            Order::Layout { layout, focus } => self.mixer.set_layout(layout, focus),
            Order::Slate { slate, text } => self.mixer.set_slate(slate, text),
            Order::Targets(targets) => self.outlets.want(targets, self.mixer.feed()),
            Order::Still { id, guest, width } => {
                let outcome = match self.mixer.still(guest.as_ref(), width) {
                    Ok(still) => StillOutcome::Jpeg {
                        base64: STANDARD.encode(still.jpeg),
                        width: still.width,
                        height: still.height,
                    },
                    Err(error) => StillOutcome::Error(error.to_string()),
                };
                reports.tell(&Report::Still { id, outcome })?;
            }
        }
        Ok(())
    }

    /// Counts what came out since the last time.
    fn count(&mut self) {
        let (pictures, bytes) = (self.mixer.pictures(), self.mixer.feed().bytes());
        let millis = u64::try_from(self.counted.at.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let grew = if bytes > self.counted.bytes { Instant::now() } else { self.counted.grew };
        let fps = ((pictures - self.counted.pictures) * 1000 + millis / 2) / millis;
        let kbps = (bytes - self.counted.bytes) * 8 / millis;
        let rate = |rate: u64| u32::try_from(rate).unwrap_or(u32::MAX);
        self.counted = Counted { at: Instant::now(), pictures, bytes, grew, fps: rate(fps), kbps: rate(kbps) };
    }

    /// How it is.
    fn status(&mut self) -> Status {
        let mixer = self.mixer.status();
        Status {
            running_ms: mixer.running_ms,
            fps: self.counted.fps,
            pictures: self.mixer.pictures(),
            left_out: self.mixer.left_out(),
            kbps: self.counted.kbps,
            level_db: mixer.level_db,
            layout: Some(mixer.layout),
            slate: Some(mixer.slate),
            empty: mixer.empty,
            speaker: mixer.speaker.clone(),
            guests: self.guests.status(&mixer),
            targets: self.outlets.status(),
        }
    }

    /// Whether it can go on.
    fn look_after(&mut self) -> Result<(), MediaError> {
        if let Some(text) = self.mixer.fault() {
            return Err(MediaError::pipeline("the mixer", text));
        }
        if self.counted.grew.elapsed() >= STUCK_AFTER {
            let reason = format!("nothing has come out of it for {} s", STUCK_AFTER.as_secs());
            return Err(MediaError::pipeline("the mixer", reason));
        }
        if self.gave_back.elapsed() >= GIVES_BACK_EVERY {
            allocator::give_back();
            self.gave_back = Instant::now();
        }
        Ok(())
    }

    /// Finishes everything: first where it goes, then who is in it. Says how it was in the end.
    fn end(mut self) -> Status {
        let mut last = self.status();
        last.targets = self.outlets.end();
        self.guests.end();
        last
    }
}
