//! Where the cluster lies, how it is made and configured, and how one that was left behind is ended.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::process::Signal;
use sha2::{Digest as _, Sha256};

use crate::error::{Result, StackError};
use crate::files;
use crate::layout::DataDir;
use crate::os_user::OsUser;
use crate::process;
use crate::supervise::Program;

/// For root, whose own folders the user `postgres` often cannot pass through.
const OUT_OF_THE_WAY: &str = "/var/lib/callboard/clusters";
const SETTINGS_FILE: &str = "callboard.conf";
const ACCESS: &str = "\
# Nobody comes in without a password, and nobody from elsewhere.
host all all 127.0.0.1/32 scram-sha-256
";

/// A cluster that lies whole on disk.
pub(super) struct Cluster {
    folder: PathBuf,
    user: Option<OsUser>,
}

impl Cluster {
    /// Opens the cluster that the data folder remembers; makes one if it remembers none.
    pub(super) async fn open_or_make(
        data: &DataDir,
        bin: &Path,
        user: Option<&OsUser>,
        password: &str,
    ) -> Result<Self> {
        if let Some(folder) = data.remembered()?.cluster {
            if folder.join("PG_VERSION").is_file() {
                return Ok(Self { folder, user: user.cloned() });
            }
            return Err(StackError::Unusable(format!(
                "the database cluster of {} should lie in {}, but is not there; put it back, or take another data folder",
                data.path().display(),
                folder.display()
            )));
        }
        let home = home_for(data, user);
        let this = Self { folder: home.join("cluster"), user: user.cloned() };
        this.put_aside_unknown().await?;
        this.make(data, bin, &home, password).await?;
        let mut remembered = data.remembered()?;
        remembered.cluster = Some(this.folder.clone());
        data.remember(&remembered)?;
        Ok(this)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A cluster that no data folder remembers belongs to one that was deleted since. It is kept once more beside.
    async fn put_aside_unknown(&self) -> Result<()> {
        if !self.folder.exists() {
            return Ok(());
        }
        self.end_orphan().await?;
        let aside = self.folder.with_file_name("cluster.previous");
        if aside.exists() {
            std::fs::remove_dir_all(&aside).map_err(StackError::io("remove", &aside))?;
        }
        tracing::warn!(
            "the database cluster in {} belongs to no data folder; it is kept as {}",
            self.folder.display(),
            aside.display()
        );
        std::fs::rename(&self.folder, &aside).map_err(StackError::io("rename", &self.folder))
    }

    /// Makes the cluster beside its place and moves it there when it is whole.
    async fn make(&self, data: &DataDir, bin: &Path, home: &Path, password: &str) -> Result<()> {
        files::make_dir(home, 0o755)?;
        files::set_mode(home, files::PRIVATE_DIR)?;
        self.give_away(home)?;
        let fresh = home.join("cluster.new");
        if fresh.exists() {
            std::fs::remove_dir_all(&fresh).map_err(StackError::io("remove", &fresh))?;
        }
        let password_file = home.join("initdb.password");
        files::write_whole(&password_file, password.as_bytes(), files::PRIVATE_FILE)?;
        self.give_away(&password_file)?;

        let mut initdb = Program::new("initdb", bin.join("initdb"), data);
        initdb.dir = home.to_owned();
        initdb.user.clone_from(&self.user);
        initdb.args = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--data-checksums"]
            .map(Into::into)
            .to_vec();
        initdb.args.extend(["--pwfile".into(), password_file.clone().into(), "-D".into(), fresh.clone().into()]);
        let made = initdb.run_once("initdb, making the database cluster,").await;
        std::fs::remove_file(&password_file).map_err(StackError::io("remove", &password_file))?;
        made?;

        let main = fresh.join("postgresql.conf");
        let mut text = std::fs::read_to_string(&main).map_err(StackError::io("read", &main))?;
        text.extend(["\n# Written by `callboard up` at every start.\ninclude '", SETTINGS_FILE, "'\n"]);
        self.write(&main, &text)?;
        self.write(&fresh.join("pg_hba.conf"), ACCESS)?;
        std::fs::rename(&fresh, &self.folder).map_err(StackError::io("rename", &fresh))
    }

    /// Writes the settings that the stack decides on.
    pub(super) fn configure(&self, port: u16) -> Result<()> {
        self.write(&self.folder.join(SETTINGS_FILE), &settings(port))
    }

    /// Ends a server that an earlier supervisor left running on this cluster.
    pub(super) async fn end_orphan(&self) -> Result<()> {
        let Some(pid) = running_postmaster(&self.folder) else { return Ok(()) };
        tracing::warn!(
            process.pid = pid,
            "a PostgreSQL server of an earlier stack still runs as pid {pid}; it is ended"
        );
        if process::end(pid, Signal::INT, Duration::from_mins(1)).await {
            return Ok(());
        }
        Err(StackError::Unusable(format!(
            "a PostgreSQL server of an earlier stack runs as pid {pid} on {} and cannot be ended",
            self.folder.display()
        )))
    }

    /// Removes the pid file of a server that was killed. PostgreSQL trusts such a file if any process has that pid by
    /// now, and would then refuse to start for ever.
    pub(super) fn remove_stale_pid_file(&self) {
        let file = self.folder.join("postmaster.pid");
        if file.exists() && running_postmaster(&self.folder).is_none() {
            let _ = std::fs::remove_file(file);
        }
    }

    fn write(&self, path: &Path, text: &str) -> Result<()> {
        files::write_whole(path, text.as_bytes(), files::PRIVATE_FILE)?;
        self.give_away(path)
    }

    fn give_away(&self, path: &Path) -> Result<()> {
        match &self.user {
            Some(user) => std::os::unix::fs::chown(path, Some(user.uid), Some(user.gid))
                .map_err(StackError::io("change the owner of", path)),
            None => Ok(()),
        }
    }
}

/// The server that runs on a cluster's folder, if one does.
pub(crate) fn running_postmaster(folder: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(folder.join("postmaster.pid")).ok()?;
    let pid = text.lines().next()?.trim().parse().ok()?;
    (process::is_alive(pid) && process::has_argument(pid, folder.as_os_str())).then_some(pid)
}

/// In the data folder, unless the user that the server runs as cannot reach that.
fn home_for(data: &DataDir, user: Option<&OsUser>) -> PathBuf {
    let inside = data.path().join("postgres");
    match user {
        Some(user) if !user.reaches(&inside) => {
            let digest = Sha256::digest(data.path().as_os_str().as_encoded_bytes());
            // 72 bits keep the folders of one machine apart.
            Path::new(OUT_OF_THE_WAY).join(URL_SAFE_NO_PAD.encode(&digest[..9]))
        }
        _ => inside,
    }
}

/// Nothing here trades safety for speed: what PostgreSQL acknowledges is on disk.
fn settings(port: u16) -> String {
    format!(
        "\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 100
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
fsync = on
synchronous_commit = on
full_page_writes = on
wal_compression = on
shared_buffers = '128MB'
max_wal_size = '1GB'
checkpoint_completion_target = 0.9
jit = off
restart_after_crash = on
log_destination = 'stderr'
logging_collector = off
log_min_duration_statement = '1s'
log_line_prefix = '%m [%p] %u@%d '
"
    )
}
