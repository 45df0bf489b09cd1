//! Log lines on stderr.

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, WorkerConfig};
use crate::house::SetupError;

/// Starts the log of a process that a worker started itself: what is said on stderr comes into the worker's own log, which has the time of it.
pub fn start_log_of_child() {
    let filter = EnvFilter::try_from_env("CALLBOARD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log that is there already is as good.
    let _ = lines.with_ansi(false).with_target(false).without_time().try_init();
}

pub(crate) fn start(config: &WorkerConfig) -> Result<(), SetupError> {
    let filter =
        EnvFilter::builder().parse(&config.log).map_err(|e| SetupError(format!("log filter `{}`: {e}", config.log)))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_ansi(false).try_init(),
    };
    started.map_err(|e| SetupError(format!("cannot start the log: {e}")))
}
