//! A client app, played by a program: signs in over WebSocket, asks as its user, and gets its pushes in order.

mod order;

use std::sync::Arc;
use std::time::Duration;

use async_nats::Message;
use callboard_bus::{Auth, Bus, CallError, CancellationToken, ConnectConfig, ConnectionState};
use callboard_contract::api::session::{Hello, HelloReply, HelloRequest, Sync, SyncRequest};
use callboard_contract::{Endpoint, Push, subject};
use callboard_domain::{DeviceId, Uid};
use futures::stream::{Stream, StreamExt};
use tokio::sync::{mpsc, watch};

use crate::error::ClientError;
use order::PushOrder;

const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
const QUEUE: usize = 1024;
const SYNC_PAUSE: Duration = Duration::from_millis(500);

/// A signed-in app. Clones share the connection; it ends when all of them and the [`Pushes`] are gone, or with [`App::close`].
#[derive(Clone, Debug)]
pub struct App {
    bus: Bus,
    uid: Uid,
    device: DeviceId,
    hello: Arc<HelloReply>,
    stop: CancellationToken,
}

/// The pushes of an app: each once, in the order of their numbers, with the missed ones filled in.
#[derive(Debug)]
pub struct Pushes(mpsc::Receiver<Push>);

impl Pushes {
    /// The next one; none when the app has been closed.
    pub async fn next(&mut self) -> Option<Push> {
        self.0.recv().await
    }
}

impl Stream for Pushes {
    type Item = Push;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Push>> {
        self.0.poll_recv(cx)
    }
}

impl App {
    /// Signs in over `ws://` and says hello from a device. The token is asked for anew at each reconnect.
    pub async fn connect(
        ws_url: &str,
        uid: Uid,
        device: DeviceId,
        token: Arc<dyn Fn() -> String + Send + std::marker::Sync>,
    ) -> Result<(Self, Pushes), ClientError> {
        let config = ConnectConfig {
            url: ws_url.to_owned(),
            name: format!("app {uid}"),
            auth: Auth::TokenSource(token),
            inbox: subject::inbox(uid.as_str()),
        };
        let bus = Bus::connect(config).await?;
        bus.wait_connected(CONNECT_PATIENCE).await?;
        let incoming = bus.client().subscribe(subject::pushes_of(uid.as_str())).await;
        let incoming = incoming.map_err(|e| CallError::Unsendable(e.to_string()))?;
        // Listening comes first: what happens between the two is then pushed, numbered, and recognised.
        bus.flush().await?;
        let hello = bus.call::<Hello>(uid.as_str(), &HelloRequest { device: Some(device.clone()) }).await?;
        let (out, pushes) = mpsc::channel(QUEUE);
        let stop = CancellationToken::new();
        let feed = Feed { bus: bus.clone(), uid: uid.clone(), order: PushOrder::after(hello.seq), out };
        let reconnects = bus.state();
        tokio::spawn({
            let stop = stop.clone();
            async move { stop.run_until_cancelled(feed.run(incoming, reconnects)).await }
        });
        Ok((Self { bus, uid, device, hello: Arc::new(hello), stop }, Pushes(pushes)))
    }

    /// Asks as this user.
    pub async fn call<E: Endpoint>(&self, request: &E::Request) -> Result<E::Reply, CallError> {
        self.bus.call::<E>(self.uid.as_str(), request).await
    }

    /// Tells something without waiting for an answer.
    pub async fn tell<E: Endpoint>(&self, request: &E::Request) -> Result<(), CallError> {
        self.bus.tell::<E>(self.uid.as_str(), request).await
    }

    /// Who.
    pub fn uid(&self) -> &Uid {
        &self.uid
    }

    /// On which device.
    pub fn device(&self) -> &DeviceId {
        &self.device
    }

    /// What the house said at sign-in: limits and times.
    pub fn hello(&self) -> &HelloReply {
        &self.hello
    }

    /// How the connection stands, to be watched.
    pub fn connection(&self) -> watch::Receiver<ConnectionState> {
        self.bus.state()
    }

    /// The connection itself, for benches and for tests that send what an app would not.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Closes the connection.
    pub async fn close(self) {
        self.stop.cancel();
        if let Err(error) = self.bus.drain().await {
            tracing::debug!(uid = %self.uid, %error, "closing an app");
        }
    }
}

/// Turns messages into pushes in order.
struct Feed {
    bus: Bus,
    uid: Uid,
    order: PushOrder,
    out: mpsc::Sender<Push>,
}

impl Feed {
    async fn run(mut self, mut incoming: async_nats::Subscriber, mut state: watch::Receiver<ConnectionState>) {
        let mut was_connected = true;
        loop {
            let due = tokio::select! {
                message = incoming.next() => {
                    let Some(message) = message else { return };
                    let ready = read(&message).map(|push| self.order.take(push)).unwrap_or_default();
                    if !self.send(ready).await {
                        return;
                    }
                    self.order.has_gap()
                }
                changed = state.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let connected = state.borrow_and_update().is_connected();
                    let back = connected && !was_connected;
                    was_connected = connected;
                    back
                }
            };
            if due && !self.fill().await {
                return;
            }
        }
    }

    /// Asks for what was missed until nothing is missing; false if nobody listens any more.
    async fn fill(&mut self) -> bool {
        loop {
            let request = SyncRequest { after: self.order.last() };
            match self.bus.call::<Sync>(self.uid.as_str(), &request).await {
                Ok(reply) => {
                    let complete = reply.complete || reply.pushes.is_empty();
                    let ready = self.order.fill(reply.pushes, complete.then_some(reply.seq));
                    if !self.send(ready).await {
                        return false;
                    }
                    if complete {
                        return true;
                    }
                }
                Err(error) => {
                    tracing::debug!(uid = %self.uid, %error, "missed pushes cannot be had just now");
                    tokio::time::sleep(SYNC_PAUSE).await;
                }
            }
            if self.out.is_closed() {
                return false;
            }
        }
    }

    async fn send(&self, ready: Vec<Push>) -> bool {
        for push in ready {
            if self.out.send(push).await.is_err() {
                return false;
            }
        }
        true
    }
}

/// A push, if the message is one: replies that somebody aimed here carry no `Ev`.
fn read(message: &Message) -> Option<Push> {
    let ev = message.headers.as_ref()?.get(subject::PUSH_HEADER)?;
    let push: Push = serde_json::from_slice(&message.payload).ok()?;
    (push.ev.to_string() == ev.as_str()).then_some(push)
}
