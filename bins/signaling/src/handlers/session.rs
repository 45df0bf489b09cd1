//! `session` and `presence`.

use std::collections::HashSet;
use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::api::Done;
use callboard_contract::api::presence::{Get, GetReply, Privacy, Set, SetPrivacy, Watch, WatchReply};
use callboard_contract::api::session::{ClientLimits, Devices, DevicesReply, Hello, HelloReply, HelloRequest, Sync};
use callboard_contract::limits::{BEAT_MS, MAX_CLIENT_PAYLOAD_BYTES, MAX_MEMBERS, MAX_PAGE, MAX_PRESENCE};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{CallKind, Millis, Uid};
use callboard_people::{notices, privacy, sanctions, users};
use callboard_store::{StoreError, latest_seq, now, pushes_after};
use callboard_worker::{answer, attempt};

use super::{Rooms, on};
use crate::presence::WATCH;

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    let host = on!(host, rooms, Hello, |r, caller, request| answer(hello(&r, caller.user()?, &request).await));
    let host = on!(host, rooms, Sync, |r, caller, request| answer(
        pushes_after(&r.store, caller.user()?, request.after).await
    ));
    let host = on!(host, rooms, Devices, |r, caller, _request| {
        Ok(DevicesReply { devices: answer(users::devices(&r.store, caller.user()?).await)? })
    });
    let host = on!(host, rooms, Set, |r, caller, request| {
        r.watchers.set(caller.user()?, request.state).await.map(|()| Done {})
    });
    let host = on!(host, rooms, Get, |r, caller, request| {
        Ok(GetReply { users: r.watchers.get(caller.user()?, &few(request.uids)?).await? })
    });
    let host = on!(host, rooms, Privacy, |r, caller, _request| answer(privacy::get(&r.store, caller.user()?).await));
    let host = on!(host, rooms, SetPrivacy, |r, caller, request| {
        let uid = caller.user()?;
        let privacy = attempt(|| privacy::set(&r.store, uid, &request)).await?;
        r.watchers.seen_anew(uid).await;
        Ok(privacy)
    });
    on!(host, rooms, Watch, |r, caller, request| {
        let uids = few(request.uids)?;
        // First watch, then look: what changes in between is told twice rather than never.
        let viewer = caller.user()?;
        r.watchers.watch(viewer, &uids)?;
        let expires_ms = u64::try_from(WATCH.as_millis()).unwrap_or(u64::MAX);
        Ok(WatchReply { users: r.watchers.get(viewer, &uids).await?, expires_ms })
    })
}

async fn hello(rooms: &Rooms, uid: &Uid, request: &HelloRequest) -> Result<HelloReply, StoreError> {
    match &request.device {
        Some(device) => {
            rooms.devices.may_use(device).await?;
            sanctions::may_use(&mut *rooms.store.pool().acquire().await?, device).await?;
            users::device_seen(&rooms.store, uid, device).await?;
        }
        None => users::ensure(&rooms.store, uid).await?,
    }
    let (server_time, unread_notices) = {
        let mut conn = rooms.store.pool().acquire().await?;
        (now(&mut conn).await?, notices::unread(&mut conn, uid).await?)
    };
    let times = rooms.calls.times();
    let ms = |span: Millis| u64::try_from(span.as_ms()).unwrap_or_default();
    Ok(HelloReply {
        uid: uid.clone(),
        server_time,
        environment: rooms.settings.worker.environment.clone(),
        limits: ClientLimits {
            max_payload_bytes: MAX_CLIENT_PAYLOAD_BYTES as u64,
            beat_ms: ms(Millis::from_ms(BEAT_MS)),
            grace_ms: ms(times.grace),
            ring_ms: ms(times.ring),
            join_ms: ms(times.join),
            max_members: u32::try_from(MAX_MEMBERS).unwrap_or(u32::MAX),
            max_page: MAX_PAGE,
        },
        features: CallKind::ALL.iter().map(ToString::to_string).collect(),
        seq: latest_seq(&rooms.store, uid).await?,
        unread_notices,
    })
}

/// Each user once, in order, and not too many.
fn few(uids: Vec<Uid>) -> Result<Vec<Uid>, ApiError> {
    if uids.len() > MAX_PRESENCE {
        let text = format!("at most {MAX_PRESENCE} users in one request, not {}", uids.len());
        return Err(ApiError::new(ErrorCode::TooLarge, text).on_field("uids"));
    }
    let mut seen = HashSet::new();
    Ok(uids.into_iter().filter(|uid| seen.insert(uid.clone())).collect())
}
