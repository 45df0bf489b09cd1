//! What a process uses, as the kernel counts it.

use std::time::Duration;

/// What a process uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time since it began, in steps of 10 ms: only spans of seconds say anything.
    pub cpu: Duration,
    /// Memory that is in use, in KiB.
    pub memory_kib: u64,
    /// Threads.
    pub threads: u64,
    /// Open files, sockets and pipes.
    pub files: u64,
}

/// What a process uses now; nothing if it is gone.
pub fn usage(pid: u32) -> Option<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    parse(&stat).map(|usage| Usage { files: u64::try_from(files).unwrap_or(u64::MAX), ..usage })
}

/// Fields 14, 15, 20 and 24 of proc(5).
fn parse(stat: &str) -> Option<Usage> {
    // The name stands in parentheses and may hold blanks and parentheses itself.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split_whitespace().collect();
    let number = |n: usize| fields.get(n)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)?;
    Some(Usage {
        cpu: Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second().max(1)),
        memory_kib: number(21)? * u64::try_from(rustix::param::page_size() / 1024).unwrap_or(4),
        threads: number(17)?,
        files: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_measured_by_what_the_kernel_says() {
        let stat =
            "42 (a (b) c) S 1 1 1 0 -1 4194304 100 0 0 0 70 30 0 0 20 0 7 0 100 1000000 250 18446744073709551615";
        let found = parse(stat).expect("a process");
        assert_eq!((found.cpu, found.threads), (Duration::from_secs(1), 7));
        assert!(found.memory_kib >= 1000);
        let own = usage(std::process::id()).expect("this process");
        assert!(own.memory_kib > 0 && own.threads >= 1 && own.files >= 3, "{own:?}");
        assert_eq!(usage(0), None);
    }
}
