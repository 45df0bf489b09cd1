//! Serves the reference page as static files on a free loopback port, for the demo only.
//!
//! The folder is read once, before the first request: a path that was not in it then cannot be reached, whatever it looks like.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::fail::{Failure, Result};

/// More than the page has, less than somebody's whole disk.
const MOST_FILES: usize = 500;
const MOST_BYTES: u64 = 20 * 1024 * 1024;

/// Only what the page is made of: not its tools and tests.
const PARTS: &[&str] = &["index.html", "rooms.html", "watch.html", "src", "dist"];

type Files = Arc<HashMap<String, (&'static str, Vec<u8>)>>;

/// A running web server; it ends when this is dropped.
pub(super) struct Web {
    /// Where it listens.
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Web {
    /// Where the audience's page plays a programme. What follows `#` never leaves the browser.
    pub(super) fn watch(&self, address: &str, title: &str) -> String {
        let query: Vec<String> =
            [("src", address), ("title", title)].map(|(name, value)| format!("{name}={}", percent(value))).into();
        format!("http://{}/watch.html#{}", self.address, query.join("&"))
    }
}

/// A text as it stands in a query.
fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

impl Drop for Web {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a folder.
pub(super) async fn serve(folder: &Path) -> Result<Web> {
    let cannot = |error: std::io::Error| Failure::failed(format!("cannot serve {}: {error}", folder.display()));
    let files: Files = Arc::new(read(folder).map_err(cannot)?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    let router = Router::new().fallback(answer).with_state(files);
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the web server of the demo ended: {error}");
        }
    });
    Ok(Web { address, task })
}

/// The folder with the page: named by the environment, or that of the working copy.
pub(super) fn folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CALLBOARD_WEB_DIR") {
        return Some(PathBuf::from(named));
    }
    let exe = std::env::current_exe().ok()?;
    // In a working copy the binary lies in target/<profile>/.
    let roots = std::env::current_dir().ok().into_iter().chain(exe.ancestors().skip(1).map(Path::to_path_buf));
    roots.map(|root| root.join("nats/web")).find(|folder| folder.join("index.html").is_file())
}

async fn answer(State(files): State<Files>, uri: Uri) -> Response {
    let path = if uri.path().ends_with('/') { format!("{}index.html", uri.path()) } else { uri.path().to_owned() };
    match files.get(&path) {
        Some((kind, bytes)) => {
            ([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "no-store")], bytes.clone()).into_response()
        }
        None => (StatusCode::NOT_FOUND, "there is no such page\n").into_response(),
    }
}

fn read(folder: &Path) -> std::io::Result<HashMap<String, (&'static str, Vec<u8>)>> {
    let mut files = HashMap::new();
    let mut folders = vec![(folder.to_path_buf(), String::new())];
    let mut left = MOST_BYTES;
    while let Some((folder, prefix)) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let (kind, path) = (entry.file_type()?, format!("{prefix}/{name}"));
            let foreign = prefix.is_empty() && !PARTS.contains(&name.as_str());
            if foreign || name.starts_with('.') || kind.is_symlink() {
                continue;
            }
            if kind.is_dir() {
                folders.push((entry.path(), path));
                continue;
            }
            left = left.checked_sub(entry.metadata()?.len()).filter(|_| files.len() < MOST_FILES).ok_or_else(|| {
                std::io::Error::other(format!(
                    "more than {MOST_FILES} files or {MOST_BYTES} bytes: is this the page's folder?"
                ))
            })?;
            files.insert(path, (mime(&name), std::fs::read(entry.path())?));
        }
    }
    Ok(files)
}

fn mime(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_lies_in_the_folder_is_served_and_with_the_right_type() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("secret"), "no").unwrap();
        let page = root.path().join("page");
        std::fs::create_dir_all(page.join("src")).unwrap();
        std::fs::write(page.join("index.html"), "<p>hello").unwrap();
        std::fs::write(page.join("src/app.js"), "1").unwrap();
        std::fs::write(page.join("src/.env"), "no").unwrap();
        std::fs::write(page.join("package.json"), "no").unwrap();
        let files: Files = Arc::new(read(&page).unwrap());
        let ask = async |path: &str| answer(State(Arc::clone(&files)), path.parse().unwrap()).await;
        assert_eq!(ask("/").await.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(ask("/src/app.js").await.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(percent("http://a/é?t=x y"), "http%3A%2F%2Fa%2F%C3%A9%3Ft%3Dx%20y");
        for path in
            ["/../secret", "/src/../../secret", "/%2e%2e/secret", "/src/.env", "/package.json", "/src", "//secret"]
        {
            assert_eq!(ask(path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
