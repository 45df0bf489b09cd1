//! `callboard-signaling`: lets client apps and staff in, knows who is here, runs the lifecycle of calls and relays what
//! their devices have to say to each other.
//!
//! A caller is who the subject says. Several copies may run; each can be killed at any instant.

mod auth;
mod beats;
mod clock;
mod config;
mod connections;
mod devices;
mod error;
mod handlers;
mod members;
mod presence;
mod sight;
mod unix;

use std::process::ExitCode;
use std::sync::Arc;

use callboard_bus::{Auth, Bus, ConnectConfig};
use callboard_calls::Calls;
use callboard_contract::{Worker, subject};
use callboard_worker::{House, SetupError, read_secret};

use crate::auth::{Callout, LoginTokens};
use crate::beats::Beats;
use crate::clock::HouseClock;
use crate::config::Settings;
use crate::connections::Connections;
use crate::devices::Listed;
use crate::handlers::Rooms;
use crate::members::Members;
use crate::presence::Watchers;

const NAME: &str = "callboard-signaling";

fn main() -> ExitCode {
    let settings: Settings = callboard_worker::parse();
    callboard_worker::run(NAME, work(settings))
}

async fn work(settings: Settings) -> Result<ExitCode, SetupError> {
    settings.check()?;
    let keys = settings.callout_keys()?;
    let login = Arc::new(LoginTokens::new(&settings)?);
    let house = House::open(&settings.worker, Worker::Signaling, env!("CARGO_PKG_VERSION")).await?;

    let control = connect(&settings, "sys_control", &settings.sys_seed_file).await?;
    let connections = Connections::new(control, house.store.clone(), Arc::clone(&house.guard));
    connections.start(&house);

    let callout_bus = connect(&settings, "callout", &settings.callout_seed_file).await?;
    Callout::new(callout_bus, keys, Arc::clone(&login), house.store.clone()).start(&house);
    login.start(&house);

    let calls = Calls::new(house.store.clone(), settings.times.times(), settings.ice_servers());
    let clock = HouseClock::start(&house);
    let members = Members::start(&house, calls.clone());
    let beats = Beats::start(&house, calls.clone());
    let watchers = Watchers::start(&house, calls.clone(), Arc::clone(&clock));
    handlers::start_timeouts(&house, &calls);
    handlers::start_pruning(&house);

    let rooms = Rooms {
        bus: house.bus.clone(),
        store: house.store.clone(),
        calls,
        clock,
        members,
        beats,
        watchers,
        connections,
        devices: Listed::new(house.store.clone()),
        login,
        settings: Arc::new(settings),
    };
    let host = handlers::host(house.host(), &Arc::new(rooms));
    house.serve(host).await
}

async fn connect(settings: &Settings, name: &str, seed_file: &std::path::Path) -> Result<Bus, SetupError> {
    Ok(Bus::connect(ConnectConfig {
        url: settings.worker.nats_url.clone(),
        name: format!("{NAME}-{name}"),
        auth: Auth::Nkey(read_secret(seed_file)?),
        inbox: subject::inbox(name),
    })
    .await?)
}
