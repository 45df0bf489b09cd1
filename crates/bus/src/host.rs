//! Hosting the endpoints of a worker: one subscription per plane and service, dispatch by verb, one task per request.
//!
//! What must always hold: the caller comes from the subject and, for client apps, is checked against what the server wrote of the
//! connection; whatever comes in, an answer or silence goes out and the worker lives; no more than so many requests run at once.

mod caller;
mod discovery;
mod dispatch;
mod figures;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use callboard_contract::{
    Answer, ApiError, CATALOGUE, Endpoint, EndpointSpec, ErrorCode, Plane, Worker, decode, subject,
};
use futures::future::{BoxFuture, FutureExt};
use futures::stream::StreamExt;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::Bus;
use crate::error::BusError;

pub use caller::{Caller, RequestInfo};
pub(crate) use figures::Figures;

const IN_FLIGHT: usize = 512;
const REQUEST_DEADLINE: Duration = Duration::from_mins(1);
const GRACE: Duration = Duration::from_secs(10);
const DRAIN: Duration = Duration::from_secs(2);

type Handler = Arc<dyn Fn(Caller, Bytes) -> BoxFuture<'static, Result<Vec<u8>, ApiError>> + Send + Sync>;
type Guard = Arc<dyn Fn(Caller, &'static EndpointSpec) -> BoxFuture<'static, Result<(), ApiError>> + Send + Sync>;
type Gate = Arc<dyn Fn(&Caller) -> Result<(), Shut> + Send + Sync>;
type Observer = Arc<dyn Fn(&Observation) + Send + Sync>;

/// One request that was answered, for metrics.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// The endpoint; none if there is no such verb.
    pub endpoint: Option<&'static EndpointSpec>,
    /// The refusal, if it was one.
    pub refused: Option<ErrorCode>,
    /// The time that it took.
    pub took: Duration,
}

/// Why the gate is shut for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shut {
    /// He is told why.
    Refused(ApiError),
    /// He is told nothing: each answer would cost those who wait behind him.
    Silent,
}

/// How a host came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Everything that had been taken was answered.
    Clean,
    /// So many requests were still running when the grace was over.
    CutShort(usize),
}

/// The endpoints of one worker.
pub struct Host {
    bus: Bus,
    worker: Worker,
    version: String,
    endpoints: HashMap<(Plane, &'static str, &'static str), Hosted>,
    gate: Option<Gate>,
    guards: Vec<Guard>,
    observer: Option<Observer>,
    in_flight: usize,
    deadline: Duration,
    grace: Duration,
}

struct Hosted {
    spec: &'static EndpointSpec,
    handler: Handler,
    figures: Figures,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("worker", &self.worker)
            .field("endpoints", &self.endpoints.len())
            .finish_non_exhaustive()
    }
}

impl Host {
    /// A host without endpoints.
    pub fn new(bus: Bus, worker: Worker, version: impl Into<String>) -> Self {
        Self {
            bus,
            worker,
            version: version.into(),
            endpoints: HashMap::new(),
            gate: None,
            guards: Vec::new(),
            observer: None,
            in_flight: IN_FLIGHT,
            deadline: REQUEST_DEADLINE,
            grace: GRACE,
        }
    }

    /// Answers an endpoint. The same endpoint given twice: the later handler holds.
    #[must_use]
    pub fn endpoint<E, F, Fut>(mut self, handler: F) -> Self
    where
        E: Endpoint,
        F: Fn(Caller, E::Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<E::Reply, ApiError>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let erased: Handler = Arc::new(move |caller, body| {
            let handler = Arc::clone(&handler);
            async move {
                let request = decode::<E::Request>(&body)?;
                let reply = handler(caller, request).await?;
                serde_json::to_vec(&Answer::Ok(reply)).map_err(|e| {
                    tracing::error!(endpoint = ?E::SPEC, error = %e, "a reply cannot be written");
                    ApiError::new(ErrorCode::Internal, "the reply cannot be written; this is a fault of the house")
                })
            }
            .boxed()
        });
        let spec = E::SPEC;
        let hosted = Hosted { spec, handler: erased, figures: Figures::default() };
        self.endpoints.insert((spec.plane, spec.service, spec.verb), hosted);
        self
    }

    /// Asked of every known caller before anything else, whatever he asks for: how often he may. It must not wait. Who is refused here takes
    /// no place among the requests that run at once.
    #[must_use]
    pub fn gate(mut self, gate: impl Fn(&Caller) -> Result<(), Shut> + Send + Sync + 'static) -> Self {
        self.gate = Some(Arc::new(gate));
        self
    }

    /// Asked before every handler, in the order given: bans, roles. The first refusal is the answer.
    #[must_use]
    pub fn guard<F, Fut>(mut self, guard: F) -> Self
    where
        F: Fn(Caller, &'static EndpointSpec) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), ApiError>> + Send + 'static,
    {
        self.guards.push(Arc::new(move |caller, spec| guard(caller, spec).boxed()));
        self
    }

    /// Told of every answer, for metrics.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&Observation) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// How many requests run at once; what comes above is refused with `unavailable`.
    #[must_use]
    pub fn in_flight(mut self, most: usize) -> Self {
        self.in_flight = most.max(1);
        self
    }

    /// How long a request may run before it is given up with `unavailable`.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long requests that were taken may run on when the host is stopped.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Endpoints that this worker owns by the catalogue and that have no handler.
    pub fn missing(&self) -> Vec<&'static EndpointSpec> {
        let owned = CATALOGUE.iter().copied().flatten().copied().filter(|spec| spec.worker == self.worker);
        owned.filter(|spec| !self.endpoints.contains_key(&(spec.plane, spec.service, spec.verb))).collect()
    }

    /// Answers until cancelled; then takes nothing more, finishes what was taken, and says how it ended.
    pub async fn run(self, stop: CancellationToken) -> Result<Shutdown, BusError> {
        let missing = self.missing();
        if !missing.is_empty() {
            tracing::warn!(
                worker = self.worker.name(),
                ?missing,
                "endpoints without a handler are answered with `not_found`"
            );
        }
        let (bus, grace) = (self.bus.clone(), self.grace);
        let services: BTreeSet<(&'static str, &'static str, String)> = self
            .endpoints
            .values()
            .map(|h| &h.spec)
            .map(|spec| (plane_name(spec.plane), spec.service, subject::service_pattern(spec.plane, spec.service)))
            .collect();
        let service_name = format!("callboard-{}", self.worker.name());
        let instance = discovery::Instance::new(service_name, self.version.clone());
        let shared = Arc::new(dispatch::Shared {
            permits: Arc::new(Semaphore::new(self.in_flight)),
            bus: bus.clone(),
            endpoints: self.endpoints,
            gate: self.gate,
            guards: self.guards,
            observer: self.observer,
            deadline: self.deadline,
        });
        let loops = TaskTracker::new();
        let requests = TaskTracker::new();
        for verb in discovery::VERBS {
            for subject in instance.subjects(verb) {
                let mut asked = subscribe(&bus, subject, None).await?;
                let (shared, stop, instance) = (Arc::clone(&shared), stop.clone(), instance.clone());
                loops.spawn(async move {
                    while let Some(Some(message)) = stop.run_until_cancelled(asked.next()).await {
                        instance.answer(verb, &shared, message).await;
                    }
                });
            }
        }
        for (_, service, pattern) in services {
            let mut taken = subscribe(&bus, pattern, Some(service)).await?;
            let (shared, stop, requests) = (Arc::clone(&shared), stop.clone(), requests.clone());
            loops.spawn(async move {
                let mut stopping = false;
                loop {
                    let message = if stopping {
                        taken.next().await
                    } else if let Some(next) = stop.run_until_cancelled(taken.next()).await {
                        next
                    } else {
                        // What the server has sent already is still answered.
                        stopping = true;
                        if taken.drain().await.is_err() {
                            break;
                        }
                        continue;
                    };
                    let Some(message) = message else { break };
                    shared.take(message, &requests).await;
                }
            });
        }
        let _ = stop.run_until_cancelled(bus.flush()).await;
        stop.cancelled().await;
        loops.close();
        // Without a connection the server cannot confirm the end of the subscriptions.
        let _ = tokio::time::timeout(DRAIN, loops.wait()).await;
        requests.close();
        let started = Instant::now();
        let ended = tokio::time::timeout(grace, requests.wait()).await;
        tracing::info!(waited = ?started.elapsed(), left = requests.len(), "stopped taking requests");
        let _ = tokio::time::timeout(DRAIN, bus.flush()).await;
        Ok(if ended.is_ok() { Shutdown::Clean } else { Shutdown::CutShort(requests.len()) })
    }
}

async fn subscribe(bus: &Bus, subject: String, group: Option<&str>) -> Result<async_nats::Subscriber, BusError> {
    let what = format!("subscribing to {subject}");
    match group {
        Some(group) => bus.client.queue_subscribe(subject, group.to_owned()).await,
        None => bus.client.subscribe(subject).await,
    }
    .map_err(|e| BusError::failed(what, e))
}

const fn plane_name(plane: Plane) -> &'static str {
    match plane {
        Plane::Api => "api",
        Plane::Adm => "adm",
        Plane::Svc => "svc",
    }
}
