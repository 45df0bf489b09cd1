//! `callboard-moderation`: what is imposed on people, reports and cases, automod, the action log.

mod config;

use std::process::ExitCode;

use callboard_contract::Worker;
use callboard_worker::{House, SetupError};

const NAME: &str = "callboard-moderation";

fn main() -> ExitCode {
    let config: config::Config = callboard_worker::parse();
    callboard_worker::run(NAME, work(config))
}

async fn work(config: config::Config) -> Result<ExitCode, SetupError> {
    let house = House::open(&config.worker, Worker::Moderation, env!("CARGO_PKG_VERSION")).await?;
    let host = house.host();
    house.serve(host).await
}
