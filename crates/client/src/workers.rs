//! The workers, as they tell of themselves by micro discovery.

use callboard_bus::ServiceStats;
use serde::Serialize;

/// A running copy of a worker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkerInfo {
    /// `callboard-signaling` and so on.
    pub name: String,
    /// The copy.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Since when it runs, RFC 3339.
    pub started: String,
    /// How many requests it knows.
    pub endpoints: usize,
    /// How many it has answered.
    pub requests: u64,
    /// Refusals among them.
    pub errors: u64,
    /// Milliseconds per request.
    pub avg_ms: f64,
}

pub(crate) fn summarise(stats: Vec<ServiceStats>) -> Vec<WorkerInfo> {
    let mut workers: Vec<WorkerInfo> = stats
        .into_iter()
        .filter(|service| service.name.starts_with("callboard-"))
        .map(|service| {
            let requests = service.endpoints.iter().map(|e| e.num_requests).sum();
            let micros = service
                .endpoints
                .iter()
                .map(|e| e.processing_time / 1_000)
                .sum::<u64>()
                .checked_div(requests)
                .unwrap_or(0);
            WorkerInfo {
                endpoints: service.endpoints.len(),
                requests,
                errors: service.endpoints.iter().map(|e| e.num_errors).sum(),
                avg_ms: f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1_000.0,
                name: service.name,
                id: service.id,
                version: service.version,
                started: service.started,
            }
        })
        .collect();
    workers.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    workers
}
