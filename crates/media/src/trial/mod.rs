//! A programme's process seen from outside, with synthetic guests who come and go: for endurance and for measurements. It is told and heard as a
//! worker tells and hears it. No programme is made with anything that is in here.

mod usage;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use callboard_domain::{DeviceId, Uid};

use crate::control::{
    ENVIRONMENT, GuestLine, GuestWish, Order, ProgrammeSpec, Report, Signal, SignalKind, Status, StillOutcome,
};
use crate::error::MediaError;
use crate::synthetic::{Publisher, PublisherEvent, Settings};
pub use usage::{Usage, usage};

/// How long anything may take that is waited for, on a machine that is busy with much else.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a guest goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// He closes his connection.
    Orderly,
    /// Nothing more comes from him; he is taken out of the programme once that is noticed.
    Vanishing,
    /// He is taken out of the programme while he still sends.
    Removed,
}

/// What the process has said so far.
#[derive(Debug, Default)]
struct Told {
    ready: bool,
    stopped: bool,
    silent: bool,
    status: Option<Status>,
    faults: Vec<String>,
    stills: u64,
}

#[derive(Debug, Default)]
struct Heard {
    told: Mutex<Told>,
    news: Condvar,
}

type Orders = Arc<Mutex<Option<ChildStdin>>>;
type Publishers = Arc<Mutex<HashMap<Uid, Arc<Publisher>>>>;

/// A running programme. Dropping it kills its process.
#[derive(Debug)]
pub struct Trial {
    process: Child,
    orders: Orders,
    heard: Arc<Heard>,
    publishers: Publishers,
    wishes: Vec<GuestWish>,
    stills: u64,
}

impl Trial {
    /// Starts the process and waits until the programme has picture and sound.
    pub fn start(program: &mut Command, spec: &ProgrammeSpec) -> Result<Self, MediaError> {
        let failed = |source| MediaError::Io { what: "starting the process of a programme".to_owned(), source };
        let mut process =
            program.envs(ENVIRONMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(failed(std::io::Error::other("it has no pipes")));
        };
        let trial = Self {
            process,
            orders: Arc::new(Mutex::new(Some(stdin))),
            heard: Arc::default(),
            publishers: Arc::default(),
            wishes: Vec::new(),
            stills: 0,
        };
        let (heard, publishers) = (Arc::clone(&trial.heard), Arc::clone(&trial.publishers));
        std::thread::spawn(move || listen(stdout, &heard, &publishers));
        trial.order(&Order::Start(Box::new(spec.clone())))?;
        trial.until("the programme is ready", |told| told.ready)?;
        Ok(trial)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What its process uses; an error once it is gone.
    pub fn usage(&self) -> Result<Usage, MediaError> {
        usage(self.pid()).ok_or_else(|| MediaError::pipeline("measuring a programme", "its process is gone"))
    }

    /// How it is, as it last said.
    pub fn status(&self) -> Status {
        lock(&self.heard.told).status.clone().unwrap_or_default()
    }

    /// What went wrong so far, in its own words.
    pub fn faults(&self) -> Vec<String> {
        lock(&self.heard.told).faults.clone()
    }

    /// Tells it something.
    pub fn order(&self, order: &Order) -> Result<(), MediaError> {
        say(&self.orders, order)
    }

    /// Someone joins; returns as soon as he sends. He is called by the name in his settings.
    pub fn join(&mut self, settings: &Settings) -> Result<Uid, MediaError> {
        let uid = Uid::new(&settings.name).map_err(|e| MediaError::Settings(e.to_string()))?;
        let device = DeviceId::new("phone").map_err(|e| MediaError::Settings(e.to_string()))?;
        let (out, says) = channel();
        let publisher = Arc::new(Publisher::start(settings, out)?);
        self.wishes.push(GuestWish {
            uid: uid.clone(),
            device: device.clone(),
            name: settings.name.clone(),
            muted: false,
            gain_permille: 1000,
            picture: true,
        });
        self.order(&Order::Guests(self.wishes.clone()))?;
        lock(&self.publishers).insert(uid.clone(), publisher);
        let (orders, of) = (Arc::clone(&self.orders), uid.clone());
        std::thread::spawn(move || carry(&says, &orders, &of, &device));
        Ok(uid)
    }

    /// Waits until pictures of a guest arrive; how long it took.
    pub fn is_seen(&self, uid: &Uid) -> Result<Duration, MediaError> {
        let live = |status: &Status| {
            status.guests.iter().any(|guest| guest.uid == *uid && guest.line == GuestLine::Live && guest.fps > 0)
        };
        self.until(&format!("{uid} is seen"), |told| told.status.as_ref().is_some_and(live))
    }

    /// Someone leaves; returns once he is no longer wanted.
    pub fn leave(&mut self, uid: &Uid, how: Leaving) -> Result<(), MediaError> {
        let publisher = lock(&self.publishers).remove(uid);
        if let Some(publisher) = &publisher {
            match how {
                Leaving::Orderly => publisher.stop(),
                Leaving::Vanishing => {
                    publisher.vanish();
                    let live = |status: &Status| {
                        status.guests.iter().any(|guest| guest.uid == *uid && guest.line == GuestLine::Live)
                    };
                    let gone = |told: &Told| told.status.as_ref().is_some_and(|status| !live(status));
                    self.until(&format!("{uid} has vanished"), gone)?;
                }
                Leaving::Removed => {}
            }
        }
        self.wishes.retain(|wish| wish.uid != *uid);
        self.order(&Order::Guests(self.wishes.clone()))
    }

    /// Takes a picture of the programme and waits until it is there.
    pub fn still(&mut self) -> Result<(), MediaError> {
        self.stills += 1;
        let wanted = self.stills;
        self.order(&Order::Still { id: wanted, guest: None, width: 320 })?;
        self.until("a still was taken", |told| told.stills >= wanted).map(drop)
    }

    /// Lets it run on for this long by its own clock.
    pub fn run_on(&self, span: Duration) -> Result<(), MediaError> {
        let running = |told: &Told| told.status.as_ref().map_or(0, |status| status.running_ms);
        let until = running(&lock(&self.heard.told)) + u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        self.within(span + PATIENCE, "it runs on", |told| running(told) >= until).map(drop)
    }

    /// Ends it as a worker does; how its process ended.
    pub fn stop(mut self) -> Result<ExitStatus, MediaError> {
        lock(&self.publishers).clear();
        self.order(&Order::Stop)?;
        self.until("its files are finished", |told| told.stopped)?;
        *lock(&self.orders) = None;
        self.process
            .wait()
            .map_err(|source| MediaError::Io { what: "waiting for a programme's end".to_owned(), source })
    }

    fn until(&self, what: &str, holds: impl Fn(&Told) -> bool) -> Result<Duration, MediaError> {
        self.within(PATIENCE, what, holds)
    }

    fn within(&self, span: Duration, what: &str, holds: impl Fn(&Told) -> bool) -> Result<Duration, MediaError> {
        let begun = Instant::now();
        let mut told = lock(&self.heard.told);
        while !holds(&told) {
            let left = span.saturating_sub(begun.elapsed());
            if left.is_zero() || told.silent {
                let reason = format!("it never came to be that {what}; it said: {}", told.faults.join("; "));
                return Err(MediaError::pipeline("a programme on trial", reason));
            }
            told = self.heard.news.wait_timeout(told, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(begun.elapsed())
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // It has ended already where it was stopped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads what the process says, and gives its guests what is for them.
fn listen(stdout: ChildStdout, heard: &Heard, publishers: &Publishers) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        let report = serde_json::from_str::<Report>(&line);
        let mut told = lock(&heard.told);
        match report {
            Ok(Report::Ready) => told.ready = true,
            Ok(Report::Status(status)) => told.status = Some(*status),
            Ok(Report::Stopped) => told.stopped = true,
            Ok(Report::Still { outcome: StillOutcome::Jpeg { .. }, .. }) => told.stills += 1,
            Ok(Report::Fault { text, .. } | Report::Still { outcome: StillOutcome::Error(text), .. }) => {
                told.faults.push(text);
            }
            Ok(Report::Signal(signal)) => {
                drop(told);
                let publisher = lock(publishers).get(&signal.uid).cloned();
                if let Some(publisher) = publisher {
                    publisher.signal(signal.kind, &signal.payload);
                }
            }
            Err(error) => told.faults.push(format!("it cannot be understood: {error}")),
        }
        heard.news.notify_all();
    }
    lock(&heard.told).silent = true;
    heard.news.notify_all();
}

/// Carries what a guest says to the programme, until he is gone.
fn carry(says: &Receiver<PublisherEvent>, orders: &Orders, uid: &Uid, device: &DeviceId) {
    for event in says {
        let PublisherEvent::Signal { kind, payload } = event else { continue };
        if kind != SignalKind::Answer {
            let signal = Signal { uid: uid.clone(), device: device.clone(), kind, payload };
            // Nobody is there to hear it once the programme has ended.
            let _ = say(orders, &Order::Signal(signal));
        }
    }
}

fn say(orders: &Orders, order: &Order) -> Result<(), MediaError> {
    let failed = |source| MediaError::Io { what: "telling a programme something".to_owned(), source };
    let mut line = serde_json::to_vec(order).map_err(|e| failed(e.into()))?;
    line.push(b'\n');
    match lock(orders).as_mut() {
        Some(orders) => orders.write_all(&line).and_then(|()| orders.flush()).map_err(failed),
        None => Err(failed(std::io::ErrorKind::BrokenPipe.into())),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
