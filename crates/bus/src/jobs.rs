//! Jobs: work that one worker takes, keeps alive while it does it, and acknowledges when it is done.
//!
//! What must always hold: there is at most one job per subject at any time, so that asking twice for the same work is harmless; a
//! job whose worker died comes to another once [`LEASE`] is over; a worker that lives says so well within it.

use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::message::PublishMessage;
use callboard_contract::subject;
use futures::stream::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::connection::Bus;
use crate::error::BusError;

/// How long a job stays with a worker that says nothing of it. A worker says so several times within it, and whoever is given a job
/// anew first listens for the one who had it: a lease that ran out under a worker that lives costs nothing.
pub const LEASE: Duration = Duration::from_secs(6);
/// How often a job is given out before it stays where it is; a worker refuses it on the last time.
pub const DELIVERIES: i64 = 20;
/// How the server words that the work is known already.
const ALREADY_THERE: &str = "maximum messages per subject";

/// The jobs that the copies of a worker share.
#[derive(Clone, Debug)]
pub struct Jobs {
    consumer: Consumer<pull::Config>,
}

/// A job in hand. Dropping it says nothing: it comes again when its lease is over.
#[derive(Debug)]
pub struct Job {
    message: async_nats::jetstream::Message,
    delivered: i64,
}

impl Bus {
    /// Asks for work to be done; gives whether that is new, or was asked for already and is not done yet.
    pub async fn publish_job<T: Serialize + Sync>(
        &self,
        subject: String,
        message_id: &str,
        what: &T,
    ) -> Result<bool, BusError> {
        self.check_connected()?;
        let body = serde_json::to_vec(what).map_err(|cause| BusError::Encode { what: subject.clone(), cause })?;
        let message = PublishMessage::build().message_id(message_id).payload(body.into());
        let failed = |e: &dyn std::fmt::Display| BusError::failed(format!("publishing {subject}"), e);
        let ack = self.jetstream.send_publish(subject.clone(), message).await.map_err(|e| failed(&e))?.await;
        match ack {
            Ok(ack) => Ok(!ack.duplicate),
            Err(error) if error.to_string().contains(ALREADY_THERE) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    /// The jobs on `filter`, shared by all who name the same durable consumer. Makes stream and consumer if they are not there.
    pub async fn jobs(&self, durable: &str, filter: &str) -> Result<Jobs, BusError> {
        let failed = |e: &dyn std::fmt::Display| BusError::failed(format!("taking jobs as {durable}"), e);
        self.apply_jobs().await?;
        let config = pull::Config {
            durable_name: Some(durable.to_owned()),
            description: Some("shared by the copies of a worker; an acknowledged job is done".to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: LEASE,
            max_deliver: DELIVERIES,
            filter_subject: filter.to_owned(),
            ..pull::Config::default()
        };
        let stream = self.jetstream.get_stream_no_info(subject::jobs::STREAM).await.map_err(|e| failed(&e))?;
        let consumer = stream.create_consumer(config).await.map_err(|e| failed(&e))?;
        Ok(Jobs { consumer })
    }
}

impl Jobs {
    /// The next job, if one comes within `patience`.
    pub async fn next(&self, patience: Duration) -> Result<Option<Job>, BusError> {
        let failed = |e: &dyn std::fmt::Display| BusError::failed("taking a job", e);
        let batch = self.consumer.batch().max_messages(1).expires(patience).messages().await;
        let mut batch = batch.map_err(|e| failed(&e))?;
        let Some(message) = batch.next().await else { return Ok(None) };
        let message = message.map_err(|e| failed(&e))?;
        let delivered = message.info().map_err(|e| failed(&e))?.delivered;
        Ok(Some(Job { message, delivered }))
    }
}

impl Job {
    /// What is to be done.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, BusError> {
        serde_json::from_slice(&self.message.payload).map_err(|e| BusError::failed("reading a job", e))
    }

    /// How often it was given out, this time included.
    pub const fn delivered(&self) -> i64 {
        self.delivered
    }

    /// Whether it is given out for the last time.
    pub const fn is_last_try(&self) -> bool {
        self.delivered >= DELIVERIES
    }

    /// Says that it is being worked on: the lease begins anew.
    pub async fn still_working(&self) -> Result<(), BusError> {
        self.acknowledge(AckKind::Progress).await
    }

    /// It is done, or there is nothing to do; it is gone when this returns.
    pub async fn done(&self) -> Result<(), BusError> {
        let sent = self.message.double_ack_with(AckKind::Ack).await;
        sent.map_err(|e| BusError::failed("acknowledging a job", e))
    }

    /// Gives it to another, not before so long.
    pub async fn give_back(&self, after: Duration) -> Result<(), BusError> {
        self.acknowledge(AckKind::Nak(Some(after))).await
    }

    async fn acknowledge(&self, kind: AckKind) -> Result<(), BusError> {
        self.message.ack_with(kind).await.map_err(|e| BusError::failed("acknowledging a job", e))
    }
}
