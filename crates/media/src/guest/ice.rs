//! How a peer is reached: the agent confined to what may be used, and candidates read, sifted and written in the browsers' JSON form.
//!
//! What must always hold: no TCP and no multicast discovery; no name is looked up for a peer (a `.local` candidate is dropped, its owner is found by
//! his own checks); with `loopback_only` nothing outside the machine is spoken to.

use std::net::IpAddr;

use gstreamer::glib;
use gstreamer::prelude::*;
use serde::{Deserialize, Serialize};

use crate::control::IceSpec;

/// What a browser's `RTCIceCandidate` is as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Candidate {
    /// The candidate attribute without `a=`; empty at the end of candidates.
    #[serde(rename = "candidate")]
    pub(crate) attribute: String,
    /// To which media description it belongs, by its identification.
    #[serde(rename = "sdpMid", default)]
    pub(crate) mid: Option<String>,
    /// The same by number.
    #[serde(rename = "sdpMLineIndex", default)]
    pub(crate) line: Option<u32>,
    /// To which description it belongs.
    #[serde(rename = "usernameFragment", default, skip_serializing_if = "Option::is_none")]
    pub(crate) fragment: Option<String>,
}

/// Confines the agent of a `webrtcbin` that has not begun.
pub(crate) fn confine(webrtc: &gstreamer::Element, ice: &IceSpec) {
    let Some(agent) = webrtc.property::<Option<glib::Object>>("ice-agent") else { return };
    if let Some(nice) = agent.property::<Option<glib::Object>>("agent") {
        nice.set_property("ice-tcp", false);
        nice.set_property("upnp", false);
    }
    if let Some((first, last)) = ice.ports {
        agent.set_property("min-rtp-port", u32::from(first));
        agent.set_property("max-rtp-port", u32::from(last));
    }
    let mut addresses: Vec<String> = ice.addresses.iter().map(ToString::to_string).collect();
    if ice.loopback_only {
        addresses = vec!["127.0.0.1".to_owned()];
    }
    for address in addresses {
        agent.emit_by_name::<bool>("add-local-ip-address", &[&address]);
    }
}

/// Whether a candidate attribute (with or without `a=`) may be tried.
pub(crate) fn may_try(ice: &IceSpec, candidate: &str) -> bool {
    let candidate = candidate.trim();
    let candidate = candidate.strip_prefix("a=").unwrap_or(candidate);
    let Some(fields) = candidate.strip_prefix("candidate:") else { return false };
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let [_, component, transport, priority, address, port, "typ", _, ..] = fields[..] else { return false };
    if component != "1" && component != "2"
        || !transport.eq_ignore_ascii_case("udp")
        || priority.parse::<u32>().is_err()
    {
        return false;
    }
    let (Ok(address), Ok(port)) = (address.parse::<IpAddr>(), port.parse::<u16>()) else { return false };
    let there = port != 0 && !address.is_unspecified() && !address.is_multicast();
    there && if ice.loopback_only { address == IpAddr::from([127, 0, 0, 1]) } else { !address.is_loopback() }
}

/// Leaves out of an SDP the candidates that may not be tried.
pub(crate) fn sift(ice: &IceSpec, sdp: &str) -> String {
    sdp.lines()
        .filter(|line| !line.starts_with("a=candidate:") || may_try(ice, line))
        .flat_map(|line| [line.trim_end(), "\r\n"])
        .collect()
}

/// The ways of an SDP's descriptions, for candidates that come by themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ways {
    mids: Vec<Option<String>>,
    fragments: Vec<String>,
}

impl Ways {
    pub(crate) fn of(sdp: &gstreamer_sdp::SDPMessageRef) -> Self {
        let mids = sdp.medias().map(|media| media.attribute_val("mid").map(str::to_owned)).collect();
        let mut fragments: Vec<String> =
            sdp.medias().filter_map(|media| media.attribute_val("ice-ufrag").map(str::to_owned)).collect();
        fragments.extend(sdp.attribute_val("ice-ufrag").map(str::to_owned));
        Self { mids, fragments }
    }

    /// The JSON form of a candidate found on this side.
    pub(crate) fn write(&self, line: u32, candidate: &str) -> String {
        let mid = self.mids.get(line as usize).cloned().flatten();
        let attribute = candidate.strip_prefix("a=").unwrap_or(candidate).to_owned();
        serde_json::to_string(&Candidate { attribute, mid, line: Some(line), fragment: None }).unwrap_or_default()
    }

    /// Where a candidate of the other side belongs, if it belongs to these descriptions and may be tried.
    pub(crate) fn read(&self, ice: &IceSpec, payload: &str) -> Option<(u32, String)> {
        let candidate: Candidate = serde_json::from_str(payload).ok()?;
        if candidate.fragment.is_some_and(|fragment| !fragment.is_empty() && !self.fragments.contains(&fragment)) {
            return None;
        }
        let by_mid = || {
            self.mids.iter().position(|mid| mid.is_some() && *mid == candidate.mid).and_then(|n| u32::try_from(n).ok())
        };
        let line = candidate.line.or_else(by_mid).unwrap_or(0);
        (may_try(ice, &candidate.attribute) && (line as usize) < self.mids.len()).then_some((line, candidate.attribute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESSES: [(&str, bool, bool); 9] = [
        // candidate, on loopback only, anywhere
        ("candidate:1 1 udp 2113937151 127.0.0.1 40000 typ host", true, false),
        ("a=candidate:1 1 UDP 2113937151 192.0.2.1 40000 typ srflx raddr 10.0.0.1 rport 9", false, true),
        ("candidate:1 1 udp 2113937151 2001:db8::1 40000 typ host generation 0", false, true),
        ("candidate:1 1 udp 2113937151 8a1e.local 40000 typ host", false, false),
        ("candidate:1 1 tcp 2113937151 192.0.2.1 9 typ host tcptype active", false, false),
        ("candidate:1 1 udp 2113937151 192.0.2.1 0 typ host", false, false),
        ("candidate:1 1 udp 2113937151 224.0.0.1 5000 typ host", false, false),
        ("candidate:1 1 udp 2113937151 192.0.2.1", false, false),
        ("", false, false),
    ];

    #[test]
    fn only_what_may_be_tried_is_tried() {
        let here = IceSpec { loopback_only: true, ..IceSpec::default() };
        for (candidate, on_loopback, anywhere) in ADDRESSES {
            assert_eq!(may_try(&here, candidate), on_loopback, "{candidate}");
            assert_eq!(may_try(&IceSpec::default(), candidate), anywhere, "{candidate}");
        }
    }

    #[test]
    fn candidates_inside_a_description_are_sifted() {
        let sdp = "v=0\r\na=candidate:1 1 udp 1 127.0.0.1 4 typ host\r\na=candidate:1 1 udp 1 192.0.2.1 4 typ host\r\na=mid:0\r\n";
        assert_eq!(sift(&IceSpec::default(), sdp), "v=0\r\na=candidate:1 1 udp 1 192.0.2.1 4 typ host\r\na=mid:0\r\n");
    }

    #[test]
    fn candidates_find_their_description() {
        let ways = Ways { mids: vec![Some("audio".into()), Some("v".into())], fragments: vec!["abcd".into()] };
        let ice = IceSpec::default();
        let host = "candidate:1 1 udp 1 192.0.2.1 4 typ host";
        let json = |rest: &str| format!(r#"{{"candidate":"{host}"{rest}}}"#);
        assert_eq!(ways.read(&ice, &json(r#","sdpMid":"v","usernameFragment":"abcd""#)), Some((1, host.to_owned())));
        assert_eq!(ways.read(&ice, &json(r#","sdpMid":"v","sdpMLineIndex":0"#)), Some((0, host.to_owned())));
        assert_eq!(ways.read(&ice, &json(r#","usernameFragment":"old1""#)), None);
        assert_eq!(ways.read(&ice, &json(r#","sdpMLineIndex":7"#)), None);
        assert_eq!(ways.read(&ice, "not JSON"), None);
        assert_eq!(ways.read(&ice, &ways.write(1, host)), Some((1, host.to_owned())));
    }
}
