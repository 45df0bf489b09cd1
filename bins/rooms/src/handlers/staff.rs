//! `rooms` for staff: look into rooms, make them, lock, slow and close them.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::adm::rooms::{Close, Create, History, Lock, Ls, Members, Messages, Show, Slow};
use callboard_rooms::{chat, staff};
use callboard_worker::{answer, attempt};

use super::{Desk, on};

macro_rules! acts {
    ($host:expr, $desk:expr, $($endpoint:ty => $act:path),* $(,)?) => {{
        let host = $host;
        $(let host = on!(host, $desk, $endpoint, |d, caller, request| {
            let name = caller.staff()?;
            Ok(d.done(attempt(|| $act(&d.store, name, &request)).await?))
        });)*
        host
    }};
}

pub(super) fn host(host: Host, desk: &Arc<Desk>) -> Host {
    let host = on!(host, desk, Ls, |d, _caller, request| answer(staff::ls(&d.store, &request).await));
    let host = on!(host, desk, Show, |d, _caller, request| answer(staff::show(&d.store, request.room_id).await));
    let host = on!(host, desk, Members, |d, _caller, request| answer(staff::members(&d.store, &request).await));
    let host =
        on!(host, desk, Messages, |d, _caller, request| answer(chat::messages_for_staff(&d.store, &request).await));
    let host = on!(host, desk, History, |d, _caller, request| answer(staff::history(&d.store, &request).await));
    acts!(
        host,
        desk,
        Create => staff::create,
        Lock => staff::lock,
        Slow => staff::slow,
        Close => staff::close,
    )
}
