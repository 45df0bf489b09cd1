//! What a programme's process says, in the words of the contract.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use callboard_contract::programme::{FromProgramme, GuestStatus, ProgrammeStatus, TargetStatus};
use callboard_domain::{At, ProgrammeId, ProgrammeState, Uid};
use callboard_media::control::{self, GuestLine, Signal};

use super::Programme;
use crate::wanted::Wanted;

/// What consoles show as silence.
const SILENCE_DB: i32 = -60;
/// What the process calls silence.
const NOTHING_DB: i32 = -100;
/// Somebody who was heard within this time has sound.
const PAUSE_IN_SPEECH: Duration = Duration::from_secs(10);

impl Programme {
    /// How it does now.
    pub(super) fn report(&self) -> ProgrammeStatus {
        let wanted = self.wanted.borrow();
        let status = self.status.clone().unwrap_or_default();
        let running = self.running.as_ref();
        ProgrammeStatus {
            programme_id: self.id,
            call_id: wanted.call_id,
            worker: self.shared.name.clone(),
            at: now(),
            state: self.state(&wanted),
            running_ms: running.map_or(0, |running| ms_since(running.started)),
            fps_tenths: status.fps.saturating_mul(10),
            bitrate_kbps: status.kbps,
            frames_dropped: status.left_out,
            cpu_permille: self.usage.cpu_permille,
            memory_kib: self.usage.memory_kib,
            restarts: self.starts.saturating_sub(1),
            level_db: status.level_db.max(SILENCE_DB),
            viewers: self.shared.viewers.watching(self.id),
            guests: status.guests.into_iter().map(|guest| self.guest(guest)).collect(),
            targets: status.targets.into_iter().map(target).collect(),
        }
    }

    fn guest(&self, guest: control::GuestStatus) -> GuestStatus {
        let fault = match guest.line {
            GuestLine::Waiting | GuestLine::Live => None,
            GuestLine::Vanished => Some("nothing has come from there for some seconds".to_owned()),
            GuestLine::Failed => Some(guest.fault.unwrap_or_else(|| "the connection failed".to_owned())),
        };
        GuestStatus {
            connected: guest.line == GuestLine::Live,
            picture: guest.fps > 0,
            shown: guest.shown,
            sound: self.voices.get(&guest.uid).is_some_and(|at| at.elapsed() < PAUSE_IN_SPEECH),
            muted: guest.muted,
            level_db: guest.level_db.max(SILENCE_DB),
            fps_tenths: guest.fps.saturating_mul(10),
            loss_permille: guest.loss_permille,
            fault,
            uid: guest.uid,
            device: guest.device,
        }
    }

    fn state(&self, wanted: &Wanted) -> ProgrammeState {
        match &self.running {
            _ if wanted.over => ProgrammeState::Finished,
            Some(running) if running.ready => ProgrammeState::OnAir,
            _ if self.starts > 1 => ProgrammeState::Interrupted,
            _ => ProgrammeState::Starting,
        }
    }
}

/// Whether somebody came, went, failed, or was muted or unmuted from one status to the next.
pub(super) fn are_others(before: Option<&control::Status>, now: Option<&control::Status>) -> bool {
    let who = |status: &control::Status| -> Vec<_> {
        status
            .guests
            .iter()
            .map(|guest| (guest.uid.clone(), guest.device.clone(), guest.muted, guest.fault.clone()))
            .collect()
    };
    before.map(who).unwrap_or_default() != now.map(who).unwrap_or_default()
}

/// Notes who is heard.
pub(super) fn listen(voices: &mut HashMap<Uid, Instant>, status: &control::Status) {
    let now = Instant::now();
    let heard = status.guests.iter().filter(|guest| guest.level_db > NOTHING_DB);
    voices.extend(heard.map(|guest| (guest.uid.clone(), now)));
    voices.retain(|_, at| at.elapsed() < PAUSE_IN_SPEECH);
}

pub(super) fn from_programme(programme_id: ProgrammeId, wanted: &Wanted, signal: Signal) -> FromProgramme {
    FromProgramme {
        call_id: wanted.call_id,
        programme_id,
        to: signal.uid,
        to_device: signal.device,
        kind: signal.kind,
        payload: signal.payload,
    }
}

fn target(target: control::TargetStatus) -> TargetStatus {
    TargetStatus {
        name: target.name,
        kind: target.kind,
        state: target.state,
        blame: target.blame,
        reason: Some(target.reason).filter(|reason| !reason.is_empty()),
        bytes: target.bytes,
        drops: target.drops,
        reconnects: target.reconnects,
        since: target.since,
        file: target.file.map(|file| file.display().to_string()),
    }
}

fn ms_since(instant: Instant) -> u64 {
    u64::try_from(instant.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The machine's clock.
pub(crate) fn now() -> At {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    At::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
