//! From a message to its answer.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::Message;
use callboard_contract::{Answer, ApiError, EndpointSpec, ErrorCode, Plane, subject};
use futures::future::FutureExt;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::{Caller, Gate, Guard, Hosted, Observation, Observer, Shut, caller};
use crate::connection::Bus;

/// What an overloaded worker tells callers to wait.
const RETRY_AFTER_MS: u64 = 500;
/// Room for the protocol's own words beside a reply.
const REPLY_MARGIN: usize = 4 * 1024;

pub(super) struct Shared {
    pub(super) bus: Bus,
    pub(super) endpoints: HashMap<(Plane, &'static str, &'static str), Hosted>,
    pub(super) gate: Option<Gate>,
    pub(super) guards: Vec<Guard>,
    pub(super) observer: Option<Observer>,
    pub(super) permits: Arc<Semaphore>,
    pub(super) deadline: Duration,
}

impl Shared {
    /// Starts a task for a request, or refuses it: from who asks too often, or if too many run.
    pub(super) async fn take(self: &Arc<Self>, message: Message, requests: &TaskTracker) {
        let started = Instant::now();
        let caller = match self.admit(&message) {
            Ok(caller) => caller,
            Err(Shut::Refused(refusal)) => {
                return self.finish(&message, self.hosted(&message), started, Err(refusal)).await;
            }
            Err(Shut::Silent) => return,
        };
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            let shared = Arc::clone(self);
            requests.spawn(async move {
                shared.answer(caller, message, started).await;
                drop(permit);
            });
        } else {
            let refusal = ApiError::new(ErrorCode::Unavailable, "too many requests at once; try again")
                .retry_after(RETRY_AFTER_MS);
            self.finish(&message, None, started, Err(refusal)).await;
        }
    }

    /// Who asks, if he may ask now.
    fn admit(&self, message: &Message) -> Result<Caller, Shut> {
        let Some((plane, principal, _, _)) = subject::parse(&message.subject) else {
            return Err(Shut::Refused(ApiError::new(ErrorCode::BadRequest, "this subject is none of a request")));
        };
        let caller = caller::identify(plane, principal, message.headers.as_ref(), message.reply.is_some())
            .map_err(Shut::Refused)?;
        self.gate.as_ref().map_or(Ok(()), |gate| gate(&caller))?;
        Ok(caller)
    }

    fn hosted<'a>(&'a self, message: &'a Message) -> Option<&'a Hosted> {
        let (plane, _, service, verb) = subject::parse(&message.subject)?;
        self.endpoints.get(&(plane, service, verb))
    }

    async fn answer(&self, caller: Caller, message: Message, started: Instant) {
        let hosted = self.hosted(&message);
        let result = self.result(caller, &message, hosted).await;
        self.finish(&message, hosted, started, result).await;
    }

    async fn result(&self, caller: Caller, message: &Message, hosted: Option<&Hosted>) -> Result<Vec<u8>, ApiError> {
        let Some(hosted) = hosted else {
            let what = subject::parse(&message.subject).map(|(_, _, service, verb)| format!("{service}.{verb}"));
            let text = format!("there is no `{}`", what.unwrap_or_default());
            return Err(ApiError::new(ErrorCode::NotFound, text));
        };
        let work = AssertUnwindSafe(self.guarded(caller, hosted, message)).catch_unwind();
        match tokio::time::timeout(self.deadline, work).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => {
                let text = panic
                    .downcast_ref::<&str>()
                    .map(|s| (*s).to_owned())
                    .or_else(|| panic.downcast_ref::<String>().cloned());
                tracing::error!(endpoint = ?hosted.spec, panic = text.unwrap_or_default(), "a handler panicked");
                Err(ApiError::new(
                    ErrorCode::Internal,
                    "a fault of the house; nothing more is known here, its log tells",
                ))
            }
            Err(_) => {
                tracing::error!(endpoint = ?hosted.spec, deadline = ?self.deadline, "a handler took too long");
                let text = "it took too long; repeat it with the same request id";
                Err(ApiError::new(ErrorCode::Unavailable, text).retry_after(RETRY_AFTER_MS))
            }
        }
    }

    async fn guarded(&self, caller: Caller, hosted: &Hosted, message: &Message) -> Result<Vec<u8>, ApiError> {
        for guard in &self.guards {
            guard(caller.clone(), hosted.spec).await?;
        }
        (hosted.handler)(caller, message.payload.clone()).await
    }

    async fn finish(
        &self,
        message: &Message,
        hosted: Option<&Hosted>,
        started: Instant,
        result: Result<Vec<u8>, ApiError>,
    ) {
        let most = self.bus.client.max_payload().saturating_sub(REPLY_MARGIN);
        let result = result.and_then(|body| {
            if body.len() <= most {
                Ok(body)
            } else {
                Err(ApiError::new(
                    ErrorCode::TooLarge,
                    format!("the reply has {} bytes; ask for a smaller page", body.len()),
                ))
            }
        });
        let took = started.elapsed();
        if let Some(hosted) = hosted {
            hosted.figures.count(took, result.as_ref().err());
        }
        if let Some(observer) = &self.observer {
            let refused = result.as_ref().err().map(|e| e.code);
            observer(&Observation { endpoint: hosted.map(|h| h.spec), refused, took });
        }
        self.respond(message, result).await;
    }

    async fn respond(&self, message: &Message, result: Result<Vec<u8>, ApiError>) {
        let Some(reply) = &message.reply else { return };
        if self.bus.check_connected().is_err() {
            return; // whoever asked has lost the way too, and repeats it
        }
        let allowed =
            subject::parse(&message.subject).is_some_and(|(plane, who, _, _)| subject::may_reply_to(plane, who, reply));
        if !allowed {
            tracing::warn!(subject = %message.subject, %reply, "an answer was asked for where none may go");
            return;
        }
        let body = result.unwrap_or_else(|error| {
            serde_json::to_vec(&Answer::<()>::Error(error)).expect("strings and numbers are always json")
        });
        if let Err(error) = self.bus.client.publish(reply.clone(), body.into()).await {
            tracing::warn!(subject = %message.subject, %error, "an answer could not be sent");
        }
    }

    pub(super) fn specs(&self) -> Vec<(&'static EndpointSpec, super::figures::Snapshot)> {
        let mut specs: Vec<_> = self.endpoints.values().map(|h| (h.spec, h.figures.snapshot())).collect();
        specs.sort_by_key(|(spec, _)| (super::plane_name(spec.plane), spec.service, spec.verb));
        specs
    }
}
