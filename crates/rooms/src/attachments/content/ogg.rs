//! Ogg with one stream of Opus: pages one after the other, to the end of the file.

use callboard_domain::Millis;

use super::{ContentError, Cursor, le, span};

/// Opus counts samples at this rate, whatever it was recorded with.
const RATE: u64 = 48_000;
/// A page on which no packet ends has no time.
const NO_TIME: u64 = u64::MAX;

/// How long it plays.
pub(super) fn length(bytes: &[u8]) -> Result<Option<Millis>, ContentError> {
    if !bytes.starts_with(b"OggS") {
        return Err(ContentError::OtherType);
    }
    let mut from = Cursor::new(bytes);
    let (mut stream, mut skipped, mut last) = (None, 0, 0);
    while from.left() > 0 {
        let header = from.take(27)?;
        if &header[..5] != b"OggS\0" {
            return Err(ContentError::Damaged);
        }
        let sizes = from.take(header[26].into())?;
        let data = from.take(sizes.iter().map(|s| usize::from(*s)).sum())?;
        let serial = &header[14..18];
        match stream {
            None => {
                if data.get(..8) != Some(b"OpusHead") {
                    return Err(ContentError::OtherType);
                }
                skipped = le(data.get(10..12).ok_or(ContentError::Damaged)?)?;
                stream = Some(serial);
            }
            // A second stream could be anything.
            Some(first) if first != serial => return Err(ContentError::OtherType),
            Some(_) => {}
        }
        let time = le(&header[6..14])?;
        if time != NO_TIME {
            last = time.max(last);
        }
    }
    Ok(span(last.saturating_sub(skipped), RATE))
}
