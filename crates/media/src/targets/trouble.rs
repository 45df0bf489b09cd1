//! Why a target does not do, in words for people, and whose matter that is.
//!
//! What must always hold: no stream key, password or path of this machine is in the words.

use std::io;

use callboard_domain::Blame;
use gstreamer::{ResourceError, message};

/// An error on the bus of a pipeline.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) resource: Option<ResourceError>,
    /// What it says in short.
    pub(super) short: String,
    /// All that it says.
    pub(super) text: String,
}

impl Said {
    pub(super) fn of(error: &message::Error) -> Self {
        let short = error.error().message().to_owned();
        let text = format!("{short} {}", error.debug().unwrap_or_default());
        Self { resource: error.error().kind(), short, text }
    }
}

/// What broke a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) reason: String,
    pub(super) blame: Blame,
    /// Trying the same again right away cannot help, unless it worked before.
    pub(super) hopeless: bool,
}

impl Trouble {
    pub(super) fn settings(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), blame: Blame::Settings, hopeless: true }
    }

    pub(super) fn target(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), blame: Blame::Target, hopeless: false }
    }

    pub(super) fn house(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), blame: Blame::House, hopeless: false }
    }

    /// Writing `what` went wrong.
    pub(super) fn writing(what: &str, error: &io::Error) -> Self {
        let mut trouble = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::house(format!("the disk for {what} is full"))
            }
            io::ErrorKind::PermissionDenied => Self::house(format!("the worker may not write {what}")),
            io::ErrorKind::ReadOnlyFilesystem => Self::house(format!("the disk for {what} is read-only")),
            other => Self::house(format!("cannot write {what}: {other}")),
        };
        trouble.hopeless = true;
        trouble
    }

    /// What a recording's pipeline says.
    pub(super) fn of_file(error: &Said) -> Self {
        let mut trouble = match error.resource {
            Some(ResourceError::NoSpaceLeft) => {
                Self::house("the disk for recordings is full; what was recorded until then is kept")
            }
            Some(ResourceError::OpenWrite | ResourceError::NotAuthorized) => {
                Self::house("the worker may not write recordings")
            }
            _ => Self::house(format!("the recording broke off: {}", error.short)),
        };
        trouble.hopeless = true;
        trouble
    }

    /// What a push's pipeline says. `place` is host and port.
    pub(super) fn of_push(place: &str, secret: &str, was_live: bool, error: &Said) -> Self {
        Self::of_push_text(place, secret, was_live, &error.text, &error.short)
    }

    fn of_push_text(place: &str, secret: &str, was_live: bool, text: &str, short: &str) -> Self {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
        if has(&["g-resolver-error", "error resolving", "failed to resolve", "invalid host"]) {
            return Self::settings(format!("no such host: {place}"));
        }
        if has(&["connection refused", "connection does not exist", "connection setup failure"]) {
            return Self::settings(format!("nothing listens at {place}"));
        }
        if has(&["already publishing", "already exist", "badname"]) {
            return Self::settings("the server refused the stream key: somebody else publishes under it");
        }
        if has(&[
            "denied",
            "not authorized",
            "authentication",
            "unauthorized",
            "connection rejected",
            "incorrect passphrase",
        ]) {
            return Self::settings("the server refused the stream key");
        }
        if has(&["g-tls-error", "certificate", "tls"]) {
            return Self::settings(format!("no safe connection to {place}: its certificate or TLS does not do"));
        }
        if has(&["timed out", "timeout"]) {
            return Self::target(format!("{place} does not answer"));
        }
        if has(&["unreachable", "no route"]) {
            return Self::target(format!("{place} cannot be reached from here"));
        }
        if has(&["closed", "reset by peer", "broken pipe", "connection was broken", "partial input", "end of stream"]) {
            return if was_live {
                Self::target(format!("{place} closed the connection"))
            } else {
                Self::settings("the server refused the stream key or the application: it closed the connection at once")
            };
        }
        let short = if secret.is_empty() { short.to_owned() } else { short.replace(secret, "•••") };
        Self::target(format!("{place}: {short}"))
    }
}

/// Host and port of an address, and what of it is secret. None if it is no such address.
pub(super) fn place_of(url: &str) -> Option<(String, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, secret) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.is_empty() {
        return None;
    }
    let named = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let port = match (named, scheme) {
        (true, _) => "",
        (false, "rtmp") => ":1935",
        (false, "rtmps") => ":443",
        (false, _) => return None,
    };
    Some((format!("{host}{port}"), secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libraries_say_becomes_plain_words() {
        let cases = [
            (
                "Failed to connect: Error resolving “x”: Name or service not known",
                false,
                "no such host: x:1935",
                Blame::Settings,
            ),
            ("Connection refused: Could not connect to 127.0.0.1", false, "nothing listens at x:1935", Blame::Settings),
            (
                "Not authorized: publish denied: stream requires authentication",
                false,
                "refused the stream key",
                Blame::Settings,
            ),
            (
                "Failed to connect: publish failed: stream already exists",
                true,
                "somebody else publishes",
                Blame::Settings,
            ),
            ("Failed to connect: connection closed remotely", false, "closed the connection at once", Blame::Settings),
            ("Failed to write: connection closed remotely", true, "x:1935 closed the connection", Blame::Target),
            ("Failed to connect: Socket I/O timed out", false, "does not answer", Blame::Target),
            ("TLS: unacceptable certificate", false, "certificate", Blame::Settings),
            ("some news about /live/geheim", true, "some news about •••", Blame::Target),
        ];
        for (said, was_live, words, blame) in cases {
            let trouble = Trouble::of_push_text("x:1935", "/live/geheim", was_live, said, said);
            assert!(trouble.reason.contains(words), "{said}: {}", trouble.reason);
            assert!(!trouble.reason.contains("geheim"));
            assert_eq!((trouble.blame, trouble.hopeless), (blame, blame == Blame::Settings), "{said}");
        }
    }

    #[test]
    fn a_place_is_host_and_port_and_holds_no_secret() {
        let cases = [
            ("rtmp://me:geheim@x/live/geheim", Some(("x:1935", "/live/geheim"))),
            ("rtmps://x/live/k?a=b", Some(("x:443", "/live/k?a=b"))),
            ("rtmp://x:19/live/k", Some(("x:19", "/live/k"))),
            ("srt://[::1]:9000?passphrase=p", Some(("[::1]:9000", "?passphrase=p"))),
            ("srt://x", None),
            ("rtmp://", None),
            ("x", None),
        ];
        for (url, place) in cases {
            assert_eq!(place_of(url), place.map(|(p, s)| (p.to_owned(), s)), "{url}");
        }
    }

    #[test]
    fn a_full_disk_is_called_that() {
        let full = Trouble::writing("segments", &io::Error::from_raw_os_error(28));
        assert_eq!((full.reason.as_str(), full.blame), ("the disk for segments is full", Blame::House));
    }
}
