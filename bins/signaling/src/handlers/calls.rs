//! `calls`: the lifecycle, and what members may see.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::api::calls::{
    Accept, Active, Cancel, DeviceChange, End, Extend, HistoryList, Initiate, Invite, Join, Leave, Pending, Reject,
    Show,
};
use callboard_worker::{answer, attempt};

use super::{Rooms, on};

/// A change of a call that there is: what is held of its members is read anew before the next relay, without waiting for the event.
macro_rules! change {
    ($host:expr, $rooms:expr, $endpoint:ty, $act:ident) => {
        on!($host, $rooms, $endpoint, |r, caller, request| {
            let uid = caller.user()?;
            let done = attempt(|| r.calls.$act(uid, &request)).await;
            r.members.forget(request.call_id);
            done
        })
    };
    // With a device that takes part in it from now on.
    ($host:expr, $rooms:expr, $endpoint:ty, $act:ident, on device) => {
        on!($host, $rooms, $endpoint, |r, caller, request| {
            let uid = caller.user()?;
            answer(r.devices.may_use(&request.device).await)?;
            let done = attempt(|| r.calls.$act(uid, &request)).await;
            r.members.forget(request.call_id);
            done
        })
    };
}

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    let host = on!(host, rooms, Initiate, |r, caller, request| {
        let uid = caller.user()?;
        answer(r.devices.may_use(&request.device).await)?;
        attempt(|| r.calls.initiate(uid, &request)).await
    });
    let host = change!(host, rooms, Accept, accept, on device);
    let host = change!(host, rooms, Reject, reject);
    let host = change!(host, rooms, Cancel, cancel);
    let host = change!(host, rooms, Join, join, on device);
    let host = change!(host, rooms, DeviceChange, device);
    let host = change!(host, rooms, Extend, extend);
    let host = change!(host, rooms, Invite, invite);
    let host = change!(host, rooms, Leave, leave);
    let host = change!(host, rooms, End, end);
    let host = on!(host, rooms, Pending, |r, caller, _request| answer(r.calls.pending(caller.user()?).await));
    let host = on!(host, rooms, Active, |r, caller, _request| answer(r.calls.active(caller.user()?).await));
    let host =
        on!(host, rooms, HistoryList, |r, caller, request| answer(r.calls.history(caller.user()?, &request).await));
    on!(host, rooms, Show, |r, caller, request| answer(r.calls.show(caller.user()?, request.call_id).await))
}
