//! `chat`, and what other workers ask to be told.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::ApiError;
use callboard_contract::api::Done;
use callboard_contract::api::chat::{
    Delete, Edit, History, Pin, Pins, React, Receipt as ReceiptEndpoint, ReceiptRequest, Receipts, Review, Search,
    Send, SendRequest, Sync, Type, TypingRequest,
};
use callboard_contract::room::{FanOut, MessageView};
use callboard_contract::svc::room::Tell;
use callboard_domain::Uid;
use callboard_rooms::Room;
use callboard_rooms::chat::{self, Draft, Receipt};
use callboard_store::{Store, StoreError};
use callboard_worker::{answer, attempt};

use super::{Desk, on};

pub(super) fn host(host: Host, desk: &Arc<Desk>) -> Host {
    let host = on!(host, desk, Send, |d, caller, request| {
        let uid = caller.user()?;
        Ok(d.signer.sign(send(&d, uid, &request).await?, Some(uid)))
    });
    let host = changes(host, desk);
    let host = reads(host, desk);
    let host = on!(host, desk, Type, |d, caller, request| typing(&d, caller.user()?, &request).await);
    let host = on!(host, desk, ReceiptEndpoint, |d, caller, request| receipt(&d, caller.user()?, request).await);
    on!(host, desk, Tell, |d, _caller, request| {
        d.fanout.look(request.room_ids);
        Ok(Done {})
    })
}

fn changes(host: Host, desk: &Arc<Desk>) -> Host {
    let host = on!(host, desk, Edit, |d, caller, request| {
        let uid = caller.user()?;
        let (verdict, judged) = d.watch.judge_edit(uid, &request).await?;
        let edited = attempt(|| chat::edit(&d.store, uid, &request, &verdict)).await.map(|did| d.done(did));
        d.watch.note(request.room_id, uid, &judged, &edited).await;
        Ok(d.signer.sign(edited?, Some(uid)))
    });
    let host = on!(host, desk, Review, |d, caller, request| {
        let uid = caller.user()?;
        let did = attempt(|| chat::review(&d.store, uid, &request)).await?;
        Ok(d.done(did))
    });
    let host = on!(host, desk, Delete, |d, caller, request| {
        let uid = caller.user()?;
        let did = attempt(|| chat::delete(&d.store, uid, &request)).await?;
        Ok(d.done(did))
    });
    let host = on!(host, desk, React, |d, caller, request| {
        let uid = caller.user()?;
        let did = attempt(|| chat::react(&d.store, uid, &request)).await?;
        Ok(d.signer.sign(d.done(did), Some(uid)))
    });
    on!(host, desk, Pin, |d, caller, request| {
        let uid = caller.user()?;
        let did = attempt(|| chat::pin(&d.store, uid, &request)).await?;
        Ok(d.signer.sign(d.done(did), Some(uid)))
    })
}

fn reads(host: Host, desk: &Arc<Desk>) -> Host {
    let host = on!(host, desk, Pins, |d, caller, request| {
        let uid = caller.user()?;
        Ok(d.signer.sign(answer(chat::pins(&d.store, uid, &request).await)?, Some(uid)))
    });
    let host = on!(host, desk, History, |d, caller, request| {
        let uid = caller.user()?;
        Ok(d.signer.sign(answer(chat::history(&d.store, uid, &request).await)?, Some(uid)))
    });
    let host = on!(host, desk, Sync, |d, caller, request| {
        let uid = caller.user()?;
        Ok(d.signer.sign(answer(chat::sync(&d.store, uid, &request).await)?, Some(uid)))
    });
    let host = on!(host, desk, Search, |d, caller, request| {
        let uid = caller.user()?;
        Ok(d.signer.sign(answer(chat::search(&d.store, uid, &request).await)?, Some(uid)))
    });
    on!(host, desk, Receipts, |d, caller, request| answer(chat::receipts(&d.store, caller.user()?, &request).await))
}

/// What rules say of a message is known before it is sent, and noted once it is known what became of it.
async fn send(desk: &Desk, uid: &Uid, request: &SendRequest) -> Result<MessageView, ApiError> {
    let mut draft = Draft::new(uid, request)?;
    let judged = desk.watch.judge(&mut draft).await?;
    let sent = desk.poster.send(draft).await;
    desk.watch.note(request.room_id, uid, &judged, &sent).await;
    sent
}

/// Said too often, it is taken and not told again.
async fn typing(desk: &Desk, uid: &Uid, request: &TypingRequest) -> Result<Done, ApiError> {
    if desk.typing.may_tell(request.room_id, uid) {
        let room = answer(who_types(&desk.store, uid, request).await)?;
        if room.fan_out() == FanOut::Direct {
            desk.fanout.typing(room.id, uid);
        }
    }
    Ok(Done {})
}

async fn who_types(store: &Store, uid: &Uid, request: &TypingRequest) -> Result<Room, StoreError> {
    chat::may_type(&mut *store.pool().acquire().await?, uid, request.room_id).await
}

async fn receipt(desk: &Desk, uid: &Uid, request: ReceiptRequest) -> Result<Done, ApiError> {
    let ReceiptRequest { room_id, delivered_seq, read_seq } = request;
    desk.poster.note(Receipt { room: room_id, uid: uid.clone(), delivered: delivered_seq, read: read_seq }).await?;
    Ok(Done {})
}
