//! When each message reached the last of those who are to have it. Messages are numbered in their text, so that it does not matter which way
//! they come.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_nats::{HeaderMap, Message};
use bytes::Bytes;
use tokio::sync::watch;

const MARK: &[u8] = b"bench-";
const DIGITS: usize = 6;

/// The messages of one way, and how far they got.
pub(super) struct Arrivals {
    begun: Instant,
    messages: Vec<Sent>,
    next: AtomicU32,
    /// How many came to everybody.
    whole: watch::Sender<u32>,
    /// Arrivals that nobody waited for.
    extra: AtomicU32,
    sample: OnceLock<Sample>,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) headers: HeaderMap,
    body: Bytes,
    mark: usize,
}

#[derive(Debug)]
struct Sent {
    /// In microseconds from the beginning.
    at: AtomicU64,
    last: AtomicU64,
    /// Who does not have it yet.
    left: AtomicU32,
}

impl Arrivals {
    /// Room for so many messages, each to so many.
    pub(super) fn new(messages: u32, receivers: u32) -> Self {
        let sent = || Sent { at: AtomicU64::new(0), last: AtomicU64::new(0), left: AtomicU32::new(receivers) };
        Self {
            begun: Instant::now(),
            messages: (0..messages).map(|_| sent()).collect(),
            next: AtomicU32::new(0),
            whole: watch::Sender::new(0),
            extra: AtomicU32::new(0),
            sample: OnceLock::new(),
        }
    }

    /// The number of the next message, which goes out now.
    pub(super) fn send(&self) -> u32 {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(sent) = self.messages.get(n as usize) {
            sent.at.store(self.now(), Ordering::Relaxed);
        }
        n
    }

    /// Takes in what came to one receiver.
    pub(super) fn take(&self, message: &Message) {
        let Some((mark, n)) = marked(&message.payload) else { return };
        let Some(sent) = self.messages.get(n) else { return };
        sent.last.fetch_max(self.now(), Ordering::Relaxed);
        match sent.left.fetch_sub(1, Ordering::AcqRel) {
            1 => self.whole.send_modify(|whole| *whole += 1),
            0 => {
                self.extra.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        if self.sample.get().is_none() {
            let headers = message.headers.clone().unwrap_or_default();
            // Another receiver may have been quicker.
            let _ = self.sample.set(Sample { headers, body: message.payload.clone(), mark });
        }
    }

    /// Waits until all that was sent came to everybody, once.
    pub(super) async fn whole(&self, patience: Duration) -> anyhow::Result<()> {
        let sent = self.next.load(Ordering::Relaxed);
        let mut whole = self.whole.subscribe();
        let all = tokio::time::timeout(patience, whole.wait_for(|whole| *whole >= sent)).await;
        anyhow::ensure!(all.is_ok(), "of {sent} messages only {} came to everybody", *self.whole.borrow());
        let extra = self.extra.load(Ordering::Relaxed);
        anyhow::ensure!(extra == 0, "{extra} messages came twice");
        Ok(())
    }

    /// How many were sent.
    pub(super) fn sent(&self) -> u32 {
        self.next.load(Ordering::Relaxed)
    }

    /// From sending to the last receiver, for all messages from a number on.
    pub(super) fn delays(&self, from: u32) -> Vec<Duration> {
        let messages = self.messages.iter().take(self.sent() as usize).skip(from as usize);
        messages.map(|m| Duration::from_micros(load(&m.last).saturating_sub(load(&m.at)))).collect()
    }

    /// From the first sending to the last arrival of all messages from a number on.
    pub(super) fn span(&self, from: u32) -> Duration {
        let messages = || self.messages.iter().take(self.sent() as usize).skip(from as usize);
        let first = messages().map(|m| load(&m.at)).min().unwrap_or_default();
        let last = messages().map(|m| load(&m.last)).max().unwrap_or_default();
        Duration::from_micros(last.saturating_sub(first))
    }

    /// A message as it came to somebody.
    pub(super) fn sample(&self) -> anyhow::Result<&Sample> {
        self.sample.get().context("nothing has come yet")
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl Sample {
    /// The same bytes with another number.
    pub(super) fn numbered(&self, n: u32) -> Bytes {
        let mut body = self.body.to_vec();
        let digits = self.mark + MARK.len();
        body[digits..digits + DIGITS].copy_from_slice(format!("{n:06}").as_bytes());
        body.into()
    }

    /// How long it is, headers left out.
    pub(super) fn bytes(&self) -> usize {
        self.body.len()
    }
}

/// What a message with a number says: as long as people's messages are.
pub(super) fn text(n: u32) -> String {
    format!("bench-{n:06} is what somebody says to all the others who listen in this room tonight")
}

fn marked(payload: &[u8]) -> Option<(usize, usize)> {
    let at = payload.windows(MARK.len()).position(|window| window == MARK)?;
    let digits = payload.get(at + MARK.len()..at + MARK.len() + DIGITS)?;
    Some((at, std::str::from_utf8(digits).ok()?.parse().ok()?))
}

fn load(time: &AtomicU64) -> u64 {
    time.load(Ordering::Relaxed)
}
