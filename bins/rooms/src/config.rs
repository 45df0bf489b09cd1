//! The settings of rooms: those of every worker, and where files are taken and given.

use std::net::SocketAddr;
use std::path::PathBuf;

use callboard_worker::WorkerConfig;

/// Keeps rooms and conversations.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "callboard-rooms", version)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) worker: WorkerConfig,
    /// Where apps put and fetch files.
    #[arg(long, env = "CALLBOARD_FILES_LISTEN", default_value = "127.0.0.1:8091")]
    pub(crate) files_listen: SocketAddr,
    /// The address under which apps reach that.
    #[arg(long, env = "CALLBOARD_FILES_URL", default_value = "http://127.0.0.1:8091")]
    pub(crate) files_url: String,
    /// File with the secret that signs links to files; the same for all copies.
    #[arg(long, env = "CALLBOARD_FILES_SECRET_FILE")]
    pub(crate) files_secret_file: PathBuf,
    /// Days for which a file is kept once it was sent.
    #[arg(long, env = "CALLBOARD_FILES_DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub(crate) files_days: u32,
    /// File with the secret that signs encrypted messages for reports; the same for all copies, and never changed.
    #[arg(long, env = "CALLBOARD_FRANKING_SECRET_FILE")]
    pub(crate) franking_secret_file: PathBuf,
}
