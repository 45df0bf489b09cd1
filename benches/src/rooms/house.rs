//! A stack over a database of its own, and the connections of whoever talks to it.

use std::future::Future;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use callboard_bus::{Auth, Bus, BusError, ConnectConfig};
use callboard_contract::subject;
use callboard_domain::{RoomId, Uid};
use callboard_rooms::listening;
use callboard_stack::{DataDir, ExternalDatabase, Secrets, Stack, StackOptions, StackState, WorkerPermissions};
use callboard_testbase::{Base, fresh};
use futures::stream::{StreamExt as _, TryStreamExt as _};
use jsonwebtoken::{EncodingKey, Header};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

use crate::usage;

/// What the bare pair may use besides.
pub(super) const BARE: &str = "bench";
const PATIENCE: Duration = Duration::from_mins(1);
const AGAIN: Duration = Duration::from_millis(50);
/// Connections that are made at the same time.
const AT_ONCE: usize = 24;
/// Files besides connections.
const FILES: u64 = 500;
const TOKEN_S: u64 = 6 * 3600;

/// A stack, its database, and the keys with which one comes in.
pub(super) struct House {
    pub(super) base: Base,
    stack: Stack,
    websocket: String,
    server: String,
    secret: Vec<u8>,
    seed: String,
    _folder: TempDir,
}

/// A process of the house.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) name: String,
    pub(super) pid: u32,
}

/// Lets this process and those that it starts have so many connections, or says that the machine does not.
pub(super) fn allow_files(connections: u32) -> anyhow::Result<()> {
    let (limit, needed) = (getrlimit(Resource::Nofile), u64::from(connections) + FILES);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    anyhow::ensure!(
        limit.maximum.is_none_or(|most| most >= needed),
        "{connections} connections need as many open files, but the system's limit is {:?} (`ulimit -Hn`): ask for fewer",
        limit.maximum
    );
    Ok(setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum: limit.maximum })?)
}

impl House {
    /// Brings it up.
    pub(super) async fn up() -> anyhow::Result<Self> {
        let base = fresh().await;
        let folder = tempfile::Builder::new().prefix("callboard-bench-").tempdir()?;
        let mut allowed = WorkerPermissions::of_the_contract();
        for subjects in [&mut allowed.rooms.publish, &mut allowed.rooms.subscribe] {
            subjects.push(format!("{BARE}.>"));
        }
        let mut options = StackOptions::from_env(folder.path().join("stack"), allowed)?;
        "warn".clone_into(&mut options.log);
        options.external_database =
            Some(ExternalDatabase { app_url: base.app_url.clone(), owner_url: base.owner_url.clone() });
        let stack = Stack::up(options).await?;
        let secrets = Secrets::load_or_make(stack.data())?;
        let read = |path: PathBuf| std::fs::read_to_string(&path).with_context(|| path.display().to_string());
        let secret = read(stack.data().dev_token_secret())?.trim().into();
        let seed = read(secrets.rooms.seed_file)?.trim().to_owned();
        let nats = &stack.state().nats;
        let websocket = nats.websocket_url.clone().context("the stack has no WebSocket listener")?;
        let server = nats.url.clone();
        Ok(Self { base, stack, websocket, server, secret, seed, _folder: folder })
    }

    /// Takes it down, with its database.
    pub(super) async fn down(self) {
        self.stack.stop().await;
        self.base.finish().await;
    }

    /// nats-server and the workers.
    pub(super) fn processes(&self) -> anyhow::Result<Vec<Process>> {
        let state = StackState::read(self.data())?.context("the stack tells nothing of itself")?;
        let server = state.nats.server.and_then(|s| s.pid).map(|pid| Process { name: "nats-server".to_owned(), pid });
        let workers = state.workers.into_iter().filter_map(|w| Some(Process { name: w.name, pid: w.pid? }));
        Ok(server.into_iter().chain(workers).collect())
    }

    /// What nats-server has in memory, in bytes.
    pub(super) fn server_memory(&self) -> anyhow::Result<u64> {
        let all = self.processes()?;
        let server = all.iter().find(|p| p.name == "nats-server").context("nats-server does not run")?;
        Ok(usage::memory(server.pid))
    }

    fn data(&self) -> &DataDir {
        self.stack.data()
    }

    /// A login token of the development platform.
    pub(super) fn token(&self, uid: &Uid) -> anyhow::Result<String> {
        let exp = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() + TOKEN_S;
        let claims = serde_json::json!({ "sub": uid, "aud": "callboard", "exp": exp });
        Ok(jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(&self.secret))?)
    }

    /// Where apps connect.
    pub(super) fn websocket(&self) -> &str {
        &self.websocket
    }

    /// The connection of a client app.
    pub(super) async fn person(&self, uid: &Uid) -> anyhow::Result<Bus> {
        self.connect(&self.websocket, Auth::Token(self.token(uid)?), uid.as_str()).await
    }

    /// The second connection of a member, with a ticket, as the rooms worker gives it.
    pub(super) async fn listener(&self, uid: &Uid, room: RoomId) -> anyhow::Result<Bus> {
        let ticket = listening::ticket(&self.base.store, uid, room).await?;
        self.connect(&self.websocket, Auth::Token(ticket.token), uid.as_str()).await
    }

    /// A connection by WebSocket that is nobody's: known to nats-server itself, in the workers' account.
    pub(super) async fn bare(&self) -> anyhow::Result<Bus> {
        self.connect(&self.websocket, Auth::Nkey(self.seed.clone()), "worker_rooms").await
    }

    /// A connection as the rooms worker has it.
    pub(super) async fn worker(&self) -> anyhow::Result<Bus> {
        self.connect(&self.server, Auth::Nkey(self.seed.clone()), "worker_rooms").await
    }

    async fn connect(&self, url: &str, auth: Auth, name: &str) -> anyhow::Result<Bus> {
        let config =
            ConnectConfig { url: url.to_owned(), name: format!("bench {name}"), auth, inbox: subject::inbox(name) };
        let bus = Bus::connect(config).await?;
        let come_in = async {
            loop {
                match bus.wait_connected(PATIENCE).await {
                    // As an app does whose sign-in was not answered in time: it comes again.
                    Err(BusError::Refused(_)) => tokio::time::sleep(AGAIN).await,
                    came => return came,
                }
            }
        };
        let came = tokio::time::timeout(PATIENCE, come_in).await.unwrap_or(Err(BusError::Disconnected));
        came.with_context(|| format!("{name} does not come in"))?;
        // Answers wait behind what goes to the listeners.
        Ok(bus.with_deadline(PATIENCE))
    }
}

/// Many connections, some at a time, in their order.
pub(super) async fn many<T, F: Future<Output = anyhow::Result<T>>>(
    count: u32,
    make: impl FnMut(u32) -> F,
) -> anyhow::Result<Vec<T>> {
    futures::stream::iter(0..count).map(make).buffered(AT_ONCE).try_collect().await
}
