//! The log: a file under the user's state folder, as the screen is taken.

use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;
use std::sync::Mutex;

use color_eyre::eyre::{Result, WrapErr};
use etcetera::BaseStrategy;
use tracing_subscriber::EnvFilter;

/// A log larger than this is begun anew.
const LARGEST: u64 = 5 * 1024 * 1024;

/// Starts logging; gives the file. `CALLBOARD_LOG` says how much, `info` if it says nothing.
pub(crate) fn start() -> Result<PathBuf> {
    let base = etcetera::choose_base_strategy().wrap_err("no home folder for the log")?;
    let folder = base.state_dir().unwrap_or_else(|| base.data_dir()).join("callboard");
    fs::create_dir_all(&folder).wrap_err_with(|| format!("cannot make the folder {} for the log", folder.display()))?;
    let path = folder.join("console.log");
    let file = open(&path).wrap_err_with(|| format!("cannot open the log {}", path.display()))?;
    let filter = EnvFilter::try_from_env("CALLBOARD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file)).init();
    Ok(path)
}

fn open(path: &PathBuf) -> std::io::Result<File> {
    let full = fs::metadata(path).is_ok_and(|meta| meta.len() > LARGEST);
    OpenOptions::new().create(true).write(true).truncate(full).append(!full).open(path)
}
