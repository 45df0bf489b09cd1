//! What goes wrong with media, in words for people: what is missing and which package has it, which setting is bad, what failed in a pipeline.

use gstreamer::prelude::*;

/// Why something of a programme could not be done.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// A `GStreamer` element is not installed on this machine.
    #[error("the GStreamer element {element} is missing on this machine: install {package}")]
    Missing {
        /// The element.
        element: String,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// What was asked for cannot be.
    #[error("{0}")]
    Settings(String),
    /// Something at the start does not work at all.
    #[error("{0}")]
    Setup(String),
    /// A pipeline failed while it ran or was built.
    #[error("{what} failed: {reason}")]
    Pipeline {
        /// Which part.
        what: String,
        /// What it said.
        reason: String,
    },
    /// The other end of a stream of orders, reports or files does not work.
    #[error("{what}: {source}")]
    Io {
        /// Reading or writing what.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl MediaError {
    /// A failure of the named part.
    pub fn pipeline(what: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Pipeline { what: what.into(), reason: reason.to_string() }
    }
}

/// An element that this machine lacks.
#[derive(serde::Serialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The element.
    pub element: &'static str,
    /// The Debian package that has it.
    pub package: &'static str,
}

const BASE: &str = "gstreamer1.0-plugins-base";
const GOOD: &str = "gstreamer1.0-plugins-good";
const BAD: &str = "gstreamer1.0-plugins-bad";
const UGLY: &str = "gstreamer1.0-plugins-ugly";
const LIBAV: &str = "gstreamer1.0-libav";
const NICE: &str = "gstreamer1.0-nice";
const X: &str = "gstreamer1.0-x";

/// Every element that a programme is built of, and the Debian package that has it.
pub const ELEMENTS: &[(&str, &str)] = &[
    ("capsfilter", "libgstreamer1.0-0"),
    ("queue", "libgstreamer1.0-0"),
    ("clocksync", "libgstreamer1.0-0"),
    ("fakesink", "libgstreamer1.0-0"),
    ("filesink", "libgstreamer1.0-0"),
    ("filesrc", "libgstreamer1.0-0"),
    ("appsrc", BASE),
    ("appsink", BASE),
    ("audioconvert", BASE),
    ("audiomixer", BASE),
    ("audioresample", BASE),
    ("audiotestsrc", BASE),
    ("compositor", BASE),
    ("decodebin", BASE),
    ("opusdec", BASE),
    ("opusenc", BASE),
    ("videoconvert", BASE),
    ("videorate", BASE),
    ("videoscale", BASE),
    ("videotestsrc", BASE),
    ("volume", BASE),
    ("textoverlay", X),
    ("flvmux", GOOD),
    ("jpegenc", GOOD),
    ("level", GOOD),
    ("mp4mux", GOOD),
    ("rtpbin", GOOD),
    ("rtph264depay", GOOD),
    ("rtph264pay", GOOD),
    ("rtpopusdepay", GOOD),
    ("rtpopuspay", GOOD),
    ("rtpvp8depay", GOOD),
    ("rtpvp8pay", GOOD),
    ("rtpvp9depay", GOOD),
    ("vp8dec", GOOD),
    ("vp8enc", GOOD),
    ("vp9dec", GOOD),
    ("aacparse", GOOD),
    ("dtlssrtpenc", BAD),
    ("h264parse", BAD),
    ("mpegtsmux", BAD),
    ("rtmp2sink", BAD),
    ("srtsink", BAD),
    ("webrtcbin", BAD),
    ("x264enc", UGLY),
    ("avdec_h264", LIBAV),
    ("avenc_aac", LIBAV),
    ("nicesrc", NICE),
    ("nicesink", NICE),
];

/// What this machine lacks to run programmes; empty where all is well.
pub fn missing_elements() -> Vec<Missing> {
    if crate::init().is_err() {
        return ELEMENTS.iter().map(|(element, package)| Missing { element, package }).collect();
    }
    ELEMENTS
        .iter()
        .filter(|(element, _)| gstreamer::ElementFactory::find(element).is_none())
        .map(|(element, package)| Missing { element, package })
        .collect()
}

/// A new element, or which package has it.
pub fn make(factory: &str) -> Result<gstreamer::Element, MediaError> {
    gstreamer::ElementFactory::make(factory).build().map_err(|_| {
        let package = ELEMENTS
            .iter()
            .find(|(element, _)| *element == factory)
            .map_or("the GStreamer plugins", |(_, package)| package);
        MediaError::Missing { element: factory.to_owned(), package }
    })
}

/// What a pipeline's error message says, with the element it comes from.
pub fn words(error: &gstreamer::message::Error) -> String {
    let from = error.src().map_or_else(String::new, |src| format!("{}: ", src.name()));
    let debug = error.debug().map_or_else(String::new, |debug| {
        let last = debug.lines().last().unwrap_or_default().trim().to_owned();
        if last.is_empty() { last } else { format!(" ({last})") }
    });
    format!("{from}{}{debug}", error.error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_element_names_its_package() {
        crate::init().expect("GStreamer");
        assert_eq!(missing_elements(), []);
        let text = make("nosuchelement").expect_err("there is none").to_string();
        assert!(text.contains("nosuchelement") && text.contains("install"), "{text}");
    }
}
