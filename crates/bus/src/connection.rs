//! One connection to nats-server. It comes up whenever the server does, and comes back by itself; whoever wants to know how it
//! stands watches [`ConnectionState`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream;
use async_nats::{Client, ConnectOptions, Event, ServerError};
use futures::stream::StreamExt;
use rand::Rng as _;
use tokio::sync::{broadcast, watch};

use crate::call::DEFAULT_DEADLINE;
use crate::error::BusError;

const RECONNECT_FIRST: Duration = Duration::from_millis(50);
const RECONNECT_LAST: Duration = Duration::from_secs(2);
const JETSTREAM_TIMEOUT: Duration = Duration::from_secs(2);
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// How a connection proves who it is.
#[derive(Clone)]
pub enum Auth {
    /// The seed of a key that the server knows: workers.
    Nkey(String),
    /// A token that stays good.
    Token(String),
    /// A token made afresh for each connection: staff and client apps.
    TokenSource(Arc<dyn Fn() -> String + Send + Sync>),
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nkey(_) => "Nkey(..)",
            Self::Token(_) => "Token(..)",
            Self::TokenSource(_) => "TokenSource(..)",
        })
    }
}

/// What a connection needs.
#[derive(Clone, Debug)]
pub struct ConnectConfig {
    /// `nats://`, `tls://`, `ws://` or `wss://`; several servers of a cluster are separated by commas.
    pub url: String,
    /// The name shown in the server's list of connections.
    pub name: String,
    /// Who it is.
    pub auth: Auth,
    /// The prefix of its inboxes, from `contract::subject::inbox`.
    pub inbox: String,
}

/// How a connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Up.
    Connected,
    /// Down; it is being tried again.
    Disconnected {
        /// Since when.
        since: Instant,
    },
    /// The server turned it down; it is being tried again.
    Refused(String),
}

impl ConnectionState {
    /// Whether it is up.
    pub const fn is_connected(&self) -> bool {
        matches!(self, Self::Connected)
    }
}

/// A connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    pub(crate) deadline: Duration,
    state: watch::Receiver<ConnectionState>,
    refusals: broadcast::Sender<String>,
}

impl Bus {
    /// Makes a connection that comes up as soon as the server is there; fails only if the settings are unusable.
    pub async fn connect(config: ConnectConfig) -> Result<Self, BusError> {
        let (state_tx, state) = watch::channel(ConnectionState::Disconnected { since: Instant::now() });
        let (refusals, _) = broadcast::channel(64);
        let refused = refusals.clone();
        let options = options_for(config.auth)?
            .name(&config.name)
            .custom_inbox_prefix(&config.inbox)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .ping_interval(PING_INTERVAL)
            .request_timeout(Some(DEFAULT_DEADLINE))
            .reconnect_delay_callback(|attempt| spread(reconnect_delay(attempt)))
            .event_callback(move |event| {
                note(&state_tx, &refused, event);
                std::future::ready(())
            });
        let urls: Vec<&str> = config.url.split(',').map(str::trim).collect();
        let client =
            options.connect(urls).await.map_err(|e| BusError::Config(format!("address `{}`: {e}", config.url)))?;
        let jetstream = jetstream::ContextBuilder::new().timeout(JETSTREAM_TIMEOUT).build(client.clone());
        Ok(Self { client, jetstream, deadline: DEFAULT_DEADLINE, state, refusals })
    }

    /// The same connection with another deadline for requests.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// How the connection stands, to be watched.
    pub fn state(&self) -> watch::Receiver<ConnectionState> {
        self.state.clone()
    }

    /// Waits until the connection is up, or says why it is not after so long. A refusal is told at once.
    pub async fn wait_connected(&self, patience: Duration) -> Result<(), BusError> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|s| !matches!(s, ConnectionState::Disconnected { .. }));
        match tokio::time::timeout(patience, settled).await {
            Ok(Ok(now)) => match &*now {
                ConnectionState::Refused(reason) => Err(BusError::Refused(reason.clone())),
                _ => Ok(()),
            },
            Ok(Err(_)) | Err(_) => Err(BusError::Disconnected),
        }
    }

    /// The connection itself, for what has no name here: the sign-in callout and the system account.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits until the server has dealt with everything sent so far, subscriptions too; in vain for at most the deadline of requests.
    pub async fn flush(&self) -> Result<(), BusError> {
        let failed = |e: &dyn std::fmt::Display| BusError::failed("flushing the connection", e);
        // The library's own flush ends when the bytes are written. A subscription is drained when the server has confirmed it.
        let mut mark = self.client.subscribe(self.client.new_inbox()).await.map_err(|e| failed(&e))?;
        mark.drain().await.map_err(|e| failed(&e))?;
        let drained = tokio::time::timeout(self.deadline, mark.next()).await;
        drained.map(|_| ()).map_err(|_| BusError::Timeout("flushing the connection".to_owned()))
    }

    /// Stops all subscriptions, sends what is waiting and closes.
    pub async fn drain(&self) -> Result<(), BusError> {
        self.client.drain().await.map_err(|e| BusError::failed("draining the connection", e))
    }

    /// Subjects that the server refused to this connection from now on.
    pub(crate) fn refusals(&self) -> broadcast::Receiver<String> {
        self.refusals.subscribe()
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.state.borrow().is_connected()
    }

    pub(crate) fn check_connected(&self) -> Result<(), BusError> {
        if self.is_connected() { Ok(()) } else { Err(BusError::Disconnected) }
    }
}

fn options_for(auth: Auth) -> Result<ConnectOptions, BusError> {
    Ok(match auth {
        Auth::Nkey(seed) => {
            let seed = seed.trim().to_owned();
            nkeys::KeyPair::from_seed(&seed).map_err(|e| BusError::Config(format!("nkey seed: {e}")))?;
            ConnectOptions::with_nkey(seed)
        }
        Auth::Token(token) => ConnectOptions::with_token(token),
        Auth::TokenSource(source) => ConnectOptions::with_auth_callback(move |_nonce| {
            let mut auth = async_nats::Auth::new();
            auth.token = Some(source());
            std::future::ready(Ok(auth))
        }),
    })
}

fn reconnect_delay(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(2)).unwrap_or(u32::MAX).min(16);
    if attempt <= 1 { Duration::ZERO } else { RECONNECT_LAST.min(RECONNECT_FIRST * 2_u32.pow(doublings)) }
}

/// Between half of a delay and all of it: those whom one server lost must not all come back in the same moment.
fn spread(delay: Duration) -> Duration {
    delay.mul_f64(rand::rng().random_range(0.5..=1.0))
}

fn note(state: &watch::Sender<ConnectionState>, refusals: &broadcast::Sender<String>, event: Event) {
    let down = || ConnectionState::Disconnected { since: Instant::now() };
    match event {
        Event::Connected => {
            state.send_replace(ConnectionState::Connected);
        }
        Event::Disconnected | Event::Closed => {
            state.send_if_modified(|s| {
                let changes = s.is_connected();
                if changes {
                    *s = down();
                }
                changes
            });
        }
        // While connecting, the library tells a refusal as an error of the client.
        Event::ClientError(error) => {
            let text = error.to_string();
            let refused = text.contains("authorization violation") || text.contains("failed signing nonce");
            state.send_if_modified(|s| {
                let next = if refused { ConnectionState::Refused(text) } else { down() };
                let changes = !s.is_connected() && std::mem::discriminant(s) != std::mem::discriminant(&next);
                if changes {
                    *s = next;
                }
                changes
            });
        }
        Event::ServerError(ServerError::AuthorizationViolation) => {
            state.send_replace(ConnectionState::Refused("authorization violation".to_owned()));
        }
        Event::ServerError(ServerError::Other(text)) => {
            tracing::warn!(error = text, "nats refused something");
            if let Some(subject) = refused_subject(&text) {
                // Nobody may be waiting for it.
                let _ = refusals.send(subject.to_owned());
            }
        }
        Event::SlowConsumer(sid) | Event::ServerError(ServerError::SlowConsumer(sid)) => {
            tracing::warn!(subscription = sid, "messages were dropped: this process is too slow");
        }
        Event::LameDuckMode => tracing::info!("the server is about to stop; another will be taken"),
        Event::Draining => {}
    }
}

/// The subject in `Permissions Violation for Publish to "x"`.
fn refused_subject(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("permissions violation for publish") {
        return None;
    }
    text.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn delays_double_up_to_two_seconds() {
        let delays: Vec<u128> = (0..10).map(|n| reconnect_delay(n).as_millis()).collect();
        assert_eq!(delays, [0, 0, 50, 100, 200, 400, 800, 1600, 2000, 2000]);
        assert_eq!(reconnect_delay(usize::MAX), RECONNECT_LAST);
    }

    #[test]
    fn who_was_lost_together_does_not_come_back_together() {
        let delays: BTreeSet<Duration> = (0..100).map(|_| spread(RECONNECT_LAST)).collect();
        assert!(delays.len() > 50, "{} of 100 differ", delays.len());
        assert!(delays.iter().all(|delay| (RECONNECT_LAST / 2..=RECONNECT_LAST).contains(delay)));
        assert_eq!(spread(Duration::ZERO), Duration::ZERO, "the first attempt is made at once");
    }

    #[test]
    fn refused_subjects_are_found() {
        assert_eq!(refused_subject(r#"Permissions Violation for Publish to "adm.v1.a.b.c""#), Some("adm.v1.a.b.c"));
        assert_eq!(refused_subject(r#"Permissions Violation for Subscription to "x""#), None);
    }

    #[test]
    fn a_refusal_is_told_once_and_undone_by_a_connection() {
        let (state, mut seen) = watch::channel(ConnectionState::Disconnected { since: Instant::now() });
        let (refusals, _keep) = broadcast::channel(4);
        let refusal = || Event::ClientError(async_nats::ClientError::Other("authorization violation".to_owned()));
        note(&state, &refusals, refusal());
        assert!(matches!(&*seen.borrow_and_update(), ConnectionState::Refused(_)));
        note(&state, &refusals, refusal());
        assert!(!seen.has_changed().unwrap());
        note(&state, &refusals, Event::Connected);
        assert!(seen.borrow_and_update().is_connected());
    }
}
