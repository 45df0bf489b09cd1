//! Serves programmes to players: `/hls/<programme>/live.m3u8?ticket=…`, what that leads to, and the segments.
//!
//! What must always hold: nothing is served without a ticket for this very programme; play lists are never cached; a name of a file
//! cannot leave its folder. A viewer whose ticket has run out, or whom staff ended, is refused at the next
//! play list.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path as UrlPath, RawQuery, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use callboard_domain::ProgrammeId;
use callboard_worker::{House, SetupError};
use tokio::net::TcpListener;

use crate::config::Config;
use crate::programme::now;
use crate::tickets::{ADDRESS, Holder, Tickets};
use crate::viewers::Viewers;

const PLAYLIST: &str = "application/vnd.apple.mpegurl";
const NEVER_CACHED: &str = "no-cache, no-store";
/// Segments never change.
const CACHED: &str = "max-age=60";
/// The play list that the programme's process writes.
const LIST: &str = "index.m3u8";
const COUNT_EVERY: std::time::Duration = std::time::Duration::from_secs(5);

#[derive(Clone)]
struct Pages {
    folder: Arc<Path>,
    tickets: Tickets,
    viewers: Viewers,
}

/// Serves players until the house stops.
pub(crate) async fn start(
    house: &House,
    config: &Config,
    tickets: Tickets,
    viewers: Viewers,
) -> Result<(), SetupError> {
    let listener = TcpListener::bind(config.hls_listen)
        .await
        .map_err(|e| SetupError(format!("cannot listen on {} for players: {e}", config.hls_listen)))?;
    metrics::describe_gauge!("callboard_viewers", "Players that are being served.");
    let counted = viewers.clone();
    house.every("viewers", COUNT_EVERY, move || {
        metrics::gauge!("callboard_viewers").set(f64::from(u32::try_from(counted.count()).unwrap_or(u32::MAX)));
        std::future::ready(Ok::<(), std::convert::Infallible>(()))
    });
    let router = router(Pages { folder: config.folder(crate::HLS).into(), tickets, viewers });
    let stop = house.stop.clone();
    tokio::spawn(async move {
        // Players come back every second: there is nothing to wait for.
        let serving = axum::serve(listener, router);
        if let Some(Err(error)) = stop.run_until_cancelled(serving.into_future()).await {
            tracing::error!(%error, "players are no longer served");
        }
    });
    Ok(())
}

fn router(pages: Pages) -> Router {
    Router::new().route("/hls/{programme}/{file}", get(file).options(preflight)).with_state(pages)
}

async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    open_to_all(&mut response);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    response
}

async fn file(
    State(pages): State<Pages>,
    method: Method,
    UrlPath((programme, name)): UrlPath<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let mut response = pages.answer(&programme, &name, query.as_deref().unwrap_or_default()).await;
    open_to_all(&mut response);
    if method == Method::HEAD {
        *response.body_mut() = axum::body::Body::empty();
    }
    response
}

fn open_to_all(response: &mut Response) {
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

impl Pages {
    async fn answer(&self, programme: &str, name: &str, query: &str) -> Response {
        let Ok(programme) = programme.parse::<ProgrammeId>() else { return refusal(StatusCode::NOT_FOUND) };
        let ticket = query.split('&').find_map(|pair| pair.strip_prefix("ticket=")).unwrap_or_default();
        match (self.tickets.open(programme, ticket), name) {
            (Some(Holder::Address), ADDRESS) => self.lead_in(programme).await,
            (Some(Holder::Viewer(viewer)), name) if self.viewers.admit(viewer, programme, now()) => {
                self.serve(programme, name, ticket).await
            }
            // The address itself is no ticket for what a viewer gets, and a viewer whom staff ended gets nothing more.
            _ => refusal(StatusCode::FORBIDDEN),
        }
    }

    /// Leads each player that comes to a ticket of its own.
    async fn lead_in(&self, programme: ProgrammeId) -> Response {
        // A player that comes before the first segment is there tries again on 404.
        let Some(live) = self.path(programme, LIST) else { return refusal(StatusCode::NOT_FOUND) };
        if tokio::fs::metadata(&live).await.is_err() {
            return refusal(StatusCode::NOT_FOUND);
        }
        let ticket = self.tickets.viewer(programme);
        let text = format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-STREAM-INF:BANDWIDTH=4000000\n{LIST}?ticket={ticket}\n");
        ([(header::CONTENT_TYPE, PLAYLIST), (header::CACHE_CONTROL, NEVER_CACHED)], text).into_response()
    }

    async fn serve(&self, programme: ProgrammeId, name: &str, ticket: &str) -> Response {
        let (Some(path), Some(kind)) = (self.path(programme, name), kind(name)) else {
            return refusal(StatusCode::NOT_FOUND);
        };
        let Ok(bytes) = tokio::fs::read(&path).await else { return refusal(StatusCode::NOT_FOUND) };
        if kind == PLAYLIST {
            let text = with_ticket(&String::from_utf8_lossy(&bytes), ticket);
            return ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, NEVER_CACHED)], text).into_response();
        }
        ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, CACHED)], bytes).into_response()
    }

    /// The file of a programme; none if the name could mean anything else.
    fn path(&self, programme: ProgrammeId, name: &str) -> Option<PathBuf> {
        let fine = !name.starts_with('.')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        fine.then(|| self.folder.join(programme.to_string()).join(name))
    }
}

fn kind(name: &str) -> Option<&'static str> {
    match Path::new(name).extension()?.to_str()? {
        "m3u8" => Some(PLAYLIST),
        "ts" => Some("video/mp2t"),
        "m4s" | "mp4" => Some("video/mp4"),
        "aac" => Some("audio/aac"),
        "jpg" => Some("image/jpeg"),
        _ => None,
    }
}

/// A play list whose every file is asked for with the same ticket.
fn with_ticket(playlist: &str, ticket: &str) -> String {
    let mut text = String::with_capacity(playlist.len() * 4);
    for line in playlist.lines() {
        text.push_str(line);
        if !line.is_empty() && !line.starts_with('#') {
            text.push_str("?ticket=");
            text.push_str(ticket);
        }
        text.push('\n');
    }
    text
}

fn refusal(status: StatusCode) -> Response {
    (status, [(header::CACHE_CONTROL, NEVER_CACHED)], status.canonical_reason().unwrap_or_default()).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn pages(folder: &Path, good_for: Duration) -> Pages {
        let tickets = Tickets::new("secret", "", good_for);
        Pages { folder: folder.into(), tickets, viewers: Viewers::default() }
    }

    async fn body(response: Response) -> (StatusCode, String) {
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_player_finds_its_way_from_the_address_to_the_segments() {
        let folder = tempfile::tempdir().unwrap();
        let programme = ProgrammeId::generate();
        let pages = pages(folder.path(), Duration::from_mins(1));
        let address = pages.tickets.address(programme);
        let query = address.split_once('?').unwrap().1;
        let id = programme.to_string();
        assert_eq!(pages.answer(&id, ADDRESS, query).await.status(), StatusCode::NOT_FOUND, "nothing is there yet");
        let own = folder.path().join(&id);
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join(LIST), "#EXTM3U\n#EXTINF:1.0,\nseg-1.ts\n").unwrap();
        std::fs::write(own.join("seg-1.ts"), "segment").unwrap();
        std::fs::write(own.join("key.pem"), "geheim").unwrap();

        let (status, index) = body(pages.answer(&id, ADDRESS, query).await).await;
        assert_eq!(status, StatusCode::OK);
        let live = index.lines().last().unwrap().split_once('?').unwrap().1.to_owned();
        let (_, playlist) = body(pages.answer(&id, LIST, &live).await).await;
        let segment = playlist.lines().last().unwrap().split_once('?').unwrap();
        assert_eq!(segment.0, "seg-1.ts");
        let answer = pages.answer(&id, segment.0, segment.1).await;
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "video/mp2t");
        assert_eq!(body(answer).await.1, "segment");
        assert_eq!(pages.viewers.count(), 1);

        for (name, query, status) in [
            ("seg-1.ts", "", StatusCode::FORBIDDEN),
            ("seg-1.ts", query, StatusCode::FORBIDDEN),
            ("key.pem", live.as_str(), StatusCode::NOT_FOUND),
            ("..", live.as_str(), StatusCode::NOT_FOUND),
            ("../x.ts", live.as_str(), StatusCode::NOT_FOUND),
        ] {
            assert_eq!(pages.answer(&id, name, query).await.status(), status, "{name}");
        }
        let other = ProgrammeId::generate().to_string();
        assert_eq!(pages.answer(&other, LIST, &live).await.status(), StatusCode::FORBIDDEN);

        let viewer = pages.viewers.of(programme)[0].viewer_id;
        pages.viewers.end(programme, [viewer]);
        for name in [LIST, "seg-1.ts"] {
            assert_eq!(
                pages.answer(&id, name, &live).await.status(),
                StatusCode::FORBIDDEN,
                "{name} for one who was ended"
            );
        }
        // Others are not touched.
        let (_, index) = body(pages.answer(&id, ADDRESS, query).await).await;
        let another = index.lines().last().unwrap().split_once('?').unwrap().1.to_owned();
        assert_eq!(pages.answer(&id, LIST, &another).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_ticket_that_has_run_out_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let pages = pages(folder.path(), Duration::ZERO);
        let programme = ProgrammeId::generate();
        let query = format!("ticket={}", pages.tickets.viewer(programme));
        let id = programme.to_string();
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while pages.answer(&id, LIST, &query).await.status() != StatusCode::FORBIDDEN {
            assert!(std::time::Instant::now() < deadline, "the ticket stays good");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
