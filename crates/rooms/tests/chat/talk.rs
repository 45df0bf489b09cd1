//! Saying something in a room and asking what was said, in one line each.

use callboard_contract::ApiError;
use callboard_contract::api::chat::{
    DeleteRequest, Deleted, EditRequest, HistoryRequest, PinRequest, ReactRequest, SendRequest, SyncReply, SyncRequest,
};
use callboard_contract::room::{MessageKind, MessageView};
use callboard_domain::{MessageId, RequestId, RoomId, Uid};
use callboard_rooms::Did;
use callboard_rooms::chat::{self, Draft, Posted, Verdict};

use crate::house::{House, Result, id};

/// A text for a room.
pub(crate) fn text(room_id: RoomId, body: &str) -> SendRequest {
    SendRequest {
        request_id: id(),
        room_id,
        kind: MessageKind::Text,
        body: body.to_owned(),
        reply_to: None,
        mentions: Vec::new(),
        attachment: None,
        commitment: None,
    }
}

pub(crate) fn draft(who: &Uid, room: RoomId, body: &str) -> Draft {
    Draft::new(who, &text(room, body)).expect("a draft")
}

/// A draft of which automatic moderation said something.
pub(crate) fn judged(mut draft: Draft, verdict: Verdict) -> Draft {
    draft.verdict = verdict;
    draft
}

impl House {
    /// Takes a batch.
    pub(crate) async fn post(&self, drafts: &[Draft]) -> Vec<std::result::Result<Posted, ApiError>> {
        let mut tx = self.store().begin().await.expect("begun");
        let results = chat::post(&mut tx, drafts).await.expect("a batch is taken");
        tx.commit().await.expect("committed");
        results
    }

    pub(crate) async fn say(&self, who: &Uid, room: RoomId, body: &str) -> std::result::Result<MessageView, ApiError> {
        self.post(&[draft(who, room, body)]).await.remove(0).map(|posted| posted.message)
    }

    pub(crate) async fn said(&self, who: &Uid, room: RoomId, body: &str) -> MessageView {
        self.say(who, room, body).await.expect("it is taken")
    }

    /// Says something that waits for review.
    pub(crate) async fn held(&self, who: &Uid, room: RoomId, body: &str) -> MessageView {
        let held = judged(draft(who, room, body), Verdict::Hold);
        self.post(&[held]).await.remove(0).expect("it is taken").message
    }

    pub(crate) async fn edit(&self, who: &Uid, message: &MessageView, body: &str) -> Result<Did<MessageView>> {
        let request = EditRequest {
            request_id: id(),
            room_id: message.room_id,
            message_id: message.message_id,
            body: body.to_owned(),
        };
        chat::edit(self.store(), who, &request, &Verdict::Pass).await
    }

    pub(crate) async fn delete(&self, who: &Uid, room_id: RoomId, ids: &[MessageId]) -> Result<Did<Deleted>> {
        let request = DeleteRequest { request_id: id(), room_id, message_ids: ids.to_vec() };
        chat::delete(self.store(), who, &request).await
    }

    pub(crate) async fn react(&self, who: &Uid, to: &MessageView, emoji: &str, on: bool) -> Result<Did<MessageView>> {
        let request = ReactRequest {
            request_id: id(),
            room_id: to.room_id,
            message_id: to.message_id,
            emoji: emoji.to_owned(),
            on,
        };
        chat::react(self.store(), who, &request).await
    }

    pub(crate) async fn pin(&self, who: &Uid, message: &MessageView, on: bool) -> Result<Did<MessageView>> {
        let request = PinRequest { request_id: id(), room_id: message.room_id, message_id: message.message_id, on };
        chat::pin(self.store(), who, &request).await
    }

    /// All that somebody can read of a room, in pages of the smallest size that shows their seams.
    pub(crate) async fn history(&self, who: &Uid, room_id: RoomId) -> Vec<MessageView> {
        let mut all: Vec<MessageView> = Vec::new();
        loop {
            let before = all.first().map(|m| m.seq);
            let request = HistoryRequest { room_id, before, after: None, limit: Some(3) };
            let page = chat::history(self.store(), who, &request).await.expect("a page");
            all.splice(0..0, page.items);
            if !page.more {
                return all;
            }
        }
    }

    pub(crate) async fn sync(&self, who: &Uid, room_id: RoomId, after: u64, limit: u32) -> Result<SyncReply> {
        chat::sync(self.store(), who, &SyncRequest { room_id, after, limit: Some(limit) }).await
    }

    pub(crate) async fn release(&self, room: RoomId, ids: &[MessageId]) {
        let mut tx = self.store().begin().await.expect("begun");
        let mut room = callboard_rooms::row::lock_one(&mut tx, room).await.expect("a room");
        chat::release(&mut tx, &mut room, ids).await.expect("let through");
        tx.commit().await.expect("committed");
    }
}

pub(crate) fn bodies(messages: &[MessageView]) -> Vec<&str> {
    messages.iter().map(|m| m.body.as_str()).collect()
}

/// The same request id as a text.
pub(crate) fn client_id(message: &MessageView) -> RequestId {
    RequestId::new(message.client_id.clone()).expect("a request id")
}
