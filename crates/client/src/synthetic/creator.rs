//! Somebody who is called and paid.

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::CancellationToken;
use callboard_contract::api::calls::{
    Accept, CreatorSettings, Initiate, InitiateRequest, Invitee, OnCallRequest, Reject, SettingsSet, SettingsSetRequest,
};
use callboard_contract::view::CallView;
use callboard_domain::{CallKind, CallState, RequestId, Uid};
use rand::rngs::StdRng;

use super::seat::{Plan, Seat};
use super::{Tally, Tokens, device_of};
use crate::app::App;
use crate::error::ClientError;

/// What a creator does with a ringing call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Takes it after a while and stays by the plan.
    Accept {
        /// How long it rings.
        after: Duration,
        /// What comes then.
        plan: Plan,
    },
    /// Declines after a while.
    Reject {
        /// How long it rings.
        after: Duration,
    },
    /// Lets it ring.
    Never,
}

/// Somebody who is called and paid.
#[derive(Debug)]
pub struct CreatorApp {
    pub(super) seat: Seat,
}

impl CreatorApp {
    /// Signs in and sets how one can be called.
    pub async fn connect(
        ws_url: &str,
        uid: Uid,
        settings: CreatorSettings,
        tokens: &Tokens,
        rng: StdRng,
        tally: Tally,
    ) -> Result<Self, ClientError> {
        let (tokens, me) = (Arc::clone(tokens), uid.clone());
        let device = device_of(&uid);
        let (app, pushes) = App::connect(ws_url, uid, device, Arc::new(move || tokens(&me))).await?;
        let seat = Seat { app, pushes, rng, tally };
        let request = SettingsSetRequest { request_id: RequestId::generate(), settings };
        seat.persist::<SettingsSet>(&request).await?;
        Ok(Self { seat })
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.seat.app
    }

    /// The next call that rings here; none when stopped or closed.
    pub async fn ringing(&mut self, stop: &CancellationToken) -> Option<CallView> {
        loop {
            let push = stop.run_until_cancelled(self.seat.push()).await??;
            if push.event != "calls.requested" {
                continue;
            }
            match serde_json::from_value::<CallView>(push.data) {
                Ok(call) if call.payee == *self.seat.app.uid() && call.caller != call.payee => return Some(call),
                Ok(_) => {}
                Err(error) => {
                    self.seat.tally.error(self.seat.app.uid(), &format!("calls.requested cannot be read: {error}"));
                }
            }
        }
    }

    /// Answers a ringing call and plays it to its end.
    pub async fn answer(&mut self, call: &CallView, answer: Answer, stop: &CancellationToken) {
        let call_id = call.call_id;
        let after = match answer {
            Answer::Accept { after, .. } | Answer::Reject { after } => after,
            Answer::Never => return,
        };
        if call.state == CallState::Pending {
            tokio::time::sleep(after).await;
        }
        match answer {
            Answer::Accept { plan, .. } => {
                // With auto-accept the house has taken it already.
                if call.state == CallState::Pending
                    && let Err(error) = self.seat.persist::<Accept>(&self.seat.on_device(call_id)).await
                {
                    self.seat.tally.refused(self.seat.app.uid(), "accepting", &error);
                    return;
                }
                self.seat.attend(call_id, plan, stop).await;
            }
            Answer::Reject { .. } => {
                let request = OnCallRequest { request_id: RequestId::generate(), call_id };
                if let Err(error) = self.seat.persist::<Reject>(&request).await {
                    self.seat.tally.refused(self.seat.app.uid(), "declining", &error);
                }
            }
            Answer::Never => {}
        }
    }

    /// Opens a group, invites people to it, and stays by the plan.
    pub async fn host(&mut self, guests: &[Uid], plan: Plan, stop: &CancellationToken) -> Option<CallView> {
        let request = InitiateRequest {
            request_id: RequestId::generate(),
            kind: CallKind::Group,
            callee: None,
            device: self.seat.app.device().clone(),
            minutes: None,
            invite: guests.iter().map(|uid| Invitee { uid: uid.clone(), pays: true }).collect(),
        };
        self.seat.tally.lock().attempted += 1;
        let opened = match self.seat.persist::<Initiate>(&request).await {
            Ok(opened) => opened,
            Err(error) => {
                self.seat.tally.refused(self.seat.app.uid(), "opening a group", &error);
                return None;
            }
        };
        let last = self.seat.attend(opened.call_id, plan, stop).await.unwrap_or(opened);
        if last.state.is_over() {
            self.seat.tally.ended(&last);
        }
        Some(last)
    }
}
