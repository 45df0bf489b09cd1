//! Pushes to client apps: core messages with the header that no reply ever carries.

use async_nats::HeaderMap;
use bytes::Bytes;
use callboard_contract::{Push, subject};
use callboard_domain::{RoomId, Uid};

use crate::connection::Bus;
use crate::error::BusError;

impl Bus {
    /// Sends a push to one user's apps. Nobody acknowledges it; apps that miss it ask `session.sync`. While the connection
    /// is down it fails at once: pushes that wait in a queue would come late and in the way of others.
    pub async fn push(&self, uid: &Uid, push: &Push) -> Result<(), BusError> {
        self.push_packed(uid, &PackedPush::new(push)?).await
    }
}

/// A push that was written once and goes to many.
#[derive(Clone, Debug)]
pub struct PackedPush {
    event: String,
    headers: HeaderMap,
    body: Bytes,
}

impl PackedPush {
    /// Writes it.
    pub fn new(push: &Push) -> Result<Self, BusError> {
        let body = serde_json::to_vec(push).map_err(|cause| BusError::Encode { what: push.event.clone(), cause })?;
        let mut headers = HeaderMap::new();
        headers.insert(subject::PUSH_HEADER, push.ev.to_string());
        Ok(Self { event: push.event.clone(), headers, body: body.into() })
    }
}

impl Bus {
    /// Sends a push that was written before to one user's apps, as [`Bus::push`] does.
    pub async fn push_packed(&self, uid: &Uid, packed: &PackedPush) -> Result<(), BusError> {
        self.send_packed(subject::push(uid, &packed.event), packed).await
    }

    /// Sends a push to all who hear a room with a ticket.
    pub async fn push_to_room(&self, room: RoomId, packed: &PackedPush) -> Result<(), BusError> {
        self.send_packed(subject::room_push(room, &packed.event), packed).await
    }

    async fn send_packed(&self, subject: String, packed: &PackedPush) -> Result<(), BusError> {
        self.check_connected()?;
        let sent = self.client.publish_with_headers(subject, packed.headers.clone(), packed.body.clone()).await;
        sent.map_err(|e| BusError::failed(format!("pushing {}", packed.event), e))
    }
}
