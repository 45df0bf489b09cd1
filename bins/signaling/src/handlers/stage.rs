//! `stage`, and what a programme has to say to the members who agreed to be in it.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_calls::{Membership, OnProgramme, programmes};
use callboard_contract::api::Done;
use callboard_contract::api::calls::SignalRequest;
use callboard_contract::api::stage::{
    AnswerInvitation, GiveConsent, InviteToStage, LowerHand, Programme, RaiseHand, SetMode, StepDown,
};
use callboard_contract::programme::{FromProgramme, Relay, ToProgramme};
use callboard_contract::{ApiError, ErrorCode, Signal, subject};
use callboard_domain::{DeviceId, PROGRAMME_PEER, Uid};
use callboard_worker::{answer, attempt};

use super::signal::{check_size, push};
use super::{Rooms, on};

/// A change on the stage: who may signal with the programme may be others after it.
macro_rules! acts {
    ($host:expr, $rooms:expr, $($endpoint:ty => $act:path),* $(,)?) => {{
        let host = $host;
        $(let host = on!(host, $rooms, $endpoint, |r, caller, request| {
            let uid = caller.user()?;
            let done = attempt(|| $act(&r.store, uid, &request)).await;
            r.members.forget(request.call_id);
            done
        });)*
        host
    }};
}

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    let host = acts!(
        host,
        rooms,
        GiveConsent => programmes::consent,
        RaiseHand => programmes::raise_hand,
        LowerHand => programmes::lower_hand,
        InviteToStage => programmes::invite,
        AnswerInvitation => programmes::answer,
        StepDown => programmes::step_down,
        SetMode => programmes::set_mode,
    );
    let host = on!(host, rooms, Programme, |r, caller, request| {
        answer(programmes::of_call(&r.store, caller.user()?, request.call_id).await)
    });
    on!(host, rooms, Relay, |r, _caller, request| from_programme(&r, request).await)
}

/// From a joined member to the programme, if he agreed to be in it and has a part in it. Nobody acknowledges it: who gets no answer sends again.
pub(super) async fn to_programme(
    rooms: &Rooms,
    members: &Membership,
    from: &Uid,
    request: SignalRequest,
) -> Result<Done, ApiError> {
    let Some(programme) = members.programme.as_ref().filter(|p| p.is(&request.to, &request.to_device)) else {
        let text = format!("call {} is not on air as {}", request.call_id, request.to_device);
        return Err(ApiError::new(ErrorCode::NotFound, text).on_field("to_device"));
    };
    if !programme.agreed.contains(from) {
        let text = "you are not on the programme: agree to be on air (stage.consent), and in the modes solo and stage come on the stage";
        return Err(ApiError::new(ErrorCode::Forbidden, text).on_field("to"));
    }
    let relayed = ToProgramme {
        call_id: request.call_id,
        programme_id: programme.id,
        from: from.clone(),
        from_device: request.device,
        kind: request.kind,
        payload: request.payload,
    };
    let body = serde_json::to_vec(&relayed).map_err(|e| ApiError::new(ErrorCode::Internal, e.to_string()))?;
    if !rooms.bus.state().borrow().is_connected() {
        return Err(not_now());
    }
    let sent = rooms.bus.client().publish(subject::programme_signal(programme.id), body.into()).await;
    sent.map_err(|_| not_now())?;
    metrics::counter!("callboard_signals_relayed_total").increment(1);
    Ok(Done {})
}

/// From a programme to a member's device, as long as he is joined with it and has a part in the programme.
async fn from_programme(rooms: &Rooms, request: FromProgramme) -> Result<Done, ApiError> {
    check_size(&request.payload)?;
    let members = rooms.members.for_relay(request.call_id).await?;
    let agreed = |p: &OnProgramme| p.id == request.programme_id && p.agreed.contains(&request.to);
    if !members.programme.as_ref().is_some_and(agreed) || members.peer(&request.to, &request.to_device).is_none() {
        let text = format!("{} is not in programme {} with that device", request.to, request.programme_id);
        return Err(ApiError::new(ErrorCode::NotFound, text).on_field("to"));
    }
    let relayed = Signal {
        call_id: request.call_id,
        from: Uid::new(PROGRAMME_PEER).expect("the programme's name keeps the rules of names"),
        from_device: DeviceId::new(request.programme_id.to_string()).expect("an id keeps the rules of names"),
        to_device: request.to_device,
        kind: request.kind,
        payload: request.payload,
    };
    push(rooms, &request.to, relayed).await
}

fn not_now() -> ApiError {
    ApiError::new(ErrorCode::Unavailable, "it could not be relayed just now; try again").retry_after(500)
}
