//! `calls.accept`, `calls.reject`, `calls.cancel`: what happens while it rings.

use callboard_contract::ErrorCode;
use callboard_contract::api::calls::{OnCallRequest, OnDeviceRequest};
use callboard_contract::view::{CallView, MemberState};
use callboard_domain::{CallKind, CallState, DeviceId, EndReason, LegState, MemberRole, Uid};
use callboard_people::sanctions;
use callboard_store::{Begun, Command, StoreError, refuse};
use sqlx::PgConnection;

use crate::batch::Batch;
use crate::lifecycle::reserve::reserve;
use crate::lifecycle::{end_all, user};
use crate::model::Call;
use crate::open::{conflict, open};
use crate::{Calls, save};

impl Calls {
    /// Takes a call or an invitation. A guest who pays has his estimate held now.
    pub async fn accept(&self, uid: &Uid, request: &OnDeviceRequest) -> Result<CallView, StoreError> {
        match Command::begin(&self.store, &user(uid), "calls.accept", &request.request_id, false, request).await? {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_accept(&mut command, uid, request).await;
                command.finish(result).await
            }
        }
    }

    /// Declines a call or an invitation: nothing is charged and the hold is gone.
    pub async fn reject(&self, uid: &Uid, request: &OnCallRequest) -> Result<CallView, StoreError> {
        match Command::begin(&self.store, &user(uid), "calls.reject", &request.request_id, false, request).await? {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_reject(&mut command, uid, request).await;
                command.finish(result).await
            }
        }
    }

    /// Takes back a call that has not started: nothing is charged and the hold is gone.
    pub async fn cancel(&self, uid: &Uid, request: &OnCallRequest) -> Result<CallView, StoreError> {
        match Command::begin(&self.store, &user(uid), "calls.cancel", &request.request_id, false, request).await? {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_cancel(&mut command, uid, request).await;
                command.finish(result).await
            }
        }
    }

    async fn do_accept(
        &self,
        conn: &mut PgConnection,
        uid: &Uid,
        request: &OnDeviceRequest,
    ) -> Result<CallView, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times).await?;
        let member = call.require(uid)?;
        let (state, role) = (member.state, member.role);
        if call.state.is_over() {
            return Err(conflict(format!("call {} is over: {}", call.id, call.state)));
        }
        if state != MemberState::Invited {
            return Err(conflict("you have taken this call already, or made it yourself"));
        }
        sanctions::may_use(&mut *conn, &request.device).await?;
        sanctions::may_call(&mut *conn, uid, &call.payee).await?;
        if call.state == CallState::Pending && batch.is_past(&call) {
            return Err(conflict(format!("call {} has rung for too long", call.id)));
        }
        if call.kind == CallKind::Group && role == MemberRole::Payer {
            let minimum = callboard_people::settings::get_in(&mut *conn, &call.payee).await?.minimum_minutes;
            reserve(&mut *conn, &mut batch, &mut call, uid, minimum, LegState::Waiting).await?;
        }
        self.take(&mut batch, &mut call, uid, Some(request.device.clone()));
        save::write(conn, &mut batch, std::slice::from_ref(&call)).await?;
        Ok(call.view())
    }

    /// A member takes the call.
    pub(super) fn take(&self, batch: &mut Batch, call: &mut Call, uid: &Uid, device: Option<DeviceId>) {
        if let Some(member) = call.members.iter_mut().find(|m| &m.uid == uid) {
            member.state = MemberState::Accepted;
            member.live = true;
            member.device = device;
            member.dirty = true;
        }
        if call.state == CallState::Pending {
            call.state = CallState::Accepted;
            call.deadline = batch.time.now.plus(self.times.join);
        }
        for leg in call.legs.iter_mut().filter(|l| l.state == LegState::Reserved) {
            leg.state = LegState::Waiting;
            leg.dirty = true;
        }
        let everybody = call.everybody();
        batch.tell_view(call, "call.accepted", "calls.accepted", &user(uid), everybody);
    }

    async fn do_reject(
        &self,
        conn: &mut PgConnection,
        uid: &Uid,
        request: &OnCallRequest,
    ) -> Result<CallView, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times).await?;
        if call.require(uid)?.state != MemberState::Invited || call.state.is_over() {
            return Err(conflict(format!("call {} does not ring for you; end or leave it instead", call.id)));
        }
        decline(&mut *conn, &mut batch, &mut call, uid).await?;
        save::write(conn, &mut batch, std::slice::from_ref(&call)).await?;
        Ok(call.view())
    }

    async fn do_cancel(
        &self,
        conn: &mut PgConnection,
        uid: &Uid,
        request: &OnCallRequest,
    ) -> Result<CallView, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times).await?;
        call.require(uid)?;
        if &call.caller != uid {
            return refuse(ErrorCode::Forbidden, "only the caller can take a call back; reject or leave it instead");
        }
        if !matches!(call.state, CallState::Pending | CallState::Accepted) {
            return Err(conflict(format!(
                "call {} is {}; it can only be cancelled before it starts",
                call.id, call.state
            )));
        }
        cancel(&mut *conn, &mut batch, &mut call, &user(uid)).await?;
        save::write(conn, &mut batch, std::slice::from_ref(&call)).await?;
        Ok(call.view())
    }
}

/// The callee declines a call, or a guest an invitation.
pub(super) async fn decline(
    conn: &mut PgConnection,
    batch: &mut Batch,
    call: &mut Call,
    uid: &Uid,
) -> Result<(), StoreError> {
    let everybody = call.everybody();
    if let Some(member) = call.members.iter_mut().find(|m| &m.uid == uid) {
        member.state = MemberState::Left;
        member.live = false;
        member.dirty = true;
    }
    if call.state == CallState::Pending && call.everybody().len() < 2 {
        end_all(conn, batch, call, callboard_domain::By::Payee, EndReason::Rejected).await?;
        // The one who declined is told too: other devices of his stop ringing.
        let at = batch.time.now;
        if let Some(member) = call.members.iter_mut().find(|m| &m.uid == uid) {
            member.state = MemberState::Invited;
        }
        batch.finish(
            call,
            CallState::Rejected,
            EndReason::Rejected,
            at,
            ("call.rejected", "calls.rejected"),
            &user(uid),
        );
        if let Some(member) = call.members.iter_mut().find(|m| &m.uid == uid) {
            member.state = MemberState::Left;
        }
        return Ok(());
    }
    batch.tell_view(call, "call.member_left", "calls.member_left", &user(uid), everybody);
    Ok(())
}

/// A call is taken back before it started.
pub(super) async fn cancel(
    conn: &mut PgConnection,
    batch: &mut Batch,
    call: &mut Call,
    actor: &str,
) -> Result<(), StoreError> {
    end_all(conn, batch, call, callboard_domain::By::House, EndReason::Cancelled).await?;
    let at = batch.time.now;
    batch.finish(call, CallState::Cancelled, EndReason::Cancelled, at, ("call.cancelled", "calls.cancelled"), actor);
    Ok(())
}
