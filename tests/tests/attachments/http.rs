//! Files as an app puts and gets them over HTTP, and as no app would.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// What came back over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

async fn answered(
    ask: impl FnOnce() -> Result<ureq::http::Response<ureq::Body>, ureq::Error> + std::marker::Send + 'static,
) -> Answer {
    let read = move || {
        let mut response = ask().expect("an answer");
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec().expect("a body");
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
    };
    tokio::task::spawn_blocking(read).await.expect("answered")
}

pub(crate) async fn put(url: &str, content_type: &str, bytes: &[u8]) -> Answer {
    let (url, content_type, bytes) = (url.to_owned(), content_type.to_owned(), bytes.to_vec());
    answered(move || agent().put(&url).header("content-type", &content_type).send(&bytes[..])).await
}

pub(crate) async fn get(url: &str, range: Option<&str>) -> Answer {
    let (url, range) = (url.to_owned(), range.map(str::to_owned));
    answered(move || {
        let request = agent().get(&url);
        match range {
            Some(range) => request.header("range", &range).call(),
            None => request.call(),
        }
    })
    .await
}

/// Host and path of an address.
fn parts(url: &str) -> (String, String) {
    let (host, path) = url.strip_prefix("http://").expect("http").split_once('/').expect("a path");
    (host.to_owned(), format!("/{path}"))
}

/// Puts the bytes so many times, without saying how many come.
pub(crate) async fn chunked(url: &str, bytes: &[u8], times: usize) -> u16 {
    let ((host, path), bytes) = (parts(url), bytes.to_vec());
    let ask = move || {
        let mut stream = TcpStream::connect(&host).expect("a connection");
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        for _ in 0..times {
            // It may have heard enough already.
            let _ = write!(stream, "{:x}\r\n", bytes.len());
            let _ = stream.write_all(&bytes).and_then(|()| stream.write_all(b"\r\n"));
        }
        let _ = stream.write_all(b"0\r\n\r\n");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).expect("an answer");
        std::str::from_utf8(&answer[9..]).expect("a number").parse().expect("a number")
    };
    tokio::task::spawn_blocking(ask).await.expect("asked")
}

pub(crate) async fn break_off(url: &str, bytes: &[u8]) {
    let ((host, path), bytes) = (parts(url), bytes.to_vec());
    let ask = move || {
        let mut stream = TcpStream::connect(&host).expect("a connection");
        let length = bytes.len();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: image/png\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes[..length / 2])).expect("sent");
    };
    tokio::task::spawn_blocking(ask).await.expect("asked");
}
