//! One worker from start to end: what it is connected to, its loops, and how it stops.
//!
//! On SIGTERM it takes no more requests, finishes those that it took, ends its loops, then the relay and the connection.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use callboard_bus::{Auth, Bus, BusError, CancellationToken, ConnectConfig, ConnectionState, Host, Shutdown};
use callboard_contract::{Worker, subject};
use callboard_store::Store;
use futures::StreamExt;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::task::TaskTracker;

use crate::config::{WorkerConfig, read_secret};
use crate::sentinel::Sentinel;
use crate::{Guard, figures, http, log, relay};

const CHECK_EVERY: Duration = Duration::from_secs(1);
/// While something is missing.
const CHECK_SOON: Duration = Duration::from_millis(100);
const CHECK_PATIENCE: Duration = Duration::from_secs(2);
const BANS_EVERY: Duration = Duration::from_secs(1);
const STOP_PATIENCE: Duration = Duration::from_secs(5);
const RESTART_AFTER: Duration = Duration::from_millis(500);
/// A loop that keeps failing says so again after this many rounds.
const REMIND_EVERY: u64 = 60;

/// Why a worker cannot start: a setting is wrong. One line for people.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SetupError(pub String);

impl From<BusError> for SetupError {
    fn from(error: BusError) -> Self {
        Self(error.to_string())
    }
}

/// Runs a worker to its end; a [`SetupError`] becomes one line and exit code 2.
pub fn run(name: &str, work: impl Future<Output = Result<ExitCode, SetupError>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = runtime.map_err(|e| SetupError(format!("cannot start: {e}"))).and_then(|r| {
        let ended = r.block_on(work);
        r.shutdown_timeout(STOP_PATIENCE);
        ended
    });
    ended.unwrap_or_else(|error| {
        // There is nowhere else to say it.
        let _ = writeln!(std::io::stderr(), "{name}: {error}");
        ExitCode::from(2)
    })
}

/// A worker with its connections and loops.
#[derive(Debug)]
pub struct House {
    /// The connection to NATS; up as soon as the server is.
    pub bus: Bus,
    /// The database; asked as soon as it is there.
    pub store: Store,
    /// Cancelled when the worker is to stop.
    pub stop: CancellationToken,
    /// What stands before the handlers.
    pub guard: Arc<Guard>,
    worker: Worker,
    version: &'static str,
    loops: TaskTracker,
    /// What runs until all requests are answered: the relay, health and metrics.
    tail: TaskTracker,
    tail_stop: CancellationToken,
}

impl House {
    /// Checks the settings, then opens everything. Waits for neither NATS nor PostgreSQL.
    pub async fn open(config: &WorkerConfig, worker: Worker, version: &'static str) -> Result<Self, SetupError> {
        log::start(config)?;
        let seed = read_secret(&config.nats_seed_file)?;
        let store = Store::open(&config.database_url, config.database_connections)
            .map_err(|e| SetupError(format!("the database's address cannot be used: {e}")))?;
        let prometheus = figures::start(worker.name(), version)?;
        let bus = Bus::connect(ConnectConfig {
            url: config.nats_url.clone(),
            name: format!("callboard-{}", worker.name()),
            auth: Auth::Nkey(seed),
            inbox: subject::inbox(&format!("worker_{}", worker.name())),
        })
        .await?;
        let listener = TcpListener::bind(config.http_listen)
            .await
            .map_err(|e| SetupError(format!("cannot listen on {}: {e}", config.http_listen)))?;
        tracing::info!(worker = worker.name(), version, http = %config.http_listen, environment = config.environment, "starting");
        let house = Self {
            guard: Arc::new(Guard::new(store.clone(), Sentinel::new(bus.clone(), worker.name()))),
            bus,
            store,
            stop: CancellationToken::new(),
            worker,
            version,
            loops: TaskTracker::new(),
            tail: TaskTracker::new(),
            tail_stop: CancellationToken::new(),
        };
        house.stop_on_signal()?;
        house.start_tail(listener, prometheus);
        let guard = Arc::clone(&house.guard);
        house.every("bans", BANS_EVERY, move || Arc::clone(&guard).refresh());
        house.refresh_when_told();
        house.apply_streams();
        Ok(house)
    }

    /// A host for this worker's endpoints, with guard and figures.
    pub fn host(&self) -> Host {
        let (pace, guard) = (Arc::clone(&self.guard), Arc::clone(&self.guard));
        Host::new(self.bus.clone(), self.worker, self.version)
            .gate(move |caller| pace.pace(caller))
            .guard(move |caller, spec| {
                let guard = Arc::clone(&guard);
                async move { guard.check(&caller, spec).await }
            })
            .observe(figures::observe)
    }

    /// Does something again and again until the worker stops. Failures are logged when they begin, from time to time, and when they end.
    pub fn every<F, Fut, E>(&self, name: &'static str, period: Duration, mut work: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send,
        E: Display,
    {
        let stop = self.stop.clone();
        self.loops.spawn(async move {
            let mut ticks = tokio::time::interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut failures = 0_u64;
            while stop.run_until_cancelled(ticks.tick()).await.is_some() {
                match work().await {
                    Ok(()) if failures > 0 => {
                        tracing::info!(name, failures, "works again");
                        failures = 0;
                    }
                    Ok(()) => {}
                    Err(error) => {
                        if failures.is_multiple_of(REMIND_EVERY) {
                            tracing::warn!(name, failures, %error, "failed; will be tried again");
                        }
                        failures += 1;
                        metrics::counter!("callboard_loop_failures_total", "loop" => name).increment(1);
                    }
                }
            }
        });
    }

    /// Runs something until the worker stops; starts it again if it ends before. It must return soon after the token is cancelled.
    pub fn spawn<F, Fut, E>(&self, name: &'static str, mut work: F)
    where
        F: FnMut(CancellationToken) -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send,
        E: Display,
    {
        let stop = self.stop.clone();
        self.loops.spawn(async move {
            while !stop.is_cancelled() {
                if let Err(error) = work(stop.clone()).await {
                    tracing::warn!(name, %error, "ended; starting it again");
                    metrics::counter!("callboard_loop_failures_total", "loop" => name).increment(1);
                }
                stop.run_until_cancelled(tokio::time::sleep(RESTART_AFTER)).await;
            }
        });
    }

    /// Answers requests until the worker is told to stop, then brings everything to its end.
    pub async fn serve(self, host: Host) -> Result<ExitCode, SetupError> {
        let shutdown = host.run(self.stop.clone()).await?;
        self.loops.close();
        if tokio::time::timeout(STOP_PATIENCE, self.loops.wait()).await.is_err() {
            tracing::warn!(left = self.loops.len(), "loops did not end in time");
        }
        self.tail.close();
        self.tail_stop.cancel();
        let _ = tokio::time::timeout(STOP_PATIENCE, self.tail.wait()).await;
        // Without a connection there is nothing to drain.
        let _ = tokio::time::timeout(STOP_PATIENCE, self.bus.drain()).await;
        tracing::info!(?shutdown, "stopped");
        Ok(if shutdown == Shutdown::Clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn stop_on_signal(&self) -> Result<(), SetupError> {
        let bad = |e| SetupError(format!("cannot listen for signals: {e}"));
        let mut terminate = signal(SignalKind::terminate()).map_err(bad)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(bad)?;
        let stop = self.stop.clone();
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            tracing::info!("told to stop");
            stop.cancel();
        });
        Ok(())
    }

    fn start_tail(&self, listener: TcpListener, prometheus: PrometheusHandle) {
        let (said, missing) = watch::channel(Some("starting".to_owned()));
        let (bus, store, stop, figures) = (self.bus.clone(), self.store.clone(), self.stop.clone(), prometheus.clone());
        self.tail.spawn(async move {
            let mut pause = CHECK_SOON;
            while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
                let missing = whats_missing(&bus, &store).await;
                pause = if missing.is_none() { CHECK_EVERY } else { CHECK_SOON };
                figures.run_upkeep();
                metrics::gauge!("callboard_ready").set(if missing.is_none() { 1.0 } else { 0.0 });
                if *said.borrow() != missing {
                    tracing::info!(missing = missing.as_deref().unwrap_or("nothing"), "readiness changed");
                    said.send_replace(missing);
                }
            }
            said.send_replace(Some("stopping".to_owned()));
            // Held until nobody asks any more.
            said.closed().await;
        });
        let (version, stop) = (self.version, self.tail_stop.clone());
        self.tail.spawn(async move { http::serve(listener, missing, prometheus, version, stop).await });
        let (bus, store, stop) = (self.bus.clone(), self.store.clone(), self.tail_stop.clone());
        self.tail.spawn(async move { relay::run(&bus, &store, &stop).await });
    }

    /// A sanction acts at once: whoever imposed it says so, and the list is read anew without waiting for its second.
    fn refresh_when_told(&self) {
        let (bus, guard) = (self.bus.clone(), Arc::clone(&self.guard));
        self.spawn("bans told", move |stop| {
            let (bus, guard) = (bus.clone(), Arc::clone(&guard));
            async move {
                let mut told = bus.guard_refreshes().await?;
                while let Some(Some(())) = stop.run_until_cancelled(told.next()).await {
                    // A failure is mended by the next look, within the second.
                    if let Err(error) = Arc::clone(&guard).refresh().await {
                        tracing::warn!(%error, "who may not be here could not be read at once");
                    }
                }
                Ok::<(), BusError>(())
            }
        });
    }

    fn apply_streams(&self) {
        let (bus, stop) = (self.bus.clone(), self.stop.clone());
        self.loops.spawn(async move {
            while let Err(error) = bus.apply_streams().await {
                tracing::debug!(%error, "the streams are not applied yet");
                if stop.run_until_cancelled(tokio::time::sleep(CHECK_EVERY)).await.is_none() {
                    return;
                }
            }
        });
    }
}

async fn whats_missing(bus: &Bus, store: &Store) -> Option<String> {
    match &*bus.state().borrow() {
        ConnectionState::Connected => {}
        ConnectionState::Disconnected { .. } => return Some("nats is away".to_owned()),
        ConnectionState::Refused(reason) => return Some(format!("nats refuses this worker: {reason}")),
    }
    match tokio::time::timeout(CHECK_PATIENCE, store.check()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::debug!(%error, "the database");
            Some("the database is away or not migrated".to_owned())
        }
        Err(_) => Some("the database does not answer in time".to_owned()),
    }
}
