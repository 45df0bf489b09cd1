//! From requests to the crates that know: each handler reads the caller from the subject and hands on.

mod calls;
mod connection;
mod notices;
mod people;
mod session;
mod signal;
mod staff;
mod staff_calls;
mod stage;

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::{Bus, Host};
use callboard_calls::{Calls, programmes};
use callboard_store::Store;
use callboard_worker::House;

pub(crate) use notices::start_pruning;

use crate::auth::LoginTokens;
use crate::beats::Beats;
use crate::clock::HouseClock;
use crate::config::Settings;
use crate::connections::Connections;
use crate::devices::Listed;
use crate::members::Members;
use crate::presence::Watchers;

const TIME_OUT_EVERY: Duration = Duration::from_secs(1);

/// All that handlers need.
pub(crate) struct Rooms {
    pub(crate) bus: Bus,
    pub(crate) store: Store,
    pub(crate) calls: Calls,
    pub(crate) clock: Arc<HouseClock>,
    pub(crate) members: Arc<Members>,
    pub(crate) beats: Arc<Beats>,
    pub(crate) watchers: Arc<Watchers>,
    pub(crate) connections: Connections,
    pub(crate) devices: Listed,
    pub(crate) login: Arc<LoginTokens>,
    pub(crate) settings: Arc<Settings>,
}

/// Gives the host a handler for every endpoint that this worker owns.
pub(crate) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    let host = session::host(host, rooms);
    let host = people::host(host, rooms);
    let host = calls::host(host, rooms);
    let host = signal::host(host, rooms);
    let host = stage::host(host, rooms);
    let host = notices::host(host, rooms);
    let host = staff::host(host, rooms);
    let host = connection::host(host, rooms);
    staff_calls::host(host, rooms)
}

/// Ends what rang, waited or was suspended for too long, and programmes whose call is over; tells who left a stage with the call.
pub(crate) fn start_timeouts(house: &House, calls: &Calls) {
    let calls = calls.clone();
    house.every("timeouts", TIME_OUT_EVERY, move || {
        let calls = calls.clone();
        async move {
            calls.time_out().await?;
            programmes::end_with_calls(calls.store()).await?;
            programmes::tell_who_left(calls.store()).await.map(|_| ())
        }
    });
}

/// A handler: clones what it needs, takes caller and request.
macro_rules! on {
    ($host:expr, $rooms:expr, $endpoint:ty, |$r:ident, $caller:ident, $request:ident| $body:expr) => {{
        let rooms = std::sync::Arc::clone($rooms);
        $host.endpoint::<$endpoint, _, _>(move |$caller, $request| {
            let $r = std::sync::Arc::clone(&rooms);
            async move { $body }
        })
    }};
}
pub(crate) use on;
