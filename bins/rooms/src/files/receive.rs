//! Taking an upload: the place is used up first, then the bytes come, are looked at, and only then count as a file.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use callboard_bus::BusError;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::AttachmentId;
use callboard_rooms::attachments::{self, Claimed, Found, content};
use callboard_worker::{answer, attempt};
use futures::stream::{self, Stream, StreamExt};

use super::{Files, thumbnail};

/// An upload takes at most this long.
const WITHIN: Duration = Duration::from_mins(10);
/// Whoever sends nothing for this long is given up.
const SILENCE: Duration = Duration::from_secs(30);

/// What is kept of an upload.
struct Kept {
    found: Found,
    bytes: u64,
    thumbnail: bool,
}

impl Files {
    /// Takes the one upload for which a place was given out.
    pub(super) async fn receive(&self, id: AttachmentId, headers: &HeaderMap, body: Body) -> Result<(), ApiError> {
        let claimed = answer(attachments::claim(&self.store, id).await)?;
        let taken = tokio::time::timeout(WITHIN, self.take(&claimed, headers, body)).await;
        let taken = taken.unwrap_or_else(|_| Err(ApiError::new(ErrorCode::BadRequest, "the upload took too long")));
        let word = if taken.is_ok() { "stored" } else { "refused" };
        metrics::counter!("callboard_uploads_total", "result" => word).increment(1);
        if taken.is_err() {
            self.forget(id).await;
        }
        let settled = taken.as_ref().map(|kept| (&kept.found, kept.bytes, kept.thumbnail));
        attempt(|| attachments::settle(&self.store, &claimed, settled)).await?;
        taken.map(|_| ())
    }

    async fn take(&self, claimed: &Claimed, headers: &HeaderMap, body: Body) -> Result<Kept, ApiError> {
        check_headers(claimed, headers)?;
        // A file that ends within its head is asked for more after its end.
        let mut pieces = Box::pin(pieces(body)).fuse();
        if claimed.said.is_streamed() {
            self.stream(claimed, &mut pieces).await
        } else {
            self.hold(claimed, &mut pieces).await
        }
    }

    /// A video goes straight into the store; its beginning tells whether it is one.
    async fn stream(
        &self,
        claimed: &Claimed,
        pieces: &mut (impl Stream<Item = Result<Bytes, ApiError>> + Send + Unpin),
    ) -> Result<Kept, ApiError> {
        let mut head = BytesMut::new();
        while head.len() < content::HEAD_BYTES {
            let Some(piece) = pieces.next().await else { break };
            head.extend_from_slice(&piece?);
        }
        content::peek(&head[..head.len().min(content::HEAD_BYTES)], claimed.said)?;
        let whole = stream::iter([Ok(head.freeze())]).chain(pieces);
        let stored = self.bus.file_put(&claimed.id.to_string(), whole, claimed.bytes).await.map_err(|e| lost(&e))?;
        check_length(claimed, stored)?;
        Ok(Kept { found: Found::default(), bytes: stored, thumbnail: false })
    }

    /// A picture or a voice note is held while it is looked at.
    async fn hold(
        &self,
        claimed: &Claimed,
        pieces: &mut (impl Stream<Item = Result<Bytes, ApiError>> + Send + Unpin),
    ) -> Result<Kept, ApiError> {
        let room = u32::try_from(claimed.bytes / 1024 + 1).unwrap_or(u32::MAX);
        let _held = self.held.acquire_many(room).await.map_err(|_| closing())?;
        let mut bytes = Vec::with_capacity(usize::try_from(claimed.bytes).unwrap_or_default());
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            check_most(claimed, bytes.len() as u64 + piece.len() as u64)?;
            bytes.extend_from_slice(&piece);
        }
        check_length(claimed, bytes.len() as u64)?;
        let said = claimed.said;
        let examined = {
            let _looking = self.looking.acquire().await.map_err(|_| closing())?;
            let looked = tokio::task::spawn_blocking(move || content::examine(bytes, said)).await;
            // A decoder that fails altogether fails for this file alone.
            looked.unwrap_or(Err(content::ContentError::Undecodable))?
        };
        if let Some(small) = &examined.thumbnail {
            self.put(&thumbnail(claimed.id), small.clone()).await?;
        }
        let kept = self.put(&claimed.id.to_string(), examined.bytes).await?;
        Ok(Kept { found: examined.found, bytes: kept, thumbnail: examined.thumbnail.is_some() })
    }

    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<u64, ApiError> {
        let whole = stream::iter([Ok::<Bytes, ApiError>(bytes.into())]);
        self.bus.file_put(name, whole, u64::MAX).await.map_err(|e| lost(&e))
    }

    /// Deletes what was stored of a refused upload. Where that fails the sweep does it, because the row is still there.
    async fn forget(&self, id: AttachmentId) {
        for name in [thumbnail(id), id.to_string()] {
            if let Err(error) = self.bus.file_delete(&name).await {
                tracing::warn!(%error, "a refused upload is not deleted yet");
            }
        }
    }
}

/// The bytes as they come, until nothing comes for too long.
fn pieces(body: Body) -> impl Stream<Item = Result<Bytes, ApiError>> + Send {
    stream::unfold(Some(body.into_data_stream()), async |body| {
        let mut body = body?;
        let broken = |text: &str| Err(ApiError::new(ErrorCode::BadRequest, text));
        match tokio::time::timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(body))),
            Ok(Some(Err(_))) => Some((broken("the upload was broken off"), None)),
            Ok(None) => None,
            Err(_) => Some((broken("nothing came for too long"), None)),
        }
    })
}

fn check_headers(claimed: &Claimed, headers: &HeaderMap) -> Result<(), ApiError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if header(header::CONTENT_TYPE) != Some(claimed.said.as_str()) {
        let text = format!("the upload's content-type must be {}, as was said", claimed.said.as_str());
        return Err(ApiError::new(ErrorCode::BadRequest, text));
    }
    match header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()) {
        // Without a length the bytes are counted.
        None => Ok(()),
        Some(length) => check_length(claimed, length),
    }
}

fn check_most(claimed: &Claimed, length: u64) -> Result<(), ApiError> {
    if length > claimed.bytes {
        return Err(ApiError::new(
            ErrorCode::TooLarge,
            format!("the file is longer than the {} bytes that were said", claimed.bytes),
        ));
    }
    Ok(())
}

fn check_length(claimed: &Claimed, length: u64) -> Result<(), ApiError> {
    check_most(claimed, length)?;
    if length < claimed.bytes {
        let text = format!("the file has {length} bytes and not the {} that were said", claimed.bytes);
        return Err(ApiError::new(ErrorCode::BadRequest, text));
    }
    Ok(())
}

fn lost(error: &BusError) -> ApiError {
    tracing::warn!(%error, "a file could not be stored");
    ApiError::new(ErrorCode::Unavailable, "the file could not be stored; ask for another place and upload it again")
        .retry_after(1000)
}

fn closing() -> ApiError {
    ApiError::new(ErrorCode::Unavailable, "this worker is about to stop; upload it again").retry_after(1000)
}
