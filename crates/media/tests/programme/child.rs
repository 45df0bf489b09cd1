//! A programme's process, run as a thread, and guests who send.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, PipeWriter, Write, pipe};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use callboard_domain::{DeviceId, Uid};
use callboard_media::analyse::Mark;
use callboard_media::control::{GuestWish, IceSpec, Order, Report, Signal, Status};
use callboard_media::synthetic::{Publisher, PublisherEvent, Settings};
use callboard_media::{MediaError, run_child};

/// A guest who sends.
pub(crate) struct Sender {
    pub(crate) uid: Uid,
    pub(crate) publisher: Arc<Publisher>,
    says: Mutex<Option<std::sync::mpsc::Receiver<PublisherEvent>>>,
}

impl Sender {
    pub(crate) fn of(name: &str, mark: Mark) -> Self {
        let settings = Settings {
            name: name.to_owned(),
            colour: mark.colour,
            tone_hz: mark.tone_hz,
            ice: IceSpec { loopback_only: true, ..IceSpec::default() },
            ..Settings::default()
        };
        let (out, says) = channel();
        let publisher = Arc::new(Publisher::start(&settings, out).expect("a publisher"));
        Self { uid: Uid::new(name).expect("a uid"), publisher, says: Mutex::new(Some(says)) }
    }

    pub(crate) fn wish(&self) -> GuestWish {
        let name = self.uid.to_string();
        GuestWish { uid: self.uid.clone(), device: device(), name, muted: false, gain_permille: 1000, picture: true }
    }
}

type Publishers = Arc<Mutex<HashMap<Uid, Arc<Publisher>>>>;

pub(crate) struct Child {
    orders: Arc<Mutex<Option<PipeWriter>>>,
    told: Arc<Mutex<Vec<Report>>>,
    publishers: Publishers,
    threads: Mutex<Vec<JoinHandle<()>>>,
    outcome: Arc<Mutex<Option<Result<(), MediaError>>>>,
}

impl Child {
    pub(crate) fn run() -> Self {
        let (stdin, orders) = pipe().expect("a pipe");
        let (reports, stdout) = pipe().expect("a pipe");
        let (told, publishers) = (Arc::new(Mutex::new(vec![])), Publishers::default());
        let outcome = Arc::new(Mutex::new(None));
        let child = std::thread::spawn({
            let outcome = Arc::clone(&outcome);
            move || *outcome.lock().unwrap() = Some(run_child(stdin, stdout))
        });
        let reader = std::thread::spawn({
            let (told, publishers) = (Arc::clone(&told), Arc::clone(&publishers));
            move || {
                for line in BufReader::new(reports).lines() {
                    let report: Report = serde_json::from_str(&line.expect("a line")).expect("a report");
                    if let Report::Signal(signal) = &report
                        && let Some(publisher) = publishers.lock().unwrap().get(&signal.uid)
                    {
                        publisher.signal(signal.kind, &signal.payload);
                    }
                    told.lock().unwrap().push(report);
                }
            }
        });
        let orders = Arc::new(Mutex::new(Some(orders)));
        Self { orders, told, publishers, threads: Mutex::new(vec![child, reader]), outcome }
    }

    pub(crate) fn order_line(&self, line: &str) {
        say(&self.orders, line);
    }

    pub(crate) fn order(&self, order: &Order) {
        self.order_line(&serde_json::to_string(order).expect("JSON"));
    }

    /// Carries what a sender says to the programme, and what that says to him.
    pub(crate) fn connect(&self, sender: &Sender) {
        self.publishers.lock().unwrap().insert(sender.uid.clone(), Arc::clone(&sender.publisher));
        let says = sender.says.lock().unwrap().take().expect("he has not been connected");
        let (orders, uid, device) = (Arc::clone(&self.orders), sender.uid.clone(), device());
        std::thread::spawn(move || {
            for event in says {
                if let PublisherEvent::Signal { kind, payload } = event {
                    let signal = Signal { uid: uid.clone(), device: device.clone(), kind, payload };
                    say(&orders, &serde_json::to_string(&Order::Signal(signal)).expect("JSON"));
                }
            }
        });
    }

    /// How many reports are so.
    pub(crate) fn reports(&self, so: impl Fn(&Report) -> bool) -> usize {
        self.told.lock().unwrap().iter().filter(|report| so(report)).count()
    }

    /// Whether the last status is so.
    pub(crate) fn status(&self, so: impl Fn(&Status) -> bool) -> bool {
        let told = self.told.lock().unwrap();
        told.iter().rev().find_map(|r| if let Report::Status(s) = r { Some(so(s)) } else { None }).unwrap_or(false)
    }

    /// How long the programme runs, as it last said.
    pub(crate) fn running(&self) -> Duration {
        let told = self.told.lock().unwrap();
        let last = told.iter().rev().find_map(|r| if let Report::Status(s) = r { Some(s.running_ms) } else { None });
        Duration::from_millis(last.unwrap_or(0))
    }

    /// Waits for the end, and how it came.
    pub(crate) fn end(&self) -> Result<(), MediaError> {
        for thread in self.threads.lock().unwrap().drain(..) {
            thread.join().expect("no panic");
        }
        self.outcome.lock().unwrap().take().expect("it has ended")
    }
}

/// Everyone's.
fn device() -> DeviceId {
    DeviceId::new("phone").expect("a device")
}

fn say(orders: &Mutex<Option<PipeWriter>>, line: &str) {
    if let Some(orders) = orders.lock().unwrap().as_mut() {
        // It may have ended already.
        let _ = writeln!(orders, "{line}");
    }
}
