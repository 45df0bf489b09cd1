//! The process of one programme: how it is started, told and heard.
//!
//! What must always hold: it never outlives this worker, even where this worker is killed; a child that stops listening is found out
//! by its full queue, one that stops talking by the watch of whoever runs it.

use std::path::Path;
use std::process::{ExitCode, Stdio};

use callboard_domain::ProgrammeId;
use callboard_media::control::{ENVIRONMENT, Order, Report};
use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The argument by which this program knows that it is a child.
pub(crate) const PROGRAMME: &str = "programme";
/// Orders that wait for a child that is busy.
const QUEUE: usize = 1024;

/// Runs a programme in this process, told by the one that started it.
pub(crate) fn main() -> ExitCode {
    // A parent that is killed cannot say so; a picture without a parent would go on unseen by staff.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    callboard_worker::start_log_of_child();
    match callboard_media::run_child(std::io::stdin(), std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write as _;
            // The parent reads it line by line into the log.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// What is heard of a child.
#[derive(Debug)]
pub(crate) enum Heard {
    Report(Box<Report>),
    /// It ended, in words.
    Ended(String),
}

/// A running child. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Child {
    orders: mpsc::Sender<Order>,
    pid: u32,
    kill: CancellationToken,
}

impl Child {
    /// Starts the child of a programme; what it says comes with the number of its start.
    pub(crate) fn start(
        program: &Path,
        programme: ProgrammeId,
        number: u32,
        heard: mpsc::Sender<(u32, Heard)>,
    ) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(PROGRAMME).arg(programme.to_string()).envs(ENVIRONMENT).kill_on_drop(true).process_group(0);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let pid = process.id().unwrap_or_default();
        let missing = || std::io::Error::other("the child has no pipe");
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = process.stderr.take().ok_or_else(missing)?;
        let (orders, queue) = mpsc::channel(QUEUE);
        let kill = CancellationToken::new();
        tokio::spawn(tell(stdin, queue));
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                tracing::info!(%programme, pid, "{line}");
            }
        });
        let killed = kill.clone();
        tokio::spawn(async move {
            let listening = listen(stdout, programme, number, heard.clone());
            tokio::select! {
                () = listening => {}
                () = killed.cancelled() => {}
            }
            if killed.is_cancelled() {
                // It may have ended by itself just now.
                let _ = process.start_kill();
            }
            let ended = tokio::select! {
                ended = process.wait() => ended,
                () = killed.cancelled() => {
                    let _ = process.start_kill();
                    process.wait().await
                }
            };
            let said = ended.map_or_else(|e| format!("it was lost: {e}"), |status| status.to_string());
            // Nobody may be listening any more.
            let _ = heard.send((number, Heard::Ended(said))).await;
        });
        Ok(Self { orders, pid, kill })
    }

    /// Its process.
    pub(crate) const fn pid(&self) -> u32 {
        self.pid
    }

    /// Tells it something; false if it does not listen any more.
    pub(crate) fn tell(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// Ends it without grace.
    pub(crate) fn kill(&self) {
        self.kill.cancel();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill.cancel();
    }
}

async fn tell(mut stdin: ChildStdin, mut queue: mpsc::Receiver<Order>) {
    while let Some(order) = queue.recv().await {
        let mut line = match serde_json::to_vec(&order) {
            Ok(line) => line,
            Err(error) => {
                tracing::error!(%error, "an order cannot be written");
                continue;
            }
        };
        line.push(b'\n');
        if stdin.write_all(&line).await.is_err() || stdin.flush().await.is_err() {
            // It is gone, and its end is heard elsewhere.
            return;
        }
    }
}

async fn listen(stdout: ChildStdout, programme: ProgrammeId, number: u32, heard: mpsc::Sender<(u32, Heard)>) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str::<Report>(&line) {
            Ok(report) => {
                if heard.send((number, Heard::Report(Box::new(report)))).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::warn!(%programme, %error, "cannot read what a programme says"),
        }
    }
}
