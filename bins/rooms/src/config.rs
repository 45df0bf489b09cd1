//! The settings of rooms: those of every worker.

use callboard_worker::WorkerConfig;

/// Keeps rooms and conversations.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "callboard-rooms", version)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) worker: WorkerConfig,
}
