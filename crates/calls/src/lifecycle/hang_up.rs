//! `calls.end` and `calls.leave`, and what follows when a leg is over.

use callboard_contract::api::calls::OnCallRequest;
use callboard_contract::view::{CallView, MemberState};
use callboard_domain::{By, CallKind, CallState, EndReason, MemberRole, Uid};
use callboard_store::{Begun, Command, StoreError};
use sqlx::PgConnection;

use crate::batch::Batch;
use crate::lifecycle::answer::{cancel, decline};
use crate::lifecycle::user;
use crate::model::{Call, Leg};
use crate::open::open;
use crate::{Calls, save};

impl Calls {
    /// Ends a call: the host of a group ends it for all, another guest only leaves it.
    pub async fn end(&self, uid: &Uid, request: &OnCallRequest) -> Result<CallView, StoreError> {
        self.hang_up(uid, "calls.end", request).await
    }

    /// Leaves a call; it ends where nobody is left to talk to.
    pub async fn leave(&self, uid: &Uid, request: &OnCallRequest) -> Result<CallView, StoreError> {
        self.hang_up(uid, "calls.leave", request).await
    }

    async fn hang_up(&self, uid: &Uid, name: &'static str, request: &OnCallRequest) -> Result<CallView, StoreError> {
        match Command::begin(&self.store, &user(uid), name, &request.request_id, false, request).await? {
            Begun::Before(answer) => Ok(answer),
            Begun::New(mut command) => {
                let result = self.do_hang_up(&mut command, uid, request).await;
                command.finish(result).await
            }
        }
    }

    async fn do_hang_up(
        &self,
        conn: &mut PgConnection,
        uid: &Uid,
        request: &OnCallRequest,
    ) -> Result<CallView, StoreError> {
        let (mut batch, mut call) = open(&mut *conn, request.call_id, self.times).await?;
        let member = call.require(uid)?;
        let (state, role) = (member.state, member.role);
        if call.state.is_over() {
            // Both sides hang up at once, or the cut-off came first: it is over, which is what was wanted.
            return Ok(call.view());
        }
        let guest = call.kind == CallKind::Group && &call.payee != uid;
        if state == MemberState::Invited {
            decline(&mut *conn, &mut batch, &mut call, uid).await?;
        } else if guest {
            depart(
                &mut *conn,
                &mut batch,
                &mut call,
                uid,
                MemberState::Left,
                By::Payer,
                EndReason::PayerHungUp,
                &user(uid),
            )
            .await?;
        } else if call.state == CallState::Active {
            let (by, reason) = if role == MemberRole::Payee {
                (By::Payee, EndReason::PayeeHungUp)
            } else {
                (By::Payer, EndReason::PayerHungUp)
            };
            end_all(&mut *conn, &mut batch, &mut call, by, reason).await?;
            let at = batch.time.now;
            batch.finish(&mut call, CallState::Completed, reason, at, ("call.ended", "calls.ended"), &user(uid));
        } else {
            cancel(&mut *conn, &mut batch, &mut call, &user(uid)).await?;
        }
        save::write(conn, &mut batch, std::slice::from_ref(&call)).await?;
        Ok(call.view())
    }
}

/// Ends all live legs of a call, locking their accounts.
pub(crate) async fn end_all(
    conn: &mut PgConnection,
    batch: &mut Batch,
    call: &mut Call,
    by: By,
    reason: EndReason,
) -> Result<(), StoreError> {
    let live: Vec<usize> = call.live_legs().collect();
    let legs: Vec<Leg> = live.iter().map(|i| call.legs[*i].clone()).collect();
    save::lock_accounts(conn, batch, &legs.iter().collect::<Vec<_>>()).await?;
    for index in live {
        let at = batch.end_instant(&call.legs[index]);
        batch.end_leg(call, index, at, by, reason)?;
    }
    Ok(())
}

/// A guest goes, of his own will or taken out: his leg ends, the others go on if somebody is left to talk to.
#[expect(
    clippy::too_many_arguments,
    reason = "who, how, why and by whom are all needed, and a struct would only rename them"
)]
pub(crate) async fn depart(
    conn: &mut PgConnection,
    batch: &mut Batch,
    call: &mut Call,
    uid: &Uid,
    state: MemberState,
    by: By,
    reason: EndReason,
    actor: &str,
) -> Result<(), StoreError> {
    let mine: Vec<usize> = call.live_legs().filter(|i| &call.legs[*i].payer == uid).collect();
    let legs: Vec<Leg> = mine.iter().map(|i| call.legs[*i].clone()).collect();
    save::lock_accounts(&mut *conn, batch, &legs.iter().collect::<Vec<_>>()).await?;
    for index in mine {
        let at = batch.end_instant(&call.legs[index]);
        batch.end_leg(call, index, at, by, reason)?;
    }
    gone(batch, call, uid, state, actor);
    if call.present() < 2 && call.members.iter().all(|m| m.state != MemberState::Invited) {
        end_all(conn, batch, call, By::House, reason).await?;
        close(batch, call, reason, actor);
    }
    Ok(())
}

/// What follows when a leg has ended by itself: a 1:1 call is over, a guest of a group is out.
pub(crate) fn after_leg(batch: &mut Batch, call: &mut Call, leg: usize) {
    let reason = call.legs[leg].reason.unwrap_or(EndReason::CutOff);
    if call.kind == CallKind::Group {
        let payer = call.legs[leg].payer.clone();
        gone(batch, call, &payer, MemberState::Left, "house");
        if call.present() >= 2 || call.live_legs().next().is_some() {
            return;
        }
    } else if call.live_legs().next().is_some() {
        return;
    }
    close(batch, call, reason, "house");
}

fn gone(batch: &mut Batch, call: &mut Call, uid: &Uid, state: MemberState, actor: &str) {
    let everybody = call.everybody();
    if let Some(member) = call.members.iter_mut().find(|m| &m.uid == uid) {
        member.state = state;
        member.live = false;
        member.dirty = true;
    }
    batch.tell_view(call, "call.member_left", "calls.member_left", actor, everybody);
}

fn close(batch: &mut Batch, call: &mut Call, reason: EndReason, actor: &str) {
    let at = batch.time.now;
    if call.state == CallState::Active {
        batch.finish(call, CallState::Completed, reason, at, ("call.ended", "calls.ended"), actor);
    } else {
        batch.finish(
            call,
            CallState::Cancelled,
            EndReason::Cancelled,
            at,
            ("call.cancelled", "calls.cancelled"),
            actor,
        );
    }
}
