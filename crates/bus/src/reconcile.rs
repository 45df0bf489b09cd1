//! Reading the ids of stored events, so that the outbox and the stream can be compared.

use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use callboard_contract::subject;
use callboard_domain::{At, EventId};
use futures::stream::StreamExt;

use crate::connection::Bus;
use crate::error::BusError;

const BATCH: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(2);
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// An event's id, as the stream has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEventId {
    /// The id.
    pub id: EventId,
    /// The subject: `evt.<domain>.<event>.<entity>`.
    pub subject: String,
    /// Where it stands in the stream.
    pub sequence: u64,
}

impl Bus {
    /// The ids of all events stored since an instant (of all that there are, if none is given), in the order of the stream.
    pub async fn fetch_event_ids(&self, since: Option<At>) -> Result<Vec<StoredEventId>, BusError> {
        let failed = |e: &dyn std::fmt::Display| BusError::failed("reading the event stream", e);
        let name = format!("reconcile_{}", uuid::Uuid::now_v7().simple());
        let config = pull::Config {
            name: Some(name.clone()),
            description: Some("compares the outbox with the stream".to_owned()),
            deliver_policy: since.map_or(Ok(DeliverPolicy::All), start_at)?,
            ack_policy: AckPolicy::None,
            headers_only: true,
            memory_storage: true,
            inactive_threshold: FORGOTTEN_AFTER,
            filter_subject: subject::ALL_EVENTS.to_owned(),
            ..pull::Config::default()
        };
        let stream = self.jetstream.get_stream_no_info(subject::EVENT_STREAM).await.map_err(|e| failed(&e))?;
        let consumer = stream.create_consumer(config).await.map_err(|e| failed(&e))?;
        let mut left = consumer.cached_info().num_pending;
        let mut ids = Vec::with_capacity(usize::try_from(left).unwrap_or_default().min(1_000_000));
        while left > 0 {
            // No more than there are: a batch that is not filled waits until it expires.
            let wanted = usize::try_from(left).unwrap_or(BATCH).min(BATCH);
            let batch = consumer.batch().max_messages(wanted).expires(PATIENCE).messages().await;
            let mut batch = batch.map_err(|e| failed(&e))?;
            let mut got = false;
            while let Some(message) = batch.next().await {
                let message = message.map_err(|e| failed(&e))?;
                let info = message.info().map_err(|e| failed(&e))?;
                got = true;
                left = info.pending;
                let id = message
                    .headers
                    .as_ref()
                    .and_then(|h| h.get(NATS_MESSAGE_ID))
                    .and_then(|id| id.as_str().parse().ok());
                if let Some(id) = id {
                    let (subject, sequence) = (message.subject.to_string(), info.stream_sequence);
                    ids.push(StoredEventId { id, subject, sequence });
                } else {
                    tracing::warn!(sequence = info.stream_sequence, "an event on the stream has no id");
                }
            }
            if !got {
                return Err(BusError::Timeout("reading the event stream".to_owned()));
            }
        }
        if let Err(error) = stream.delete_consumer(&name).await {
            tracing::debug!(%error, "a consumer of the reconciliation stays until it is forgotten");
        }
        Ok(ids)
    }
}

fn start_at(since: At) -> Result<DeliverPolicy, BusError> {
    let nanos = i128::from(since.as_ms()) * 1_000_000;
    let start_time = async_nats::datetime::from_nanos(nanos)
        .map_err(|e| BusError::failed(format!("reading the event stream since {since}"), e))?;
    Ok(DeliverPolicy::ByStartTime { start_time })
}
