//! What only this worker can add to a message before it goes out: links to its file, and the house's signature where it is encrypted.
//!
//! Both are left out of what is stored and of stored answers: links are made anew each time, so that a repeat of a request gives good ones.

use callboard_contract::Page;
use callboard_contract::api::chat::{MessagePage, SyncReply};
use callboard_contract::room::{MessageView, RoomChange, RoomNews};
use callboard_domain::Uid;
use callboard_rooms::franking::{Commitment, Franked, FrankingKey};

use super::{Links, now};

/// Signs messages.
#[derive(Debug)]
pub(crate) struct Signer {
    pub(super) links: Links,
    franking: FrankingKey,
}

/// What holds messages.
pub(crate) trait Messages {
    /// Does something with each.
    fn each(&mut self, act: impl FnMut(&mut MessageView));
}

impl Signer {
    pub(super) fn new(links: Links, franking: FrankingKey) -> Self {
        Self { links, franking }
    }

    /// Makes messages ready for one viewer, or for all who hear a room's news.
    pub(crate) fn sign<T: Messages>(&self, mut what: T, viewer: Option<&Uid>) -> T {
        let now = now();
        what.each(|message| {
            if let Some(file) = &mut message.attachment {
                self.links.sign(file, viewer, now);
            }
            self.frank(message);
        });
        what
    }

    fn frank(&self, message: &mut MessageView) {
        let Some(franking) = &mut message.franking else { return };
        if let Ok(commitment) = Commitment::read(&franking.commitment) {
            franking.tag = self.franking.tag(&Franked {
                commitment,
                room: message.room_id,
                message: message.message_id,
                author: message.author.clone(),
                at: message.at,
            });
        }
    }
}

impl Messages for MessageView {
    fn each(&mut self, mut act: impl FnMut(&mut MessageView)) {
        act(self);
    }
}

impl Messages for MessagePage {
    fn each(&mut self, act: impl FnMut(&mut MessageView)) {
        self.items.iter_mut().for_each(act);
    }
}

impl Messages for Page<MessageView> {
    fn each(&mut self, act: impl FnMut(&mut MessageView)) {
        self.items.iter_mut().for_each(act);
    }
}

impl Messages for SyncReply {
    fn each(&mut self, act: impl FnMut(&mut MessageView)) {
        self.messages.iter_mut().for_each(act);
    }
}

impl Messages for RoomNews {
    fn each(&mut self, mut act: impl FnMut(&mut MessageView)) {
        if let RoomChange::Message { message } | RoomChange::Changed { message } = &mut self.what {
            act(message);
        }
    }
}
