//! `callboard-moderation`: what is imposed on people, reports and cases, automod, the action log.

mod config;
mod desk;
mod hand;
mod loops;
mod reach;

use std::process::ExitCode;

use callboard_calls::Calls;
use callboard_contract::Worker;
use callboard_worker::{House, SetupError};

use crate::hand::Hand;

const NAME: &str = "callboard-moderation";

fn main() -> ExitCode {
    let config: config::Config = callboard_worker::parse();
    callboard_worker::run(NAME, work(config))
}

async fn work(config: config::Config) -> Result<ExitCode, SetupError> {
    let house = House::open(&config.worker, Worker::Moderation, env!("CARGO_PKG_VERSION")).await?;
    let calls = Calls::new(house.store.clone(), config.times.times(), Vec::new());
    let hand = Hand::new(house.store.clone(), house.bus.clone(), calls.clone());
    loops::start(&house, &hand);
    let host = desk::host(house.host(), &house, &calls, &hand);
    house.serve(host).await
}
