//! What staff impose and take back.

use callboard_bus::Caller;
use callboard_contract::adm::moderation::{
    DeleteMessagesReply, DeleteMessagesRequest, ImposeReply, ImposeRequest, LiftOfReply, LiftOfRequest, LiftReply,
    LiftRequest, SanctionsRequest,
};
use callboard_contract::limits::MAX_DELETE;
use callboard_contract::sanction::SanctionView;
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{SanctionId, SanctionKind, Scope, StaffName};
use callboard_moderation::acts;
use callboard_people::sanctions::{self, Which};
use callboard_rooms::{expel, row};
use callboard_store::{Begun, Command, StoreError};
use callboard_worker::{answer, attempt};

use super::Desk;
use crate::reach::Aim;

impl Desk {
    /// Permission first, then the act, then a look at what is left. A repeat does the two latter once more.
    pub(super) async fn impose(&self, caller: Caller, request: ImposeRequest) -> Result<ImposeReply, ApiError> {
        let name = caller.staff()?;
        self.may_in(name, &request.scope).await?;
        answer(self.placed(&request).await)?;
        let aim = Aim { uid: &request.uid, kind: request.kind, scope: &request.scope };
        // Once it is committed, whoever is first carries it out: what it is to reach is looked at before.
        let before = answer(self.hand.reach(aim).await)?;
        let mut reply = attempt(|| acts::impose(&self.store, name, &request)).await?;
        reply.effect =
            if request.dry_run { before.effect() } else { self.hand.carry_out(&reply.sanction, before).await };
        reply.sanction =
            if request.dry_run { reply.sanction } else { answer(self.sanction(reply.sanction.sanction_id).await)? };
        Ok(reply)
    }

    pub(super) async fn lift(&self, caller: Caller, request: LiftRequest) -> Result<LiftReply, ApiError> {
        let name = caller.staff()?;
        self.may_in(name, &answer(self.sanction(request.sanction_id).await)?.scope).await?;
        let reply = attempt(|| acts::lift(&self.store, name, &request)).await?;
        if !request.dry_run {
            self.after_lift(&reply.sanction).await;
        }
        Ok(reply)
    }

    pub(super) async fn lift_of(&self, caller: Caller, request: LiftOfRequest) -> Result<LiftOfReply, ApiError> {
        let name = caller.staff()?;
        self.may_in(name, &request.scope).await?;
        let reply = attempt(|| acts::lift_of(&self.store, name, &request)).await?;
        if !request.dry_run {
            for sanction in &reply.sanctions {
                self.after_lift(sanction).await;
            }
        }
        Ok(reply)
    }

    /// What follows when a sanction is lifted: he is let in again, and heard.
    pub(super) async fn after_lift(&self, sanction: &SanctionView) {
        if sanction.scope == Scope::Platform {
            self.hand.refresh_guards().await;
        }
        if sanction.kind == SanctionKind::Mute
            && let Err(error) = self.hand.release(sanction).await
        {
            tracing::warn!(%error, sanction.id = %sanction.sanction_id, "he is heard again a moment later");
        }
    }

    pub(super) async fn delete_messages(
        &self,
        caller: Caller,
        request: DeleteMessagesRequest,
    ) -> Result<DeleteMessagesReply, ApiError> {
        let name = caller.staff()?;
        self.may_in_room(name, request.room_id).await?;
        let reply = attempt(|| self.deleted(name, &request)).await?;
        if !request.dry_run {
            self.hand.tell(vec![request.room_id]).await;
        }
        Ok(reply)
    }

    pub(super) async fn sanctions(
        &self,
        caller: Caller,
        request: SanctionsRequest,
    ) -> Result<Page<SanctionView>, ApiError> {
        let SanctionsRequest { uid, kind, standing, limit, cursor } = request;
        let (which, query) = (Which { uid, kind, standing }, PageQuery { limit, cursor });
        let read = async { sanctions::ls(&mut *self.store.pool().acquire().await?, &which, &query).await };
        let Page { items, cursor } = answer(read.await)?;
        Ok(Page { items: self.his(caller.staff()?, items).await?, cursor })
    }

    async fn deleted(
        &self,
        name: &StaffName,
        request: &DeleteMessagesRequest,
    ) -> Result<DeleteMessagesReply, StoreError> {
        let actor = format!("staff:{name}");
        let begun =
            Command::begin(&self.store, &actor, "mod.delete_messages", &request.request_id, request.dry_run, request)
                .await?;
        let mut command = match begun {
            Begun::Before(reply) => return Ok(reply),
            Begun::New(command) => command,
        };
        let result = async {
            if !(1..=MAX_DELETE).contains(&request.message_ids.len()) {
                let text = format!("1 to {MAX_DELETE} messages are deleted at once");
                return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("message_ids").into());
            }
            let gone = expel::delete(&mut command, request.room_id, &request.message_ids, &actor).await?.message_ids;
            acts::log_deleted(&mut command, name, request.room_id, &gone, &request.reason).await?;
            Ok(DeleteMessagesReply { room_id: request.room_id, message_ids: gone, dry_run: request.dry_run })
        }
        .await;
        command.finish(result).await
    }

    /// A scope that names a room names one that is there, and its host is not kept out of it.
    async fn placed(&self, request: &ImposeRequest) -> Result<(), StoreError> {
        let Scope::Room(id) = request.scope else { return Ok(()) };
        let room = row::read_one(&mut *self.store.pool().acquire().await?, id).await?;
        let takes_out = matches!(request.kind, SanctionKind::Kick | SanctionKind::Ban);
        if takes_out && room.tenant.as_ref() == Some(&request.uid) {
            let text = format!("{} is the host of room {id}; close the room, or take the platform", request.uid);
            return Err(ApiError::new(ErrorCode::Conflict, text).on_field("scope").into());
        }
        if takes_out && room.pair.is_some() {
            let text = "nobody is taken out of a conversation of two; mute him there, or ban him from the platform";
            return Err(ApiError::new(ErrorCode::Conflict, text).on_field("scope").into());
        }
        Ok(())
    }

    async fn sanction(&self, id: SanctionId) -> Result<SanctionView, StoreError> {
        sanctions::show(&mut *self.store.pool().acquire().await?, id).await
    }
}
