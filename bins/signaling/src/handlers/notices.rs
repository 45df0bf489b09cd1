//! `notices`: what people should know of.

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::Host;
use callboard_contract::api::notices::{Ls, Read, Set, Settings};
use callboard_people::notices;
use callboard_worker::{House, answer, attempt};

use super::{Rooms, on};

const PRUNE_EVERY: Duration = Duration::from_mins(10);

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    let host = on!(host, rooms, Ls, |r, caller, request| answer(notices::ls(&r.store, caller.user()?, &request).await));
    let host = on!(host, rooms, Read, |r, caller, request| {
        let uid = caller.user()?;
        attempt(|| notices::read(&r.store, uid, &request)).await
    });
    let host =
        on!(host, rooms, Settings, |r, caller, _request| answer(notices::settings(&r.store, caller.user()?).await));
    on!(host, rooms, Set, |r, caller, request| {
        let uid = caller.user()?;
        attempt(|| notices::set(&r.store, uid, &request)).await
    })
}

/// Drops what is too old.
pub(crate) fn start_pruning(house: &House) {
    let store = house.store.clone();
    house.every("notices", PRUNE_EVERY, move || {
        let store = store.clone();
        async move { notices::prune(&store).await.map(|_| ()) }
    });
}
