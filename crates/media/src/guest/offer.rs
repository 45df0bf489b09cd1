//! What a guest's offer brings: the picture and sound lines with the codecs that can be taken of it, or in words why it cannot be taken.
//!
//! Kept are VP8, VP9, H.264 and Opus, of header extensions only transport-wide feedback (without it a browser's estimate stays low), of feedback what
//! the programme gives. Everything is checked before `webrtcbin` sees it.

use gstreamer::prelude::*;
use gstreamer::{Caps, Structure};
use gstreamer_sdp::{SDPMediaRef, SDPMessage, SDPMessageRef};

use super::ice::{self, Ways};
use crate::control::IceSpec;

/// Larger offers are none of a browser with one camera.
const LARGEST: usize = 64 * 1024;
/// More lines than a browser with one camera, one microphone, a screen and a text channel has.
const MOST_LINES: u32 = 8;
const TRANSPORT_WIDE: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const FEEDBACK: [&str; 4] = ["rtcp-fb-nack", "rtcp-fb-nack-pli", "rtcp-fb-ccm-fir", "rtcp-fb-transport-cc"];
const HELPERS: [&str; 7] = ["RTX", "RED", "ULPFEC", "FLEXFEC-03", "CN", "TELEPHONE-EVENT", "FLEXFEC"];

/// An offer that can be answered.
#[derive(Debug)]
pub(crate) struct Offer {
    /// The description without candidates that may not be tried.
    pub(crate) sdp: SDPMessage,
    /// Its picture and sound lines in order.
    pub(crate) lines: Vec<Line>,
    /// Where candidates belong.
    pub(crate) ways: Ways,
}

/// One picture or sound line.
#[derive(Debug)]
pub(crate) struct Line {
    /// What may be answered.
    pub(crate) caps: Caps,
    /// Whether it is taken: the first that sends, of each kind.
    pub(crate) taken: bool,
}

/// Reads an offer, or says why it cannot be answered.
pub(crate) fn read(ice: &IceSpec, text: &str) -> Result<Offer, String> {
    if text.len() > LARGEST || text.contains('\0') {
        return Err("the offer is too large or no text: send a new one".to_owned());
    }
    // The parser takes whatever has an equals sign in it.
    if !text.starts_with("v=0") {
        return Err("the offer is no SDP: send a new one".to_owned());
    }
    let sdp = SDPMessage::parse_buffer(ice::sift(ice, text).as_bytes())
        .map_err(|_| "the offer is no SDP: send a new one".to_owned())?;
    if sdp.medias_len() > MOST_LINES {
        return Err(format!("the offer has {} lines; send one picture and one sound", sdp.medias_len()));
    }
    let mut lines: Vec<Line> = Vec::new();
    let (mut picture, mut sound) = (false, false);
    for media in sdp.medias() {
        let taken = match media.media() {
            Some("video") => &mut picture,
            Some("audio") => &mut sound,
            Some("application") => continue,
            _ => return Err("the offer has a line that is neither picture nor sound nor text".to_owned()),
        };
        secured(&sdp, media)?;
        let open = media.port() != 0 || media.attribute_val("bundle-only").is_some();
        let sends = open && ["recvonly", "inactive"].iter().all(|direction| media.attribute_val(direction).is_none());
        let caps = acceptable(media);
        if sends && !*taken && caps.is_empty() {
            return Err(refusal(media));
        }
        lines.push(Line { taken: sends && !*taken, caps });
        *taken |= sends;
    }
    if !picture && !sound {
        return Err("the offer sends neither picture nor sound".to_owned());
    }
    let ways = Ways::of(&sdp);
    Ok(Offer { sdp, lines, ways })
}

/// Whether a line can be connected to at all.
fn secured(sdp: &SDPMessageRef, media: &SDPMediaRef) -> Result<(), String> {
    for needed in ["ice-ufrag", "ice-pwd", "fingerprint", "mid"] {
        let found = media.attribute_val(needed).or_else(|| sdp.attribute_val(needed));
        if found.is_none_or(|value| value.trim().is_empty()) {
            return Err(format!("the offer is not of WebRTC: a line has no {needed}"));
        }
    }
    if !media.proto().is_some_and(|proto| proto.ends_with("RTP/SAVPF")) {
        return Err("the offer is not of WebRTC: a line is not encrypted".to_owned());
    }
    Ok(())
}

fn formats(media: &SDPMediaRef) -> impl Iterator<Item = (i32, Caps, String)> {
    media.formats().filter_map(|format| {
        let number: i32 = format.parse().ok().filter(|number| (0..128).contains(number))?;
        let caps = media.caps_from_media(number)?;
        let name = caps.structure(0)?.get::<String>("encoding-name").ok()?.to_ascii_uppercase();
        Some((number, caps, name))
    })
}

/// What of a line may be answered, in the order of the offer.
fn acceptable(media: &SDPMediaRef) -> Caps {
    let mut all = Caps::new_empty();
    let made = all.make_mut();
    for (_, mut caps, name) in formats(media) {
        let kind = media.media().unwrap_or_default();
        if !matches!((kind, name.as_str()), ("video", "VP8" | "VP9" | "H264") | ("audio", "OPUS")) {
            continue;
        }
        let one = caps.make_mut();
        if media.attributes_to_caps(one).is_err() {
            continue;
        }
        if let Some(structure) = one.structure(0) {
            made.append_structure(kept(structure));
        }
    }
    all
}

/// A format without what the programme does not do.
fn kept(structure: &gstreamer::StructureRef) -> Structure {
    let mut kept = structure.to_owned();
    kept.set_name("application/x-rtp");
    let dropped: Vec<String> =
        structure.iter().filter(|(name, value)| !keeps(name, value)).map(|(name, _)| name.to_string()).collect();
    kept.remove_fields(dropped.iter().map(String::as_str));
    kept
}

fn keeps(name: &str, value: &gstreamer::glib::SendValue) -> bool {
    if name.starts_with("rtcp-fb-") {
        return FEEDBACK.contains(&name);
    }
    if name.starts_with("extmap-") {
        return value.serialize().is_ok_and(|text| text.contains(TRANSPORT_WIDE));
    }
    !["a-", "ssrc-", "rid-", "x-"].iter().any(|prefix| name.starts_with(prefix))
}

/// Why nothing of a line can be taken.
fn refusal(media: &SDPMediaRef) -> String {
    let (what, taken) = if media.media() == Some("video") {
        ("this browser sends only", "VP8, VP9 or H264")
    } else {
        ("this browser's sound is only", "Opus")
    };
    let mut names: Vec<String> = Vec::new();
    for (_, _, name) in formats(media) {
        if !HELPERS.contains(&name.as_str()) && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push("formats without a name".to_owned());
    }
    format!("{what} {}; the programme takes {taken}: allow one of them in the browser", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_answered_is_kept_and_nothing_else() {
        crate::init().expect("GStreamer");
        let text = include_str!("../../tests/guests/chromium-offer.sdp");
        let offer = read(&IceSpec::default(), text).expect("an offer");
        let names = |line: &Line| -> Vec<String> {
            line.caps.iter().map(|one| one.get::<String>("encoding-name").expect("a name")).collect()
        };
        assert_eq!(offer.lines.iter().map(names).collect::<Vec<_>>(), [vec!["OPUS"], vec!["VP8", "VP9", "H264"]]);
        let vp8 = offer.lines[1].caps.structure(0).expect("VP8");
        let mut fields: Vec<String> = vp8.fields().map(ToString::to_string).collect();
        fields.sort();
        assert_eq!(vp8.get::<i32>("payload"), Ok(96));
        assert!(
            fields.iter().any(|name| name == "extmap-3") && !fields.iter().any(|name| name == "extmap-2"),
            "{fields:?}"
        );
        let without = |name: &str| {
            read(&IceSpec::default(), &text.replace(name, "PCMU/8000")).map(|offer| offer.lines[0].caps.to_string())
        };
        let why = without("opus/48000/2").expect_err("no Opus");
        assert!(why.starts_with("this browser's sound is only PCMU, G722"), "{why}");
    }
}
