//! One person's seat in a call, from joining to the end: beats, silence, coming back, hanging up.

use std::time::Duration;

use callboard_bus::{CallError, CallErrorKind, CancellationToken};
use callboard_contract::api::calls::{
    Beat, BeatRequest, CallRef, End, Join, JoinReply, Leave, OnCallRequest, OnDeviceRequest, Show,
};
use callboard_contract::view::{CallView, MemberState};
use callboard_contract::{Endpoint, ErrorCode, Push};
use callboard_domain::{CallId, CallKind, LegState, RequestId};
use rand::rngs::StdRng;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::line::LineModel;
use super::summary::Tally;
use crate::app::{App, Pushes};

const ATTEMPTS: u32 = 12;
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What somebody does in a call once time counts. Nothing: stays until it is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Hangs up after so long.
    pub hang_up_after: Option<Duration>,
    /// Goes silent.
    pub drop_off: Option<DropOff>,
}

/// Going silent: no beat comes, as if the line were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DropOff {
    /// After so long.
    pub after: Duration,
    /// Comes back after so long; never, if absent.
    pub back_after: Option<Duration>,
}

/// A person with a device and a will of its own.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) app: App,
    pub(super) pushes: Pushes,
    pub(super) rng: StdRng,
    pub(super) tally: Tally,
}

impl Seat {
    /// The next push; none when the app is closed.
    pub(super) async fn push(&mut self) -> Option<Push> {
        let push = self.pushes.next().await?;
        self.tally.pushed(self.app.uid(), &push);
        Some(push)
    }

    /// Asks, and asks again with the same request id while the house is away for a moment.
    pub(super) async fn persist<E: Endpoint>(&self, request: &E::Request) -> Result<E::Reply, CallError> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match self.app.call::<E>(request).await {
                Err(error) if error.is_transient() => {
                    let asked = if let CallError::Api(e) = &error { e.retry_after_ms } else { None };
                    tokio::time::sleep(asked.map_or(pause, Duration::from_millis).min(LONGEST_PAUSE)).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
                done => return done,
            }
        }
        self.app.call::<E>(request).await
    }

    /// A request about a call from this device.
    pub(super) fn on_device(&self, call_id: CallId) -> OnDeviceRequest {
        OnDeviceRequest { request_id: RequestId::generate(), call_id, device: self.app.device().clone() }
    }

    /// Joins a call and stays by the plan. Gives the call as it was seen last; none if joining was refused.
    pub(super) async fn attend(&mut self, call_id: CallId, plan: Plan, stop: &CancellationToken) -> Option<CallView> {
        let joined = match self.persist::<Join>(&self.on_device(call_id)).await {
            Ok(joined) => joined,
            Err(error) => {
                self.tally.refused(self.app.uid(), "joining", &error);
                return self.persist::<Show>(&CallRef { call_id }).await.ok();
            }
        };
        Some(self.stay(joined, plan, stop).await)
    }

    async fn stay(&mut self, joined: JoinReply, plan: Plan, stop: &CancellationToken) -> CallView {
        let mut view = joined.call;
        let mut line = LineModel::new(view.kind, joined.beat_ms, &mut self.rng);
        let mut beats = interval(Duration::from_millis(joined.beat_ms.max(100)));
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut counting_since: Option<Instant> = None;
        let mut silence = plan.drop_off;
        let mut silent = false;
        let mut back_at: Option<Instant> = None;
        loop {
            if view.state.is_over() || self.is_out(&view) {
                return view;
            }
            let hang_up_at = counting_since.zip(plan.hang_up_after).map(|(since, after)| since + after);
            let drop_at = counting_since.zip(silence).map(|(since, drop)| since + drop.after);
            tokio::select! {
                push = self.push() => {
                    let Some(push) = push else { return view };
                    if self.take(&push, &mut view) {
                        counting_since.get_or_insert_with(Instant::now);
                    }
                }
                _ = beats.tick(), if !silent => {
                    let figures = line.beat(is_connected(&view), &mut self.rng);
                    let request = BeatRequest {
                        call_id: view.call_id,
                        device: self.app.device().clone(),
                        line: figures.line,
                        packets_received: figures.packets,
                        rtt_ms: figures.rtt_ms,
                        loss_permille: figures.loss_permille,
                        jitter_ms: figures.jitter_ms,
                        bitrate_kbps: figures.bitrate_kbps,
                    };
                    if self.beat(&request, &mut view).await {
                        counting_since.get_or_insert_with(Instant::now);
                    }
                }
                () = at(drop_at), if drop_at.is_some() => {
                    back_at = silence.take().and_then(|drop| drop.back_after).map(|after| Instant::now() + after);
                    silent = true;
                }
                () = at(back_at), if back_at.is_some() => {
                    (silent, back_at) = (false, None);
                    beats.reset_immediately();
                }
                () = at(hang_up_at), if hang_up_at.is_some() && !silent => return self.hang_up(view).await,
                () = stop.cancelled() => return self.hang_up(view).await,
            }
        }
    }

    /// Whether time counts now, as far as the push tells.
    fn take(&self, push: &Push, view: &mut CallView) -> bool {
        if push.data.get("call_id").and_then(|id| id.as_str()) != Some(view.call_id.to_string().as_str()) {
            return false;
        }
        match push.event.as_str() {
            "calls.active" | "calls.resumed" => true,
            "calls.suspended" | "calls.granted" | "calls.low_balance" | "calls.receipt" | "calls.signal" => false,
            other if !other.starts_with("calls.") => false,
            _ => {
                match serde_json::from_value::<CallView>(push.data.clone()) {
                    Ok(newer) if newer.version >= view.version => *view = newer,
                    Ok(_) => {}
                    Err(error) => self.tally.error(self.app.uid(), &format!("{} cannot be read: {error}", push.event)),
                }
                false
            }
        }
    }

    /// Beats; gives whether time counts.
    async fn beat(&self, request: &BeatRequest, view: &mut CallView) -> bool {
        self.tally.lock().beats += 1;
        match self.app.call::<Beat>(request).await {
            Ok(reply) => reply.legs.iter().any(|leg| leg.state == LegState::Metered),
            Err(error) => {
                self.tally.lock().beats_lost += 1;
                match error.kind() {
                    // The call may have ended while the beat was on its way.
                    CallErrorKind::Api(
                        ErrorCode::Conflict | ErrorCode::NotFound | ErrorCode::Stale | ErrorCode::Forbidden,
                    ) => {
                        if let Ok(now) = self.persist::<Show>(&CallRef { call_id: request.call_id }).await {
                            *view = now;
                        }
                    }
                    _ if error.is_transient() => {}
                    _ => self.tally.error(self.app.uid(), &format!("beating: {error}")),
                }
                false
            }
        }
    }

    /// Hangs up; a guest of a group leaves it.
    async fn hang_up(&self, view: CallView) -> CallView {
        let request = OnCallRequest { request_id: RequestId::generate(), call_id: view.call_id };
        let leaves = view.kind == CallKind::Group && view.payee != *self.app.uid();
        let done = if leaves { self.persist::<Leave>(&request).await } else { self.persist::<End>(&request).await };
        match done {
            Ok(now) => now,
            // Somebody else was quicker.
            Err(_) => match self.persist::<Show>(&CallRef { call_id: view.call_id }).await {
                Ok(now) => {
                    if !now.state.is_over() && !self.is_out(&now) {
                        self.tally.error(self.app.uid(), &format!("cannot hang up call {}", now.call_id));
                    }
                    now
                }
                Err(error) => {
                    self.tally.error(self.app.uid(), &format!("hanging up: {error}"));
                    view
                }
            },
        }
    }

    fn is_out(&self, view: &CallView) -> bool {
        view.members.iter().any(|m| m.uid == *self.app.uid() && !m.state.is_in())
    }
}

fn is_connected(view: &CallView) -> bool {
    let joined = || view.members.iter().filter(|m| m.state == MemberState::Joined);
    joined().count() >= 2 && joined().any(|m| m.uid == view.payee)
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
