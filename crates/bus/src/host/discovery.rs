//! Answers to micro discovery, so that `nats micro`, `callboard workers` and probes see the worker.

use std::collections::BTreeMap;

use async_nats::Message;
use callboard_contract::{EndpointSpec, subject};
use callboard_domain::At;

use super::dispatch::Shared;
use super::plane_name;
use crate::micro::{EndpointInfo, EndpointStats, ServiceInfo, ServicePing, ServiceStats};

pub(super) const VERBS: [&str; 3] = ["PING", "INFO", "STATS"];

/// One running copy of a worker.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    name: String,
    id: String,
    version: String,
    started: At,
}

impl Instance {
    pub(super) fn new(name: String, version: String) -> Self {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let started = At::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX));
        Self { name, id: uuid::Uuid::now_v7().simple().to_string(), version, started }
    }

    pub(super) fn subjects(&self, verb: &str) -> [String; 3] {
        subject::discovery(verb, &self.name, &self.id)
    }

    pub(super) async fn answer(&self, verb: &str, shared: &Shared, message: Message) {
        let Some(reply) = message.reply.filter(|r| r.starts_with("_INBOX.")) else { return };
        let body = match verb {
            "PING" => serde_json::to_vec(&self.ping()),
            "INFO" => serde_json::to_vec(&self.info(shared)),
            _ => serde_json::to_vec(&self.stats(shared)),
        }
        .expect("strings and numbers are always json");
        if let Err(error) = shared.bus.client.publish(reply, body.into()).await {
            tracing::debug!(%error, "an answer to discovery could not be sent");
        }
    }

    fn ping(&self) -> ServicePing {
        ServicePing {
            kind: "io.nats.micro.v1.ping_response".to_owned(),
            name: self.name.clone(),
            id: self.id.clone(),
            version: self.version.clone(),
            metadata: BTreeMap::new(),
        }
    }

    fn info(&self, shared: &Shared) -> ServiceInfo {
        let endpoint = |spec: &EndpointSpec| EndpointInfo {
            name: endpoint_name(spec),
            subject: subject::request(spec, "*"),
            queue_group: spec.service.to_owned(),
            metadata: BTreeMap::from([("summary".to_owned(), spec.summary.to_owned())]),
        };
        ServiceInfo {
            kind: "io.nats.micro.v1.info_response".to_owned(),
            name: self.name.clone(),
            id: self.id.clone(),
            version: self.version.clone(),
            metadata: BTreeMap::new(),
            description: "a worker of Callboard".to_owned(),
            endpoints: shared.specs().into_iter().map(|(spec, _)| endpoint(spec)).collect(),
        }
    }

    fn stats(&self, shared: &Shared) -> ServiceStats {
        let endpoints = shared.specs().into_iter().map(|(spec, figures)| EndpointStats {
            name: endpoint_name(spec),
            subject: subject::request(spec, "*"),
            queue_group: spec.service.to_owned(),
            num_requests: figures.requests,
            num_errors: figures.errors,
            last_error: figures.last_error,
            processing_time: figures.nanos,
            average_processing_time: figures.nanos.checked_div(figures.requests).unwrap_or(0),
        });
        ServiceStats {
            kind: "io.nats.micro.v1.stats_response".to_owned(),
            name: self.name.clone(),
            id: self.id.clone(),
            version: self.version.clone(),
            metadata: BTreeMap::new(),
            started: self.started.to_string(),
            endpoints: endpoints.collect(),
        }
    }
}

fn endpoint_name(spec: &EndpointSpec) -> String {
    format!("{}_{}_{}", plane_name(spec.plane), spec.service, spec.verb)
}
