//! `callboard-rooms`: rooms and conversations, who is in them and what is said in them.

mod automod;
mod batch;
mod calls;
mod config;
mod fanout;
mod files;
mod handlers;
mod poster;
mod typing;

use std::process::ExitCode;
use std::sync::Arc;

use callboard_contract::Worker;
use callboard_worker::{House, SetupError};

use crate::fanout::Fanout;
use crate::handlers::Desk;
use crate::poster::Poster;
use crate::typing::TypingPace;

const NAME: &str = "callboard-rooms";

fn main() -> ExitCode {
    let config: config::Config = callboard_worker::parse();
    callboard_worker::run(NAME, work(config))
}

async fn work(config: config::Config) -> Result<ExitCode, SetupError> {
    let house = House::open(&config.worker, Worker::Rooms, env!("CARGO_PKG_VERSION")).await?;
    let files = files::start(&house, &config).await?;
    let fanout = Fanout::start(&house, &files.signer());
    handlers::start_closing(&house, &fanout);
    calls::start_following(&house, &fanout);
    let desk = Desk {
        store: house.store.clone(),
        poster: Poster::start(&house.store, &fanout),
        watch: automod::Watch::new(&house.store),
        fanout,
        typing: TypingPace::default(),
        signer: files.signer(),
    };
    let host = files::host(house.host(), &files);
    let host = handlers::host(host, &Arc::new(desk));
    house.serve(host).await
}
