//! Giving: what the room, the call and the ledger each know of a gift, put together in one transaction.
//!
//! Locks: the room, then the accounts. The message, the payment and the events are committed together or not at all.

use callboard_calls::live_members;
use callboard_contract::api::gifts::{GiftReceived, GiftSent, SendRequest};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{CallId, Uid};
use callboard_ledger::gifts;
use callboard_people::notices::{self, NewNotice};
use callboard_people::{blocks, sanctions, users};
use callboard_rooms::gift;
use callboard_store::{Begun, Command, Store, StoreError, now, refuse};
use sqlx::PgConnection;

/// Gives a gift. A repeat of the request gets the same answer and pays nothing again.
pub(crate) async fn send(store: &Store, giver: &Uid, request: &SendRequest) -> Result<GiftSent, StoreError> {
    let actor = format!("user:{giver}");
    match Command::begin(store, &actor, "gifts.send", &request.request_id, false, request).await? {
        Begun::Before(sent) => Ok(sent),
        Begun::New(mut command) => {
            let result = give(&mut command, giver, request).await;
            command.finish(result).await
        }
    }
}

async fn give(conn: &mut PgConnection, giver: &Uid, request: &SendRequest) -> Result<GiftSent, StoreError> {
    if giver == &request.to {
        let text = "nobody gives himself anything; name somebody else";
        return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("to").into());
    }
    sanctions::may_spend(&mut *conn, giver).await?;
    let mut hearers = vec![request.to.clone()];
    let mut room = None;
    match (request.room_id, request.call_id) {
        (Some(_), Some(_)) => {
            let text = "a gift is given in a room or in a call; name one of them";
            return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("room_id").into());
        }
        (Some(id), None) => room = Some(gift::lock(&mut *conn, id, giver, &request.to).await?),
        (None, Some(id)) => hearers = in_call(&mut *conn, id, giver, &request.to).await?,
        (None, None) => directly(&mut *conn, giver, &request.to).await?,
    }
    let at = now(&mut *conn).await?;
    let given = gifts::give(&mut *conn, at, giver, request).await?;
    let message_id = match &mut room {
        Some(room) => Some(gift::write(&mut *conn, room, at, giver, &given.view).await?),
        None => None,
    };
    let received = GiftReceived {
        from: giver.clone(),
        gift: given.view.clone(),
        room_id: request.room_id,
        message_id,
        call_id: request.call_id,
    };
    notices::add(&mut *conn, &[NewNotice::gift(&received, room.map(|room| room.head))]).await?;
    gifts::tell(conn, at, &received, hearers).await?;
    Ok(GiftSent { gift: given.view, transfer_id: given.transfer_id, message_id, available: given.available })
}

/// Everybody who is in a call now, or a refusal: both must be in it.
async fn in_call(conn: &mut PgConnection, call: CallId, giver: &Uid, receiver: &Uid) -> Result<Vec<Uid>, StoreError> {
    let members = live_members(conn, call).await?;
    if !members.contains(giver) {
        let text = format!("there is no call {call} that you are in now");
        return Err(ApiError::new(ErrorCode::NotFound, text).on_field("call_id").into());
    }
    if !members.contains(receiver) {
        let text = format!("{receiver} is not in call {call} now");
        return Err(ApiError::new(ErrorCode::Conflict, text).on_field("to").into());
    }
    Ok(members)
}

/// A gift outside of rooms and calls goes to any user, unless one of the two blocked the other, which is not told.
async fn directly(conn: &mut PgConnection, giver: &Uid, receiver: &Uid) -> Result<(), StoreError> {
    let pair = (giver.clone(), receiver.clone());
    if !users::is_known(&mut *conn, receiver).await? {
        return Err(ApiError::new(ErrorCode::NotFound, format!("there is no user {receiver}")).on_field("to").into());
    }
    if !blocks::among(conn, &[pair]).await?.is_empty() {
        return refuse(ErrorCode::Forbidden, format!("{receiver} takes no gifts from you"));
    }
    Ok(())
}
