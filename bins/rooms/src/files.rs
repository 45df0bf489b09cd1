//! Files that are attached to messages, over HTTP: `PUT` takes what was announced by `chat.upload_start`, `GET` gives it to who may read its
//! message.
//!
//! What must always hold: nothing is taken or given without a link that this house signed and that is still good; an upload's link is used
//! once; what was not looked at is never given out; what is given out cannot run as a page or a program in a browser.

mod links;
mod receive;
mod serve;
mod signer;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use callboard_bus::{Bus, Caller, Host};
use callboard_contract::api::Done;
use callboard_contract::api::Nothing;
use callboard_contract::api::chat::{
    Attachment, AttachmentRef, UploadDone, UploadDoneRequest, UploadStart, UploadStartRequest, UploadStarted,
};
use callboard_contract::api::keys::{
    DeviceKeys, Drop as DropKeys, DropRequest, Get as GetKeys, GetRequest, KeyBundles, Mine, MyKeys, Set as SetKeys,
    SetRequest,
};
use callboard_contract::room::AttachmentView;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{AttachmentId, Millis};
use callboard_people::keys;
use callboard_rooms::attachments;
use callboard_rooms::franking::FrankingKey;
use callboard_store::{Store, StoreError};
use callboard_worker::{House, SetupError, answer, attempt, hosted, read_secret};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::config::Config;
use links::Links;
pub(crate) use signer::Signer;

/// Files that are held in memory while they are looked at come to this much together, in KiB.
const HELD_KIB: usize = 64 * 1024;
const BUCKET_AGAIN: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_secs(30);
const SWEEP_AT_ONCE: i64 = 200;
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// What takes and gives files. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    bus: Bus,
    store: Store,
    signer: Arc<Signer>,
    keep: Millis,
    held: Arc<Semaphore>,
    /// Whoever looks at a file has it: one at a time, because a picture may take much memory.
    looking: Arc<Semaphore>,
}

/// Serves files until the house stops, and deletes those that are due.
pub(crate) async fn start(house: &House, config: &Config) -> Result<Files, SetupError> {
    let links = Links::new(&read_secret(&config.files_secret_file)?, &config.files_url);
    let franking = FrankingKey::new(&read_secret(&config.franking_secret_file)?);
    let listener = TcpListener::bind(config.files_listen)
        .await
        .map_err(|e| SetupError(format!("cannot listen on {} for files: {e}", config.files_listen)))?;
    let files = Files {
        bus: house.bus.clone(),
        store: house.store.clone(),
        signer: Arc::new(Signer::new(links, franking)),
        keep: Millis::from_secs(i64::from(config.files_days) * 24 * 3600),
        held: Arc::new(Semaphore::new(HELD_KIB)),
        looking: Arc::new(Semaphore::new(1)),
    };
    metrics::describe_counter!("callboard_uploads_total", "Uploads by what came of them.");
    metrics::describe_gauge!("callboard_files_bytes", "What attached files take in the store, in bytes.");
    let router = router(files.clone());
    let stop = house.stop.clone();
    tokio::spawn(async move {
        let serving = axum::serve(listener, router);
        if let Some(Err(error)) = stop.run_until_cancelled(serving.into_future()).await {
            tracing::error!(%error, "files are no longer served");
        }
    });
    apply_bucket(house);
    let sweeping = files.clone();
    house.every("files", SWEEP_EVERY, move || {
        let files = sweeping.clone();
        async move { files.sweep().await }
    });
    let store = house.store.clone();
    house.every("one-time keys", PRUNE_EVERY, move || {
        let store = store.clone();
        async move { keys::prune(&store).await.map(|_| ()) }
    });
    Ok(files)
}

/// Makes the bucket of files as soon as the server is there. Until then, and where it has not enough room for it, no file is taken.
fn apply_bucket(house: &House) {
    let (bus, stop) = (house.bus.clone(), house.stop.clone());
    tokio::spawn(async move {
        let mut said = false;
        while let Err(error) = bus.apply_files().await {
            if bus.state().borrow().is_connected() && !said {
                tracing::error!(%error, "files cannot be kept: give the server's account more room for streams");
                said = true;
            }
            if stop.run_until_cancelled(tokio::time::sleep(BUCKET_AGAIN)).await.is_none() {
                return;
            }
        }
    });
}

/// Gives the host the endpoints of files and of the key directory.
pub(crate) fn host(host: Host, files: &Files) -> Host {
    hosted!(
        host,
        files,
        UploadStart => upload_start,
        UploadDone => upload_done,
        Attachment => attachment,
        SetKeys => keys_set,
        GetKeys => keys_get,
        Mine => keys_mine,
        DropKeys => keys_drop,
    )
}

impl Files {
    /// What signs links and encrypted messages.
    pub(crate) fn signer(&self) -> Arc<Signer> {
        Arc::clone(&self.signer)
    }

    async fn upload_start(&self, caller: Caller, request: UploadStartRequest) -> Result<UploadStarted, ApiError> {
        let uid = caller.user()?;
        let started = attempt(|| attachments::start(&self.store, uid, &request, self.keep)).await?;
        Ok(UploadStarted {
            attachment_id: started.attachment_id,
            url: self.signer.links.upload(started.attachment_id, started.until.as_ms() / 1000),
            expires_at: started.until,
            max_bytes: started.max_bytes,
        })
    }

    async fn upload_done(&self, caller: Caller, request: UploadDoneRequest) -> Result<AttachmentView, ApiError> {
        let uid = caller.user()?;
        let mut view = answer(attachments::done(&self.store, uid, request.attachment_id).await)?;
        self.signer.links.sign(&mut view, Some(uid), now());
        Ok(view)
    }

    async fn attachment(&self, caller: Caller, request: AttachmentRef) -> Result<AttachmentView, ApiError> {
        let uid = caller.user()?;
        let mut view = answer(attachments::link(&self.store, uid, request.attachment_id).await)?;
        self.signer.links.sign(&mut view, Some(uid), now());
        Ok(view)
    }

    async fn keys_set(&self, caller: Caller, request: SetRequest) -> Result<DeviceKeys, ApiError> {
        let uid = caller.user()?;
        attempt(|| keys::set(&self.store, uid, &request)).await
    }

    async fn keys_get(&self, caller: Caller, request: GetRequest) -> Result<KeyBundles, ApiError> {
        let uid = caller.user()?;
        attempt(|| keys::get(&self.store, uid, &request)).await
    }

    async fn keys_mine(&self, caller: Caller, _request: Nothing) -> Result<MyKeys, ApiError> {
        answer(keys::mine(&self.store, caller.user()?).await)
    }

    async fn keys_drop(&self, caller: Caller, request: DropRequest) -> Result<Done, ApiError> {
        let uid = caller.user()?;
        attempt(|| keys::drop_device(&self.store, uid, &request)).await
    }

    /// Deletes files that are due. What fails is tried again: the row remembers it.
    async fn sweep(&self) -> Result<(), SweepError> {
        let due = attachments::retire(&self.store, SWEEP_AT_ONCE).await?;
        for id in &due {
            self.bus.file_delete(&thumbnail(*id)).await?;
            self.bus.file_delete(&id.to_string()).await?;
        }
        attachments::gone(&self.store, &due).await?;
        let used = self.bus.files_used().await?;
        metrics::gauge!("callboard_files_bytes").set(f64::from(u32::try_from(used >> 10).unwrap_or(u32::MAX)) * 1024.0);
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bus(#[from] callboard_bus::BusError),
}

fn router(files: Files) -> Router {
    Router::new()
        .route("/files/{id}", put(take).get(give).options(preflight))
        .route("/files/{id}/thumbnail", get(give_thumbnail).options(preflight))
        .with_state(files)
}

async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, PUT, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, range"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    open_to_all(response)
}

async fn take(
    State(files): State<Files>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let Some(id) = id.parse().ok().filter(|id| files.signer.links.opens_upload(*id, query.as_deref(), now())) else {
        return refusal(StatusCode::FORBIDDEN, &forbidden());
    };
    let (parts, body) = request.into_parts();
    // Whoever uploads may go away at any moment: what was begun is still brought to an end.
    let work = tokio::spawn(async move { files.receive(id, &parts.headers, body).await });
    let done =
        work.await.unwrap_or_else(|_| Err(ApiError::new(ErrorCode::Internal, "a fault of the house; it was logged")));
    match done {
        Ok(()) => open_to_all(StatusCode::NO_CONTENT.into_response()),
        Err(error) => refusal(status(error.code), &error),
    }
}

async fn give(state: State<Files>, id: Path<String>, query: RawQuery, headers: HeaderMap) -> Response {
    given(state, id, query, headers, false).await
}

async fn give_thumbnail(state: State<Files>, id: Path<String>, query: RawQuery, headers: HeaderMap) -> Response {
    given(state, id, query, headers, true).await
}

async fn given(
    State(files): State<Files>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    thumbnail: bool,
) -> Response {
    let opened = id.parse().ok().and_then(|id| Some((id, files.signer.links.opens(id, query.as_deref(), now())?)));
    let Some((id, opened)) = opened else { return refusal(StatusCode::FORBIDDEN, &forbidden()) };
    match files.serve(id, opened.viewer.as_ref(), &headers, thumbnail).await {
        Ok(response) => open_to_all(response),
        Err(error) => refusal(status(error.code), &error),
    }
}

/// The name under which a file's thumbnail lies.
fn thumbnail(id: AttachmentId) -> String {
    format!("{id}.thumbnail")
}

fn forbidden() -> ApiError {
    ApiError::new(ErrorCode::Forbidden, "this link is not good, or no longer; ask for a new one (chat.attachment)")
}

fn refusal(status: StatusCode, error: &ApiError) -> Response {
    open_to_all((status, [(header::CACHE_CONTROL, "no-store")], axum::Json(error)).into_response())
}

fn open_to_all(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers
        .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("content-range, content-disposition"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

const fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::Conflict | ErrorCode::Stale => StatusCode::CONFLICT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Limit | ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Seconds of the clock by which links are good.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}
