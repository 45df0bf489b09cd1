//! The settings of billing: those of every worker, and how hard it sweeps.

use callboard_worker::{CallTimes, WorkerConfig};

/// Meters running calls and answers for money. `migrate` and `bootstrap` (see their --help) prepare the database and the streams.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "callboard-billing", version)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) worker: WorkerConfig,
    #[command(flatten)]
    pub(crate) times: CallTimes,
    /// How many shards are swept at the same time by this copy.
    #[arg(long, env = "CALLBOARD_SWEEPS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=32))]
    pub(crate) sweeps: u16,
}
