//! Small file habits that the rest of the crate shares: folders and files with the right mode, whole-file writes that
//! are either done or not, and the end of a log.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::error::{Result, StackError};

/// Only its owner may read it.
pub(crate) const PRIVATE_FILE: u32 = 0o600;
/// Only its owner may enter it.
pub(crate) const PRIVATE_DIR: u32 = 0o700;

const LOG_LIMIT: u64 = 16 * 1024 * 1024;
const TAIL_BYTES: u64 = 2048;
const TAIL_LINES: usize = 8;

/// Makes the folder (and those above it) unless it is there.
pub(crate) fn make_dir(path: &Path, mode: u32) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(mode).create(path).map_err(StackError::io("make the folder", path))
}

/// Sets a path's permission bits.
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(StackError::io("set the permissions of", path))
}

/// Replaces a file in one step: a reader sees the old text or the new, never half of one, and a crash loses neither.
pub(crate) fn write_whole(path: &Path, text: &[u8], mode: u32) -> Result<()> {
    let mut name = path.file_name().expect("files are named by this crate").to_owned();
    name.push(".new");
    let fresh = path.with_file_name(name);
    // A leftover of a crash may have another mode.
    let _ = fs::remove_file(&fresh);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&fresh)
        .map_err(StackError::io("write", &fresh))?;
    file.write_all(text).and_then(|()| file.sync_all()).map_err(StackError::io("write", &fresh))?;
    fs::rename(&fresh, path).map_err(StackError::io("replace", path))
}

/// Reads a file that need not be there.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StackError::io("read", path)(error)),
    }
}

/// Opens a log to append to; one that has grown large is kept once more under another name and begun anew.
pub(crate) fn open_log(path: &Path) -> Result<File> {
    if fs::metadata(path).is_ok_and(|meta| meta.len() > LOG_LIMIT) {
        fs::rename(path, path.with_extension("log.1")).map_err(StackError::io("put aside", path))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(PRIVATE_FILE)
        .open(path)
        .map_err(StackError::io("open the log", path))
}

/// The last lines of a log, for an error message; empty when there is none.
pub(crate) fn log_tail(path: &Path) -> String {
    let Ok(mut file) = File::open(path) else { return String::new() };
    let length = file.metadata().map_or(0, |meta| meta.len());
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES))).is_err() || file.read_to_end(&mut bytes).is_err() {
        return String::new();
    }
    last_lines(&String::from_utf8_lossy(&bytes))
}

/// The last lines of what a program printed.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
