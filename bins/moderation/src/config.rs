//! The settings of moderation: those of every worker, and the times of calls, because sanctions end some.

use callboard_worker::{CallTimes, WorkerConfig};

/// Keeps order: sanctions, reports and cases.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "callboard-moderation", version)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) worker: WorkerConfig,
    #[command(flatten)]
    pub(crate) times: CallTimes,
}
