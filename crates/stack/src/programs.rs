//! Finds the programs that a stack starts, and refuses versions that are known not to do.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::error::{Result, StackError};

/// The oldest nats-server that will do: older ones lack what the streams ask for.
pub const NATS_SERVER_MINIMUM: (u32, u32, u32) = (2, 12, 6);
/// The oldest PostgreSQL that will do.
pub const POSTGRES_MINIMUM: u32 = 15;

const NATS_HINT: &str = "scripts/setup installs it, or point CALLBOARD_NATS_SERVER at one";
const POSTGRES_HINT: &str = "scripts/setup installs it, or put its bin folder on PATH";

/// Finds nats-server: `CALLBOARD_NATS_SERVER`, then the project's `.tools/bin`, then `PATH`; the first that is new enough.
pub async fn find_nats_server() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CALLBOARD_NATS_SERVER").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        check_nats_server(&path).await?;
        return Ok(path);
    }
    let mut refused = None;
    for path in tools().chain(on_path()).map(|dir| dir.join("nats-server")).filter(|path| path.is_file()) {
        match check_nats_server(&path).await {
            Ok(()) => return Ok(path),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(refused.unwrap_or_else(|| StackError::Missing { program: "nats-server".into(), hint: NATS_HINT.into() }))
}

/// Finds the folder with PostgreSQL's programs: on `PATH`, then where Debian keeps them, the newest first.
pub async fn find_postgres() -> Result<PathBuf> {
    let mut packaged: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    packaged.sort_unstable_by(|a, b| b.cmp(a));
    let mut refused = None;
    // `pg_ctl` and its like may be on PATH as single links; only a folder that holds all of them will do.
    let complete =
        |dir: &PathBuf| ["postgres", "initdb", "psql", "pg_isready"].iter().all(|name| dir.join(name).is_file());
    for dir in on_path().chain(packaged.into_iter().map(|(_, dir)| dir)).filter(complete) {
        match check_postgres(&dir).await {
            Ok(()) => return Ok(dir),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(refused.unwrap_or_else(|| StackError::Missing { program: "PostgreSQL".into(), hint: POSTGRES_HINT.into() }))
}

/// Whether calls can go on air from this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestreamCheck {
    /// The worker is not built; everything else does without it.
    NotBuilt,
    /// It is built, and the machine lacks something that it needs.
    Unusable {
        /// The binary.
        path: PathBuf,
        /// What is missing and where it comes from, in its own words.
        reason: String,
    },
    /// It can run.
    Fine(PathBuf),
}

/// Asks the worker that puts calls on air whether it finds what it needs here. Nothing else links `GStreamer`.
pub async fn check_restream(bin_dir: Option<&Path>) -> RestreamCheck {
    let Ok(path) = find_worker("callboard-restream", bin_dir) else { return RestreamCheck::NotBuilt };
    let asked = tokio::process::Command::new(&path).arg("--check").stdin(Stdio::null()).output().await;
    match asked {
        Ok(output) if output.status.success() => RestreamCheck::Fine(path),
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            let lines = String::from_utf8_lossy(&said);
            let lines: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            RestreamCheck::Unusable { path, reason: lines.join("; ") }
        }
        Err(error) => RestreamCheck::Unusable { reason: format!("it does not start: {error}"), path },
    }
}

/// Finds a worker's binary: in `bin_dir` if given, else beside this program, else in the build folder above it.
pub(crate) fn find_worker(name: &str, bin_dir: Option<&Path>) -> Result<PathBuf> {
    let mut dirs = Vec::new();
    if let Some(dir) = bin_dir {
        dirs.push(dir.to_owned());
    } else if let Ok(exe) = std::env::current_exe() {
        // A test binary lies in `target/debug/deps`, the workers in `target/debug`.
        dirs.extend(exe.ancestors().skip(1).take(2).map(Path::to_owned));
        for target in exe.ancestors().map(|dir| dir.join("target")).filter(|dir| dir.is_dir()) {
            dirs.extend([target.join("debug"), target.join("release")]);
        }
    }
    dirs.iter().map(|dir| dir.join(name)).find(|path| path.is_file()).ok_or_else(|| StackError::Missing {
        program: name.to_owned(),
        hint: "build it with `cargo build --workspace`, or point CALLBOARD_BIN_DIR at the folder that holds it".into(),
    })
}

/// `.tools/bin` of the project that this program was built in, or that one stands in.
fn tools() -> impl Iterator<Item = PathBuf> {
    let here = std::env::current_dir().ok();
    let exe = std::env::current_exe().ok();
    [here, exe]
        .into_iter()
        .flatten()
        .flat_map(|path| path.ancestors().map(|dir| dir.join(".tools/bin")).collect::<Vec<_>>())
}

fn on_path() -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>().into_iter()
}

async fn check_nats_server(path: &Path) -> Result<()> {
    let found = version_of(path, NATS_HINT).await?;
    let mut numbers = numbers_in(&found);
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version >= NATS_SERVER_MINIMUM {
        return Ok(());
    }
    let needed = <[u32; 3]>::from(NATS_SERVER_MINIMUM).map(|number| number.to_string()).join(".");
    Err(too_old(path, &found, needed, NATS_HINT))
}

async fn check_postgres(dir: &Path) -> Result<()> {
    let path = dir.join("postgres");
    let found = version_of(&path, POSTGRES_HINT).await?;
    if numbers_in(&found).next().unwrap_or(0) >= POSTGRES_MINIMUM {
        return Ok(());
    }
    Err(too_old(&path, &found, POSTGRES_MINIMUM.to_string(), POSTGRES_HINT))
}

fn too_old(path: &Path, found: &str, needed: String, hint: &str) -> StackError {
    StackError::TooOld { program: path.display().to_string(), found: found.to_owned(), needed, hint: hint.to_owned() }
}

async fn version_of(path: &Path, hint: &str) -> Result<String> {
    let output = tokio::process::Command::new(path).arg("--version").stdin(Stdio::null()).output().await;
    let output = output.map_err(|error| StackError::Missing {
        program: format!("{} (it does not start: {error})", path.display()),
        hint: hint.to_owned(),
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The numbers of the first word that begins like a version: `nats-server: v2.15.1` gives 2, 15, 1.
fn numbers_in(text: &str) -> impl Iterator<Item = u32> {
    let version = text
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
        .unwrap_or_default();
    version.split(|other: char| !other.is_ascii_digit()).filter_map(|number| number.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_versions_that_the_programs_print() {
        assert_eq!(numbers_in("nats-server: v2.15.1").collect::<Vec<_>>(), [2, 15, 1]);
        assert_eq!(numbers_in("nats-server: v2.12.0-RC.3").collect::<Vec<_>>(), [2, 12, 0, 3]);
        assert_eq!(numbers_in("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)").next(), Some(15));
        assert_eq!(numbers_in("postgres (PostgreSQL) 18beta1").next(), Some(18));
        assert_eq!(numbers_in("").next(), None);
    }

    #[tokio::test]
    async fn a_worker_that_is_not_built_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = find_worker("callboard-signaling", Some(dir.path())).unwrap_err().to_string();
        assert!(error.starts_with("callboard-signaling was not found; build it"), "{error}");
    }
}
