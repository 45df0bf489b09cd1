//! The settings of moderation: those of every worker.

use callboard_worker::WorkerConfig;

/// Keeps order: sanctions, reports and cases.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "callboard-moderation", version)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) worker: WorkerConfig,
}
