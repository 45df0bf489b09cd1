//! Live connections: forgotten when the server says that they are gone, cut when their holder may no longer be here.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Message;
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

    /// Cuts all connections of somebody; gives how many were cut.
    pub(crate) async fn cut(&self, holder: &Holder) -> Result<usize, StoreError> {
        let live = connections::of(&self.store, holder).await?;
        let cut = self.cut_these(&live).await?;
        tracing::info!(name = holder.name(), kind = holder.kind(), cut, of = live.len(), "connections cut");
        Ok(cut)
    }

    /// Cuts the connections on which somebody hears a room; gives how many were cut.
    pub(crate) async fn cut_hearing(&self, uid: &Uid, room: RoomId) -> Result<usize, StoreError> {
        let live = connections::hearing(&self.store, uid, room).await?;
        let cut = self.cut_these(&live).await?;
        if !live.is_empty() {
            tracing::info!(%uid, %room, cut, of = live.len(), "connections that hear a room cut");
        }
        Ok(cut)
    }

    async fn cut_these(&self, live: &[Connection]) -> Result<usize, StoreError> {
        let kicks = stream::iter(live.to_vec()).map(|connection| self.kick(connection)).buffer_unordered(KICKS_AT_ONCE);
        let cut = kicks.filter(|cut| std::future::ready(*cut)).count().await;
        connections::delete(&self.store, live).await?;
        Ok(cut)
    }

    /// A kick without a reply subject is ignored by the server, so it is a request.
    async fn kick(&self, connection: Connection) -> bool {
        let body = Bytes::from(format!(r#"{{"cid":{}}}"#, connection.cid));
        let request = async_nats::Request::new().payload(body).timeout(Some(KICK_PATIENCE));
        match self.bus.client().send_request(system::kick(&connection.server_id), request).await {
            Ok(answer) => !String::from_utf8_lossy(&answer.payload).contains("\"error\""),
            Err(error) => {
                tracing::info!(%error, server = connection.server_id, cid = connection.cid, "could not cut a connection");
                false
            }
        }
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

fn read(message: &Message) -> Option<Told> {
    serde_json::from_slice(&message.payload)
        .inspect_err(|error| tracing::warn!(%error, "cannot read what the server tells"))
        .ok()
}
