//! Asks processes on this machine whether they are well: `GET /healthz`, answered 200 or not.

use std::time::Duration;

/// Longer than a busy worker takes, shorter than anybody likes to wait for `callboard status`.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks for health over HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    agent: ureq::Agent,
}

impl Probe {
    pub(crate) fn new() -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_idle_connections(0).build();
        Self { agent: config.new_agent() }
    }

    /// Whether the address answers 200.
    pub(crate) async fn is_well(&self, url: &str) -> bool {
        let (agent, url) = (self.agent.clone(), url.to_owned());
        let asked =
            tokio::task::spawn_blocking(move || agent.get(&url).call().is_ok_and(|answer| answer.status() == 200));
        asked.await.unwrap_or(false)
    }
}
