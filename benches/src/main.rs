//! Measures the house. Every figure with a limit has that limit measured in the same run on the same machine, so that the ratio
//! says something where the machine is slow or busy. `scripts/bench` builds and runs it; `docs/bench.md` keeps what came out.

mod fixture;
mod house;
mod metering;
mod programme;
mod relay;
mod report;
mod rooms;
mod starts;
mod tools;
mod usage;

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use report::Figure;

/// Measures metering, starts and ends of calls, the relay of offers, the console and the CLI, rooms, and programmes.
#[derive(Debug, Parser)]
#[command(name = "callboard-bench")]
struct Args {
    /// What to measure; all if nothing is named.
    what: Vec<What>,
    /// Live legs for metering.
    #[arg(long, value_delimiter = ',', default_value = "10000,50000")]
    legs: Vec<u32>,
    /// How long the whole house is watched, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    #[command(flatten)]
    rooms: rooms::Scale,
    /// Writes the figures there as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Ticks per second against bare HOT updates.
    Metering,
    /// Start plus end of calls per second against bare commits.
    Starts,
    /// Billing and PostgreSQL at 10 000 live calls.
    House,
    /// Offers from app to app against bare request-reply.
    Relay,
    /// Console frames and the start of the CLI.
    Tools,
    /// Messages to many, history and search, and idle apps, against bare publish and subscribe and bare rows.
    Rooms,
    /// Calls on air against the bare elements; left out where it was not built.
    Programme,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let wanted = |what: What| args.what.is_empty() || args.what.contains(&what);
    let mut figures: Vec<Figure> = Vec::new();
    if wanted(What::Metering) {
        for legs in &args.legs {
            figures.extend(metering::run(*legs).await?);
        }
    }
    if wanted(What::Starts) {
        figures.extend(starts::run().await?);
    }
    if wanted(What::House) {
        figures.extend(house::run(args.seconds).await?);
    }
    if wanted(What::Relay) || wanted(What::Tools) {
        figures.extend(relay::run(wanted(What::Relay), wanted(What::Tools)).await?);
    }
    if wanted(What::Rooms) {
        figures.extend(rooms::run(&args.rooms).await?);
    }
    if wanted(What::Programme) {
        match programme::meter() {
            Some(meter) => figures.extend(tokio::task::spawn_blocking(move || programme::run(&meter)).await??),
            None if args.what.is_empty() => {
                writeln!(
                    std::io::stderr(),
                    "programmes are not measured: build the example `figures` of callboard-media"
                )?;
            }
            None => anyhow::bail!("build the example `figures` of callboard-media first, as scripts/bench does"),
        }
    }
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_string_pretty(&figures)?)?;
    }
    writeln!(std::io::stdout(), "{}", report::table(&figures))?;
    Ok(())
}
