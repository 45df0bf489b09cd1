//! A private nats-server on loopback ports: clients, WebSocket, monitoring, JetStream, four accounts and auth callout.
//!
//! What must always hold: whoever is not a static user of the configuration is sent to the callout; client apps get no
//! JetStream and no larger messages than they need; what JetStream acknowledges is on disk.

mod config;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use callboard_contract::{Worker, permissions};
use serde::Serialize;
use tokio::sync::Notify;

use crate::error::{Result, StackError};
use crate::files;
use crate::health::Probe;
use crate::layout::DataDir;
use crate::programs;
use crate::secrets::Secrets;
use crate::supervise::{ProcessStatus, Program, Supervised};
pub use config::render_config;

const READY_WITHIN: Duration = Duration::from_secs(30);

/// What one user may publish and subscribe to, as exact subjects of nats-server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Permissions {
    /// Subjects that the user may publish to.
    pub publish: Vec<String>,
    /// Subjects that the user may subscribe to.
    pub subscribe: Vec<String>,
    /// Whether, and how often and long, it may answer requests on any reply subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_responses: Option<AllowResponses>,
}

/// How often and how long a user may answer one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllowResponses {
    /// Answers per request.
    pub max: u32,
    /// How long after the request, with a unit.
    pub expires: String,
}

impl Default for AllowResponses {
    fn default() -> Self {
        Self { max: 8, expires: "1m".into() }
    }
}

/// The permissions of the stack's own users. Those of the workers are generated from the contract.
#[derive(Debug, Clone, Default)]
pub struct WorkerPermissions {
    /// The worker `signaling`, in account APP.
    pub signaling: Permissions,
    /// The worker `billing`, in account APP.
    pub billing: Permissions,
    /// The worker `rooms`, in account APP.
    pub rooms: Permissions,
    /// The worker `moderation`, in account APP.
    pub moderation: Permissions,
    /// The worker `restream`, in account APP; its user is there even where the worker is not.
    pub restream: Permissions,
}

impl WorkerPermissions {
    /// What each worker needs by the catalogue.
    pub fn of_the_contract() -> Self {
        let of = |worker| Permissions::from(permissions::worker(worker));
        Self {
            signaling: of(Worker::Signaling),
            billing: of(Worker::Billing),
            rooms: of(Worker::Rooms),
            moderation: of(Worker::Moderation),
            restream: of(Worker::Restream),
        }
    }
}

impl From<permissions::Permissions> for Permissions {
    fn from(may: permissions::Permissions) -> Self {
        let allow_responses = may.allow_responses.then(AllowResponses::default);
        Self { publish: may.publish, subscribe: may.subscribe, allow_responses }
    }
}

/// What a stack's nats-server is to be like.
#[derive(Debug, Clone, Default)]
pub struct NatsOptions {
    /// The workers' permissions.
    pub permissions: WorkerPermissions,
    /// Origins of web pages that may open a WebSocket; none means any, which only suits development.
    pub allowed_origins: Vec<String>,
}

/// The ports of a nats-server, all on loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NatsPorts {
    /// For workers and staff.
    pub client: u16,
    /// For client apps.
    pub websocket: u16,
    /// For health and figures, over HTTP.
    pub monitor: u16,
}

/// A running private nats-server. Dropping it kills the server; `stop` ends it.
#[derive(Debug)]
pub struct Nats {
    server: Supervised,
    ports: NatsPorts,
    config: PathBuf,
    probe: Probe,
}

impl Nats {
    /// Writes the configuration and starts the server.
    pub async fn start(data: &DataDir, secrets: &Secrets, options: &NatsOptions) -> Result<Self> {
        Self::start_watched(data, secrets, options, Arc::default()).await
    }

    pub(crate) async fn start_watched(
        data: &DataDir,
        secrets: &Secrets,
        options: &NatsOptions,
        changed: Arc<Notify>,
    ) -> Result<Self> {
        let path = programs::find_nats_server().await?;
        let ports = NatsPorts {
            client: data.port("nats")?,
            websocket: data.port("websocket")?,
            monitor: data.port("monitor")?,
        };
        let config = write_config(data, secrets, options, ports)?;
        let mut program = Program::new("nats-server", path, data);
        program.args = vec!["--config".into(), config.clone().into()];
        let server = Supervised::start(program, changed)?;
        let this = Self { server, ports, config, probe: Probe::new() };
        this.ready().await?;
        Ok(this)
    }

    /// The address for workers and staff.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.ports.client)
    }

    /// The address for client apps.
    pub fn websocket_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.ports.websocket)
    }

    /// The address of the monitoring pages.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.monitor)
    }

    /// The configuration file.
    pub fn config(&self) -> &std::path::Path {
        &self.config
    }

    /// How the server is doing.
    pub fn status(&self) -> ProcessStatus {
        self.server.status()
    }

    /// Waits until the server and its JetStream are up.
    pub async fn ready(&self) -> Result<()> {
        self.server.ready(READY_WITHIN, async || self.is_ready().await).await
    }

    /// Whether the server and its JetStream are up now.
    pub async fn is_ready(&self) -> bool {
        self.probe.is_well(&format!("{}/healthz", self.monitor_url())).await
    }

    /// Ends the server.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// Writes the configuration; without a private server it is the example from which an existing one takes its accounts.
pub(crate) fn write_config(
    data: &DataDir,
    secrets: &Secrets,
    options: &NatsOptions,
    ports: NatsPorts,
) -> Result<PathBuf> {
    let dir = data.nats();
    files::make_dir(&dir, files::PRIVATE_DIR)?;
    let store = dir.join("jetstream");
    let store = store.to_str().ok_or_else(|| {
        StackError::Unusable(format!("the data folder {} is not valid UTF-8, nats-server needs that", dir.display()))
    })?;
    let path = dir.join("nats-server.conf");
    let text = render_config(secrets, options, ports, store);
    files::write_whole(&path, text.as_bytes(), files::PRIVATE_FILE)?;
    Ok(path)
}
