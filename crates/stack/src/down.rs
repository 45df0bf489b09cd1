//! Takes a stack down from outside, and clears up after one whose supervisor was killed.
//!
//! What must always hold: when `down` returns without an error, no process of the stack is left; nothing that belongs
//! to somebody else is touched (children are known by the mark in their environment, not by a remembered pid).

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::error::{Result, StackError};
use crate::layout::{DataDir, Lock};
use crate::postgres::running_postmaster;
use crate::process;

/// Workers drain, PostgreSQL writes a checkpoint: that takes a while on a slow disk.
const SUPERVISOR_GRACE: Duration = Duration::from_mins(2);
const LEFTOVER_GRACE: Duration = Duration::from_secs(20);
const POSTGRES_GRACE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(50);

/// What `down` ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DownReport {
    /// The supervisor, if one was running.
    pub supervisor: Option<u32>,
    /// Processes that a supervisor had left behind, with their pids.
    pub leftovers: Vec<(String, u32)>,
}

impl DownReport {
    /// Whether there was nothing to end.
    pub fn nothing_ran(&self) -> bool {
        self.supervisor.is_none() && self.leftovers.is_empty()
    }
}

/// Takes down the stack in a data folder, and returns when nothing of it is left.
pub async fn down(path: &Path) -> Result<DownReport> {
    let Some(data) = DataDir::existing(path).filter(|data| data.lock_file().exists()) else {
        return Ok(DownReport::default());
    };
    let (supervisor, _lock) = end_supervisor(&data).await?;
    let leftovers = end_leftovers(&data).await?;
    let _ = std::fs::remove_file(data.state_file());
    Ok(DownReport { supervisor, leftovers })
}

/// Asks the supervisor to end, and waits for the lock that only its end gives free.
async fn end_supervisor(data: &DataDir) -> Result<(Option<u32>, Lock)> {
    let begun = Instant::now();
    let mut asked = None;
    let mut killed = false;
    loop {
        match data.lock() {
            Ok(lock) => return Ok((asked, lock)),
            Err(StackError::InUse { .. }) => {}
            Err(error) => return Err(error),
        }
        // The lock is held, so the pid in it is the holder's. It is missing only while another `down` clears up.
        match (data.lock_holder(), asked) {
            (Some(pid), None) => {
                process::signal(pid, Signal::TERM);
                asked = Some(pid);
            }
            (Some(pid), Some(_)) if !killed && begun.elapsed() > SUPERVISOR_GRACE => {
                tracing::warn!(process.pid = pid, "the supervisor with pid {pid} did not end when asked; it is killed");
                process::signal(pid, Signal::KILL);
                killed = true;
            }
            _ => {}
        }
        if begun.elapsed() > SUPERVISOR_GRACE * 2 {
            let pid = asked.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string());
            return Err(StackError::InUse { path: data.path().to_owned(), pid });
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Ends what a supervisor that was killed has left behind. Only to be called by who holds the folder's lock.
pub(crate) async fn end_leftovers(data: &DataDir) -> Result<Vec<(String, u32)>> {
    let mut ended = Vec::new();
    let postmaster = data.remembered()?.cluster.and_then(|folder| running_postmaster(&folder));
    // Everything but the database first: those are its clients.
    let others: Vec<_> = process::marked_with(data.path())
        .into_iter()
        .filter(|(pid, name)| Some(*pid) != postmaster && name != "postgres")
        .collect();
    for (pid, _) in &others {
        process::signal(*pid, Signal::TERM);
    }
    for (pid, name) in others {
        end(pid, &name, Signal::TERM, LEFTOVER_GRACE).await?;
        ended.push((name, pid));
    }
    if let Some(pid) = postmaster {
        end(pid, "postgres", Signal::INT, POSTGRES_GRACE).await?;
        ended.push(("postgres".to_owned(), pid));
    }
    // Whatever has the mark and is still there has lost its parent: a server's child, a program that was just starting.
    for (pid, name) in process::marked_with(data.path()) {
        end(pid, &name, Signal::KILL, LEFTOVER_GRACE).await?;
        ended.push((name, pid));
    }
    Ok(ended)
}

async fn end(pid: u32, name: &str, ask_with: Signal, grace: Duration) -> Result<()> {
    if process::end(pid, ask_with, grace).await {
        return Ok(());
    }
    Err(StackError::Unusable(format!(
        "{name} with pid {pid} cannot be ended; it belongs to another user or hangs in the system"
    )))
}
