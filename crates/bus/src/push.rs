//! Pushes to client apps: core messages with the header that no reply ever carries.

use async_nats::HeaderMap;
use callboard_contract::{Push, subject};
use callboard_domain::Uid;

use crate::connection::Bus;
use crate::error::BusError;

impl Bus {
    /// Sends a push to one user's apps. Nobody acknowledges it; apps that miss it ask `session.sync`. While the connection
    /// is down it fails at once: pushes that wait in a queue would come late and in the way of others.
    pub async fn push(&self, uid: &Uid, push: &Push) -> Result<(), BusError> {
        self.check_connected()?;
        let body = serde_json::to_vec(push).map_err(|cause| BusError::Encode { what: push.event.clone(), cause })?;
        let mut headers = HeaderMap::new();
        headers.insert(subject::PUSH_HEADER, push.ev.to_string());
        self.client
            .publish_with_headers(subject::push(uid, &push.event), headers, body.into())
            .await
            .map_err(|e| BusError::failed(format!("pushing {} to {uid}", push.event), e))
    }
}
