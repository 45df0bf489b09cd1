//! Everyone who may be seen and heard: a place in the mixer each, and a connection once his device has offered one.
//!
//! Who is no longer wanted is out of the picture and the sound first; his connection is ended after that, beside everything else, so that one that
//! does not want to end holds up nothing.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use callboard_domain::{DeviceId, OutputPreset, Uid};

use crate::allocator;
use crate::control::{GuestLine, GuestStatus, GuestWish, IceSpec, ProgrammeSpec, Report, Signal, SignalKind};
use crate::error::MediaError;
use crate::guest::{Guest, GuestEvent, Happened, LineState, Settings, Sinks, Taken, Timeline};
use crate::mixer::{Mixer, MixerStatus, Slot};

/// How long connections may take to end before the process does.
const FAREWELL: Duration = Duration::from_secs(3);

/// Someone who may be seen and heard.
struct Member {
    uid: Uid,
    device: DeviceId,
    slot: Slot,
    guest: Option<Guest>,
    /// Why his last connection failed, until he offers another.
    failed: Option<String>,
}

/// All of them.
pub(super) struct Guests {
    members: Vec<Member>,
    settings: Settings,
    timeline: Timeline,
    said: Sender<GuestEvent>,
}

impl Guests {
    pub(super) fn new(spec: &ProgrammeSpec, mixer: &Mixer, said: Sender<GuestEvent>) -> Self {
        let timeline = Timeline { clock: mixer.time().clock().clone(), base_time: mixer.time().zero() };
        Self { members: Vec::new(), settings: settings(spec.preset, &spec.ice), timeline, said }
    }

    /// Makes it so that these and no others may be seen and heard. Returns what went wrong with whom.
    pub(super) fn want(&mut self, wishes: Vec<GuestWish>, mixer: &Mixer) -> Vec<String> {
        let mut members = std::mem::take(&mut self.members);
        members.retain_mut(|member| {
            let wanted = wishes.iter().any(|wish| wish.uid == member.uid && wish.device == member.device);
            if !wanted {
                mixer.remove_slot(&member.uid);
                drop(end(member.guest.take()));
            }
            wanted
        });
        self.members = members;
        let mut faults = Vec::new();
        for wish in wishes {
            // For whoever is there already this is but his name.
            match mixer.add_slot(&wish.uid, &wish.name) {
                Ok(slot) => {
                    mixer.set_sound(&wish.uid, wish.muted, wish.gain_permille);
                    mixer.set_picture(&wish.uid, wish.picture);
                    if !self.members.iter().any(|member| member.uid == wish.uid) {
                        let GuestWish { uid, device, .. } = wish;
                        self.members.push(Member { uid, device, slot, guest: None, failed: None });
                    }
                }
                Err(error) => faults.push(error.to_string()),
            }
        }
        faults
    }

    /// Takes what a device says. Who may not be in the programme is not listened to.
    pub(super) fn signal(&mut self, signal: &Signal) -> Result<(), MediaError> {
        let known = self.members.iter().position(|m| m.uid == signal.uid && m.device == signal.device);
        let Some(n) = known else {
            tracing::debug!(uid = %signal.uid, "a signal from someone who is not in the programme");
            return Ok(());
        };
        let taken = match &self.members[n].guest {
            Some(guest) => guest.signal(signal.kind, &signal.payload),
            None if signal.kind == SignalKind::Answer => Taken::Ignored,
            None => Taken::StartAnew,
        };
        if taken != Taken::StartAnew {
            return Ok(());
        }
        drop(end(self.members[n].guest.take()));
        let guest = self.connect(&self.members[n])?;
        guest.signal(signal.kind, &signal.payload);
        self.members[n].guest = Some(guest);
        self.members[n].failed = None;
        Ok(())
    }

    fn connect(&self, member: &Member) -> Result<Guest, MediaError> {
        let sinks = Sinks::into_sources(member.slot.video.clone(), member.slot.audio.clone());
        let (uid, device) = (member.uid.clone(), member.device.clone());
        Guest::start(uid, device, self.settings.clone(), &self.timeline, sinks, self.said.clone())
    }

    /// Takes what a connection says. What is left of one that has been replaced counts for nothing.
    pub(super) fn on_event(&mut self, event: GuestEvent) -> Option<Report> {
        let current = |member: &&mut Member| member.guest.as_ref().is_some_and(|guest| guest.id() == event.guest);
        let member = self.members.iter_mut().find(current)?;
        match event.what {
            Happened::Signal { kind, payload } => {
                Some(Report::Signal(Signal { uid: event.uid, device: event.device, kind, payload }))
            }
            Happened::Connected => {
                tracing::info!(uid = %event.uid, "connected");
                None
            }
            Happened::Failed(reason) => {
                tracing::warn!(uid = %event.uid, "the connection failed: {reason}");
                drop(end(member.guest.take()));
                member.failed = Some(reason);
                None
            }
        }
    }

    /// Ends all connections, waiting for it a little.
    pub(super) fn end(self) {
        let ends: Vec<Receiver<()>> = self.members.into_iter().map(|member| end(member.guest)).collect();
        let until = Instant::now() + FAREWELL;
        for end in ends {
            // Either way there is nothing more to be done for it.
            let _ = end.recv_timeout(until.saturating_duration_since(Instant::now()));
        }
    }

    /// How everyone is.
    pub(super) fn status(&self, mixer: &MixerStatus) -> Vec<GuestStatus> {
        self.members
            .iter()
            .filter_map(|member| {
                let seat = mixer.seats.iter().find(|seat| seat.uid == member.uid)?;
                let health = member.guest.as_ref().map(Guest::health);
                let fault = member.failed.clone().or_else(|| match &health.as_ref()?.state {
                    LineState::Failed(why) => Some(why.clone()),
                    LineState::Connecting | LineState::Connected => None,
                });
                Some(GuestStatus {
                    uid: member.uid.clone(),
                    device: member.device.clone(),
                    line: if fault.is_some() { GuestLine::Failed } else { seat.line },
                    fps: seat.fps,
                    loss_permille: health.map_or(0, |health| health.loss_permille),
                    level_db: seat.level_db,
                    muted: seat.muted,
                    shown: seat.shown,
                    fault,
                })
            })
            .collect()
    }
}

/// Ends a connection beside everything else; what is returned hangs up when it has ended.
fn end(guest: Option<Guest>) -> Receiver<()> {
    let (ended, end) = channel();
    let Some(guest) = guest else { return end };
    let thread = std::thread::Builder::new().name("farewell".into()).spawn(move || {
        drop(guest);
        drop(ended);
        allocator::give_back();
    });
    if let Err(error) = thread {
        // The guest has gone with the work that was to be done.
        tracing::warn!("a connection was ended on the spot: {error}");
    }
    end
}

/// Pictures no larger than they are shown where a few are there.
fn settings(preset: OutputPreset, ice: &IceSpec) -> Settings {
    let (width, height) = match preset {
        OutputPreset::P480 | OutputPreset::Audio => (640, 360),
        OutputPreset::P720 => (960, 540),
        OutputPreset::P1080 => (1280, 720),
    };
    Settings { ice: ice.clone(), width, height, ..Settings::default() }
}
