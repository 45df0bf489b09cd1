//! `rooms`: who comes in, who keeps order, conversations of two. What was changed is told after the commit.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::api::rooms::{
    Admit, AnswerDirect, Block, Blocked, Close, Create, Direct, HoldCall, Invite, Join, Leave, Lift, Lobby, Ls,
    Members, Mine, Primary, Sanction, SetRole, Show, Ticket, Update,
};
use callboard_rooms::{closing, direct, entering, holding, inviting, listening, lists, making, order, settings};
use callboard_worker::{answer, attempt};

use super::{Desk, on};
use crate::calls;

/// Commands, which can arrive twice.
macro_rules! changes {
    ($host:expr, $desk:expr, $($endpoint:ty => $act:path),* $(,)?) => {{
        let host = $host;
        $(let host = on!(host, $desk, $endpoint, |d, caller, request| {
            let uid = caller.user()?;
            Ok(d.done(attempt(|| $act(&d.store, uid, &request)).await?))
        });)*
        host
    }};
}

pub(super) fn host(host: Host, desk: &Arc<Desk>) -> Host {
    let host = on!(host, desk, Ls, |d, caller, request| answer(lists::ls(&d.store, caller.user()?, &request).await));
    let host =
        on!(host, desk, Mine, |d, caller, request| answer(lists::mine(&d.store, caller.user()?, &request).await));
    let host = on!(host, desk, Show, |d, caller, request| {
        answer(lists::show(&d.store, caller.user()?, request.room_id).await)
    });
    // Asked again, it is the same room.
    let host = on!(host, desk, Primary, |d, caller, request| {
        let uid = caller.user()?;
        Ok(d.done(attempt(|| making::primary(&d.store, uid, &request.tenant)).await?))
    });
    let host =
        on!(host, desk, Members, |d, caller, request| answer(lists::members(&d.store, caller.user()?, &request).await));
    let host =
        on!(host, desk, Lobby, |d, caller, request| answer(lists::lobby(&d.store, caller.user()?, &request).await));
    let host = on!(host, desk, Ticket, |d, caller, request| {
        answer(listening::ticket(&d.store, caller.user()?, request.room_id).await)
    });
    let host = on!(host, desk, Blocked, |d, caller, request| answer(
        direct::blocked(&d.store, caller.user()?, &request).await
    ));
    let host = on!(host, desk, Join, |d, caller, request| {
        let uid = caller.user()?;
        let policy = d.watch.against(request.room_id, uid, uid).await?;
        Ok(d.done(attempt(|| entering::join(&d.store, uid, &request, policy.as_ref())).await?))
    });
    let host = on!(host, desk, Invite, |d, caller, request| {
        let uid = caller.user()?;
        let policy = d.watch.against(request.room_id, &request.uid, uid).await?;
        Ok(d.done(attempt(|| inviting::invite(&d.store, uid, &request, policy.as_ref())).await?))
    });
    let host = on!(host, desk, Admit, |d, caller, request| {
        let uid = caller.user()?;
        let policy = d.watch.against(request.room_id, &request.uid, uid).await?;
        Ok(d.done(attempt(|| inviting::admit(&d.store, uid, &request, policy.as_ref())).await?))
    });
    let host = on!(host, desk, HoldCall, |d, caller, request| {
        let uid = caller.user()?;
        let refusal = match request.call_id {
            Some(call) => answer(calls::refusal(&d.store, uid, call).await)?,
            None => None,
        };
        Ok(d.done(attempt(|| holding::hold(&d.store, uid, &request, refusal.as_ref())).await?))
    });
    let host = on!(host, desk, Direct, |d, caller, request| {
        let uid = caller.user()?;
        let policy = d.watch.against_anywhere(uid).await?;
        Ok(d.done(attempt(|| direct::direct(&d.store, uid, &request, policy.as_ref())).await?))
    });
    let host = on!(host, desk, AnswerDirect, |d, caller, request| {
        let uid = caller.user()?;
        let policy = d.watch.against(request.room_id, uid, uid).await?;
        Ok(d.done(attempt(|| direct::answer(&d.store, uid, &request, policy.as_ref())).await?))
    });
    changes!(
        host,
        desk,
        Create => making::create,
        Update => settings::update,
        Close => closing::close,
        Leave => entering::leave,
        SetRole => order::role,
        Sanction => order::sanction,
        Lift => order::lift,
        Block => direct::block,
    )
}
