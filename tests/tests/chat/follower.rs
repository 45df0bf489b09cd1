//! An app that keeps a room: takes news in their order, and asks what changed where it sees a gap or comes back.

use std::collections::BTreeMap;

use callboard_contract::api::chat::{History, HistoryRequest, Sync as SyncRoom, SyncReply, SyncRequest};
use callboard_contract::room::{MessageView, RoomChange, RoomNews};
use callboard_domain::RoomId;
use callboard_tests::{PATIENCE, Person, eventually};
use tokio::sync::Mutex;

/// What an app keeps of a room.
pub(crate) struct Follower {
    person: Person,
    room: RoomId,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// How many pushes were read.
    read: usize,
    /// The number up to which all is here.
    seq: u64,
    messages: BTreeMap<u64, MessageView>,
    /// How often it was asked what changed.
    asked: usize,
}

impl Follower {
    pub(crate) fn new(person: Person, room: RoomId) -> Self {
        Self { person, room, kept: Mutex::default() }
    }

    /// Waits until all up to a number is here. News alone bring it there, and what is asked because of them.
    pub(crate) async fn reaches(&mut self, seq: u64) {
        let there = || async {
            self.listen().await;
            (self.kept.lock().await.seq >= seq).then_some(())
        };
        eventually(&format!("an app to have all up to {seq}"), PATIENCE * 2, there).await;
    }

    /// The same app, signed in anew.
    pub(crate) async fn comes_back(&mut self, person: Person) {
        self.person = person;
        self.kept.get_mut().read = 0;
        self.ask(&mut *self.kept.lock().await).await;
    }

    /// What it has.
    pub(crate) fn messages(&mut self) -> Vec<MessageView> {
        self.kept.get_mut().messages.values().cloned().collect()
    }

    /// How often it asked what changed.
    pub(crate) fn asked(&mut self) -> usize {
        self.kept.get_mut().asked
    }

    async fn listen(&self) {
        let mut kept = self.kept.lock().await;
        let heard = self.person.heard();
        let new = heard[kept.read..].iter().filter(|push| push.event == "chat.news");
        let new: Vec<RoomNews> = new.map(|push| serde_json::from_value(push.data.clone()).expect("news")).collect();
        kept.read = heard.len();
        for news in new.into_iter().filter(|news| news.room_id == self.room) {
            if news.seq <= kept.seq {
                continue;
            }
            match news.what {
                RoomChange::Message { message } | RoomChange::Changed { message } if news.seq == kept.seq + 1 => {
                    kept.seq = news.seq;
                    kept.take(message);
                }
                RoomChange::Member { .. } | RoomChange::Room { .. } if news.seq == kept.seq + 1 => kept.seq = news.seq,
                _ => self.ask(&mut kept).await,
            }
        }
    }

    async fn ask(&self, kept: &mut Kept) {
        kept.asked += 1;
        loop {
            let request = SyncRequest { room_id: self.room, after: kept.seq, limit: Some(50) };
            // The house may be away for a moment.
            let answered = || async { self.person.app().call::<SyncRoom>(&request).await.ok() };
            let reply: SyncReply = eventually("an answer", PATIENCE * 2, answered).await;
            kept.seq = reply.seq;
            for message in reply.messages {
                kept.take(message);
            }
            if !reply.more {
                return;
            }
        }
    }
}

impl Kept {
    fn take(&mut self, message: MessageView) {
        let (seq, changed) = (message.seq, message.changed);
        let before = self.messages.insert(seq, message);
        assert!(before.is_none_or(|before| before.changed < changed), "message {seq} was given twice");
    }
}

/// All messages of a room, as its history gives them.
pub(crate) async fn all(who: &Person, room_id: RoomId) -> Vec<MessageView> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let request = HistoryRequest { room_id, before: None, after: Some(after), limit: Some(100) };
        let page = who.ask::<History>(&request).await;
        after = page.items.last().map_or(after, |m| m.seq);
        all.extend(page.items);
        if !page.more {
            return all;
        }
    }
}
