//! `callboard-restream`: puts calls on air. Each programme runs in a child process of its own, so that nothing that media does can
//! touch another programme or this worker; this worker runs no media itself.
//!
//! What must always hold: a programme that is wanted is run by one worker, or waits for one; what a programme shows follows from the
//! database alone, read again at every event and every few seconds; without NATS or PostgreSQL a running programme goes on.

mod check;
mod child;
mod config;
mod cost;
mod desk;
mod http;
mod lease;
mod manager;
mod programme;
mod signals;
mod statuses;
mod tickets;
mod viewers;
mod wanted;

use std::process::ExitCode;
use std::time::Duration;

use callboard_contract::Worker;
use callboard_worker::{House, SetupError, read_secret};

use crate::tickets::Tickets;

const NAME: &str = "callboard-restream";
/// Folders below that of the programmes.
const HLS: &str = "hls";
const RECORDINGS: &str = "recordings";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        // How this program starts itself, once per programme.
        Some(child::PROGRAMME) => child::main(),
        Some("--check") => check::main(&arguments),
        _ => {
            let config: config::Config = callboard_worker::parse();
            callboard_worker::run(NAME, work(config))
        }
    }
}

async fn work(config: config::Config) -> Result<ExitCode, SetupError> {
    let house = House::open(&config.worker, Worker::Restream, env!("CARGO_PKG_VERSION")).await?;
    let good_for = Duration::from_mins(config.viewer_minutes.into());
    let tickets = Tickets::new(&read_secret(&config.viewer_ticket_secret_file)?, &config.hls_url, good_for);
    let viewers = viewers::Viewers::default();
    http::start(&house, &config, tickets.clone(), viewers.clone()).await?;
    let manager = manager::start(&house, &config, tickets, viewers)?;
    let host = desk::host(&house, &manager);
    house.serve(host).await
}
