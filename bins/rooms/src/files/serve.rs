//! Giving a file to who may read its message, as a whole or a part of it: players ask for parts.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{AttachmentId, Uid};
use callboard_rooms::attachments::{self, Fetched};
use callboard_worker::answer;
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use super::{Files, thumbnail};

impl Files {
    /// The answer to who asks with a good link.
    pub(super) async fn serve(
        &self,
        id: AttachmentId,
        viewer: Option<&Uid>,
        headers: &HeaderMap,
        small: bool,
    ) -> Result<Response, ApiError> {
        let file = answer(attachments::fetch(&self.store, id, viewer).await)?;
        if small && !file.thumbnail {
            return Err(missing());
        }
        let name = if small { thumbnail(id) } else { id.to_string() };
        let opened = self.bus.file_get(&name).await.map_err(|error| {
            tracing::warn!(%error, "a file could not be opened");
            ApiError::new(ErrorCode::Unavailable, "the file cannot be read just now; try again").retry_after(500)
        })?;
        let mut stored = opened.ok_or_else(missing)?;
        let whole = stored.bytes();
        let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
        let Some((start, end)) = part(asked, whole) else {
            let whole = format!("bytes */{whole}");
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, whole)]).into_response());
        };
        if start > 0 {
            stored.skip(start).await.map_err(|_| missing())?;
        }
        let length = end - start;
        let mut response = Body::from_stream(ReaderStream::new(stored.take(length))).into_response();
        if length < whole {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {start}-{}/{whole}", end.saturating_sub(1));
            response.headers_mut().insert(header::CONTENT_RANGE, text(&range));
        }
        let headers = response.headers_mut();
        let content_type = if small { "image/jpeg" } else { file.file_type.as_str() };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CONTENT_DISPOSITION, text(&disposition(id, &file)));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        Ok(response)
    }
}

fn missing() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "there is no such file, or it is not yours to see")
}

/// The part of a file that is asked for, from its first byte to behind its last; nothing if there is no such part. What is not one part is
/// answered with the whole.
fn part(asked: Option<&str>, whole: u64) -> Option<(u64, u64)> {
    let all = Some((0, whole));
    let Some((first, last)) = asked.and_then(|a| a.strip_prefix("bytes=")).and_then(|a| a.split_once('-')) else {
        return all;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Ok(0) => None,
            Ok(count) => Some((whole.saturating_sub(count), whole)),
            Err(_) => all,
        },
        (first, last) => {
            let Ok(start) = number(first) else { return all };
            let end =
                if last.is_empty() { Ok(whole) } else { number(last).map(|last| last.saturating_add(1).min(whole)) };
            let Ok(end) = end else { return all };
            (start < end).then_some((start, end))
        }
    }
}

/// It is saved under its owner's name for it, never opened as a page.
fn disposition(id: AttachmentId, file: &Fetched) -> String {
    let plain = format!("{id}.{}", file.file_type.ending());
    let name = file.name.as_deref().unwrap_or(&plain);
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("digits, names of types and percent-encoded text make a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_to_the_file() {
        for (asked, expected) in [
            (None, Some((0, 100))),
            (Some("bytes=0-"), Some((0, 100))),
            (Some("bytes=0-9"), Some((0, 10))),
            (Some("bytes=90-1000"), Some((90, 100))),
            (Some("bytes=-10"), Some((90, 100))),
            (Some("bytes=-1000"), Some((0, 100))),
            (Some("bytes=99-99"), Some((99, 100))),
            (Some("bytes=100-"), None),
            (Some("bytes=-0"), None),
            (Some("bytes=9-3"), None),
            (Some("bytes=0-1,5-6"), Some((0, 100))),
            (Some("bytes=x-"), Some((0, 100))),
            (Some("rows=1-2"), Some((0, 100))),
            (Some("bytes=18446744073709551615-18446744073709551615"), None),
        ] {
            assert_eq!(part(asked, 100), expected, "{asked:?}");
        }
    }
}
