//! What sanctions do to calls: whoever may not be in a call is taken out of it, whoever may not be heard has his microphone switched off.
//!
//! The sanction is committed before any of this, and read by every command that lets somebody into a call or sets his coins aside. So what
//! is done here has only to be done once more for calls that were let through in the same instant; it can be repeated at will.

use callboard_contract::view::MemberState;
use callboard_domain::{CallId, EndReason, MemberRole, Uid};
use callboard_people::sanctions;
use callboard_store::StoreError;
use sqlx::PgConnection;

use crate::model::Call;
use crate::open::open;
use crate::staff::take_out;
use crate::{Calls, load, save};

/// Somebody in a live call, or rung by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InCall {
    /// Who.
    pub uid: Uid,
    /// The call.
    pub call: CallId,
    /// Whose call it is: who is paid.
    pub creator: Uid,
    /// Whether he pays in it.
    pub pays: bool,
    /// Whether staff or a sanction switched his microphone off.
    pub silenced: bool,
}

impl Calls {
    /// The live calls that some people are in or are rung by.
    pub async fn live_of(&self, uids: &[Uid]) -> Result<Vec<InCall>, StoreError> {
        let asked: Vec<String> = uids.iter().map(Uid::to_string).collect();
        let rows = sqlx::query!(
            "select m.uid, m.call_id, c.payee, m.role, m.muted_by_staff from calls.calls c join calls.members m on m.call_id = c.id
             where c.state in ('pending', 'accepted', 'active') and m.state in ('invited', 'accepted', 'joined') and m.uid = any($1)
             order by m.call_id, m.no",
            &asked
        )
        .fetch_all(self.store().pool())
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(InCall {
                    uid: load::uid(r.uid)?,
                    call: CallId::from_uuid(r.call_id),
                    creator: load::uid(r.payee)?,
                    pays: load::word::<MemberRole>(&r.role)? == MemberRole::Payer,
                    silenced: r.muted_by_staff,
                })
            })
            .collect()
    }

    /// Takes somebody out of a call because of a sanction; a 1:1 call ends by it, and only what was used is charged. Gives whether he was
    /// in it.
    pub async fn sanction_remove(&self, id: CallId, uid: &Uid, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.store().begin().await?;
        let (mut batch, mut call) = open(&mut tx, id, self.times()).await?;
        if !is_in(&call, uid) {
            return Ok(false);
        }
        take_out(&mut tx, &mut batch, &mut call, uid, EndReason::Sanction, actor).await?;
        save::write(&mut tx, &mut batch, std::slice::from_ref(&call)).await?;
        tx.commit().await?;
        self.store().ring();
        Ok(true)
    }

    /// Switches somebody's microphone off in a call because of a sanction, or on again. Gives whether that changed anything.
    pub async fn sanction_mute(&self, id: CallId, uid: &Uid, on: bool, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.store().begin().await?;
        let (mut batch, mut call) = open(&mut tx, id, self.times()).await?;
        let live = is_in(&call, uid);
        let Some(member) = call.members.iter_mut().find(|m| &m.uid == uid && live && m.devices.muted_by_staff != on)
        else {
            return Ok(false);
        };
        member.devices.muted_by_staff = on;
        member.dirty = true;
        let everybody = call.everybody();
        batch.tell_view(&mut call, "call.device", "calls.device", actor, everybody);
        save::write(&mut tx, &mut batch, std::slice::from_ref(&call)).await?;
        tx.commit().await?;
        self.store().ring();
        Ok(true)
    }
}

fn is_in(call: &Call, uid: &Uid) -> bool {
    !call.state.is_over() && call.member(uid).is_some_and(|m| m.state.is_in())
}

impl Call {
    /// A member who stands under a mute that holds in this call is not heard in it.
    pub(crate) async fn hush(&mut self, conn: &mut PgConnection, uid: &Uid) -> Result<(), StoreError> {
        if !sanctions::is_muted(conn, uid, &self.payee).await? {
            return Ok(());
        }
        if let Some(member) = self.members.iter_mut().find(|m| &m.uid == uid && m.state == MemberState::Joined) {
            member.devices.muted_by_staff = true;
            member.dirty = true;
        }
        Ok(())
    }
}
