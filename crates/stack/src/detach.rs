//! A supervisor in the background, and what makes one in the foreground end.

use std::process::Stdio;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Result, StackError};
use crate::files;
use crate::layout::DataDir;
use crate::state::{Phase, StackState};

const POLL: Duration = Duration::from_millis(50);

/// Starts `command`, which must bring up the stack in `data`, in the background; returns when that stack is ready, or
/// with what the command said if it ends before.
pub async fn detach(mut command: tokio::process::Command, data: &DataDir) -> Result<StackState> {
    let path = data.log("supervisor");
    let log = files::open_log(&path)?;
    let errors = log.try_clone().map_err(StackError::io("open the log", &path))?;
    // A process group of its own: Ctrl-C and the end of this terminal do not concern it.
    command.process_group(0).stdin(Stdio::null()).stdout(log).stderr(errors);
    let mut child = command.spawn().map_err(|source| StackError::Io {
        action: "start",
        path: command.as_std().get_program().into(),
        source,
    })?;
    loop {
        if let Some(state) = StackState::read(data)?
            && Some(state.supervisor_pid) == child.id()
            && state.phase == Phase::Ready
        {
            return Ok(state);
        }
        if child.try_wait().map_err(StackError::io("wait for", &path))?.is_some() {
            return Err(StackError::Ended {
                what: "the supervisor".into(),
                ending: "ended before the stack was ready".into(),
                output: files::log_tail(&path),
            });
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Is done when somebody asks this process to end: Ctrl-C, SIGTERM, or the end of its terminal.
pub async fn terminated() {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [mut interrupt, mut terminate, mut hangup] =
        kinds.map(|kind| signal(kind).expect("these signals can be caught by every process"));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}
