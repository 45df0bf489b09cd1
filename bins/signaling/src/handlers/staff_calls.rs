//! `calls` for staff: watch, and act.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::adm::calls::{End, Live, Ls, Mute, Remove, Show, Timeline};
use callboard_domain::{CallId, StaffName};
use callboard_people::staff;
use callboard_store::StoreError;
use callboard_worker::{answer, attempt};

use super::{Rooms, on};

macro_rules! act {
    ($host:expr, $rooms:expr, $endpoint:ty, $act:ident) => {
        on!($host, $rooms, $endpoint, |r, caller, request| {
            let name = caller.staff()?;
            answer(may_in(&r, name, request.call_id).await)?;
            let done = attempt(|| r.calls.$act(name, &request)).await;
            r.members.forget(request.call_id);
            done
        })
    };
}

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    let host = on!(host, rooms, Live, |r, _caller, request| answer(r.calls.live(&request).await));
    let host = on!(host, rooms, Ls, |r, _caller, request| answer(r.calls.list(&request).await));
    let host = on!(host, rooms, Show, |r, _caller, request| answer(r.calls.detail(request.call_id).await));
    let host = on!(host, rooms, Timeline, |r, _caller, request| answer(r.calls.timeline(request.call_id).await));
    let host = act!(host, rooms, End, staff_end);
    let host = act!(host, rooms, Mute, staff_mute);
    act!(host, rooms, Remove, staff_remove)
}

/// Refuses calls of creators for whom a member of staff does not work.
async fn may_in(rooms: &Rooms, name: &StaffName, call: CallId) -> Result<(), StoreError> {
    let payee = rooms.calls.detail(call).await?.call.payee;
    staff::may_act_for(&mut *rooms.store.pool().acquire().await?, name, Some(&payee)).await
}
