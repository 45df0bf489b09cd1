//! Events: published to the stream with their message ids, heard by whoever listens, and the small signals between workers.

use std::time::{Duration, Instant};

use async_nats::jetstream::message::PublishMessage;
use callboard_contract::{Event, subject};
use futures::future::join_all;
use futures::stream::{Stream, StreamExt};

use crate::connection::Bus;
use crate::error::BusError;

/// The stream has stored an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Where it stands in the stream.
    pub sequence: u64,
    /// Whether it was there before.
    pub duplicate: bool,
}

impl Bus {
    /// Publishes an event and waits until the stream has it on disk.
    pub async fn publish_event(&self, event: &Event) -> Result<Ack, BusError> {
        self.publish_events(std::slice::from_ref(event))
            .await
            .pop()
            .unwrap_or_else(|| Err(BusError::failed("publishing an event", "no result")))
    }

    /// Publishes events one after the other without waiting in between, then waits for all acknowledgements together. The results
    /// stand in the order of the events; what failed may be stored nevertheless and is published again without harm.
    pub async fn publish_events(&self, events: &[Event]) -> Vec<Result<Ack, BusError>> {
        let mut pending = Vec::with_capacity(events.len());
        let mut open = self.is_connected();
        for event in events {
            // Without a connection each would only wait for room in a queue; the outbox keeps them.
            let sent = if open { self.send_event(event).await } else { Err(BusError::Disconnected) };
            open = open && sent.is_ok();
            pending.push(sent);
        }
        join_all(pending.into_iter().map(async |sent| {
            let ack = sent?.await.map_err(|e| BusError::failed("storing an event", e))?;
            Ok(Ack { sequence: ack.sequence, duplicate: ack.duplicate })
        }))
        .await
    }

    async fn send_event(&self, event: &Event) -> Result<async_nats::jetstream::context::PublishAckFuture, BusError> {
        let body = serde_json::to_vec(event).map_err(|cause| BusError::Encode { what: event.event.clone(), cause })?;
        let message = PublishMessage::build().message_id(subject::message_id(event.id)).payload(body.into());
        self.jetstream
            .send_publish(subject::event(&event.event, &event.entity), message)
            .await
            .map_err(|e| BusError::failed(format!("publishing {} of {}", event.event, event.entity), e))
    }

    /// Hears events as they are published, from now on. Some may come twice, and some may be missed while the connection is down:
    /// after each reconnect look at the facts again. `filter` is `contract::subject::ALL_EVENTS` or narrower.
    pub async fn subscribe_events(
        &self,
        filter: &str,
    ) -> Result<impl Stream<Item = Event> + Send + Unpin + use<>, BusError> {
        let messages = self.subscribe(filter).await?;
        Ok(Box::pin(messages.filter_map(async |message| match serde_json::from_slice(&message.payload) {
            Ok(event) => Some(event),
            Err(error) => {
                tracing::warn!(subject = %message.subject, %error, "cannot read an event");
                None
            }
        })))
    }

    /// Says that there is something in the outbox.
    pub async fn wake_outbox(&self) -> Result<(), BusError> {
        self.check_connected()?;
        self.client
            .publish(subject::OUTBOX_WAKE, bytes::Bytes::new())
            .await
            .map_err(|e| BusError::failed("waking the outbox", e))
    }

    /// Hears that there is something in the outbox.
    pub async fn outbox_wakes(&self) -> Result<impl Stream<Item = ()> + Send + Unpin + use<>, BusError> {
        Ok(self.subscribe(subject::OUTBOX_WAKE).await?.map(|_| ()))
    }

    /// Says that who may not be here has changed: every worker reads it anew at once.
    pub async fn refresh_guards(&self) -> Result<(), BusError> {
        self.check_connected()?;
        self.client
            .publish(subject::GUARD_REFRESH, bytes::Bytes::new())
            .await
            .map_err(|e| BusError::failed("refreshing the guards", e))
    }

    /// Hears that who may not be here has changed.
    pub async fn guard_refreshes(&self) -> Result<impl Stream<Item = ()> + Send + Unpin + use<>, BusError> {
        Ok(self.subscribe(subject::GUARD_REFRESH).await?.map(|_| ()))
    }

    /// Something that asks itself through the server whether the way is open.
    pub async fn house_pinger(&self) -> Result<HousePinger, BusError> {
        Ok(HousePinger { echoes: self.subscribe(subject::HOUSE_PING).await?, bus: self.clone() })
    }

    async fn subscribe(&self, subject: &str) -> Result<async_nats::Subscriber, BusError> {
        self.client
            .subscribe(subject.to_owned())
            .await
            .map_err(|e| BusError::failed(format!("subscribing to {subject}"), e))
    }
}

/// Asks itself through the server.
#[derive(Debug)]
pub struct HousePinger {
    bus: Bus,
    echoes: async_nats::Subscriber,
}

impl HousePinger {
    /// Sends a message to itself and waits for it; gives the time that it took.
    pub async fn ping(&mut self, patience: Duration) -> Result<Duration, BusError> {
        let started = Instant::now();
        // Queued messages would go out after a reconnect and say nothing about now.
        if !self.bus.is_connected() {
            return Err(BusError::Disconnected);
        }
        let mark = bytes::Bytes::from(uuid::Uuid::now_v7().hyphenated().to_string());
        self.bus
            .client
            .publish(subject::HOUSE_PING, mark.clone())
            .await
            .map_err(|e| BusError::failed("pinging the house", e))?;
        let echo = async {
            while let Some(message) = self.echoes.next().await {
                if message.payload == mark {
                    return Ok(started.elapsed());
                }
            }
            Err(BusError::Disconnected)
        };
        tokio::time::timeout(patience, echo)
            .await
            .unwrap_or_else(|_| Err(BusError::Timeout("the house's own ping".to_owned())))
    }
}
