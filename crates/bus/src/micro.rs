//! Micro discovery (`$SRV`), as `nats micro` and other tools know it: what services answer, and asking all of them.

use std::time::Duration;

use callboard_contract::subject;
use futures::stream::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::connection::Bus;
use crate::error::BusError;

/// An answer to `PING`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePing {
    /// `io.nats.micro.v1.ping_response`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service.
    pub name: String,
    /// The instance.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Nothing.
    #[serde(default)]
    pub metadata: std::collections::BTreeMap<String, String>,
}

/// An answer to `INFO`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceInfo {
    /// `io.nats.micro.v1.info_response`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service.
    pub name: String,
    /// The instance.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Nothing.
    #[serde(default)]
    pub metadata: std::collections::BTreeMap<String, String>,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// What it answers.
    #[serde(default)]
    pub endpoints: Vec<EndpointInfo>,
}

/// An endpoint, as `INFO` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointInfo {
    /// `<plane>_<service>_<verb>`.
    pub name: String,
    /// Its subject, with a star for the principal.
    pub subject: String,
    /// The queue group.
    #[serde(default)]
    pub queue_group: String,
    /// Its summary.
    #[serde(default)]
    pub metadata: std::collections::BTreeMap<String, String>,
}

/// An answer to `STATS`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStats {
    /// `io.nats.micro.v1.stats_response`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service.
    pub name: String,
    /// The instance.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Nothing.
    #[serde(default)]
    pub metadata: std::collections::BTreeMap<String, String>,
    /// When it started, RFC 3339.
    #[serde(default)]
    pub started: String,
    /// The figures of each endpoint.
    #[serde(default)]
    pub endpoints: Vec<EndpointStats>,
}

/// An endpoint's figures since the instance started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointStats {
    /// `<plane>_<service>_<verb>`.
    pub name: String,
    /// Its subject, with a star for the principal.
    pub subject: String,
    /// The queue group.
    #[serde(default)]
    pub queue_group: String,
    /// Requests answered.
    pub num_requests: u64,
    /// Refusals among them.
    pub num_errors: u64,
    /// The last refusal.
    #[serde(default)]
    pub last_error: String,
    /// Nanoseconds spent in all.
    pub processing_time: u64,
    /// Nanoseconds spent per request.
    pub average_processing_time: u64,
}

impl Bus {
    /// Asks all services who they are, and listens for so long.
    pub async fn discover_info(&self, patience: Duration) -> Result<Vec<ServiceInfo>, BusError> {
        self.discover("INFO", patience).await
    }

    /// Asks all services for their figures, and listens for so long.
    pub async fn discover_stats(&self, patience: Duration) -> Result<Vec<ServiceStats>, BusError> {
        self.discover("STATS", patience).await
    }

    async fn discover<T: DeserializeOwned>(&self, verb: &str, patience: Duration) -> Result<Vec<T>, BusError> {
        let failed = |e: &dyn std::fmt::Display| BusError::failed("asking who is there", e);
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await.map_err(|e| failed(&e))?;
        let subject = subject::discovery_all(verb);
        self.client.publish_with_reply(subject, inbox, bytes::Bytes::new()).await.map_err(|e| failed(&e))?;
        let mut found = Vec::new();
        let gather = async {
            while let Some(message) = answers.next().await {
                if message.status.is_some() {
                    return; // nobody is there
                }
                match serde_json::from_slice(&message.payload) {
                    Ok(answer) => found.push(answer),
                    Err(error) => tracing::debug!(%error, "an answer to discovery cannot be read"),
                }
            }
        };
        // The end of the wait is the normal end: nobody knows how many there are.
        let _ = tokio::time::timeout(patience, gather).await;
        if found.is_empty() && !self.is_connected() {
            return Err(BusError::Disconnected);
        }
        Ok(found)
    }
}
