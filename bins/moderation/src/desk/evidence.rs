//! What is frozen with a report: messages around as they stand, who was there, devices and facts of the call, and what stands against the
//! person. The picture of what is on air comes from [`super::still`].

use callboard_calls::{Calls, programmes};
use callboard_contract::api::reports::{CreateRequest, Proof, ReportOn};
use callboard_contract::limits::{EVIDENCE_AFTER, EVIDENCE_BEFORE};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{CallId, MessageId, ProgrammeId, RoomId, Uid};
use callboard_moderation::reports::Found;
use callboard_people::{sanctions, users};
use callboard_rooms::franking::{self, Opening};
use callboard_rooms::{evidence, member, mine, row};
use callboard_store::{Command, Store, StoreError, now};
use serde_json::{Value, json};

/// Finds whom and what a report is about, and what stands there now. Refuses with `not_found` what the reporter has nothing to do with.
pub(super) async fn found(
    command: &mut Command,
    calls: &Calls,
    reporter: &Uid,
    request: &CreateRequest,
) -> Result<Found, StoreError> {
    let (about, tenant, mut kept) = match &request.on {
        ReportOn::Message { room_id, message_id } => {
            message(command, calls, reporter, *room_id, *message_id, request.proof.as_ref()).await?
        }
        ReportOn::User { uid } => {
            let (about, kept) = person(command, reporter, uid).await?;
            (about, None, kept)
        }
        ReportOn::Room { room_id } => room(command, calls, reporter, *room_id).await?,
        ReportOn::Call { call_id, uid } => {
            let facts = call(calls, *call_id, Some(reporter)).await?;
            if let Some(uid) = uid
                && !is_member(&facts, uid)
            {
                return Err(missing("on.uid", format!("{uid} is not in call {call_id}")));
            }
            let tenant = serde_json::from_value(facts["payee"].clone()).ok();
            (uid.clone(), tenant, json!({ "call": facts }))
        }
    };
    if request.proof.is_some() && !matches!(request.on, ReportOn::Message { .. }) {
        return Err(ApiError::new(ErrorCode::BadRequest, "only a message is proved").on_field("proof").into());
    }
    kept["at"] = json!(now(&mut *command).await?);
    kept["on"] = json!(request.on);
    if let Some(uid) = &about {
        let standing = sanctions::standing(&mut *command, std::slice::from_ref(uid)).await?;
        kept["standing"] = standing
            .iter()
            .map(|s| json!({ "sanction_id": s.id, "kind": s.kind, "scope": s.scope, "until": s.until }))
            .collect();
    }
    Ok(Found { about, tenant, evidence: kept, still: None })
}

/// What is on air where something is reported: the programme of the call, or of the call that the room holds. Nothing where the reporter has
/// no business there.
pub(super) async fn on_air(
    store: &Store,
    calls: &Calls,
    reporter: &Uid,
    on: &ReportOn,
) -> Result<Option<ProgrammeId>, StoreError> {
    let call = match on {
        ReportOn::User { .. } => None,
        ReportOn::Call { call_id, .. } => {
            let is_his = call(calls, *call_id, Some(reporter)).await.is_ok();
            Some(*call_id).filter(|_| is_his)
        }
        ReportOn::Message { room_id, .. } | ReportOn::Room { room_id } => {
            let mut conn = store.pool().acquire().await?;
            let room = row::read_one(&mut conn, *room_id).await?;
            let state = member::read_one(&mut conn, *room_id, reporter).await?.map(|m| m.state);
            room.call.filter(|_| mine::may_see(&room, reporter, state))
        }
    };
    match call {
        Some(call) => programmes::live_of(&mut *store.pool().acquire().await?, call).await,
        None => Ok(None),
    }
}

async fn message(
    command: &mut Command,
    calls: &Calls,
    reporter: &Uid,
    room_id: RoomId,
    message_id: MessageId,
    proof: Option<&Proof>,
) -> Result<(Option<Uid>, Option<Uid>, Value), StoreError> {
    let none =
        || missing("on.message_id", format!("there is no message {message_id} that you can read in room {room_id}"));
    if member::read_one(&mut *command, room_id, reporter).await?.is_none() {
        return Err(none());
    }
    let author = evidence::author(&mut *command, room_id, message_id).await?.ok_or_else(none)?;
    let mut kept = evidence::around(&mut *command, room_id, message_id, EVIDENCE_BEFORE, EVIDENCE_AFTER).await?;
    held_call(&mut kept, calls).await?;
    if let Some(proof) = proof {
        kept["proof"] = proven(command, message_id, proof).await?;
    }
    let tenant = row::read_one(&mut *command, room_id).await?.tenant;
    Ok((Some(author), tenant, kept))
}

/// What was said in an encrypted message: its author committed himself to it.
async fn proven(command: &mut Command, id: MessageId, proof: &Proof) -> Result<Value, StoreError> {
    let opening = Opening::read(&proof.key, &proof.plain_text).map_err(StoreError::from)?;
    let bad = |text: &str| ApiError::new(ErrorCode::BadRequest, text).on_field("proof");
    let said = franking::of_message(&mut *command, id).await?;
    let said = said.ok_or_else(|| bad("its author committed himself to nothing; report it without a proof"))?;
    if !opening.opens(&said.commitment) {
        return Err(bad("key and text do not give the commitment of this message").into());
    }
    Ok(
        json!({ "plain_text": proof.plain_text, "key": proof.key, "commitment": said.commitment.to_text(), "author": said.author }),
    )
}

/// What the two wrote to each other last, if they did.
async fn person(command: &mut Command, reporter: &Uid, uid: &Uid) -> Result<(Option<Uid>, Value), StoreError> {
    if !users::is_known(&mut *command, uid).await? {
        return Err(missing("on.uid", format!("there is no user {uid}")));
    }
    let kept = match evidence::conversation(&mut *command, reporter, uid).await? {
        Some(room) => evidence::newest(command, room, EVIDENCE_BEFORE + EVIDENCE_AFTER).await?,
        None => json!({}),
    };
    Ok((Some(uid.clone()), kept))
}

async fn room(
    command: &mut Command,
    calls: &Calls,
    reporter: &Uid,
    id: RoomId,
) -> Result<(Option<Uid>, Option<Uid>, Value), StoreError> {
    let room = row::read_one(&mut *command, id).await?;
    let state = member::read_one(&mut *command, id, reporter).await?.map(|m| m.state);
    if !mine::may_see(&room, reporter, state) {
        return Err(row::no_room(id));
    }
    let mut kept = evidence::newest(command, id, EVIDENCE_BEFORE + EVIDENCE_AFTER).await?;
    held_call(&mut kept, calls).await?;
    Ok((room.tenant.clone(), room.tenant, kept))
}

/// If the room holds a call, its facts belong to what was seen there.
async fn held_call(kept: &mut Value, calls: &Calls) -> Result<(), StoreError> {
    let id = kept["room"]["call_id"].as_str().and_then(|id| id.parse::<CallId>().ok());
    if let Some(id) = id {
        kept["call"] = call(calls, id, None).await?;
    }
    Ok(())
}

/// The facts of a call: who was in it, with what devices and lines, and when. No money.
async fn call(calls: &Calls, id: CallId, of: Option<&Uid>) -> Result<Value, StoreError> {
    let detail = calls.detail(id).await?;
    if of.is_some_and(|uid| !detail.members.iter().any(|m| m.uid == *uid)) {
        return Err(missing("on.call_id", format!("you have no call {id}")));
    }
    let row = &detail.call;
    Ok(json!({
        "call_id": row.call_id, "kind": row.kind, "state": row.state, "caller": row.caller, "payee": row.payee,
        "created_at": row.created_at, "ended_at": row.ended_at, "end_reason": row.end_reason,
        "connected_ms": detail.legs.iter().map(|leg| leg.connected_ms).max(),
        "members": detail.members, "version": detail.version,
    }))
}

fn is_member(facts: &Value, uid: &Uid) -> bool {
    facts["members"].as_array().is_some_and(|all| all.iter().any(|m| m["uid"] == uid.as_str()))
}

fn missing(field: &str, text: String) -> StoreError {
    ApiError::new(ErrorCode::NotFound, text).on_field(field).into()
}
