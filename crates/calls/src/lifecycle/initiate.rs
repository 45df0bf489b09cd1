//! `calls.initiate` and `calls.invite`: a call is written, the estimate is held, the other side rings; one transaction.

use std::sync::Arc;

use callboard_contract::api::calls::{CreatorSettings, InitiateRequest, InviteRequest, Invitee};
use callboard_contract::limits::MAX_MEMBERS;
use callboard_contract::view::{CallView, MemberState};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{CallId, CallKind, CallState, DeviceId, DeviceState, LegState, MemberRole, Uid};
use callboard_ledger::journal::{lock_shard, shard_of};
use callboard_people::sanctions;
use callboard_store::{Begun, Command, StoreError, note_outage, refuse};
use sqlx::PgConnection;

use crate::batch::Batch;
use crate::lifecycle::reserve::reserve;
use crate::lifecycle::user;
use crate::model::{Call, Member};
use crate::open::{bad, conflict, open};
use crate::{Calls, save, tariffs};

impl Calls {
    /// Calls somebody, or opens a group that the caller hosts.
    ///
    /// Refuses with `conflict` where the callee takes no calls of this kind or either is in another call, and with
    /// `insufficient_funds` where the estimate cannot be held.
    pub async fn initiate(&self, caller: &Uid, request: &InitiateRequest) -> Result<CallView, StoreError> {
        match Command::begin(&self.store, &user(caller), "calls.initiate", &request.request_id, false, request).await? {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_initiate(&mut command, caller, request).await;
                command.finish(result).await
            }
        }
    }

    /// Invites one more person to a group; the host's act.
    pub async fn invite(&self, host: &Uid, request: &InviteRequest) -> Result<CallView, StoreError> {
        match Command::begin(&self.store, &user(host), "calls.invite", &request.request_id, false, request).await? {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_invite(&mut command, host, request).await;
                command.finish(result).await
            }
        }
    }

    async fn do_initiate(
        &self,
        conn: &mut PgConnection,
        caller: &Uid,
        request: &InitiateRequest,
    ) -> Result<CallView, StoreError> {
        let payee = check_parties(caller, request)?;
        sanctions::may_use(&mut *conn, &request.device).await?;
        sanctions::may_call(&mut *conn, caller, &payee).await?;
        let settings = offered(&mut *conn, &payee, request.kind, &payee == caller).await?;
        let rate = settings.rates.get(&request.kind).copied();
        let tariff = tariffs::resolve(&mut *conn, settings.tariff_name(), rate, request.minutes).await?;
        callboard_people::users::ensure_in(&mut *conn, caller).await?;
        let id = CallId::generate();
        let shard = lock_shard(&mut *conn, shard_of(id)).await?;
        let time = note_outage(&mut *conn).await?;
        let mut batch = Batch::new(shard, time, self.times, Vec::new());
        let mut call = Call {
            id,
            kind: request.kind,
            state: CallState::Pending,
            caller: caller.clone(),
            payee: payee.clone(),
            tariff_name: settings.tariff_name().to_owned(),
            tariff: Arc::new(tariff),
            minutes: request.minutes.and_then(|m| i32::try_from(m).ok()),
            created: time.now,
            deadline: time.now.plus(self.times.ring),
            active: None,
            ended: None,
            reason: None,
            version: 0,
            members: Vec::new(),
            legs: Vec::new(),
        };
        insert_call(&mut *conn, &call, batch.shard.id).await?;
        let group = request.kind == CallKind::Group;
        let role = if group { MemberRole::Payee } else { MemberRole::Payer };
        add(&mut *conn, &mut call, caller, role, MemberState::Accepted, Some(request.device.clone())).await?;
        if group {
            for invitee in &request.invite {
                add_guest(&mut *conn, &mut call, invitee).await?;
            }
        } else {
            add(&mut *conn, &mut call, &payee, MemberRole::Payee, MemberState::Invited, None).await?;
            reserve(&mut *conn, &mut batch, &mut call, caller, settings.minimum_minutes, LegState::Reserved).await?;
        }
        let ring: Vec<Uid> = call.everybody();
        batch.tell_view(&mut call, "call.requested", "calls.requested", &user(caller), ring);
        if settings.auto_accept && !group {
            self.take(&mut batch, &mut call, &payee, None);
        }
        save::write(conn, &mut batch, std::slice::from_ref(&call)).await?;
        Ok(call.view())
    }

    async fn do_invite(
        &self,
        conn: &mut PgConnection,
        host: &Uid,
        request: &InviteRequest,
    ) -> Result<CallView, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times).await?;
        call.require(host)?;
        if call.kind != CallKind::Group || &call.payee != host {
            return refuse(ErrorCode::Forbidden, "only the host of a group may invite");
        }
        if call.state.is_over() {
            return Err(conflict(format!("call {} is over", call.id)));
        }
        if call.everybody().len() >= MAX_MEMBERS {
            return refuse(ErrorCode::Limit, format!("a call has at most {MAX_MEMBERS} members"));
        }
        if call.member(&request.invitee.uid).is_some_and(|m| m.state.is_in()) {
            return Err(conflict(format!("{} is invited already", request.invitee.uid)));
        }
        add_guest(&mut *conn, &mut call, &request.invitee).await?;
        let everybody = call.everybody();
        let guest = vec![request.invitee.uid.clone()];
        let others: Vec<Uid> = everybody.into_iter().filter(|u| u != &request.invitee.uid).collect();
        batch.tell_view(&mut call, "call.invited", "calls.invited", &user(host), others);
        batch.tell_view(&mut call, "call.requested", "calls.requested", &user(host), guest);
        save::write(conn, &mut batch, std::slice::from_ref(&call)).await?;
        Ok(call.view())
    }
}

fn check_parties(caller: &Uid, request: &InitiateRequest) -> Result<Uid, StoreError> {
    if request.minutes.is_some_and(|m| !(1..=1440).contains(&m)) {
        return Err(bad("minutes", "minutes must be 1 to 1440"));
    }
    if request.kind == CallKind::Group {
        if request.callee.is_some() {
            return Err(bad("callee", "a group has no callee; invite people instead"));
        }
        if request.invite.len() >= MAX_MEMBERS {
            return Err(bad("invite", format!("a call has at most {MAX_MEMBERS} members, the host included")));
        }
        let mut uids: Vec<&Uid> = request.invite.iter().map(|i| &i.uid).chain([caller]).collect();
        uids.sort();
        if uids.windows(2).any(|w| w[0] == w[1]) {
            return Err(bad("invite", "everybody can be invited once, and the host is in it already"));
        }
        return Ok(caller.clone());
    }
    if !request.invite.is_empty() {
        return Err(bad("invite", "only a group takes invitations"));
    }
    match &request.callee {
        None => Err(bad("callee", "say who is called")),
        Some(callee) if callee == caller => Err(bad("callee", "nobody can call himself")),
        Some(callee) => Ok(callee.clone()),
    }
}

async fn offered(
    conn: &mut PgConnection,
    payee: &Uid,
    kind: CallKind,
    hosts: bool,
) -> Result<CreatorSettings, StoreError> {
    if !hosts && sanctions::may_call(&mut *conn, payee, payee).await.is_err_and(|e| matches!(e, StoreError::Refused(_)))
    {
        return Err(conflict(format!("{payee} takes no calls now")));
    }
    let settings = callboard_people::settings::get_in(conn, payee).await?;
    if settings.rates.is_empty() {
        let message = if hosts {
            "set your prices first (calls.settings_set)".to_owned()
        } else {
            format!("{payee} cannot be called")
        };
        return Err(ApiError::new(ErrorCode::NotFound, message).into());
    }
    if !settings.available && !hosts {
        return Err(conflict(format!("{payee} takes no calls now")));
    }
    if !settings.rates.contains_key(&kind) {
        return Err(conflict(format!("{payee} takes no {kind} calls")));
    }
    Ok(settings)
}

async fn insert_call(conn: &mut PgConnection, call: &Call, shard: i16) -> Result<(), StoreError> {
    let tariff = serde_json::to_value(&*call.tariff).map_err(|e| StoreError::corrupt("a tariff", e))?;
    sqlx::query!(
        "insert into calls.calls (id, shard, kind, state, caller, payee, tariff_name, tariff, minutes, created_ms, deadline_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        call.id.as_uuid(),
        shard,
        call.kind.as_str(),
        call.state.as_str(),
        call.caller.as_str(),
        call.payee.as_str(),
        call.tariff_name,
        tariff,
        call.minutes,
        call.created.as_ms(),
        call.deadline.as_ms()
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn add_guest(conn: &mut PgConnection, call: &mut Call, invitee: &Invitee) -> Result<(), StoreError> {
    let role = if invitee.pays { MemberRole::Payer } else { MemberRole::Guest };
    callboard_people::users::ensure_in(&mut *conn, &invitee.uid).await?;
    add(conn, call, &invitee.uid, role, MemberState::Invited, None).await
}

// An invited guest of a group is not yet live: he may be rung by several groups at once. Both sides of a 1:1 call are.
async fn add(
    conn: &mut PgConnection,
    call: &mut Call,
    uid: &Uid,
    role: MemberRole,
    state: MemberState,
    device: Option<DeviceId>,
) -> Result<(), StoreError> {
    let live = call.kind != CallKind::Group || state != MemberState::Invited;
    let no = sqlx::query_scalar!(
        "insert into calls.members (call_id, uid, role, state, live, device, camera) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (call_id, uid) do update set role = excluded.role, state = excluded.state, live = excluded.live, device = excluded.device
         returning no",
        call.id.as_uuid(),
        uid.as_str(),
        role.as_str(),
        state.as_str(),
        live,
        device.as_ref().map(DeviceId::as_str),
        matches!(call.kind, CallKind::Video | CallKind::Group)
    )
    .fetch_one(conn)
    .await
    .map_err(save::busy)?;
    let devices =
        DeviceState { camera: matches!(call.kind, CallKind::Video | CallKind::Group), ..DeviceState::default() };
    call.members.retain(|m| &m.uid != uid);
    call.members.push(Member { no, uid: uid.clone(), role, state, live, device, devices, dirty: false });
    Ok(())
}
