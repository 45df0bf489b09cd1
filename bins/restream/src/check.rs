//! `--check`: whether this machine has the `GStreamer` elements that programmes are made of, and which package has what is missing.

use std::io::Write as _;
use std::process::ExitCode;

use callboard_media::error::{ELEMENTS, Missing, missing_elements};
use serde::Serialize;

/// What was found.
#[derive(Serialize)]
struct Found {
    /// Whether all is there.
    ok: bool,
    /// `GStreamer`'s version.
    gstreamer: String,
    missing: Vec<Missing>,
}

pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let found = look();
    let mut out = std::io::stdout().lock();
    let json = arguments.windows(2).any(|pair| matches!(pair[0].as_str(), "-o" | "--output") && pair[1] == "json");
    // Whoever asked may be gone: there is nobody to tell then.
    let _ = if json {
        writeln!(out, "{}", serde_json::to_string(&found).expect("texts and lists always serialise"))
    } else {
        writeln!(out, "{}", said(&found))
    };
    if found.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn look() -> Found {
    if let Err(error) = gstreamer::init() {
        return Found { ok: false, gstreamer: format!("does not start: {error}"), missing: Vec::new() };
    }
    let missing = missing_elements();
    Found { ok: missing.is_empty(), gstreamer: gstreamer::version_string().to_string(), missing }
}

fn said(found: &Found) -> String {
    if found.ok {
        return format!("{}: all {} elements are there", found.gstreamer, ELEMENTS.len());
    }
    let Some(_) = found.missing.first() else { return format!("GStreamer {}", found.gstreamer) };
    let elements: Vec<&str> = found.missing.iter().map(|missing| missing.element).collect();
    let mut packages: Vec<&str> = found.missing.iter().map(|missing| missing.package).collect();
    packages.sort_unstable();
    packages.dedup();
    format!("GStreamer lacks {}: install {}", elements.join(", "), packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_with_its_packages_once_each() {
        let missing = vec![
            Missing { element: "x264enc", package: "gstreamer1.0-plugins-ugly" },
            Missing { element: "webrtcbin", package: "gstreamer1.0-plugins-bad" },
            Missing { element: "srtsink", package: "gstreamer1.0-plugins-bad" },
        ];
        let found = Found { ok: false, gstreamer: "GStreamer 1.22.0".to_owned(), missing };
        assert_eq!(
            said(&found),
            "GStreamer lacks x264enc, webrtcbin, srtsink: install gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
        );
    }
}
