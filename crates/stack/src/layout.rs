//! The data folder: what lies where, what is remembered between starts, and the lock that keeps a second supervisor out.
//!
//! Ports are chosen once and remembered, so that whoever knows an address keeps it across restarts of a server or of
//! the whole stack. A remembered port is given up only if something else holds it when the stack starts.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StackError};
use crate::files;

/// Below the range from which Linux gives ports to outgoing connections (32768 and up): a port that is free for the
/// half second that a server needs to restart must not be taken by somebody's client socket.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
const PORT_TRIES: usize = 200;

/// The folder below which everything of one stack lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// Opens a data folder, and makes it if it is not there.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let as_root = rustix::process::getuid().is_root();
        files::make_dir(path, if as_root { 0o755 } else { files::PRIVATE_DIR })?;
        let root = path.canonicalize().map_err(StackError::io("find", path))?;
        if as_root {
            // PostgreSQL runs as another user, who has to pass through. What is secret lies in folders of its own.
            let mode = std::fs::metadata(&root).map_err(StackError::io("look at", &root))?.permissions().mode();
            files::set_mode(&root, (mode & 0o7777) | 0o011)?;
        }
        let data = Self { root };
        for dir in [data.keys(), data.logs(), data.credentials()] {
            files::make_dir(&dir, files::PRIVATE_DIR)?;
        }
        Ok(data)
    }

    /// Opens a data folder that must be there already; `None` if it is not.
    pub fn existing(path: impl AsRef<Path>) -> Option<Self> {
        path.as_ref().canonicalize().ok().map(|root| Self { root })
    }

    /// Where a stack lies if nobody says otherwise: a system folder for root, else the user's own data folder.
    pub fn default_path() -> Result<PathBuf> {
        if rustix::process::getuid().is_root() {
            return Ok(PathBuf::from("/var/lib/callboard/default"));
        }
        if let Some(dir) = std::env::var_os("XDG_DATA_HOME").filter(|dir| Path::new(dir).is_absolute()) {
            return Ok(Path::new(&dir).join("callboard"));
        }
        match std::env::var_os("HOME").filter(|dir| !dir.is_empty()) {
            Some(home) => Ok(Path::new(&home).join(".local/share/callboard")),
            None => Err(StackError::Unusable("no folder for data: HOME is not set; say --data DIR".into())),
        }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Seeds and passwords.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// One log per process.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The log of one process.
    pub fn log(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    /// Credential files of staff, the first admin's among them.
    pub fn credentials(&self) -> PathBuf {
        self.root.join("credentials")
    }

    /// The first admin's credential file.
    pub fn admin_credential(&self) -> PathBuf {
        self.credentials().join("admin.cred")
    }

    /// The secret that signs development tokens; there only on development stacks.
    pub fn dev_token_secret(&self) -> PathBuf {
        self.keys().join("dev-token.secret")
    }

    /// nats-server's configuration and JetStream's files.
    pub fn nats(&self) -> PathBuf {
        self.root.join("nats")
    }

    /// What programmes write: segments for players, and recordings.
    pub fn programmes(&self) -> PathBuf {
        self.root.join("programmes")
    }

    /// What `callboard status` reads.
    pub fn state_file(&self) -> PathBuf {
        self.root.join("state.json")
    }

    fn remembered_file(&self) -> PathBuf {
        self.root.join("remembered.json")
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        self.root.join("supervisor.lock")
    }

    /// Takes the folder for one supervisor. The lock goes with the process, whichever way that ends.
    pub(crate) fn lock(&self) -> Result<Lock> {
        let path = self.lock_file();
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(StackError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = self.lock_holder().map_or_else(|| "unknown".to_owned(), |pid| pid.to_string());
                return Err(StackError::InUse { path: self.root.clone(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(StackError::io("lock", &path)(error)),
        }
        // The last holder is gone: its pid may belong to somebody else by now.
        file.set_len(0).map_err(StackError::io("write", &path))?;
        Ok(Lock { file, path })
    }

    /// The supervisor that holds the lock, if one does.
    pub(crate) fn lock_holder(&self) -> Option<u32> {
        std::fs::read_to_string(self.lock_file()).ok()?.trim().parse().ok()
    }

    /// The loopback port for `name`: the remembered one if nothing else holds it, else a free one, which is remembered.
    /// To be asked only while the server in question does not run.
    pub(crate) fn port(&self, name: &str) -> Result<u16> {
        let mut remembered = self.remembered()?;
        if let Some(&port) = remembered.ports.get(name).filter(|port| is_free(**port)) {
            return Ok(port);
        }
        let mut rng = rand::rng();
        let port = (0..PORT_TRIES)
            .map(|_| rng.random_range(PORTS))
            .find(|port| !remembered.ports.values().any(|taken| taken == port) && is_free(*port))
            .ok_or_else(|| StackError::Unusable(format!("found no free loopback port in {PORTS:?}")))?;
        remembered.ports.insert(name.to_owned(), port);
        self.remember(&remembered)?;
        Ok(port)
    }

    /// What earlier starts chose.
    pub(crate) fn remembered(&self) -> Result<Remembered> {
        let path = self.remembered_file();
        match files::read_if_there(&path)? {
            None => Ok(Remembered::default()),
            Some(text) => {
                serde_json::from_str(&text).map_err(|error| StackError::Corrupt { path, detail: error.to_string() })
            }
        }
    }

    pub(crate) fn remember(&self, remembered: &Remembered) -> Result<()> {
        let text = serde_json::to_vec_pretty(remembered).expect("maps of strings and numbers always serialise");
        files::write_whole(&self.remembered_file(), &text, 0o644)
    }
}

/// Choices that outlive a start.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// Loopback ports by server name.
    #[serde(default)]
    pub(crate) ports: BTreeMap<String, u16>,
    /// Where the PostgreSQL cluster lies.
    #[serde(default)]
    pub(crate) cluster: Option<PathBuf>,
}

/// Held as long as the supervisor lives.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Writes down that this process is the supervisor, for `callboard down` to find it.
    pub(crate) fn sign(mut self) -> Result<Self> {
        write!(self.file, "{}", std::process::id()).map_err(StackError::io("write", &self.path))?;
        Ok(self)
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_kept_until_somebody_else_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        let first = data.port("nats").unwrap();
        assert_eq!(data.port("nats").unwrap(), first);
        assert_ne!(data.port("websocket").unwrap(), first);
        let _squatter = TcpListener::bind((Ipv4Addr::LOCALHOST, first)).unwrap();
        assert_ne!(data.port("nats").unwrap(), first);
    }

    #[test]
    fn a_second_supervisor_is_kept_out_and_told_who_holds_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        let held = data.lock().unwrap().sign().unwrap();
        let refused = data.lock().unwrap_err().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        drop(held);
        data.lock().unwrap();
    }

    #[test]
    fn remembered_nonsense_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        std::fs::write(data.remembered_file(), "{").unwrap();
        assert!(data.port("nats").unwrap_err().to_string().contains("remembered.json"));
    }
}
