//! What the stack's tests share: a data folder that goes when the test ends, waiting for a condition, `psql`.

use std::path::Path;
use std::time::{Duration, Instant};

use callboard_stack::DataDir;

/// A data folder of its own. As root, the cluster lies inside it, because every user may pass through.
pub(crate) struct Folder {
    pub(crate) data: DataDir,
    _dir: tempfile::TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("callboard-test-").tempdir().unwrap();
        Self { data: DataDir::create(dir.path()).unwrap(), _dir: dir }
    }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition().await {
        assert!(Instant::now() < deadline, "waited 60 s for: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs one statement; what it printed, or what psql complained of.
pub(crate) async fn psql(url: &str, statement: &str) -> Result<String, String> {
    let output = tokio::process::Command::new("psql")
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement])
        .output()
        .await
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Kills a process the hard way.
pub(crate) fn kill_9(pid: u32) {
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(killed.success());
}

/// Whether a process is there, zombies not counted.
pub(crate) fn runs(pid: u32) -> bool {
    std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"))
        .is_ok_and(|stat| !stat.rsplit_once(") ").unwrap().1.starts_with('Z'))
}
