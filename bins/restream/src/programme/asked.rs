//! What is asked of the worker that runs a programme: pictures of it, which its process makes, and who watches it.

use async_nats::Subject;
use callboard_contract::adm::viewers::{Question, ViewerRow};
use callboard_contract::programme::{Still, StillRequest};
use callboard_contract::{Answer, ApiError, ErrorCode};
use callboard_media::control::{Order, StillOutcome};
use serde::Serialize;

use super::{Programme, now};

/// Stills that are being waited for.
const STILLS: usize = 32;
/// Viewers that are told of at once: what fits a message.
const MOST_VIEWERS: usize = 500;

impl Programme {
    /// Passes a request for a picture on.
    pub(super) fn still(&mut self, message: &async_nats::Message) {
        let (Some(reply), Some(running)) = (&message.reply, &self.running) else { return };
        let Ok(StillRequest { guest, width }) = serde_json::from_slice(&message.payload) else { return };
        if self.stills.len() >= STILLS {
            self.stills.clear();
        }
        self.stills_asked += 1;
        self.stills.insert(self.stills_asked, reply.clone());
        running.child.tell(Order::Still { id: self.stills_asked, guest, width });
    }

    /// Answers whoever asked for a picture.
    pub(super) fn answer_still(&mut self, id: u64, outcome: StillOutcome) {
        let Some(reply) = self.stills.remove(&id) else { return };
        let answer = match outcome {
            StillOutcome::Jpeg { base64, width, height } => {
                Answer::Ok(Still { jpeg_base64: base64, width, height, at: now() })
            }
            StillOutcome::Error(text) => Answer::Error(ApiError::new(ErrorCode::NotFound, text)),
        };
        self.reply(reply, &answer);
    }

    /// Tells who watches; takes note of who may no more.
    pub(super) fn viewers(&self, message: &async_nats::Message) {
        let (Some(reply), Ok(Question { ended })) = (&message.reply, serde_json::from_slice(&message.payload)) else {
            return;
        };
        self.shared.viewers.end(self.id, ended);
        let rows: Vec<ViewerRow> = self.shared.viewers.of(self.id);
        self.reply(reply.clone(), &Answer::Ok(rows.get(..MOST_VIEWERS).unwrap_or(&rows).to_vec()));
    }

    fn reply<T: Serialize>(&self, reply: Subject, answer: &Answer<T>) {
        let bus = self.shared.bus.clone();
        match serde_json::to_vec(answer) {
            Ok(body) => {
                tokio::spawn(async move {
                    // Who asked waits no longer than a moment and asks again.
                    let _ = bus.client().publish(reply, body.into()).await;
                });
            }
            Err(error) => tracing::error!(%error, "an answer cannot be written"),
        }
    }
}
