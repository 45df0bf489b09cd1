//! Prints how long a frame over many live calls takes and how much of a core 30 of them a second would cost, as one JSON object.
//!
//! `cargo run --release --example frame_bench -- [CALLS] [FRAMES]`

use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let calls = args.next().and_then(|a| a.parse().ok()).unwrap_or(10_000);
    let count = args.next().and_then(|a| a.parse().ok()).unwrap_or(600);
    let mut out = std::io::stdout().lock();
    for size in [(80, 24), (200, 60)] {
        let took = callboard_console::bench::frames(calls, count, size);
        let micros = took.mean.as_micros();
        // 30 frames and at most 4 pages a second, in tenths of a percent of one core.
        let busy = (micros * 30 + took.page.as_micros() * 4) / 1000;
        writeln!(
            out,
            "{{\"screen\":\"{}x{}\",\"calls\":{},\"frames\":{},\"frame_us_mean\":{micros},\"frame_us_p99\":{},\"page_us\":{},\"core_percent\":{}.{}}}",
            size.0,
            size.1,
            took.calls,
            took.frames,
            took.p99.as_micros(),
            took.page.as_micros(),
            busy / 10,
            busy % 10
        )?;
    }
    Ok(())
}
