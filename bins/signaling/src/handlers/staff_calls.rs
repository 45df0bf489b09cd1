//! `calls` for staff: watch, and act.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::adm::calls::{End, Live, Ls, Mute, Remove, Show, Timeline};
use callboard_worker::{answer, attempt};

use super::{Rooms, on};

macro_rules! act {
    ($host:expr, $rooms:expr, $endpoint:ty, $act:ident) => {
        on!($host, $rooms, $endpoint, |r, caller, request| {
            let name = caller.staff()?;
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
