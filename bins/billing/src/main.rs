//! `callboard-billing`: meters running calls, answers for money and the books, applies migrations, makes the first admin.

mod bootstrap;
mod config;
mod desk;
mod giving;
mod loops;
mod migrate;
mod once;

use std::process::ExitCode;

use callboard_contract::Worker;
use callboard_worker::{House, SetupError};

const NAME: &str = "callboard-billing";

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("migrate") => once::run(migrate::run),
        Some("bootstrap") => once::run(bootstrap::run),
        _ => {
            let config: config::Config = callboard_worker::parse();
            callboard_worker::run(NAME, work(config))
        }
    }
}

async fn work(config: config::Config) -> Result<ExitCode, SetupError> {
    let house = House::open(&config.worker, Worker::Billing, env!("CARGO_PKG_VERSION")).await?;
    loops::start(&house, &config);
    let host = desk::host(&house, config.worker.is_development());
    house.serve(host).await
}
