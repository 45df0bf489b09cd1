//! What processes used: CPU time as the kernel counts it, of this process and of a PostgreSQL cluster with all its backends.
//!
//! The kernel counts in ticks of 10 ms, so only spans of a second and more say anything.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;
use callboard_testbase::Base;

/// CPU time up to now.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cpu {
    /// Of this process.
    pub own: Duration,
    /// Of the cluster.
    pub postgres: Duration,
}

impl Cpu {
    pub(crate) fn since(self, before: Self) -> Self {
        Self { own: self.own.saturating_sub(before.own), postgres: self.postgres.saturating_sub(before.postgres) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self { own: self.own + other.own, postgres: self.postgres + other.postgres }
    }

    pub(crate) fn sum(self) -> Duration {
        self.own + self.postgres
    }
}

/// A cluster whose processes are watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cluster {
    postmaster: u32,
}

struct Stat {
    parent: u32,
    used: u64,
    children: u64,
}

impl Cluster {
    /// The cluster of a database, found by the parent of one of its backends.
    pub(crate) async fn of(base: &Base) -> anyhow::Result<Self> {
        let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&base.owner).await?;
        let backend = stat(u32::try_from(pid)?).context("the backend cannot be seen in /proc")?;
        Ok(Self { postmaster: backend.parent })
    }

    /// CPU time of this process and of the cluster up to now, backends that are gone included.
    pub(crate) fn cpu(self) -> Cpu {
        let own = own();
        Cpu { own, postgres: self.postgres() }
    }

    /// The same for the beginning of a short span: what this look at all processes costs does not count as part of the span.
    pub(crate) fn cpu_before(self) -> Cpu {
        let postgres = self.postgres();
        Cpu { own: own(), postgres }
    }

    fn postgres(self) -> Duration {
        let postmaster = stat(self.postmaster).map_or(0, |s| s.used + s.children);
        let backends: u64 = pids().filter_map(stat).filter(|s| s.parent == self.postmaster).map(|s| s.used).sum();
        ticks(postmaster + backends)
    }
}

/// CPU time of another process up to now.
pub(crate) fn cpu(pid: u32) -> Duration {
    ticks(stat(pid).map_or(0, |s| s.used))
}

/// What another process has in memory, in bytes.
pub(crate) fn memory(pid: u32) -> u64 {
    let pages = fs::read_to_string(format!("/proc/{pid}/statm")).ok();
    let resident = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok());
    resident.unwrap_or_default() * rustix::param::page_size() as u64
}

/// How many files and connections this process has open.
pub(crate) fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn own() -> Duration {
    ticks(stat(std::process::id()).map_or(0, |s| s.used))
}

fn ticks(count: u64) -> Duration {
    Duration::from_millis(count * 1000 / rustix::param::clock_ticks_per_second())
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

// Fields 4, 14 to 17 of proc(5): parent, user and system time, those of children that were waited for.
fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |i: usize| fields.get(i)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        used: number(11)? + number(12)?,
        children: number(13)? + number(14)?,
    })
}
