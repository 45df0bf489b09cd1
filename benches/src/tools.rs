//! What staff's tools take: a frame of the console over 10 000 live calls, and a command from its start to its answer.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use callboard_client::LocalStack;

use crate::report::Figure;

const CALLS: usize = 10_000;
const FRAMES: u32 = 600;
const RUNS: usize = 20;
/// A console draws at most so often.
const FRAMES_PER_SECOND: f64 = 30.0;
/// And takes in so many pages of calls.
const PAGES_PER_SECOND: f64 = 4.0;

pub(crate) async fn run(local: &LocalStack) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for size in [(80, 24), (200, 60)] {
        let took = callboard_console::bench::frames(CALLS, FRAMES, size);
        let (frame, page) = (took.mean.as_secs_f64(), took.page.as_secs_f64());
        let name = format!("{CALLS} live calls, {}x{}", size.0, size.1);
        figures.push(Figure::new("console", format!("{name}, frame"), frame * 1e6, "us"));
        figures.push(Figure::new("console", format!("{name}, frame p99"), took.p99.as_secs_f64() * 1e6, "us"));
        let busy = (frame * FRAMES_PER_SECOND + page * PAGES_PER_SECOND) * 100.0;
        figures.push(Figure::new("console", format!("{name}, 30 frames and 4 pages a second"), busy, "% of a core"));
    }
    let mut times = Vec::new();
    for _ in 0..RUNS {
        times.push(command(local).await?);
    }
    times.sort_unstable();
    figures.push(Figure::new("cli", "`calls ls`, start to answer, median", millis(times[RUNS / 2]), "ms"));
    figures.push(Figure::new("cli", "`calls ls`, start to answer, slowest of 20", millis(times[RUNS - 1]), "ms"));
    Ok(figures)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

// The program beside this one, as staff run it.
async fn command(local: &LocalStack) -> anyhow::Result<Duration> {
    let program = std::env::current_exe()?.with_file_name("callboard");
    let begun = Instant::now();
    let status = tokio::process::Command::new(&program)
        .args(["calls", "ls", "--output", "json", "--data"])
        .arg(&local.data)
        .stdout(Stdio::null())
        .status()
        .await
        .with_context(|| format!("{} cannot be run", program.display()))?;
    anyhow::ensure!(status.success(), "`callboard calls ls` ended with {status}");
    Ok(begun.elapsed())
}
