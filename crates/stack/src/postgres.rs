//! A private PostgreSQL cluster on a loopback port, with one database and two roles: `callboard_owner` applies the
//! migrations, `callboard_app` is what the workers sign in as and gets its rights from the migrations.
//!
//! What must always hold: a commit that was acknowledged is on disk; the cluster is either whole or not there; nobody
//! signs in without a password, on loopback neither; a cluster that lost its data folder's memory is put aside, never
//! deleted at once and never silently taken for another one.

mod cluster;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Notify;

use crate::error::{Result, StackError};
use crate::files;
use crate::layout::DataDir;
use crate::os_user::OsUser;
use crate::programs;
use crate::secrets;
use crate::supervise::{ProcessStatus, Program, Supervised};
use cluster::Cluster;
pub(crate) use cluster::running_postmaster;

/// The database of a stack.
pub(crate) const DATABASE: &str = "callboard";
const OWNER: &str = "callboard_owner";
const APP: &str = "callboard_app";
/// Makes the roles and the database.
const ROLES: &str = include_str!("postgres/roles.sql");
/// After a crash PostgreSQL replays its log before it lets anybody in.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// A running private cluster. Dropping it kills the server (which then recovers at the next start); `stop` ends it.
#[derive(Debug)]
pub struct Postgres {
    server: Supervised,
    bin: PathBuf,
    cluster: PathBuf,
    port: u16,
    owner_url: String,
    app_url: String,
}

impl Postgres {
    /// Starts the cluster of a data folder, and makes it before if it is not there.
    pub async fn start(data: &DataDir) -> Result<Self> {
        Self::start_watched(data, Arc::default()).await
    }

    pub(crate) async fn start_watched(data: &DataDir, changed: Arc<Notify>) -> Result<Self> {
        let bin = programs::find_postgres().await?;
        let user = OsUser::for_postgres()?;
        let password = secrets::password(data, "postgres")?;
        let cluster = Cluster::open_or_make(data, &bin, user.as_ref(), &password).await?;
        cluster.end_orphan().await?;
        let port = data.port("postgres")?;
        cluster.configure(port)?;

        let folder = cluster.folder().to_owned();
        let mut program = Program::new("postgres", bin.join("postgres"), data);
        program.args = vec!["-D".into(), folder.clone().into()];
        program.dir.clone_from(&folder);
        program.user = user;
        // "Fast": running transactions are rolled back, everything that was committed is kept, a checkpoint is written.
        program.stop_with = Signal::INT;
        program.grace = Duration::from_mins(1);
        program.before_start = Some(Arc::new(move || cluster.remove_stale_pid_file()));
        let server = Supervised::start(program, changed)?;

        let url = |role: &str, password: &str| format!("postgres://{role}:{password}@127.0.0.1:{port}/{DATABASE}");
        let owner_password = secrets::password(data, OWNER)?;
        let app_password = secrets::password(data, APP)?;
        let this = Self {
            owner_url: url(OWNER, &owner_password),
            app_url: url(APP, &app_password),
            server,
            bin,
            cluster: folder,
            port,
        };
        this.ready().await?;
        this.prepare_roles(data, &password, &owner_password, &app_password).await?;
        Ok(this)
    }

    /// The address with the role that applies migrations. It holds a password.
    pub fn owner_url(&self) -> &str {
        &self.owner_url
    }

    /// The address with the role that the workers use. It holds a password.
    pub fn app_url(&self) -> &str {
        &self.app_url
    }

    /// The address to show: no password in it.
    pub fn shown_url(&self) -> String {
        format!("postgres://{APP}@127.0.0.1:{}/{DATABASE}", self.port)
    }

    /// The cluster's folder.
    pub fn folder(&self) -> &Path {
        &self.cluster
    }

    /// The server's port, the same after every restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How the server is doing.
    pub fn status(&self) -> ProcessStatus {
        self.server.status()
    }

    /// Waits until the server lets clients in.
    pub async fn ready(&self) -> Result<()> {
        self.server.ready(READY_WITHIN, async || self.is_ready().await).await
    }

    /// Whether the server lets clients in now.
    pub async fn is_ready(&self) -> bool {
        let mut command = tokio::process::Command::new(self.bin.join("pg_isready"));
        command.args(["-q", "-t", "2", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        // Settings such as PGSSLMODE are meant for other servers than this one.
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        command.status().await.is_ok_and(|status| status.success())
    }

    /// Ends the server with everything on disk.
    pub async fn stop(self) {
        self.server.stop().await;
    }

    /// Makes the roles and the database, and gives the roles the passwords that the data folder knows.
    async fn prepare_roles(&self, data: &DataDir, superuser: &str, owner: &str, app: &str) -> Result<()> {
        // The passwords are URL-safe base64: nothing in them can end the quotes.
        let script = format!("\\set owner_password '{owner}'\n\\set app_password '{app}'\n{ROLES}");
        let mut psql = Program::new("psql", self.bin.join("psql"), data);
        psql.args = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres", "-d", "postgres", "-p"]
            .map(Into::into)
            .to_vec();
        psql.args.push(self.port.to_string().into());
        psql.env.insert("PGPASSWORD".into(), superuser.into());
        let mut psql = psql
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(StackError::io("start", self.bin.join("psql")))?;
        let mut input = psql.stdin.take().expect("stdin was asked to be a pipe");
        // A psql that failed early closes its end; its own message says more than the broken pipe does.
        let _ = input.write_all(script.as_bytes()).await;
        drop(input);
        let output = psql.wait_with_output().await.map_err(StackError::io("run", "psql"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(StackError::Ended {
            what: "psql, making the roles and the database,".into(),
            ending: "failed".into(),
            output: files::last_lines(&String::from_utf8_lossy(&output.stderr)),
        })
    }
}
