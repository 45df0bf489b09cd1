//! Who is here: a bucket in memory whose keys go away by themselves.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::kv::{Operation, Store};
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use callboard_contract::subject;
use callboard_domain::Uid;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::connection::Bus;
use crate::error::BusError;

const GETS_AT_ONCE: usize = 32;

/// A change of somebody's presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceChange {
    /// Who.
    pub uid: Uid,
    /// What was put; nothing if it was taken away or has run out.
    pub value: Option<Bytes>,
}

impl Bus {
    /// Puts somebody's presence for so long (whole seconds, at least one).
    pub async fn presence_put(&self, uid: &Uid, value: Bytes, ttl: Duration) -> Result<(), BusError> {
        match self.put_presence(uid, value.clone(), ttl).await {
            // The bucket is in memory and gone after a restart of the server.
            Err(PublishErrorKind::StreamNotFound) => {
                self.apply_presence().await?;
                self.put_presence(uid, value, ttl).await
            }
            done => done,
        }
        .map_err(|e| BusError::failed(format!("putting the presence of {uid}"), e))
    }

    async fn put_presence(&self, uid: &Uid, value: Bytes, ttl: Duration) -> Result<(), PublishErrorKind> {
        let message = PublishMessage::build().ttl(ttl.max(Duration::from_secs(1))).payload(value);
        let sent = self.jetstream.send_publish(subject::presence(uid), message).await.map_err(|e| e.kind())?;
        sent.await.map(|_| ()).map_err(|e| e.kind())
    }

    /// Takes somebody's presence away.
    pub async fn presence_delete(&self, uid: &Uid) -> Result<(), BusError> {
        let deleted = self.presence_bucket().await?.purge(subject::presence_key(uid)).await;
        deleted.map_err(|e| BusError::failed(format!("taking the presence of {uid} away"), e))
    }

    /// The presences of those users who have one.
    pub async fn presence_get_many(&self, uids: &[Uid]) -> Result<HashMap<Uid, Bytes>, BusError> {
        let bucket = self.presence_bucket().await?;
        stream::iter(uids.iter().cloned())
            .map(|uid| {
                let bucket = bucket.clone();
                async move {
                    let got = bucket.get(subject::presence_key(&uid)).await;
                    let got = got.map_err(|e| BusError::failed(format!("reading the presence of {uid}"), e))?;
                    Ok::<_, BusError>(got.map(|value| (uid, value)))
                }
            })
            .buffer_unordered(GETS_AT_ONCE)
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await
    }

    /// First everybody's presence as it is, then every change. The stream ends if the bucket goes away (restart of the server):
    /// ask again then.
    pub async fn presence_watch(&self) -> Result<impl Stream<Item = PresenceChange> + Send + Unpin + use<>, BusError> {
        let bucket = self.presence_bucket().await?;
        let watch = bucket.watch_with_history(">").await.map_err(|e| BusError::failed("watching presences", e))?;
        let changes = watch
            .take_while(|entry| {
                std::future::ready(entry.as_ref().inspect_err(|e| tracing::warn!(error = %e, "presence watch")).is_ok())
            })
            .filter_map(async |entry| {
                let entry = entry.ok()?;
                let uid = Uid::new(entry.key).ok()?;
                Some(PresenceChange { uid, value: (entry.operation == Operation::Put).then_some(entry.value) })
            });
        Ok(Box::pin(changes))
    }

    async fn presence_bucket(&self) -> Result<Store, BusError> {
        if let Ok(store) = self.jetstream.get_key_value(subject::PRESENCE_BUCKET).await {
            return Ok(store);
        }
        self.apply_presence().await?;
        let store = self.jetstream.get_key_value(subject::PRESENCE_BUCKET).await;
        store.map_err(|e| BusError::failed("opening the presence bucket", e))
    }
}
