//! `rooms` for staff: look into rooms, make them, lock, slow and close them.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::adm::rooms::{Close, Create, History, Lock, Ls, Members, Messages, Show, Slow};
use callboard_domain::{RoomId, StaffName, Uid};
use callboard_rooms::{chat, row, staff};
use callboard_store::{Store, StoreError};
use callboard_worker::{answer, attempt};

use super::{Desk, on};

macro_rules! acts {
    ($host:expr, $desk:expr, $($endpoint:ty => $act:path),* $(,)?) => {{
        let host = $host;
        $(let host = on!(host, $desk, $endpoint, |d, caller, request| {
            let name = caller.staff()?;
            answer(may_in(&d.store, name, request.room_id).await)?;
            Ok(d.done(attempt(|| $act(&d.store, name, &request)).await?))
        });)*
        host
    }};
}

macro_rules! reads {
    ($host:expr, $desk:expr, $($endpoint:ty => $read:path),* $(,)?) => {{
        let host = $host;
        $(let host = on!(host, $desk, $endpoint, |d, caller, request| {
            answer(may_in(&d.store, caller.staff()?, request.room_id).await)?;
            answer($read(&d.store, &request).await)
        });)*
        host
    }};
}

pub(super) fn host(host: Host, desk: &Arc<Desk>) -> Host {
    let host = on!(host, desk, Ls, |d, _caller, request| answer(staff::ls(&d.store, &request).await));
    let host = on!(host, desk, Show, |d, _caller, request| answer(staff::show(&d.store, request.room_id).await));
    let host =
        reads!(host, desk, Members => staff::members, Messages => chat::messages_for_staff, History => staff::history);
    let host = on!(host, desk, Create, |d, caller, request| {
        let name = caller.staff()?;
        answer(may_for(&d.store, name, Some(&request.tenant)).await)?;
        Ok(d.done(attempt(|| staff::create(&d.store, name, &request)).await?))
    });
    acts!(
        host,
        desk,
        Lock => staff::lock,
        Slow => staff::slow,
        Close => staff::close,
    )
}

/// Refuses rooms of creators for whom a member of staff does not work.
async fn may_in(store: &Store, name: &StaffName, room: RoomId) -> Result<(), StoreError> {
    let tenant = row::read_one(&mut *store.pool().acquire().await?, room).await?.tenant;
    may_for(store, name, tenant.as_ref()).await
}

async fn may_for(store: &Store, name: &StaffName, tenant: Option<&Uid>) -> Result<(), StoreError> {
    callboard_people::staff::may_act_for(&mut *store.pool().acquire().await?, name, tenant).await
}
