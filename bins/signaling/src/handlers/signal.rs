//! `calls.signal` and `calls.beat`: the two that come often. Neither asks the database as a rule.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_calls::Membership;
use callboard_contract::api::Done;
use callboard_contract::api::calls::{Beat, BeatReply, BeatRequest, Signal as SignalEndpoint, SignalRequest};
use callboard_contract::limits::MAX_SIGNAL_BYTES;
use callboard_contract::{ApiError, ErrorCode, Push, Signal};
use callboard_domain::{CallId, DeviceId, EventId, PROGRAMME_PEER, Uid};

use super::stage::to_programme;
use super::{Rooms, on};

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    let host = on!(host, rooms, SignalEndpoint, |r, caller, request| signal(&r, caller.user()?, request).await);
    on!(host, rooms, Beat, |r, caller, request| beat(&r, caller.user()?, &request).await)
}

/// Only between joined members, and only from and to the devices that they joined with; or from one to the programme of the call.
async fn signal(rooms: &Rooms, from: &Uid, request: SignalRequest) -> Result<Done, ApiError> {
    check_size(&request.payload)?;
    let members = rooms.members.for_relay(request.call_id).await?;
    joined(&members, request.call_id, from, &request.device)?;
    if request.to.as_str() == PROGRAMME_PEER {
        return to_programme(rooms, &members, from, request).await;
    }
    if members.peer(&request.to, &request.to_device).is_none() {
        let text = format!("{} has not joined call {} with that device", request.to, request.call_id);
        return Err(ApiError::new(ErrorCode::NotFound, text).on_field("to"));
    }
    let relayed = Signal {
        call_id: request.call_id,
        from: from.clone(),
        from_device: request.device,
        to_device: request.to_device,
        kind: request.kind,
        payload: request.payload,
    };
    push(rooms, &request.to, relayed).await
}

pub(super) fn check_size(payload: &str) -> Result<(), ApiError> {
    if payload.len() <= MAX_SIGNAL_BYTES {
        return Ok(());
    }
    let text = format!("the payload has {} bytes, at most {MAX_SIGNAL_BYTES} are relayed", payload.len());
    Err(ApiError::new(ErrorCode::TooLarge, text).on_field("payload"))
}

pub(super) async fn push(rooms: &Rooms, to: &Uid, relayed: Signal) -> Result<Done, ApiError> {
    let data = serde_json::to_value(relayed).map_err(|e| ApiError::new(ErrorCode::Internal, e.to_string()))?;
    let event = "calls.signal".to_owned();
    let push = Push { ev: EventId::generate(), seq: None, at: rooms.clock.now(), event, data };
    let sent = rooms.bus.push(to, &push).await;
    sent.map_err(|_| {
        ApiError::new(ErrorCode::Unavailable, "it could not be relayed just now; try again").retry_after(500)
    })?;
    metrics::counter!("callboard_signals_relayed_total").increment(1);
    Ok(Done {})
}

async fn beat(rooms: &Rooms, uid: &Uid, request: &BeatRequest) -> Result<BeatReply, ApiError> {
    let members = rooms.members.for_beat(request.call_id).await?;
    let no = joined(&members, request.call_id, uid, &request.device)?;
    rooms.beats.note(no, request);
    Ok(BeatReply { server_time: rooms.clock.now(), legs: members.legs_of(uid) })
}

/// The number of a joined member. Others learn as little as if there were no such call; a member with another device, or of
/// a call that is over, is told so.
fn joined(members: &Membership, call: CallId, uid: &Uid, device: &DeviceId) -> Result<i64, ApiError> {
    if let Some(peer) = members.peer(uid, device) {
        return Ok(peer.no);
    }
    if members.peers.iter().any(|peer| &peer.uid == uid) {
        let text = "you joined this call with another device";
        return Err(ApiError::new(ErrorCode::Conflict, text).on_field("device"));
    }
    Err(ApiError::new(ErrorCode::NotFound, format!("there is no call {call} that you have joined")).on_field("call_id"))
}
