//! The workers as child processes: which binary, which settings, when one is ready.
//!
//! The issuer's seed, the curve key and the control user go to signaling alone; the database owner's password goes to
//! `migrate` and `bootstrap` alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::version_of;
use crate::error::Result;
use crate::health::Probe;
use crate::layout::DataDir;
use crate::options::StackOptions;
use crate::programs::{self, RestreamCheck};
use crate::secrets::{self, Identity, Secrets};
use crate::state::WorkerState;
use crate::supervise::{Program, Supervised};

const SIGNALING: &str = "callboard-signaling";
const BILLING: &str = "callboard-billing";
const ROOMS: &str = "callboard-rooms";
const MODERATION: &str = "callboard-moderation";
const RESTREAM: &str = "callboard-restream";
const READY_WITHIN: Duration = Duration::from_mins(1);

/// All that workers are told.
pub(super) struct Surroundings {
    pub(super) data: DataDir,
    pub(super) options: StackOptions,
    pub(super) secrets: Secrets,
    pub(super) dev_token_secret: Option<PathBuf>,
    pub(super) nats_url: String,
    pub(super) hls_port: u16,
    pub(super) files_port: u16,
    pub(super) app_url: String,
    pub(super) owner_url: String,
}

/// A worker that is about to be started.
pub(super) struct Planned {
    program: Program,
    version: String,
    health_url: String,
    ready_url: String,
}

impl Surroundings {
    /// Applies the migrations.
    pub(super) async fn migrate(&self) -> Result<()> {
        let mut program = self.program("migrate", BILLING)?;
        program.args = vec!["migrate".into()];
        program.env.insert("CALLBOARD_DATABASE_OWNER_URL".into(), (&self.owner_url).into());
        program.run_once("callboard-billing migrate").await
    }

    /// Applies the streams and makes the first admin; changes nothing where that was done before.
    pub(super) async fn bootstrap(&self) -> Result<()> {
        let mut program = self.program("bootstrap", BILLING)?;
        program.args = vec![
            "bootstrap".into(),
            "--admin".into(),
            (&self.options.admin).into(),
            "--credential-out".into(),
            self.data.admin_credential().into(),
        ];
        program.env.insert("CALLBOARD_DATABASE_OWNER_URL".into(), (&self.owner_url).into());
        sign_in_as(&mut program, &self.secrets.bootstrap);
        program.run_once("callboard-billing bootstrap").await
    }

    pub(super) async fn billing(&self) -> Result<Planned> {
        let mut program = self.program("billing", BILLING)?;
        sign_in_as(&mut program, &self.secrets.billing);
        self.plan(program).await
    }

    pub(super) async fn rooms(&self) -> Result<Planned> {
        let mut program = self.program("rooms", ROOMS)?;
        sign_in_as(&mut program, &self.secrets.rooms);
        self.files(&mut program)?;
        self.plan(program).await
    }

    pub(super) async fn moderation(&self) -> Result<Planned> {
        let mut program = self.program("moderation", MODERATION)?;
        sign_in_as(&mut program, &self.secrets.moderation);
        self.plan(program).await
    }

    /// The worker that puts calls on air; none where it is not built or the machine lacks what it needs.
    pub(super) async fn restream(&self) -> Result<Option<Planned>> {
        match programs::check_restream(self.options.bin_dir.as_deref()).await {
            RestreamCheck::NotBuilt => return Ok(None),
            RestreamCheck::Unusable { reason, .. } => {
                tracing::warn!(%reason, "no call goes on air from here: {reason}");
                return Ok(None);
            }
            RestreamCheck::Fine(_) => {}
        }
        let mut program = self.program("restream", RESTREAM)?;
        sign_in_as(&mut program, &self.secrets.restream);
        program.env.insert("CALLBOARD_PROGRAMMES_DIR".into(), self.data.programmes().into());
        self.viewers(&mut program)?;
        self.plan(program).await.map(Some)
    }

    /// Where players find programmes, and what signs the tickets of those who may watch.
    fn viewers(&self, program: &mut Program) -> Result<()> {
        let tickets = secrets::viewer_ticket_secret(&self.data)?;
        program.env.insert("CALLBOARD_VIEWER_TICKET_SECRET_FILE".into(), tickets.into());
        let listen = format!("127.0.0.1:{}", self.hls_port);
        program.env.entry("CALLBOARD_HLS_URL".into()).or_insert_with(|| format!("http://{listen}").into());
        program.env.entry("CALLBOARD_HLS_LISTEN".into()).or_insert_with(|| listen.into());
        Ok(())
    }

    pub(super) async fn signaling(&self) -> Result<Planned> {
        let mut program = self.program("signaling", SIGNALING)?;
        let secrets = &self.secrets;
        sign_in_as(&mut program, &secrets.signaling);
        let files = [
            ("CALLBOARD_CALLOUT_SEED_FILE", Some(&secrets.callout.seed_file)),
            ("CALLBOARD_CALLOUT_ISSUER_FILE", Some(&secrets.issuer.seed_file)),
            ("CALLBOARD_CALLOUT_XKEY_FILE", Some(&secrets.xkey.seed_file)),
            ("CALLBOARD_SYS_SEED_FILE", Some(&secrets.control.seed_file)),
            ("CALLBOARD_DEV_TOKEN_SECRET_FILE", self.dev_token_secret.as_ref()),
        ];
        for (name, file) in files {
            if let Some(file) = file {
                program.env.insert(name.into(), file.into());
            }
        }
        self.plan(program).await
    }

    /// Where apps put and fetch files, and what signs the links to them and the proofs of encrypted messages.
    fn files(&self, program: &mut Program) -> Result<()> {
        program.env.insert("CALLBOARD_FILES_SECRET_FILE".into(), secrets::files_secret(&self.data)?.into());
        program.env.insert("CALLBOARD_FRANKING_SECRET_FILE".into(), secrets::franking_secret(&self.data)?.into());
        let listen = format!("127.0.0.1:{}", self.files_port);
        program.env.entry("CALLBOARD_FILES_URL".into()).or_insert_with(|| format!("http://{listen}").into());
        program.env.entry("CALLBOARD_FILES_LISTEN".into()).or_insert_with(|| listen.into());
        Ok(())
    }

    fn program(&self, name: &str, binary: &str) -> Result<Program> {
        let path = programs::find_worker(binary, self.options.bin_dir.as_deref())?;
        let mut program = Program::new(name, path, &self.data);
        program.env.extend(inherited());
        let own: BTreeMap<String, OsString> = BTreeMap::from([
            ("CALLBOARD_NATS_URL".into(), (&self.nats_url).into()),
            ("CALLBOARD_DATABASE_URL".into(), (&self.app_url).into()),
            ("CALLBOARD_ENVIRONMENT".into(), (&self.options.environment).into()),
            ("CALLBOARD_LOG".into(), (&self.options.log).into()),
        ]);
        program.env.extend(own);
        Ok(program)
    }

    async fn plan(&self, mut program: Program) -> Result<Planned> {
        let listen = format!("127.0.0.1:{}", self.data.port(&program.name)?);
        program.env.insert("CALLBOARD_HTTP_LISTEN".into(), (&listen).into());
        let version = version_of(&program.path).await?;
        let (health_url, ready_url) = (format!("http://{listen}/healthz"), format!("http://{listen}/readyz"));
        Ok(Planned { program, version, health_url, ready_url })
    }
}

fn sign_in_as(program: &mut Program, user: &Identity) {
    program.env.insert("CALLBOARD_NATS_SEED_FILE".into(), (&user.seed_file).into());
}

/// Settings for workers that the stack has no opinion of, such as where the platform's keys are, go through as they are.
/// A relative file name among them still means what it meant to whoever set it.
fn inherited() -> impl Iterator<Item = (String, OsString)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        let passed = name.starts_with("CALLBOARD_")
            && !matches!(name.as_str(), "CALLBOARD_DATABASE_OWNER_URL" | "CALLBOARD_DEV_TOKEN_SECRET_FILE");
        let value = if name.ends_with("_FILE") { absolute(value) } else { value };
        passed.then_some((name, value))
    })
}

fn absolute(path: OsString) -> OsString {
    std::path::absolute(Path::new(&path)).map_or(path, PathBuf::into_os_string)
}

/// A worker that is kept running.
#[derive(Debug)]
pub(super) struct Worker {
    process: Supervised,
    version: String,
    health_url: String,
    /// Answers 200 once the worker can do its work, not only once it lives.
    ready_url: String,
}

impl Worker {
    pub(super) fn start(planned: Planned, changed: Arc<Notify>) -> Result<Self> {
        let Planned { program, version, health_url, ready_url } = planned;
        let process = Supervised::start(program, changed)?;
        Ok(Self { process, version, health_url, ready_url })
    }

    pub(super) async fn ready(&self, probe: &Probe) -> Result<()> {
        self.process.ready(READY_WITHIN, async || probe.is_well(&self.ready_url).await).await
    }

    pub(super) async fn state(&self, probe: &Probe) -> WorkerState {
        let status = self.process.status();
        WorkerState {
            name: self.process.name().to_owned(),
            version: self.version.clone(),
            pid: status.pid,
            restarts: status.restarts,
            started_at: status.started_at,
            health_url: self.health_url.clone(),
            healthy: status.pid.is_some() && probe.is_well(&self.health_url).await,
            last_ending: status.last_ending,
        }
    }

    pub(super) async fn stop(self) {
        self.process.stop().await;
    }
}
