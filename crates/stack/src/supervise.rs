//! Keeps one program running: starts it, starts it again when it dies, ends it when asked to.
//!
//! What must always hold: a program that is to run is either running or about to be started again (unless its first start ended
//! because of bad settings); after `stop` (or when the handle is dropped, then without grace) it does not run any more. Each
//! program has its own process group, so that Ctrl-C in the terminal reaches the supervisor alone, which then ends the others in
//! order.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::error::{Result, StackError};
use crate::files;
use crate::os_user::OsUser;
use crate::process::{self, MARK};

/// A worker that ends with this code has been given settings that it cannot run with: starting it again does not help.
pub(crate) const EXIT_BAD_CONFIG: i32 = 2;
/// So often may a program die before it was ready for the first time.
const STARTS_BEFORE_READY: u32 = 5;
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_MOST: Duration = Duration::from_secs(5);
/// Who ran that long is well: the next time, it is started again at once.
const BACKOFF_FORGIVEN: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(25);

/// What to run, and how.
#[derive(Clone)]
pub struct Program {
    /// Its name in messages, in the state file and of its log.
    pub name: String,
    /// The program file.
    pub path: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Its environment, beside the few variables of the system that every program gets.
    pub env: BTreeMap<String, OsString>,
    /// The folder that it starts in, below the data folder.
    pub dir: PathBuf,
    /// Where its output goes.
    pub log: PathBuf,
    /// How long it may take to end.
    pub grace: Duration,
    pub(crate) user: Option<OsUser>,
    pub(crate) stop_with: Signal,
    pub(crate) before_start: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl std::fmt::Debug for Program {
    /// Without the environment, which may hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("name", &self.name).field("path", &self.path).finish_non_exhaustive()
    }
}

impl Program {
    /// A program of the stack in `data` that ends on SIGTERM.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>, data: &crate::DataDir) -> Self {
        let name = name.into();
        Self {
            log: data.log(&name),
            name,
            path: path.into(),
            args: Vec::new(),
            env: BTreeMap::from([(MARK.to_owned(), data.path().into())]),
            dir: data.path().to_owned(),
            grace: Duration::from_secs(20),
            user: None,
            stop_with: Signal::TERM,
            before_start: None,
        }
    }

    /// The command, with its surroundings set but its output not directed anywhere yet.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.args).current_dir(&self.dir).env_clear().stdin(Stdio::null()).kill_on_drop(true);
        for name in
            ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "RUST_BACKTRACE", "RUST_LOG"]
        {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(&self.env).process_group(0);
        if let Some(user) = &self.user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }

    /// Runs the program to its end; what it prints goes to its log, and into the error if it fails.
    pub(crate) async fn run_once(&self, doing: &str) -> Result<()> {
        let output = self.command().output().await.map_err(StackError::io("start", &self.path))?;
        let text = [output.stdout, output.stderr].concat();
        let mut log = files::open_log(&self.log)?;
        std::io::Write::write_all(&mut log, &text).map_err(StackError::io("write", &self.log))?;
        if output.status.success() {
            return Ok(());
        }
        Err(StackError::Ended {
            what: doing.to_owned(),
            ending: ending(output.status),
            output: files::last_lines(&String::from_utf8_lossy(&text)),
        })
    }

    fn spawn(&self) -> Result<Child> {
        if let Some(prepare) = &self.before_start {
            prepare();
        }
        let log = files::open_log(&self.log)?;
        let errors = log.try_clone().map_err(StackError::io("open the log", &self.log))?;
        self.command().stdout(log).stderr(errors).spawn().map_err(StackError::io("start", &self.path))
    }
}

/// How a supervised program is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProcessStatus {
    /// Its process, unless it has just died.
    pub pid: Option<u32>,
    /// When that was started.
    pub started_at: Option<Timestamp>,
    /// How often it was started again.
    pub restarts: u32,
    /// How it ended the last time.
    pub last_ending: Option<String>,
    /// The exit code of that, unless a signal ended it.
    pub last_code: Option<i32>,
}

/// A program that is kept running.
#[derive(Debug)]
pub struct Supervised {
    name: String,
    log: PathBuf,
    status: watch::Receiver<ProcessStatus>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Supervised {
    /// Starts the program and keeps it running from now on. `changed` is notified whenever its status changes.
    pub fn start(program: Program, changed: Arc<Notify>) -> Result<Self> {
        let child = program.spawn()?;
        let (sender, status) = watch::channel(ProcessStatus {
            pid: child.id(),
            started_at: Some(Timestamp::now()),
            ..ProcessStatus::default()
        });
        let stop = CancellationToken::new();
        let (name, log) = (program.name.clone(), program.log.clone());
        let keeper = Keeper { program, status: sender, changed, stop: stop.clone() };
        Ok(Self { name, log, status, stop, task: Some(tokio::spawn(keeper.keep(child))) })
    }

    /// The program's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is doing now.
    pub fn status(&self) -> ProcessStatus {
        self.status.borrow().clone()
    }

    /// Where its output goes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Waits until `probe` says yes; gives up when `limit` is over, or when the program cannot even start.
    pub async fn ready(&self, limit: Duration, probe: impl AsyncFn() -> bool) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.status();
            if status.pid.is_some() && probe().await {
                return Ok(());
            }
            if let Some(ending) = status.last_ending
                && (status.last_code == Some(EXIT_BAD_CONFIG) || status.restarts >= STARTS_BEFORE_READY)
            {
                return Err(StackError::Ended { what: self.name.clone(), ending, output: files::log_tail(&self.log) });
            }
            if Instant::now() >= deadline {
                return Err(StackError::NotReady {
                    what: self.name.clone(),
                    waited: limit,
                    log: self.log.clone(),
                    output: files::log_tail(&self.log),
                });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Ends the program: asks it to, and kills it when its grace is over.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            // A keeper that panicked has dropped its child, which kills it.
            let _ = task.await;
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// The task behind a [`Supervised`].
struct Keeper {
    program: Program,
    status: watch::Sender<ProcessStatus>,
    changed: Arc<Notify>,
    stop: CancellationToken,
}

impl Keeper {
    async fn keep(self, first: Child) {
        let mut running = Some(first);
        let mut backoff = BACKOFF_FIRST;
        loop {
            let since = Instant::now();
            if let Some(mut child) = running.take() {
                tokio::select! {
                    ended = child.wait() => self.note_death(ended.ok()),
                    () = self.stop.cancelled() => return self.end(child).await,
                }
            }
            if since.elapsed() >= BACKOFF_FORGIVEN {
                backoff = BACKOFF_FIRST;
            } else if self.refused_its_settings() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(backoff) => {}
                () = self.stop.cancelled() => return,
            }
            backoff = (backoff * 2).min(BACKOFF_MOST);
            match self.program.spawn() {
                Ok(child) => {
                    self.note(|status| {
                        status.pid = child.id();
                        status.started_at = Some(Timestamp::now());
                        status.restarts += 1;
                    });
                    running = Some(child);
                }
                Err(error) => {
                    tracing::error!(process.name = self.program.name, %error, "cannot start {} again: {error}", self.program.name);
                }
            }
        }
    }

    /// Whether the very first start ended because of bad settings: the start of the stack fails on that, and a second try would only say it twice.
    fn refused_its_settings(&self) -> bool {
        let now = self.status.borrow();
        now.restarts == 0 && now.last_code == Some(EXIT_BAD_CONFIG)
    }

    fn note_death(&self, status: Option<ExitStatus>) {
        let text = status.map_or_else(|| "was lost sight of".to_owned(), ending);
        tracing::warn!(process.name = self.program.name, "{} {text}", self.program.name);
        self.note(|now| {
            now.pid = None;
            now.last_code = status.and_then(|status| status.code());
            now.last_ending = Some(text);
        });
    }

    fn note(&self, change: impl FnOnce(&mut ProcessStatus)) {
        self.status.send_modify(change);
        self.changed.notify_one();
    }

    async fn end(&self, mut child: Child) {
        let leader = child.id();
        if let Some(pid) = leader {
            process::signal(pid, self.program.stop_with);
        }
        if tokio::time::timeout(self.program.grace, child.wait()).await.is_err() {
            tracing::warn!(
                process.name = self.program.name,
                "{} did not end when asked; it is killed",
                self.program.name
            );
            // Fails only if it has ended just now.
            let _ = child.kill().await;
        }
        if let Some(leader) = leader {
            process::kill_group(leader).await;
        }
        self.note(|status| status.pid = None);
    }
}

/// How a program ended, in words that follow its name.
fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DataDir;

    fn shell(data: &DataDir, script: &str) -> Program {
        Program { args: vec!["-c".into(), script.into()], ..Program::new("shell", "/bin/sh", data) }
    }

    #[tokio::test]
    async fn what_is_killed_is_started_again_and_what_is_stopped_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        let changed = Arc::new(Notify::new());
        let kept = Supervised::start(shell(&data, "exec sleep 600"), Arc::clone(&changed)).unwrap();
        let first = kept.status().pid.unwrap();
        process::signal(first, Signal::KILL);
        kept.ready(Duration::from_secs(10), async || kept.status().restarts == 1).await.unwrap();
        let status = kept.status();
        let second = status.pid.unwrap();
        assert_ne!(first, second);
        assert_eq!(status.last_ending.as_deref(), Some("was ended by signal 9"));
        kept.stop().await;
        assert!(!process::is_alive(second));
    }

    #[tokio::test]
    async fn bad_configuration_is_told_at_once_with_what_the_program_said() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        let mut kept =
            Supervised::start(shell(&data, "echo 'no such setting: x' >&2; exit 2"), Arc::default()).unwrap();
        let error = kept.ready(Duration::from_secs(10), async || false).await.unwrap_err().to_string();
        assert_eq!(error, "shell ended with exit code 2\n  no such setting: x");
        kept.task.take().unwrap().await.unwrap();
    }

    #[tokio::test]
    async fn a_program_that_ignores_the_request_is_killed_after_its_grace() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        let program =
            Program { grace: Duration::from_millis(200), ..shell(&data, "trap '' TERM; echo ready; exec sleep 600") };
        let kept = Supervised::start(program, Arc::default()).unwrap();
        let pid = kept.status().pid.unwrap();
        kept.ready(Duration::from_secs(10), async || files::log_tail(kept.log()).contains("ready")).await.unwrap();
        kept.stop().await;
        assert!(!process::is_alive(pid));
    }

    #[tokio::test]
    async fn a_dropped_handle_kills() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        let kept = Supervised::start(shell(&data, "exec sleep 600"), Arc::default()).unwrap();
        let pid = kept.status().pid.unwrap();
        drop(kept);
        assert!(process::gone_within(pid, Duration::from_secs(10)).await);
    }
}
