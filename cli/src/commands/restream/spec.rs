//! Targets as staff write them: `NAME=hls`, `NAME=hls-event` and `NAME=file`, or `NAME=ADDRESS` in a file.

use std::path::Path;

use callboard_domain::{TargetKind, TargetName, TargetSpec};

use crate::fail::{Failure, Result};
use crate::flags::read_text;

/// A target that needs no address.
pub(super) fn plain(text: &str) -> Result<TargetSpec, String> {
    let (name, kind) = split(text)?;
    match kind.parse() {
        Ok(kind) if TargetKind::is_own(kind) => Ok(TargetSpec { name, kind, url: None }),
        _ => {
            Err("write NAME=hls, NAME=hls-event or NAME=file; addresses hold keys and come by --targets-from"
                .to_owned())
        }
    }
}

/// Targets with addresses, one on a line; lines that begin with `#` say nothing.
pub(super) fn from_file(path: &Path) -> Result<Vec<TargetSpec>> {
    let text = read_text(path)?;
    let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(place, text)| line(text).map_err(|e| Failure::usage(format!("{}:{}: {e}", path.display(), place + 1))))
        .collect()
}

/// An address alone, from a file.
pub(super) fn address(path: &Path) -> Result<String> {
    let text = read_text(path)?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next()) {
        (Some(one), None) => Ok(one.to_owned()),
        _ => Err(Failure::usage(format!("{} must hold one address on one line", path.display()))),
    }
}

fn line(text: &str) -> Result<TargetSpec, String> {
    let (name, rest) = split(text)?;
    let kind = match rest.split_once("://").map(|(scheme, _)| scheme) {
        Some("rtmp" | "rtmps") => TargetKind::Rtmp,
        Some("srt") => TargetKind::Srt,
        Some(_) => return Err(format!("target {name}: the address begins with rtmp://, rtmps:// or srt://")),
        None => return plain(text),
    };
    let target = TargetSpec { name, kind, url: Some(rest.to_owned()) };
    target.check().map(|()| target)
}

fn split(text: &str) -> Result<(TargetName, &str), String> {
    // What stands there may be an address with a key in it, so it is not repeated.
    let (name, rest) = text.split_once('=').ok_or("a target is written NAME=…")?;
    Ok((TargetName::new(name.trim()).map_err(|e| format!("the name of a target {e}"))?, rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_and_refused_without_their_keys() {
        assert_eq!(plain("web=hls").expect("read").kind, TargetKind::Hls);
        assert_eq!(line("push = rtmps://a.example/live/geheim?x=y").expect("read").kind, TargetKind::Rtmp);
        assert_eq!(line("out=srt://127.0.0.1:9000?streamid=a").expect("read").kind, TargetKind::Srt);
        assert_eq!(plain("web=hls-event").expect("read").kind, TargetKind::HlsEvent);
        assert_eq!(line("rec=file").expect("read").kind, TargetKind::File);
        for bad in
            ["rtmp://a/live/geheim", "a b=rtmp://a/live/geheim", "x=http://a/geheim", "x=rtmp://a/geheim", "x=geheim"]
        {
            let error = line(bad).expect_err("refused");
            assert!(!error.contains("geheim"), "{bad}: {error}");
        }
        assert!(plain("x=rtmp").is_err());
    }
}
