//! What a running stack says of itself in `state.json`, for `callboard status`, for scripts and for tests.
//!
//! The file is a stored format: fields are only ever added. It holds no password and no seed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StackError};
use crate::files;
use crate::health::Probe;
use crate::layout::DataDir;
use crate::process;

const SCHEMA: &str = "callboard.stack.v1";

/// How far a stack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Something is not up yet.
    Starting,
    /// Everything has been up.
    Ready,
    /// It is being taken down.
    Stopping,
    /// Its supervisor died; `callboard down` clears up, `callboard up` does so before it starts.
    Lost,
}

/// A whole stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackState {
    /// Name and version of this format.
    pub schema: String,
    /// How far the stack is.
    pub phase: Phase,
    /// The environment's name.
    pub environment: String,
    /// Whether development tokens and the like are allowed.
    pub development: bool,
    /// The data folder.
    pub data: String,
    /// The process that keeps the others running.
    pub supervisor_pid: u32,
    /// When that began.
    pub started_at: Timestamp,
    /// nats-server.
    pub nats: NatsState,
    /// The database.
    pub database: DatabaseState,
    /// The workers.
    pub workers: Vec<WorkerState>,
    /// The first admin's credential file.
    pub admin_credential: String,
}

/// nats-server and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatsState {
    /// For workers and staff.
    pub url: String,
    /// For client apps.
    pub websocket_url: Option<String>,
    /// Monitoring pages, if the server is the stack's own.
    pub monitor_url: Option<String>,
    /// The process, if the server is the stack's own.
    pub server: Option<ServerState>,
}

/// The database and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseState {
    /// Without a password.
    pub url: String,
    /// The cluster's folder, if the server is the stack's own.
    pub folder: Option<String>,
    /// The process, if the server is the stack's own.
    pub server: Option<ServerState>,
}

/// The process of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerState {
    /// Its pid, unless it has just died.
    pub pid: Option<u32>,
    /// How often it was started again.
    pub restarts: u32,
    /// When the present process was started.
    pub started_at: Option<Timestamp>,
    /// Whether it answers.
    pub healthy: bool,
}

/// A worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerState {
    /// Its name.
    pub name: String,
    /// Its binary's version.
    pub version: String,
    /// Its pid, unless it has just died.
    pub pid: Option<u32>,
    /// How often it was started again.
    pub restarts: u32,
    /// When the present process was started.
    pub started_at: Option<Timestamp>,
    /// Where its health is asked for.
    pub health_url: String,
    /// Whether it answers that it is well.
    pub healthy: bool,
    /// How it ended the last time.
    pub last_ending: Option<String>,
}

impl StackState {
    pub(crate) fn schema() -> String {
        SCHEMA.to_owned()
    }

    /// What the stack in a data folder last wrote; `None` if none runs there.
    pub fn read(data: &DataDir) -> Result<Option<Self>> {
        let path = data.state_file();
        match files::read_if_there(&path)? {
            None => Ok(None),
            Some(text) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|error| StackError::Corrupt { path, detail: error.to_string() }),
        }
    }

    /// What the stack in a data folder last wrote, checked against what is true now.
    pub async fn now(data: &DataDir) -> Result<Option<Self>> {
        let Some(mut state) = Self::read(data)? else { return Ok(None) };
        if !process::is_alive(state.supervisor_pid) {
            state.phase = Phase::Lost;
        }
        let probe = Probe::new();
        for worker in &mut state.workers {
            worker.healthy = probe.is_well(&worker.health_url).await;
        }
        for server in [&mut state.nats.server, &mut state.database.server].into_iter().flatten() {
            server.healthy = server.pid.is_some_and(process::is_alive);
        }
        Ok(Some(state))
    }

    /// Whether all that is needed for a call is up.
    pub fn is_well(&self) -> bool {
        self.phase == Phase::Ready
            && self.workers.iter().all(|worker| worker.healthy)
            && [&self.nats.server, &self.database.server].into_iter().flatten().all(|server| server.healthy)
    }

    pub(crate) fn write(&self, data: &DataDir) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).expect("texts, numbers and lists always serialise");
        files::write_whole(&data.state_file(), &text, 0o644)
    }
}
