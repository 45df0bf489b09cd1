//! Brings a whole stack up in the right order, watches over it, takes it down in the opposite order.

mod workers;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::down::end_leftovers;
use crate::error::{Result, StackError};
use crate::health::Probe;
use crate::layout::{DataDir, Lock};
use crate::nats::{self, Nats, NatsPorts};
use crate::options::{StackOptions, without_password};
use crate::postgres::Postgres;
use crate::secrets::{self, Secrets};
use crate::state::{DatabaseState, NatsState, Phase, ServerState, StackState};
use crate::supervise::ProcessStatus;
use workers::{Surroundings, Worker};

/// How often health is looked at when nothing else happens.
const HEALTH_EVERY: Duration = Duration::from_secs(2);

/// A running stack, owned by its supervisor.
#[derive(Debug)]
pub struct Stack {
    options: StackOptions,
    data: DataDir,
    phase: Phase,
    started_at: Timestamp,
    postgres: Option<Postgres>,
    nats: Option<Nats>,
    workers: Vec<Worker>,
    changed: Arc<Notify>,
    probe: Probe,
    written: Option<StackState>,
    _lock: Lock,
}

impl Stack {
    /// Starts everything and returns when all of it is ready. If something fails, all that was started is ended again.
    pub async fn up(options: StackOptions) -> Result<Self> {
        let data = DataDir::create(&options.data)?;
        let lock = data.lock()?.sign()?;
        end_leftovers(&data).await?;
        let mut stack = Self {
            options,
            data,
            phase: Phase::Starting,
            started_at: Timestamp::now(),
            postgres: None,
            nats: None,
            workers: Vec::new(),
            changed: Arc::default(),
            probe: Probe::new(),
            written: None,
            _lock: lock,
        };
        match stack.raise().await {
            Ok(()) => Ok(stack),
            Err(error) => {
                stack.stop().await;
                Err(error)
            }
        }
    }

    /// The data folder.
    pub fn data(&self) -> &DataDir {
        &self.data
    }

    /// What `state.json` says.
    pub fn state(&self) -> &StackState {
        self.written.as_ref().expect("the state is written before `up` returns")
    }

    /// Watches over the stack until `shutdown` is done, then takes it down.
    pub async fn run_until(mut self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let changed = Arc::clone(&self.changed);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                () = changed.notified() => {}
                () = tokio::time::sleep(HEALTH_EVERY) => {}
            }
            if let Err(error) = self.write_state().await {
                tracing::error!(%error, "cannot write the stack's state: {error}");
            }
        }
        self.stop().await;
    }

    /// Takes the stack down: first the workers, which finish what they have begun, then the servers that they need.
    pub async fn stop(mut self) {
        self.phase = Phase::Stopping;
        if let Err(error) = self.write_state().await {
            tracing::error!(%error, "cannot write the stack's state: {error}");
        }
        let ending: Vec<_> = self.workers.drain(..).map(|worker| tokio::spawn(worker.stop())).collect();
        for worker in ending {
            // A task that panicked has dropped its worker, which kills it.
            let _ = worker.await;
        }
        if let Some(nats) = self.nats.take() {
            nats.stop().await;
        }
        if let Some(postgres) = self.postgres.take() {
            postgres.stop().await;
        }
        let _ = std::fs::remove_file(self.data.state_file());
    }

    async fn raise(&mut self) -> Result<()> {
        let secrets = Secrets::load_or_make(&self.data)?;
        let dev_token_secret =
            if self.options.is_development() { Some(secrets::dev_token_secret(&self.data)?) } else { None };
        self.start_servers(&secrets).await?;
        self.write_state().await?;
        let surroundings = self.surroundings(secrets, dev_token_secret)?;
        surroundings.migrate().await?;
        surroundings.bootstrap().await?;
        let planned = [
            Some(surroundings.signaling().await?),
            Some(surroundings.billing().await?),
            Some(surroundings.rooms().await?),
            Some(surroundings.moderation().await?),
            surroundings.restream().await?,
        ];
        for worker in planned.into_iter().flatten() {
            self.workers.push(Worker::start(worker, Arc::clone(&self.changed))?);
            self.write_state().await?;
        }
        for worker in &self.workers {
            worker.ready(&self.probe).await?;
        }
        self.phase = Phase::Ready;
        self.write_state().await
    }

    async fn start_servers(&mut self, secrets: &Secrets) -> Result<()> {
        let (data, options) = (&self.data, &self.options);
        let postgres = async {
            match options.external_database {
                Some(_) => Ok(None),
                None => Postgres::start_watched(data, Arc::clone(&self.changed)).await.map(Some),
            }
        };
        let nats = async {
            if options.external_nats.is_none() {
                return Nats::start_watched(data, secrets, &options.nats, Arc::clone(&self.changed)).await.map(Some);
            }
            // The accounts and users that the existing server has to know stand in this file.
            let ports = NatsPorts { client: 4222, websocket: 8080, monitor: 8222 };
            nats::write_config(data, secrets, &options.nats, ports).map(|_| None)
        };
        let (postgres, nats) = tokio::join!(postgres, nats);
        // Kept before either error is returned: what did start must be ended in order.
        let mut errors = Vec::new();
        match postgres {
            Ok(server) => self.postgres = server,
            Err(error) => errors.push(error),
        }
        match nats {
            Ok(server) => self.nats = server,
            Err(error) => errors.push(error),
        }
        errors.into_iter().next().map_or(Ok(()), Err)
    }

    fn surroundings(&self, secrets: Secrets, dev_token_secret: Option<PathBuf>) -> Result<Surroundings> {
        let (app_url, owner_url) = match (&self.postgres, &self.options.external_database) {
            (Some(postgres), _) => (postgres.app_url().to_owned(), postgres.owner_url().to_owned()),
            (None, Some(database)) => (database.app_url.clone(), database.owner_url.clone()),
            (None, None) => unreachable!("start_servers has started a private database if no other one is named"),
        };
        Ok(Surroundings {
            hls_port: self.data.port("hls")?,
            files_port: self.data.port("files")?,
            data: self.data.clone(),
            options: self.options.clone(),
            secrets,
            dev_token_secret,
            nats_url: self.nats_url(),
            app_url,
            owner_url,
        })
    }

    fn nats_url(&self) -> String {
        match (&self.nats, &self.options.external_nats) {
            (Some(nats), _) => nats.url(),
            (None, Some(url)) => url.clone(),
            (None, None) => String::new(),
        }
    }

    async fn write_state(&mut self) -> Result<()> {
        let state = self.look().await;
        if self.written.as_ref() != Some(&state) {
            state.write(&self.data)?;
            self.written = Some(state);
        }
        Ok(())
    }

    async fn look(&self) -> StackState {
        let mut workers = Vec::new();
        for worker in &self.workers {
            workers.push(worker.state(&self.probe).await);
        }
        let nats = NatsState {
            url: self.nats_url(),
            websocket_url: self
                .nats
                .as_ref()
                .map(Nats::websocket_url)
                .or_else(|| self.options.external_websocket.clone()),
            monitor_url: self.nats.as_ref().map(Nats::monitor_url),
            server: match &self.nats {
                Some(nats) => Some(server_state(&nats.status(), nats.is_ready().await)),
                None => None,
            },
        };
        let database = match (&self.postgres, &self.options.external_database) {
            (Some(postgres), _) => DatabaseState {
                url: postgres.shown_url(),
                folder: Some(postgres.folder().display().to_string()),
                server: Some(server_state(&postgres.status(), postgres.is_ready().await)),
            },
            (None, external) => DatabaseState {
                url: external.as_ref().map(|database| without_password(&database.app_url)).unwrap_or_default(),
                folder: None,
                server: None,
            },
        };
        StackState {
            schema: StackState::schema(),
            phase: self.phase,
            environment: self.options.environment.clone(),
            development: self.options.is_development(),
            data: self.data.path().display().to_string(),
            supervisor_pid: std::process::id(),
            started_at: self.started_at,
            nats,
            database,
            workers,
            admin_credential: self.data.admin_credential().display().to_string(),
        }
    }
}

fn server_state(status: &ProcessStatus, healthy: bool) -> ServerState {
    ServerState { pid: status.pid, restarts: status.restarts, started_at: status.started_at, healthy }
}

/// For a worker's version: the last word of what `--version` prints.
async fn version_of(path: &std::path::Path) -> Result<String> {
    let output = tokio::process::Command::new(path).arg("--version").stdin(std::process::Stdio::null()).output().await;
    let output = output.map_err(StackError::io("start", path))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split_whitespace().last().unwrap_or("unknown").to_owned())
}
