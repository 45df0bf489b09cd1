//! Figures for Prometheus.

use callboard_bus::Observation;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::house::SetupError;

/// Upper bounds of the histograms, in seconds.
const SECONDS: [f64; 11] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0];

pub(crate) fn start(worker: &'static str, version: &str) -> Result<PrometheusHandle, SetupError> {
    let bad = |e| SetupError(format!("cannot start the figures: {e}"));
    let handle = PrometheusBuilder::new().set_buckets(&SECONDS).map_err(bad)?.install_recorder().map_err(bad)?;
    metrics::describe_counter!("callboard_requests_total", "Requests answered, by endpoint and outcome.");
    metrics::describe_histogram!("callboard_request_seconds", "Time from a request's arrival to its answer.");
    metrics::describe_gauge!("callboard_outbox_waiting", "Events that wait to be sent.");
    metrics::gauge!("callboard_build_info", "worker" => worker, "version" => version.to_owned()).set(1.0);
    Ok(handle)
}

/// Counts an answer.
pub(crate) fn observe(seen: &Observation) {
    let endpoint = seen.endpoint.map_or_else(|| "unknown".to_owned(), |s| format!("{}.{}", s.service, s.verb));
    let plane = seen.endpoint.map_or("unknown", |s| match s.plane {
        callboard_contract::Plane::Api => "api",
        callboard_contract::Plane::Adm => "adm",
        callboard_contract::Plane::Svc => "svc",
    });
    let outcome = seen.refused.map_or_else(|| "ok".to_owned(), |code| code.to_string());
    metrics::counter!("callboard_requests_total", "plane" => plane, "endpoint" => endpoint.clone(), "outcome" => outcome).increment(1);
    metrics::histogram!("callboard_request_seconds", "plane" => plane, "endpoint" => endpoint)
        .record(seen.took.as_secs_f64());
}
