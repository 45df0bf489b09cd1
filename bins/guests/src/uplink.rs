//! The line of one guest to the programme of his call: made anew whenever the programme comes on air anew, or when it failed.

use std::time::Duration;

use callboard_contract::Signal;
use callboard_contract::api::stage::OnAir;
use callboard_domain::{Consent, ProgrammeState};
use callboard_media::synthetic::{Publisher, PublisherEvent, Settings};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// After a failure; what failed may need a moment.
const AGAIN: Duration = Duration::from_secs(3);
/// Without a connection for so long it is tried anew.
const PATIENCE: Duration = Duration::from_secs(20);

/// The line, or that there is none.
pub(crate) struct Uplink {
    settings: Settings,
    publisher: Option<Publisher>,
    said: mpsc::UnboundedSender<(u64, PublisherEvent)>,
    number: u64,
    /// What the house told last.
    view: Option<OnAir>,
    /// When it is made anew unless it stands by then.
    due: Option<Instant>,
}

/// What a publisher says comes on the receiver, with the number under which [`Uplink::takes`] knows it.
pub(crate) fn uplink(settings: Settings) -> (Uplink, mpsc::UnboundedReceiver<(u64, PublisherEvent)>) {
    let (said, heard) = mpsc::unbounded_channel();
    (Uplink { settings, publisher: None, said, number: 0, view: None, due: None }, heard)
}

impl Uplink {
    /// The house told of the programme. Fails if there is no way to send here.
    pub(crate) fn told(&mut self, view: OnAir) -> Result<(), String> {
        let before = self.view.replace(view);
        let Some(view) = &self.view else { return Ok(()) };
        let wanted = view.state == ProgrammeState::OnAir && view.consent == Consent::Agreed && view.part.is_on();
        let same = before.is_some_and(|b| b.programme_id == view.programme_id && b.state == ProgrammeState::OnAir);
        if !wanted {
            self.close();
        } else if !same || self.publisher.is_none() {
            return self.open();
        }
        Ok(())
    }

    /// To whom signals go.
    pub(crate) fn programme(&self) -> Option<&OnAir> {
        self.view.as_ref()
    }

    /// When [`Uplink::again`] is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Makes it anew.
    pub(crate) fn again(&mut self) -> Result<(), String> {
        self.due = None;
        if self.publisher.is_some() { self.open() } else { Ok(()) }
    }

    /// Takes what the programme says.
    pub(crate) fn signal(&self, signal: &Signal) {
        if let Some(publisher) = &self.publisher {
            publisher.signal(signal.kind, &signal.payload);
        }
    }

    /// What a publisher said is of the present one: then its signals are to be sent.
    pub(crate) fn takes(&mut self, number: u64, event: &PublisherEvent) -> bool {
        if number != self.number || self.publisher.is_none() {
            return false;
        }
        match event {
            PublisherEvent::Signal { .. } => return true,
            PublisherEvent::Connected => self.due = None,
            PublisherEvent::Failed(why) => {
                tracing::warn!(name = self.settings.name, "the line to the programme failed, another is made: {why}");
                self.due = Some(Instant::now() + AGAIN);
            }
        }
        false
    }

    fn open(&mut self) -> Result<(), String> {
        self.close();
        self.number += 1;
        let (out, events) = std::sync::mpsc::channel();
        let (number, said) = (self.number, self.said.clone());
        let bridge = std::thread::Builder::new().name("publisher".to_owned()).spawn(move || {
            // It ends with the publisher.
            while let Ok(event) = events.recv() {
                if said.send((number, event)).is_err() {
                    return;
                }
            }
        });
        bridge.map_err(|e| e.to_string())?;
        self.publisher = Some(Publisher::start(&self.settings, out).map_err(|e| e.to_string())?);
        self.due = Some(Instant::now() + PATIENCE);
        Ok(())
    }

    fn close(&mut self) {
        self.due = None;
        if let Some(publisher) = self.publisher.take() {
            // Saying good-bye takes a moment.
            tokio::task::spawn_blocking(move || drop(publisher));
        }
    }
}
