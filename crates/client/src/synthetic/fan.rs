//! Somebody who calls and pays.

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::CancellationToken;
use callboard_contract::api::calls::{Accept, CallRef, Cancel, Initiate, InitiateRequest, OnCallRequest, Show};
use callboard_contract::view::CallView;
use callboard_domain::{CallKind, CallState, RequestId, Uid};
use rand::rngs::StdRng;
use tokio::time::Instant;

use super::seat::{DropOff, Plan, Seat};
use super::{Tally, Tokens, device_of};
use crate::app::App;
use crate::error::ClientError;

/// What a fan does with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FanScript {
    /// Talks for so long and hangs up.
    Talk(Duration),
    /// Talks, goes silent for a while, comes back, talks on and hangs up.
    DropOff {
        /// Until the silence.
        after: Duration,
        /// How long it is.
        away: Duration,
        /// From the start to hanging up.
        total: Duration,
    },
    /// Talks, goes silent and never comes back.
    Vanish(Duration),
    /// Stays until somebody or something else ends it.
    RunDry,
    /// Thinks better of it while it rings.
    Cancel(Duration),
}

impl FanScript {
    fn plan(self) -> Plan {
        match self {
            Self::Talk(total) => Plan { hang_up_after: Some(total), drop_off: None },
            Self::DropOff { after, away, total } => {
                Plan { hang_up_after: Some(total), drop_off: Some(DropOff { after, back_after: Some(away) }) }
            }
            Self::Vanish(after) => Plan { hang_up_after: None, drop_off: Some(DropOff { after, back_after: None }) },
            Self::RunDry | Self::Cancel(_) => Plan::default(),
        }
    }
}

/// Somebody who calls and pays.
#[derive(Debug)]
pub struct Fan {
    pub(super) seat: Seat,
}

impl Fan {
    /// Signs in.
    pub async fn connect(
        ws_url: &str,
        uid: Uid,
        tokens: &Tokens,
        rng: StdRng,
        tally: Tally,
    ) -> Result<Self, ClientError> {
        let (tokens, me) = (Arc::clone(tokens), uid.clone());
        let device = device_of(&uid);
        let (app, pushes) = App::connect(ws_url, uid, device, Arc::new(move || tokens(&me))).await?;
        Ok(Self { seat: Seat { app, pushes, rng, tally } })
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.seat.app
    }

    /// Calls somebody and plays the script to the end of the call. Gives the call as it was seen last; none if it was refused.
    /// When stopped: hangs up.
    pub async fn call(
        &mut self,
        callee: &Uid,
        kind: CallKind,
        minutes: Option<u32>,
        script: FanScript,
        stop: &CancellationToken,
    ) -> Option<CallView> {
        let request = InitiateRequest {
            request_id: RequestId::generate(),
            kind,
            callee: Some(callee.clone()),
            device: self.seat.app.device().clone(),
            minutes,
            invite: Vec::new(),
        };
        self.seat.tally.lock().attempted += 1;
        let made = match self.seat.persist::<Initiate>(&request).await {
            Ok(made) => made,
            Err(error) => {
                self.seat.tally.refused(self.seat.app.uid(), "calling", &error);
                return None;
            }
        };
        let cancel_after = if let FanScript::Cancel(after) = script { Some(after) } else { None };
        let rung = self.ring(made, cancel_after, stop).await;
        let last = if rung.state.is_over() {
            rung
        } else {
            self.seat.attend(rung.call_id, script.plan(), stop).await.unwrap_or(rung)
        };
        self.record(last).await
    }

    /// Waits until it is taken or over.
    async fn ring(&mut self, mut view: CallView, cancel_after: Option<Duration>, stop: &CancellationToken) -> CallView {
        let limits = &self.seat.app.hello().limits;
        // The house ends what rings too long; this is only for a push that never came.
        let look_again = Duration::from_millis(limits.ring_ms) + Duration::from_secs(5);
        let rings_since = Instant::now();
        while view.state == CallState::Pending {
            let cancel_at = rings_since + cancel_after.unwrap_or(look_again);
            let request = CallRef { call_id: view.call_id };
            tokio::select! {
                push = self.seat.push() => {
                    let Some(push) = push else { return view };
                    if let Ok(newer) = serde_json::from_value::<CallView>(push.data)
                        && newer.call_id == view.call_id
                        && newer.version >= view.version
                    {
                        view = newer;
                    }
                }
                () = tokio::time::sleep_until(cancel_at), if cancel_after.is_some() => return self.cancel(view).await,
                () = tokio::time::sleep(look_again) => match self.seat.persist::<Show>(&request).await {
                    Ok(newer) => view = newer,
                    Err(error) => {
                        self.seat.tally.error(self.seat.app.uid(), &format!("looking at a ringing call: {error}"));
                        return view;
                    }
                },
                () = stop.cancelled() => return self.cancel(view).await,
            }
        }
        view
    }

    async fn cancel(&self, view: CallView) -> CallView {
        let request = OnCallRequest { request_id: RequestId::generate(), call_id: view.call_id };
        match self.seat.persist::<Cancel>(&request).await {
            Ok(now) => now,
            // It was taken or is over already.
            Err(_) => self.seat.persist::<Show>(&CallRef { call_id: view.call_id }).await.unwrap_or(view),
        }
    }

    /// Takes an invitation to a group and stays by the plan.
    pub async fn accept_invitation(
        &mut self,
        call: &CallView,
        plan: Plan,
        stop: &CancellationToken,
    ) -> Option<CallView> {
        match self.seat.persist::<Accept>(&self.seat.on_device(call.call_id)).await {
            Ok(_) => {
                self.seat.tally.lock().invitations += 1;
                self.seat.attend(call.call_id, plan, stop).await
            }
            Err(error) => {
                self.seat.tally.refused(self.seat.app.uid(), "taking an invitation", &error);
                None
            }
        }
    }

    async fn record(&self, last: CallView) -> Option<CallView> {
        // Joining may have been refused because the call was about to end.
        let last = if last.state.is_over() {
            last
        } else {
            self.seat.persist::<Show>(&CallRef { call_id: last.call_id }).await.unwrap_or(last)
        };
        if last.state.is_over() {
            self.seat.tally.ended(&last);
        } else {
            self.seat
                .tally
                .error(self.seat.app.uid(), &format!("call {} is {} after its end", last.call_id, last.state));
        }
        Some(last)
    }
}
