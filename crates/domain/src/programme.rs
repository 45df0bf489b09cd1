//! A programme: a call on air. Its words, its targets, and what may be asked of them.
//!
//! A target's address often holds a secret (a stream key, a password): only [`TargetSpec::masked`] ones may be shown or logged.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::call::words;

words! {
    /// How the guests stand in the picture.
    Layout {
        /// All alike.
        Grid = "grid",
        /// Who speaks is large, the others small.
        Speaker = "speaker",
        /// The one in focus is large, the others beside.
        Stage = "stage",
        /// Two next to each other.
        SideBySide = "side-by-side",
        /// Only the one in focus.
        Single = "single",
    }
}

words! {
    /// What covers the picture.
    Slate {
        /// Nothing: the guests are seen and heard.
        None = "none",
        /// A pause.
        Pause = "pause",
        /// Back soon.
        BackSoon = "back-soon",
    }
}

words! {
    /// The size and rate of the picture that goes out.
    OutputPreset {
        /// 854×480, 30 frames a second.
        P480 = "480p30",
        /// 1280×720, 30 frames a second.
        P720 = "720p30",
        /// 1920×1080, 30 frames a second.
        P1080 = "1080p30",
        /// Sound alone.
        Audio = "audio",
    }
}

words! {
    /// Where a programme goes out to.
    TargetKind {
        /// Segments that the house serves to players: the last seconds of what is on.
        Hls = "hls",
        /// The same from when it began, in longer segments: who comes late can go back.
        HlsEvent = "hls-event",
        /// A push by RTMP or RTMPS.
        Rtmp = "rtmp",
        /// A push by SRT.
        Srt = "srt",
        /// A recording on the worker's disk.
        File = "file",
    }
}

impl TargetKind {
    /// Whether players get it from the house itself.
    pub const fn is_hls(self) -> bool {
        matches!(self, Self::Hls | Self::HlsEvent)
    }

    /// Whether the worker knows where it goes; others need an address.
    pub const fn is_own(self) -> bool {
        self.is_hls() || matches!(self, Self::File)
    }
}

words! {
    /// Where a target stands.
    TargetState {
        /// Being set up.
        Starting = "starting",
        /// Bytes flow.
        Live = "live",
        /// Broken; tried again.
        Retrying = "retrying",
        /// Given up.
        Failed = "failed",
        /// Ended as it should.
        Finished = "finished",
    }
}

words! {
    /// Whose fault it is that a target does not do.
    Blame {
        /// Nobody's.
        None = "none",
        /// What was asked for: a bad address, a refused key.
        Settings = "settings",
        /// The other side.
        Target = "target",
        /// The house: no room, a full disk, a missing element.
        House = "house",
    }
}

words! {
    /// Where a programme stands.
    ProgrammeState {
        /// Wanted; no worker has taken it yet.
        Waiting = "waiting",
        /// A worker sets it up.
        Starting = "starting",
        /// On air.
        OnAir = "on_air",
        /// Its worker or its process died; another takes over.
        Interrupted = "interrupted",
        /// Over.
        Finished = "finished",
        /// Given up.
        Failed = "failed",
    }
}

words! {
    /// Whether a member agreed to be on air.
    Consent {
        /// Asked, no answer yet: not in the programme.
        Asked = "asked",
        /// In the programme while joined.
        Agreed = "agreed",
        /// Not in the programme.
        Refused = "refused",
    }
}

impl ProgrammeState {
    /// Whether it is over for good.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

impl OutputPreset {
    /// Width and height of the picture; none where there is sound alone.
    pub const fn size(self) -> Option<(u32, u32)> {
        match self {
            Self::P480 => Some((854, 480)),
            Self::P720 => Some((1280, 720)),
            Self::P1080 => Some((1920, 1080)),
            Self::Audio => None,
        }
    }
}

/// Names that begin so belong to the house: no user may sign in under one.
pub const HOUSE_PREFIX: &str = "callboard-";
/// As whom a programme takes part in the signalling of its call; its device is the programme's id.
pub const PROGRAMME_PEER: &str = "callboard-programme";

/// The most characters of a slate's own text.
pub const MAX_SLATE_CHARS: usize = 200;
const MAX_URL_BYTES: usize = 1024;

/// The name of a target within its programme: 1 to 32 of `[A-Za-z0-9_-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct TargetName(String);

/// Why a text is no name of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 32 letters, digits, '_' or '-'")]
pub struct TargetNameError;

impl TargetName {
    /// The name, if it keeps the rules.
    pub fn new(text: impl Into<String>) -> Result<Self, TargetNameError> {
        let text = text.into();
        let fine =
            (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if fine { Ok(Self(text)) } else { Err(TargetNameError) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for TargetName {
    type Err = TargetNameError;

    fn from_str(text: &str) -> Result<Self, TargetNameError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for TargetName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(text.into_owned()).map_err(de::Error::custom)
    }
}

impl JsonSchema for TargetName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TargetName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$"})
    }
}

/// A target that is wanted. `rtmp` and `srt` need an address; all others go where the worker keeps them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetSpec {
    /// Its name, unique within the programme.
    pub name: TargetName,
    /// What it is.
    pub kind: TargetKind,
    /// Where to, for `rtmp` (`rtmp://` or `rtmps://`) and `srt` (`srt://`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl fmt::Debug for TargetSpec {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.masked_url();
        f.debug_struct("TargetSpec").field("name", &self.name).field("kind", &self.kind).field("url", &url).finish()
    }
}

impl TargetSpec {
    /// Checks that the kind has the address that it needs, in words.
    pub fn check(&self) -> Result<(), String> {
        let (name, kind) = (&self.name, self.kind);
        let schemes: &[&str] = match kind {
            TargetKind::Hls | TargetKind::HlsEvent | TargetKind::File => {
                return match self.url {
                    Some(_) => Err(format!("target {name}: {kind} takes no address, the worker knows where it goes")),
                    None => Ok(()),
                };
            }
            TargetKind::Rtmp => &["rtmp", "rtmps"],
            TargetKind::Srt => &["srt"],
        };
        let url = self.url.as_deref().ok_or_else(|| format!("target {name}: {kind} needs an address"))?;
        if url.len() > MAX_URL_BYTES {
            return Err(format!("target {name}: the address has more than {MAX_URL_BYTES} bytes"));
        }
        // The address itself may hold a key, so no message repeats it.
        if url.bytes().any(|b| !b.is_ascii_graphic()) {
            return Err(format!("target {name}: the address has blanks or characters that are not ASCII"));
        }
        let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| schemes.contains(scheme)) else {
            return Err(format!("target {name}: the address of {kind} begins with {}://", schemes.join(":// or ")));
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (host, None),
        };
        if host.is_empty() {
            return Err(format!("target {name}: the address names no host"));
        }
        if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
            return Err(format!("target {name}: the port of the address is no number from 1 to 65535"));
        }
        match kind {
            TargetKind::Srt if port.is_none() => {
                Err(format!("target {name}: an srt address names its port, as in srt://host:9000"))
            }
            TargetKind::Rtmp if path.trim_matches('/').split('/').filter(|part| !part.is_empty()).count() < 2 => {
                Err(format!(
                    "target {name}: an {scheme} address names application and stream, as in {scheme}://host/live/key"
                ))
            }
            _ => Ok(()),
        }
    }

    /// The same with everything in its address that may be secret put out of sight: sign-in, what follows the application's name, query.
    #[must_use]
    pub fn masked(&self) -> Self {
        Self { name: self.name.clone(), kind: self.kind, url: self.masked_url() }
    }

    fn masked_url(&self) -> Option<String> {
        let url = self.url.as_deref()?;
        let Some((scheme, rest)) = url.split_once("://") else { return Some("•••".to_owned()) };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let application = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let more = url.len() > scheme.len() + 3 + host.len() + 1 + application.len();
        let slash = if path.is_empty() { "" } else { "/" };
        let hidden = match (more, application.is_empty()) {
            (false, _) => "",
            (true, true) => "•••",
            (true, false) => "/•••",
        };
        Some(format!("{scheme}://{host}{slash}{application}{hidden}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(kind: TargetKind, url: Option<&str>) -> TargetSpec {
        TargetSpec { name: TargetName::new("out").expect("a name"), kind, url: url.map(str::to_owned) }
    }

    #[test]
    fn addresses_are_refused_in_words_that_do_not_repeat_the_key() {
        let cases = [
            (TargetKind::Hls, Some("http://x"), "takes no address"),
            (TargetKind::HlsEvent, Some("http://x"), "takes no address"),
            (TargetKind::Rtmp, None, "needs an address"),
            (TargetKind::Rtmp, Some("http://x/live/geheim"), "begins with rtmp:// or rtmps://"),
            (TargetKind::Rtmp, Some("rtmp:///live/geheim"), "names no host"),
            (TargetKind::Rtmp, Some("rtmp://x:0/live/geheim"), "no number from 1 to 65535"),
            (TargetKind::Rtmp, Some("rtmp://x:y/live/geheim"), "no number from 1 to 65535"),
            (TargetKind::Rtmp, Some("rtmp://x/geheim"), "application and stream"),
            (TargetKind::Rtmp, Some("rtmp://x/live/ge heim"), "blanks"),
            (TargetKind::Srt, Some("srt://x?passphrase=geheim"), "names its port"),
        ];
        for (kind, url, words) in cases {
            let error = target(kind, url).check().expect_err("refused");
            assert!(error.contains(words) && !error.contains("heim"), "{url:?}: {error}");
        }
        for (kind, url) in [
            (TargetKind::Hls, None),
            (TargetKind::HlsEvent, None),
            (TargetKind::File, None),
            (TargetKind::Rtmp, Some("rtmp://127.0.0.1:1935/live/key")),
            (TargetKind::Rtmp, Some("rtmps://a.example/app/key?x=1")),
            (TargetKind::Srt, Some("srt://[::1]:9000?streamid=a")),
        ] {
            assert_eq!(target(kind, url).check(), Ok(()), "{url:?}");
        }
    }

    #[test]
    fn what_may_be_secret_is_out_of_sight() {
        let cases = [
            ("rtmp://user:geheim@x:1935/live/geheim", "rtmp://x:1935/live/•••"),
            ("rtmp://x/live?key=geheim", "rtmp://x/live/•••"),
            ("srt://x:9000?passphrase=geheim", "srt://x:9000•••"),
            ("srt://x:9000", "srt://x:9000"),
            ("geheim", "•••"),
        ];
        for (url, shown) in cases {
            let target = target(TargetKind::Rtmp, Some(url));
            assert_eq!(target.masked().url.as_deref(), Some(shown));
            assert!(!format!("{target:?}").contains("geheim"));
        }
    }
}
