//! Other processes, seen through `/proc` and signals. A process of a stack is known by the mark that it was started with
//! in its environment, so a pid that the system has given to somebody else since is never hit.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Set for every child to the path of its stack's data folder.
pub(crate) const MARK: &str = "CALLBOARD_STACK_DATA";
/// A killed process takes a moment to go; where nobody collects the dead it never does.
const GROUP_ENDS_WITHIN: Duration = Duration::from_millis(500);
const POLL: Duration = Duration::from_millis(5);

/// Whether a process runs; one that has ended and waits for its parent to notice does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The command's name, in brackets, may itself hold brackets and blanks: the state follows the last one.
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

/// Sends a signal; a process that is gone already is not an error.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw)
        && let Err(error) = kill_process(pid, signal)
        && error != rustix::io::Errno::SRCH
    {
        tracing::warn!(process.pid = pid.as_raw_nonzero().get(), %error, "cannot signal process {pid:?}: {error}");
    }
}

/// Kills what is left of a process's group, that is what it started and did not wait for, and waits until that is gone.
pub(crate) async fn kill_group(leader: u32) {
    let Some(leader) = i32::try_from(leader).ok().and_then(Pid::from_raw) else { return };
    let deadline = Instant::now() + GROUP_ENDS_WITHIN;
    while kill_process_group(leader, Signal::KILL).is_ok() && Instant::now() < deadline {
        tokio::time::sleep(POLL).await;
    }
}

/// Asks a process to end, and ends it when it has not done so within `grace`. Says whether it is gone.
pub(crate) async fn end(pid: u32, ask_with: Signal, grace: Duration) -> bool {
    signal(pid, ask_with);
    if gone_within(pid, grace).await {
        return true;
    }
    signal(pid, Signal::KILL);
    gone_within(pid, Duration::from_secs(10)).await
}

/// Waits until a process has ended.
pub(crate) async fn gone_within(pid: u32, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while is_alive(pid) {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    true
}

/// Every process that was started for the stack in `data` and still runs, with its name.
pub(crate) fn marked_with(data: &Path) -> Vec<(u32, String)> {
    let mut mark = format!("{MARK}=").into_bytes();
    mark.extend_from_slice(data.as_os_str().as_bytes());
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| *pid != std::process::id() && is_alive(*pid))
        .filter(|pid| {
            std::fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|entry| entry == mark))
        })
        .map(|pid| (pid, name_of(pid)))
        .collect()
}

/// The short name of a process.
pub(crate) fn name_of(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm"))
        .map_or_else(|_| "process".to_owned(), |name| name.trim().to_owned())
}

/// Whether a process has `argument` on its command line.
pub(crate) fn has_argument(pid: u32, argument: &OsStr) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|line| line.split(|byte| *byte == 0).any(|part| part == argument.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_marked_process_is_found_and_ended_and_a_zombie_counts_as_gone() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = tokio::process::Command::new("sleep").arg("600").env(MARK, dir.path()).spawn().unwrap();
        let pid = child.id().unwrap();
        assert!(is_alive(pid));
        // Between fork and exec the child still shows its parent's environment.
        while marked_with(dir.path()).is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(marked_with(dir.path()), [(pid, "sleep".to_owned())]);
        assert!(has_argument(pid, OsStr::new("600")));
        assert!(end(pid, Signal::TERM, Duration::from_secs(5)).await);
        assert!(!is_alive(pid));
        child.wait().await.unwrap();
        assert!(marked_with(dir.path()).is_empty());
    }

    #[tokio::test]
    async fn a_process_that_does_not_listen_is_killed() {
        let mut child = tokio::process::Command::new("sh")
            .args(["-c", "trap '' TERM; echo ready; exec sleep 600"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0; 6];
        tokio::io::AsyncReadExt::read_exact(child.stdout.as_mut().unwrap(), &mut line).await.unwrap();
        assert!(end(child.id().unwrap(), Signal::TERM, Duration::from_millis(100)).await);
        child.wait().await.unwrap();
    }
}
