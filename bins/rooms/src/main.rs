//! `callboard-rooms`: rooms and conversations, who is in them and what is said in them.

mod config;

use std::process::ExitCode;

use callboard_contract::Worker;
use callboard_worker::{House, SetupError};

const NAME: &str = "callboard-rooms";

fn main() -> ExitCode {
    let config: config::Config = callboard_worker::parse();
    callboard_worker::run(NAME, work(config))
}

async fn work(config: config::Config) -> Result<ExitCode, SetupError> {
    let house = House::open(&config.worker, Worker::Rooms, env!("CARGO_PKG_VERSION")).await?;
    let host = house.host();
    house.serve(host).await
}
