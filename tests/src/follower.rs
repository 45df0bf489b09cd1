//! An app that keeps a room: takes news in their order, and asks what changed where it sees a gap or comes back.

use std::collections::BTreeMap;

use callboard_contract::api::chat::{History, HistoryRequest, Sync as SyncRoom, SyncReply, SyncRequest};
use callboard_contract::room::{MessageView, RoomChange, RoomNews};
use callboard_domain::RoomId;
use tokio::sync::Mutex;

use crate::person::Person;
use crate::wait::{PATIENCE, eventually};

/// The house may be away for a while when it is asked.
const ANSWERED_WITHIN: std::time::Duration = PATIENCE.saturating_mul(4);

/// What an app keeps of a room.
#[derive(Debug)]
pub struct Follower {
    person: Person,
    room: RoomId,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
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
    /// An app that knows nothing of a room yet.
    pub fn new(person: Person, room: RoomId) -> Self {
        Self { person, room, kept: Mutex::default() }
    }

    /// The room.
    pub fn room(&self) -> RoomId {
        self.room
    }

    /// Waits until all up to a number is here. News alone bring it there, and what is asked because of them.
    pub async fn reaches(&self, seq: u64) {
        let there = || async {
            self.listen().await;
            (self.kept.lock().await.seq >= seq).then_some(())
        };
        eventually(&format!("an app to have all up to {seq}"), PATIENCE * 2, there).await;
    }

    /// The same app, signed in anew.
    pub async fn comes_back(&mut self, person: Person) {
        self.person = person;
        self.kept.get_mut().read = 0;
        self.ask().await;
    }

    /// What it has.
    pub fn messages(&mut self) -> Vec<MessageView> {
        self.kept.get_mut().messages.values().cloned().collect()
    }

    /// How often it asked what changed.
    pub fn asked(&mut self) -> usize {
        self.kept.get_mut().asked
    }

    /// Takes what was pushed, and asks where there is a gap.
    pub async fn listen(&self) {
        let mut kept = self.kept.lock().await;
        let new = self.person.heard_after(kept.read);
        kept.read += new.len();
        let new = new.into_iter().filter(|push| push.event == "chat.news");
        let new: Vec<RoomNews> = new.map(|push| serde_json::from_value(push.data).expect("news")).collect();
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
                _ => self.ask_for(&mut kept).await,
            }
        }
    }

    /// Asks what changed, as an app does that was away.
    pub async fn ask(&self) {
        self.ask_for(&mut *self.kept.lock().await).await;
    }

    async fn ask_for(&self, kept: &mut Kept) {
        kept.asked += 1;
        loop {
            let request = SyncRequest { room_id: self.room, after: kept.seq, limit: Some(50) };
            let answered = || async { self.person.app().call::<SyncRoom>(&request).await.ok() };
            let reply: SyncReply = eventually("an answer", ANSWERED_WITHIN, answered).await;
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

/// All messages of a room, as its history gives them to somebody, oldest first.
pub async fn log_of(who: &Person, room_id: RoomId) -> Vec<MessageView> {
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
