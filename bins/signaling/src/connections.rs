//! Live connections: forgotten when the server says that they are gone, cut when their holder may no longer be here.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Message;
use async_nats::client::RequestErrorKind;
use bytes::Bytes;
use callboard_bus::{Bus, BusError, CancellationToken};
use callboard_contract::subject::system;
use callboard_domain::{RoomId, Uid};
use callboard_people::connections::{self, Connection, Holder};
use callboard_store::{Store, StoreError};
use callboard_worker::{Guard, House};
use futures::stream::{self, StreamExt};
use serde::Deserialize;

use crate::auth::{APP, EDGE, listener_named, may_hear};
use crate::error::LoopError;

const GROUP: &str = "callboard-signaling";
const KICK_PATIENCE: Duration = Duration::from_secs(1);
const KICKS_AT_ONCE: usize = 16;
const GONE_AT_ONCE: usize = 256;
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// Servers that have not answered by then count as gone.
const ROLL_CALL: Duration = Duration::from_secs(1);
/// No connection outlives a day and a little.
const MAX_AGE_MS: i64 = 25 * 3600 * 1000;

/// What the server says of a number that it does not know (any more).
const GONE: &str = "no such client";

/// What came of cutting some connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Those that are no more: cut now, or gone before.
    pub(crate) cut: usize,
    /// Those that may still be open.
    pub(crate) left: usize,
}

/// What came of cutting one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Cut,
    Gone,
    /// Nobody knows; it is kept in mind and can be cut again.
    Open,
}

/// Hears of connections and cuts them.
#[derive(Clone)]
pub(crate) struct Connections {
    bus: Bus,
    store: Store,
    guard: Arc<Guard>,
}

#[derive(Debug, Deserialize)]
struct Told {
    server: Server,
    client: Client,
}

#[derive(Debug, Deserialize)]
struct Server {
    id: String,
}

/// A server's answer to the roll call.
#[derive(Debug, Deserialize)]
struct Present {
    server: Server,
}

#[derive(Debug, Deserialize)]
struct Client {
    id: u64,
    #[serde(default)]
    name_tag: String,
}

impl Connections {
    pub(crate) fn new(bus: Bus, store: Store, guard: Arc<Guard>) -> Self {
        Self { bus, store, guard }
    }

    /// Listens until the worker stops.
    pub(crate) fn start(&self, house: &House) {
        let this = self.clone();
        house.spawn("connections gone", move |stop| {
            let this = this.clone();
            async move { this.forget_gone(stop).await }
        });
        let this = self.clone();
        house.spawn("connections come", move |stop| {
            let this = this.clone();
            async move { this.check_come(stop).await }
        });
        let this = self.clone();
        house.every("connections sweep", SWEEP_EVERY, move || {
            let this = this.clone();
            async move { this.sweep().await }
        });
    }

    /// Cuts all connections of somebody.
    pub(crate) async fn cut(&self, holder: &Holder) -> Result<Cut, StoreError> {
        let live = connections::of(&self.store, holder).await?;
        let Cut { cut, left } = self.cut_these(live).await?;
        tracing::info!(name = holder.name(), kind = holder.kind(), cut, left, "connections cut");
        Ok(Cut { cut, left })
    }

    /// Cuts the connections on which somebody hears a room.
    pub(crate) async fn cut_hearing(&self, uid: &Uid, room: RoomId) -> Result<Cut, StoreError> {
        let live = connections::hearing(&self.store, uid, room).await?;
        let Cut { cut, left } = self.cut_these(live).await?;
        if cut + left > 0 {
            tracing::info!(%uid, %room, cut, left, "connections that hear a room cut");
        }
        Ok(Cut { cut, left })
    }

    /// Forgets those that are no more, and only those: what could not be cut is cut when it is tried again.
    async fn cut_these(&self, live: Vec<Connection>) -> Result<Cut, StoreError> {
        let all = live.len();
        let kicks = stream::iter(live).map(|connection| async move { (self.kick(&connection).await, connection) });
        let kicked: Vec<(Fate, Connection)> = kicks.buffer_unordered(KICKS_AT_ONCE).collect().await;
        let gone: Vec<Connection> =
            kicked.into_iter().filter(|(fate, _)| *fate != Fate::Open).map(|(_, c)| c).collect();
        connections::delete(&self.store, &gone).await?;
        Ok(Cut { cut: gone.len(), left: all - gone.len() })
    }

    /// A kick without a reply subject is ignored by the server, so it is a request.
    async fn kick(&self, connection: &Connection) -> Fate {
        let body = Bytes::from(format!(r#"{{"cid":{}}}"#, connection.cid));
        let request = async_nats::Request::new().payload(body).timeout(Some(KICK_PATIENCE));
        let answer = self.bus.client().send_request(system::kick(&connection.server_id), request).await;
        let fate = match &answer {
            Ok(answer) => fate(&answer.payload),
            // Every server listens to its own name: where nobody does, it is gone, and its connections with it.
            Err(error) if error.kind() == RequestErrorKind::NoResponders => Fate::Gone,
            Err(_) => Fate::Open,
        };
        if fate == Fate::Open {
            let why = answer.map_or_else(|e| e.to_string(), |m| String::from_utf8_lossy(&m.payload).into_owned());
            tracing::warn!(why, server = connection.server_id, cid = connection.cid, "could not cut a connection");
            metrics::counter!("callboard_cuts_failed_total").increment(1);
        }
        fate
    }

    async fn forget_gone(&self, stop: CancellationToken) -> Result<(), LoopError> {
        let [edge, app] = [self.hear(system::disconnected(EDGE)).await, self.hear(system::disconnected(APP)).await];
        let told = stream::select(edge?, app?);
        let mut told = std::pin::pin!(
            told.filter_map(|m| std::future::ready(read(&m)))
                .ready_chunks(GONE_AT_ONCE)
                .take_until(stop.cancelled_owned())
        );
        while let Some(gone) = told.next().await {
            let gone: Vec<Connection> =
                gone.into_iter().map(|t| Connection { server_id: t.server.id, cid: t.client.id }).collect();
            connections::delete(&self.store, &gone).await?;
        }
        Ok(())
    }

    /// Somebody may have been banned, or put out of the room that he hears, between the question and the connection.
    async fn check_come(&self, stop: CancellationToken) -> Result<(), LoopError> {
        let come = self.hear(system::connected(EDGE)).await?;
        let mut come =
            std::pin::pin!(come.filter_map(|m| std::future::ready(read(&m))).take_until(stop.cancelled_owned()));
        while let Some(told) = come.next().await {
            if let Some((uid, room)) = listener_named(&told.client.name_tag) {
                if !may_hear(&self.store, &uid, room).await? {
                    self.cut_hearing(&uid, room).await?;
                }
                continue;
            }
            let Ok(uid) = Uid::new(told.client.name_tag) else { continue };
            if self.guard.is_banned(&uid) == Some(true) {
                self.cut(&Holder::User(uid)).await?;
            }
        }
        Ok(())
    }

    /// A server that was killed tells nothing of its connections: what belongs to servers that do not answer is forgotten.
    async fn sweep(&self) -> Result<(), LoopError> {
        let servers = self.roll_call().await?;
        if servers.is_empty() {
            return Ok(());
        }
        let swept = connections::sweep(&self.store, &servers, MAX_AGE_MS).await?;
        if swept > 0 {
            tracing::info!(swept, "forgot connections of servers that are gone");
        }
        Ok(())
    }

    async fn roll_call(&self) -> Result<Vec<String>, BusError> {
        let client = self.bus.client();
        let bad = |e: &dyn std::fmt::Display| BusError::Failed {
            what: "calling the servers".to_owned(),
            cause: e.to_string(),
        };
        let inbox = client.new_inbox();
        let answers = client.subscribe(inbox.clone()).await.map_err(|e| bad(&e))?;
        let ask = Bytes::from_static(br#"{"limit":1}"#);
        client.publish_with_reply(system::ALL_CONNECTIONS, inbox, ask).await.map_err(|e| bad(&e))?;
        let answers = answers.take_until(tokio::time::sleep(ROLL_CALL));
        Ok(answers
            .filter_map(|m| std::future::ready(serde_json::from_slice::<Present>(&m.payload).ok()))
            .map(|answer| answer.server.id)
            .collect()
            .await)
    }

    async fn hear(&self, subject: String) -> Result<async_nats::Subscriber, BusError> {
        let what = format!("subscribing to {subject}");
        let heard = self.bus.client().queue_subscribe(subject, GROUP.to_owned()).await;
        heard.map_err(|e| BusError::Failed { what, cause: e.to_string() })
    }
}

/// What the server's answer to a kick means.
fn fate(answer: &[u8]) -> Fate {
    #[derive(Deserialize)]
    struct Answer {
        error: Option<Fault>,
    }
    #[derive(Deserialize)]
    struct Fault {
        description: String,
    }
    match serde_json::from_slice::<Answer>(answer) {
        Ok(Answer { error: None }) => Fate::Cut,
        Ok(Answer { error: Some(fault) }) if fault.description.contains(GONE) => Fate::Gone,
        Ok(_) | Err(_) => Fate::Open,
    }
}

fn read(message: &Message) -> Option<Told> {
    serde_json::from_slice(&message.payload)
        .inspect_err(|error| tracing::warn!(%error, "cannot read what the server tells"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_server_cut_or_does_not_know_counts_as_gone() {
        for (answer, means) in [
            (r#"{"server":{"id":"A"}}"#, Fate::Cut),
            (r#"{"server":{"id":"A"},"data":null}"#, Fate::Cut),
            (r#"{"error":{"code":500,"description":"no such client or leafnode id"},"server":{"id":"A"}}"#, Fate::Gone),
            (r#"{"error":{"code":400,"description":"invalid request"},"server":{"id":"A"}}"#, Fate::Open),
            ("no json", Fate::Open),
            ("", Fate::Open),
        ] {
            assert_eq!(fate(answer.as_bytes()), means, "{answer}");
        }
    }
}
