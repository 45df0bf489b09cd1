//! Everything that can go wrong while a stack starts, runs or stops, told to the person who started it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What this crate's functions return.
pub type Result<T, E = StackError> = std::result::Result<T, E>;

/// Why a stack could not be started, watched or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StackError {
    /// A file or folder refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program that the stack needs is not on this machine.
    #[error("{program} was not found; {hint}")]
    Missing {
        /// The program.
        program: String,
        /// What to do.
        hint: String,
    },
    /// A program is there, but too old.
    #[error("{program} is version {found}, but {needed} or newer is needed; {hint}")]
    TooOld {
        /// The program's path.
        program: String,
        /// What it says of itself.
        found: String,
        /// The oldest that will do.
        needed: String,
        /// What to do.
        hint: String,
    },
    /// A program ended when it should have run on, or failed at what it was started for.
    #[error("{what} {ending}{}", tail(output))]
    Ended {
        /// Which program, doing what.
        what: String,
        /// How it ended.
        ending: String,
        /// The last that it said.
        output: String,
    },
    /// A program runs, but does not get ready.
    #[error("{what} was not ready within {} s; see {}{}", waited.as_secs(), log.display(), tail(output))]
    NotReady {
        /// Which program.
        what: String,
        /// How long was waited.
        waited: Duration,
        /// Where it logs.
        log: PathBuf,
        /// The last that it said.
        output: String,
    },
    /// Somebody else holds the data folder.
    #[error(
        "the data folder {path} is in use by the stack with supervisor pid {pid}; `callboard down` ends it, --data DIR takes another folder"
    )]
    InUse {
        /// The data folder.
        path: PathBuf,
        /// The supervisor that holds it, as it wrote itself down.
        pid: String,
    },
    /// A file of the data folder holds something else than the stack writes there.
    #[error("{path} cannot be read: {detail}; mend it, or move it away to have it made anew")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// Something about this machine or the options makes a stack impossible.
    #[error("{0}")]
    Unusable(String),
}

impl StackError {
    /// For `map_err`: names the action and the path of a failed file operation.
    pub(crate) fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Io { action, path, source }
    }
}

fn tail(output: &str) -> String {
    let output = output.trim();
    if output.is_empty() { String::new() } else { format!("\n  {}", output.replace('\n', "\n  ")) }
}
