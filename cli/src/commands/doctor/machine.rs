//! What a private stack needs on this machine.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use callboard_stack::{DataDir, RestreamCheck, StackError, StackState};

use super::Finding;
use crate::context::Context;

/// With less, PostgreSQL and JetStream soon stop taking anything.
const FULL_MIB: u64 = 256;
/// An hour of a recorded programme of 720p takes about 1.2 GiB.
const TIGHT_MIB: u64 = 2048;
const SETUP: &str = "run scripts/setup";
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
const WORKERS: &[&str] = &["callboard-signaling", "callboard-billing", "callboard-rooms", "callboard-moderation"];

pub(super) async fn check(context: &Context) -> Vec<Finding> {
    let mut findings = vec![
        program("nats-server", callboard_stack::find_nats_server().await),
        program("postgresql", callboard_stack::find_postgres().await),
        workers(),
        on_air().await,
        browser(),
        ports(),
        data(context),
        disk(context),
    ];
    findings.push(stack(context).await);
    findings
}

fn program(check: &'static str, found: Result<PathBuf, StackError>) -> Finding {
    match found {
        Ok(path) => Finding::good(check, path.display().to_string()),
        Err(error) => Finding::broken(check, error.to_string(), SETUP),
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn workers() -> Finding {
    let named = std::env::var_os("CALLBOARD_BIN_DIR").map(PathBuf::from);
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf));
    let folders: Vec<PathBuf> = named.into_iter().chain(beside).collect();
    let missing: Vec<&str> =
        WORKERS.iter().copied().filter(|name| !folders.iter().any(|folder| folder.join(name).is_file())).collect();
    if missing.is_empty() {
        return Finding::good("binaries", "the workers' binaries lie beside this one");
    }
    Finding::broken(
        "binaries",
        format!("not found: {}", missing.join(", ")),
        "cargo build --workspace, or set CALLBOARD_BIN_DIR",
    )
}

/// Asks the worker itself: nothing else knows which elements it is made of.
async fn on_air() -> Finding {
    let named = std::env::var_os("CALLBOARD_BIN_DIR").map(PathBuf::from);
    match callboard_stack::check_restream(named.as_deref()).await {
        RestreamCheck::Fine(_) => Finding::good("gstreamer", "calls can go on air: every element is there"),
        RestreamCheck::Unusable { reason, .. } => {
            Finding::warning("gstreamer", format!("calls cannot go on air: {reason}"), SETUP)
        }
        RestreamCheck::NotBuilt => Finding::warning(
            "gstreamer",
            "callboard-restream is not built; only calls on air need it",
            "run scripts/setup, then `cargo build --workspace`",
        ),
    }
}

fn browser() -> Finding {
    match BROWSERS.iter().find_map(|name| on_path(name)) {
        Some(path) => Finding::good("chromium", path.display().to_string()),
        None => Finding::warning("chromium", "not found; only the browser tests need it", SETUP),
    }
}

fn ports() -> Finding {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, 0)) {
        Ok(_) => Finding::good("ports", "there are free loopback ports"),
        Err(error) => {
            Finding::broken("ports", format!("cannot listen on loopback: {error}"), "bring the interface lo up")
        }
    }
}

fn data(context: &Context) -> Finding {
    let path = match context.data() {
        Ok(path) => path,
        Err(failure) => return Finding::broken("data folder", failure.message, "say --data DIR"),
    };
    let there = nearest(&path);
    let writable = tempfile_in(there);
    match writable {
        Ok(()) => Finding::good("data folder", path.display().to_string()),
        Err(error) => {
            Finding::broken("data folder", format!("cannot write to {}: {error}", there.display()), "say --data DIR")
        }
    }
}

/// The folder itself, or where it would be made.
fn nearest(path: &Path) -> &Path {
    path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"))
}

/// What is free where the data folder lies.
fn disk(context: &Context) -> Finding {
    let Ok(path) = context.data() else {
        return Finding::warning("disk", "it is not known where the data would lie", "say --data DIR");
    };
    match rustix::fs::statvfs(nearest(&path)) {
        Ok(disk) => room(disk.f_bavail.saturating_mul(disk.f_frsize), &path),
        Err(error) => Finding::warning(
            "disk",
            format!("no telling what is free for {}: {error}", path.display()),
            "say --data DIR",
        ),
    }
}

/// What so many free bytes mean.
fn room(free_bytes: u64, path: &Path) -> Finding {
    const MIB: u64 = 1024 * 1024;
    let mib = free_bytes / MIB;
    let free = if mib < 1024 { format!("{mib} MiB") } else { format!("{}.{} GiB", mib / 1024, mib % 1024 * 10 / 1024) };
    let mend = "free some, or say --data DIR: on a full disk no command is taken and recordings break off";
    match mib {
        0..FULL_MIB => Finding::broken("disk", format!("only {free} are free for {}", path.display()), mend),
        FULL_MIB..TIGHT_MIB => Finding::warning("disk", format!("only {free} are free for {}", path.display()), mend),
        _ => Finding::good("disk", format!("{free} are free for {}", path.display())),
    }
}

fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!(".callboard-doctor-{}", std::process::id()));
    std::fs::OpenOptions::new().write(true).create_new(true).open(&probe)?;
    std::fs::remove_file(&probe)
}

async fn stack(context: &Context) -> Finding {
    let data = context.data().ok().and_then(DataDir::existing);
    let state = match &data {
        Some(data) => StackState::now(data).await,
        None => Ok(None),
    };
    match state {
        Ok(Some(state)) if state.is_well() => {
            // The workers answer well only with migrations applied, streams there and both servers reachable.
            Finding::good(
                "stack",
                format!("{} runs; servers, migrations, streams and workers are well", state.environment),
            )
        }
        Ok(Some(state)) => {
            let unwell: Vec<&str> = state.workers.iter().filter(|w| !w.healthy).map(|w| w.name.as_str()).collect();
            let what = format!("phase {:?}; not well: {}", state.phase, unwell.join(", ")).to_lowercase();
            Finding::broken(
                "stack",
                what,
                "look into the logs below the data folder; `callboard down`, then `callboard up`",
            )
        }
        Ok(None) => Finding::warning(
            "stack",
            "no private stack is running",
            "`callboard up --detach`, unless you work with a house elsewhere",
        ),
        Err(error) => Finding::broken("stack", error.to_string(), "`callboard down`, then `callboard up`"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn little_room_is_told_before_there_is_none() {
        let found = |mib: u64| {
            let Finding { verdict, what, .. } = room(mib * 1024 * 1024, Path::new("/data"));
            (verdict, what)
        };
        assert_eq!(found(66_700), (Verdict::Good, "65.1 GiB are free for /data".to_owned()));
        assert_eq!(found(2_048).0, Verdict::Good);
        assert_eq!(found(2_047), (Verdict::Warning, "only 1.9 GiB are free for /data".to_owned()));
        assert_eq!(found(255), (Verdict::Broken, "only 255 MiB are free for /data".to_owned()));
    }
}
