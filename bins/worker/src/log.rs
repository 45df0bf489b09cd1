//! Log lines on stderr.

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, WorkerConfig};
use crate::house::SetupError;

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
