//! What staff do to calls: end, mute, remove. Written into the action log in the same transaction, before anybody sees it.

use callboard_contract::adm::calls::{ActReply, ActRequest, MemberActRequest};
use callboard_contract::view::MemberState;
use callboard_contract::{ErrorCode, Reason};
use callboard_domain::{By, CallKind, CallState, EndReason, StaffName, Uid};
use callboard_store::{Action, Begun, Command, StoreError, log_action, refuse};
use serde_json::json;
use sqlx::PgConnection;

use crate::batch::Batch;
use crate::lifecycle::{depart, end_all};
use crate::model::Call;
use crate::open::{bad, conflict, open};
use crate::{Calls, reads, save};

impl Calls {
    /// Ends a call now. Only what was used is charged.
    pub async fn staff_end(&self, staff: &StaffName, request: &ActRequest) -> Result<ActReply, StoreError> {
        check(&request.reason)?;
        match Command::begin(&self.store, &actor(staff), "calls.end", &request.request_id, request.dry_run, request)
            .await?
        {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_end(&mut command, staff, request).await;
                command.finish(result).await
            }
        }
    }

    /// Mutes or unmutes a member.
    pub async fn staff_mute(&self, staff: &StaffName, request: &MemberActRequest) -> Result<ActReply, StoreError> {
        check(&request.reason)?;
        match Command::begin(&self.store, &actor(staff), "calls.mute", &request.request_id, request.dry_run, request)
            .await?
        {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_mute(&mut command, staff, request).await;
                command.finish(result).await
            }
        }
    }

    /// Takes a member out of a call; a 1:1 call ends by it.
    pub async fn staff_remove(&self, staff: &StaffName, request: &MemberActRequest) -> Result<ActReply, StoreError> {
        check(&request.reason)?;
        match Command::begin(&self.store, &actor(staff), "calls.remove", &request.request_id, request.dry_run, request)
            .await?
        {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_remove(&mut command, staff, request).await;
                command.finish(result).await
            }
        }
    }

    async fn do_end(
        &self,
        conn: &mut PgConnection,
        staff: &StaffName,
        request: &ActRequest,
    ) -> Result<ActReply, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times()).await?;
        if request.expect_version.is_some_and(|v| i64::try_from(v).ok() != Some(call.version)) {
            return refuse(ErrorCode::Stale, format!("call {} has changed since you looked; look again", call.id));
        }
        let before = call.view();
        end(&mut *conn, &mut batch, &mut call, EndReason::Staff, &actor(staff)).await?;
        self.done(conn, batch, call, staff, "calls.end", &request.reason, json!(before), request.dry_run).await
    }

    async fn do_mute(
        &self,
        conn: &mut PgConnection,
        staff: &StaffName,
        request: &MemberActRequest,
    ) -> Result<ActReply, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times()).await?;
        let before = call.view();
        still_live(&call)?;
        let Some(member) = call.members.iter_mut().find(|m| m.uid == request.uid && m.state.is_in()) else {
            return refuse(ErrorCode::NotFound, format!("{} is not in call {}", request.uid, request.call_id));
        };
        member.devices.muted_by_staff = request.on;
        member.dirty = true;
        let everybody = call.everybody();
        batch.tell_view(&mut call, "call.device", "calls.device", &actor(staff), everybody);
        let act = if request.on { "calls.mute" } else { "calls.unmute" };
        self.done(conn, batch, call, staff, act, &request.reason, json!(before), request.dry_run).await
    }

    async fn do_remove(
        &self,
        conn: &mut PgConnection,
        staff: &StaffName,
        request: &MemberActRequest,
    ) -> Result<ActReply, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times()).await?;
        let before = call.view();
        still_live(&call)?;
        if !call.member(&request.uid).is_some_and(|m| m.state.is_in()) {
            return refuse(ErrorCode::NotFound, format!("{} is not in call {}", request.uid, request.call_id));
        }
        take_out(&mut *conn, &mut batch, &mut call, &request.uid, EndReason::Staff, &actor(staff)).await?;
        self.done(conn, batch, call, staff, "calls.remove", &request.reason, json!(before), request.dry_run).await
    }

    #[expect(clippy::too_many_arguments, reason = "the log wants all of them: who, what, why, before, after")]
    async fn done(
        &self,
        conn: &mut PgConnection,
        mut batch: Batch,
        call: Call,
        staff: &StaffName,
        act: &str,
        reason: &Reason,
        before: serde_json::Value,
        dry_run: bool,
    ) -> Result<ActReply, StoreError> {
        save::write(&mut *conn, &mut batch, std::slice::from_ref(&call)).await?;
        let action = Action {
            actor: &actor(staff),
            act,
            target: format!("call:{}", call.id),
            reason: Some(reason.to_string()),
            before: Some(before),
            after: Some(json!(call.view())),
        };
        log_action(&mut *conn, &action).await?;
        Ok(ActReply { call: reads::detail::detail(conn, call.id).await?, dry_run })
    }
}

/// Takes a member out of a live call: a guest leaves a group, any other call ends by it.
pub(crate) async fn take_out(
    conn: &mut PgConnection,
    batch: &mut Batch,
    call: &mut Call,
    uid: &Uid,
    reason: EndReason,
    who: &str,
) -> Result<(), StoreError> {
    if call.kind == CallKind::Group && &call.payee != uid {
        return depart(conn, batch, call, uid, MemberState::Removed, By::House, reason, who).await;
    }
    end(conn, batch, call, reason, who).await?;
    if let Some(member) = call.members.iter_mut().find(|m| &m.uid == uid) {
        member.state = MemberState::Removed;
        member.dirty = true;
    }
    Ok(())
}

async fn end(
    conn: &mut PgConnection,
    batch: &mut Batch,
    call: &mut Call,
    reason: EndReason,
    who: &str,
) -> Result<(), StoreError> {
    still_live(call)?;
    end_all(conn, batch, call, By::House, reason).await?;
    let at = batch.time.now;
    if call.state == CallState::Active {
        batch.finish(call, CallState::Completed, reason, at, ("call.ended", "calls.ended"), who);
    } else {
        batch.finish(call, CallState::Cancelled, reason, at, ("call.cancelled", "calls.cancelled"), who);
    }
    Ok(())
}

fn still_live(call: &Call) -> Result<(), StoreError> {
    if call.state.is_over() { Err(conflict(format!("call {} is over: {}", call.id, call.state))) } else { Ok(()) }
}

fn check(reason: &Reason) -> Result<(), StoreError> {
    reason.check().map_err(|e| bad("reason", e))
}

fn actor(staff: &StaffName) -> String {
    format!("staff:{staff}")
}
