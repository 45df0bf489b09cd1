//! Asking an endpoint.

use std::time::Duration;

use async_nats::{Message, Request, RequestErrorKind};
use callboard_contract::{Answer, ApiError, Endpoint, ErrorCode, subject};
use tokio::sync::broadcast::error::RecvError;

use crate::connection::Bus;
use crate::error::CallError;

/// How long a request waits for its answer.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);

impl Bus {
    /// Asks an endpoint as `principal` (the caller's own uid or staff name; workers among themselves: anything).
    pub async fn call<E: Endpoint>(&self, principal: &str, request: &E::Request) -> Result<E::Reply, CallError> {
        let body = serde_json::to_vec(request).map_err(|e| CallError::Unsendable(e.to_string()))?;
        let message = self.ask(subject::request(E::SPEC, principal), body.into()).await?;
        let answer: Answer<E::Reply> =
            serde_json::from_slice(&message.payload).map_err(|e| CallError::Undecodable(e.to_string()))?;
        Result::from(answer).map_err(CallError::Api)
    }

    /// Tells an endpoint something without waiting for an answer (typing, beats).
    pub async fn tell<E: Endpoint>(&self, principal: &str, request: &E::Request) -> Result<(), CallError> {
        let body = serde_json::to_vec(request).map_err(|e| CallError::Unsendable(e.to_string()))?;
        let subject = subject::request(E::SPEC, principal);
        self.client.publish(subject, body.into()).await.map_err(|e| CallError::Unsendable(e.to_string()))
    }

    /// Sends a body to a subject and waits for the answer; a refusal of the server itself counts as `forbidden`.
    async fn ask(&self, subject: String, body: bytes::Bytes) -> Result<Message, CallError> {
        // The library's own deadline begins when there is room in its queue, which may never be while the connection is down.
        match tokio::time::timeout(self.deadline, self.ask_unbounded(subject, body)).await {
            Ok(answered) => answered,
            Err(_) if self.is_connected() => Err(CallError::Timeout),
            Err(_) => Err(CallError::Disconnected),
        }
    }

    async fn ask_unbounded(&self, subject: String, body: bytes::Bytes) -> Result<Message, CallError> {
        let mut refusals = self.refusals();
        let request = Request::new().payload(body).timeout(None);
        let mut asking = std::pin::pin!(self.client.send_request(subject.clone(), request));
        loop {
            tokio::select! {
                answer = &mut asking => return answer.map_err(|e| match e.kind() {
                    RequestErrorKind::TimedOut => CallError::Timeout,
                    RequestErrorKind::Other => CallError::Disconnected,
                    RequestErrorKind::NoResponders => CallError::NoResponders,
                    RequestErrorKind::InvalidSubject | RequestErrorKind::MaxPayloadExceeded => {
                        CallError::Unsendable(e.to_string())
                    }
                }),
                refused = refusals.recv() => match refused {
                    Ok(refused) if refused == subject => {
                        let text = format!("this connection may not ask `{subject}`");
                        return Err(CallError::Api(ApiError::new(ErrorCode::Forbidden, text)));
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Err(CallError::Disconnected),
                },
            }
        }
    }
}
