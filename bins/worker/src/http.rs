//! Health and metrics over HTTP. `/healthz`: the process lives. `/readyz`: it can do its work just now.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
struct Pages {
    /// What is missing; nothing if the worker is ready.
    missing: watch::Receiver<Option<String>>,
    figures: PrometheusHandle,
    version: Arc<str>,
}

pub(crate) async fn serve(
    listener: TcpListener,
    missing: watch::Receiver<Option<String>>,
    figures: PrometheusHandle,
    version: &str,
    stop: CancellationToken,
) {
    let pages = Pages { missing, figures, version: version.into() };
    let router = Router::new()
        .route("/healthz", get(async |State(pages): State<Pages>| format!("ok {}\n", pages.version)))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(pages);
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "health and metrics are no longer served");
    }
}

async fn ready(State(pages): State<Pages>) -> Response {
    match &*pages.missing.borrow() {
        None => "ready\n".into_response(),
        Some(missing) => (StatusCode::SERVICE_UNAVAILABLE, format!("{missing}\n")).into_response(),
    }
}

async fn metrics(State(pages): State<Pages>) -> Response {
    pages.figures.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], pages.figures.render()).into_response()
}
