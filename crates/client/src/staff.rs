//! A member of staff's connection to the house.

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::{Auth, Bus, CallError, ConnectConfig, ConnectionState};
use callboard_contract::{Endpoint, ErrorCode, Event, subject};
use callboard_domain::StaffName;
use futures::stream::Stream;
use tokio::sync::watch;

use crate::context::Context;
use crate::credential::Credential;
use crate::error::ClientError;
use crate::workers::{self, WorkerInfo};

const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
const DISCOVERY_PATIENCE: Duration = Duration::from_millis(400);
/// A worker that restarts is back within a second or two.
const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A connection as a member of staff. Clones share it.
#[derive(Clone, Debug)]
pub struct Staff {
    bus: Bus,
    name: StaffName,
    context: Arc<Context>,
}

impl Staff {
    /// Connects, or says why it cannot: no such file, refused, nobody there.
    pub async fn connect(context: &Context) -> Result<Self, ClientError> {
        let staff = Self::open(context).await?;
        staff.bus.wait_connected(CONNECT_PATIENCE).await?;
        Ok(staff)
    }

    /// Connects as soon as the server is there, and does not wait for it.
    pub async fn open(context: &Context) -> Result<Self, ClientError> {
        let credential = Credential::read(&context.credential)?;
        let name = credential.name.clone();
        let config = ConnectConfig {
            url: context.server.clone(),
            name: format!("staff {name}"),
            inbox: subject::inbox(name.as_str()),
            auth: Auth::TokenSource(Arc::new(move || credential.login_token())),
        };
        Ok(Self { bus: Bus::connect(config).await?, name, context: Arc::new(context.clone()) })
    }

    /// Asks. Nothing is changed where the context is read-only. A worker that is away for a moment is asked again: a request that
    /// changes something carries its request id, so that it is done once.
    pub async fn call<E: Endpoint>(&self, request: &E::Request) -> Result<E::Reply, ClientError> {
        self.check_changes::<E>(request)?;
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.bus.call::<E>(self.name.as_str(), request).await {
                Err(CallError::NoResponders) => {}
                Err(CallError::Api(error)) if error.code == ErrorCode::Unavailable => {
                    pause = error.retry_after_ms.map_or(pause, Duration::from_millis).min(LONGEST_PAUSE);
                }
                done => return Ok(done?),
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
        Ok(self.bus.call::<E>(self.name.as_str(), request).await?)
    }

    fn check_changes<E: Endpoint>(&self, request: &E::Request) -> Result<(), ClientError> {
        if !E::SPEC.changes || self.context.may_change() {
            return Ok(());
        }
        let body = serde_json::to_value(request).map_err(|e| CallError::Unsendable(e.to_string()))?;
        if body.get("dry_run").and_then(serde_json::Value::as_bool) == Some(true) {
            return Ok(());
        }
        Err(ClientError::ReadOnly { context: self.context.name.clone(), environment: self.context.environment.clone() })
    }

    /// The same connection with another deadline, for requests that take long.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { bus: self.bus.with_deadline(deadline), ..self.clone() }
    }

    /// Hears events from now on; `filter` is `evt.>` (where the role may) or `evt.call.>`. Some come twice, and some are missed while
    /// the connection is down: after each reconnect ask again for what is shown.
    pub async fn events(&self, filter: &str) -> Result<impl Stream<Item = Event> + Send + Unpin + use<>, ClientError> {
        Ok(self.bus.subscribe_events(filter).await?)
    }

    /// How the connection stands, to be watched.
    pub fn connection(&self) -> watch::Receiver<ConnectionState> {
        self.bus.state()
    }

    /// The workers that run now, by name.
    pub async fn workers(&self) -> Result<Vec<WorkerInfo>, ClientError> {
        Ok(workers::summarise(self.bus.discover_stats(DISCOVERY_PATIENCE).await?))
    }

    /// Under which name.
    pub fn name(&self) -> &StaffName {
        &self.name
    }

    /// In which context.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Closes.
    pub async fn close(self) -> Result<(), ClientError> {
        Ok(self.bus.drain().await?)
    }
}
