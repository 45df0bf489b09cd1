//! Gifts: the catalogue, giving, and who gave most.

use callboard_bus::Caller;
use callboard_contract::adm::gifts::{GiftKind, GiftKindList, GivenGift, GivenRequest, SetRequest};
use callboard_contract::api::Nothing;
use callboard_contract::api::gifts::{GiftList, GiftSent, LeaderboardReply, LeaderboardRequest, SendRequest};
use callboard_contract::svc::{TellRequest, room};
use callboard_contract::{ApiError, Page};
use callboard_domain::{RoomId, Uid};
use callboard_ledger::gifts;
use callboard_rooms::gift;
use callboard_store::StoreError;
use callboard_worker::{answer, attempt};

use super::Desk;
use crate::giving;

/// How billing calls itself where another worker is asked.
const PRINCIPAL: &str = "billing";

impl Desk {
    pub(super) async fn gift_offers(&self, _: Caller, _: Nothing) -> Result<GiftList, ApiError> {
        answer(gifts::offers(&self.store).await)
    }

    pub(super) async fn send_gift(&self, caller: Caller, request: SendRequest) -> Result<GiftSent, ApiError> {
        let giver = caller.user()?;
        let sent = attempt(|| giving::send(&self.store, giver, &request)).await?;
        if let Some(room_id) = request.room_id {
            self.tell_room(room_id);
        }
        Ok(sent)
    }

    pub(super) async fn leaderboard(
        &self,
        caller: Caller,
        request: LeaderboardRequest,
    ) -> Result<LeaderboardReply, ApiError> {
        answer(self.board(caller.user()?, &request).await)
    }

    async fn board(&self, me: &Uid, request: &LeaderboardRequest) -> Result<LeaderboardReply, StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        if let Some(room) = request.room_id {
            gift::may_see(&mut conn, room, me).await?;
        }
        gifts::leaderboard(&mut conn, me, request).await
    }

    pub(super) async fn gift_kinds(&self, _: Caller, _: Nothing) -> Result<GiftKindList, ApiError> {
        answer(gifts::ls(&self.store).await)
    }

    pub(super) async fn set_gift(&self, caller: Caller, request: SetRequest) -> Result<GiftKind, ApiError> {
        let name = caller.staff()?;
        attempt(|| gifts::set(&self.store, name, &request)).await
    }

    pub(super) async fn given_gifts(&self, _: Caller, request: GivenRequest) -> Result<Page<GivenGift>, ApiError> {
        answer(gifts::given(&self.store, &request).await)
    }

    /// Asks the worker of rooms to tell members now. The giver does not wait for it; what is not told so is found by that worker's sweep.
    fn tell_room(&self, room: RoomId) {
        let bus = self.bus.clone();
        tokio::spawn(async move {
            let request = TellRequest { room_ids: vec![room] };
            if let Err(error) = bus.call::<room::Tell>(PRINCIPAL, &request).await {
                tracing::debug!(%error, %room, "members will hear of a gift a little later");
            }
        });
    }
}
