//! MP4: boxes within boxes.

use callboard_domain::Millis;

use super::{ContentError, Cursor, be, place, span};

/// The brands that are taken.
const BRANDS: [&[u8]; 14] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso8", b"iso9", b"mp41", b"mp42", b"avc1", b"dash",
    b"M4V ", b"M4A ",
];
/// Boxes that are looked into.
const OUTER: [&[u8]; 3] = [b"moov", b"trak", b"mdia"];
/// Boxes that describe and show nothing.
const DESCRIPTIONS: [&[u8]; 2] = [b"udta", b"meta"];
const DEEPEST: usize = 4;

/// How long a file with sound and nothing else plays. What describes it is blanked out.
pub(super) fn sound(bytes: &mut [u8]) -> Result<Option<Millis>, ContentError> {
    is_known(bytes)?;
    let mut seen = Seen::default();
    walk(bytes, 0, bytes.len(), 0, &mut seen)?;
    if seen.handlers.is_empty() || seen.handlers.iter().any(|handler| handler != b"soun") {
        return Err(ContentError::OtherType);
    }
    for (start, end) in seen.descriptions {
        bytes[start + 4..start + 8].copy_from_slice(b"free");
        bytes[start + 8..end].fill(0);
    }
    Ok(seen.length.filter(|length| length.as_ms() > 0))
}

/// Whether a file begins as one with a video does. Its tracks may be listed at its end, so they are not looked at.
pub(super) fn is_video(head: &[u8]) -> Result<(), ContentError> {
    is_known(head)?;
    if head.get(8..12) == Some(b"M4A ") { Err(ContentError::OtherType) } else { Ok(()) }
}

fn is_known(bytes: &[u8]) -> Result<(), ContentError> {
    let brand = bytes.get(8..12).filter(|_| bytes.get(4..8) == Some(b"ftyp"));
    if brand.is_some_and(|brand| BRANDS.contains(&brand)) { Ok(()) } else { Err(ContentError::OtherType) }
}

#[derive(Default)]
struct Seen {
    handlers: Vec<[u8; 4]>,
    length: Option<Millis>,
    descriptions: Vec<(usize, usize)>,
}

fn walk(bytes: &[u8], start: usize, end: usize, depth: usize, seen: &mut Seen) -> Result<(), ContentError> {
    let mut from = Cursor { bytes: &bytes[..end], at: start };
    while from.left() > 0 {
        let at = from.at;
        let short = from.be32()?;
        let name = from.take(4)?;
        let length = match short {
            0 => end - at,
            1 => place(be(from.take(8)?)?)?,
            short => place(short.into())?,
        };
        let inner = from.at;
        let data = from.take(length.checked_sub(inner - at).ok_or(ContentError::Damaged)?)?;
        match name {
            b"hdlr" => {
                seen.handlers.push(data.get(8..12).and_then(|h| h.try_into().ok()).ok_or(ContentError::Damaged)?);
            }
            b"mvhd" => seen.length = length_of(data)?,
            // A box whose length is written in its long form is left alone: its head would be blanked out with it.
            name if DESCRIPTIONS.contains(&name) && short > 8 => seen.descriptions.push((at, from.at)),
            name if OUTER.contains(&name) && depth < DEEPEST => walk(bytes, inner, from.at, depth + 1, seen)?,
            _ => {}
        }
    }
    Ok(())
}

fn length_of(data: &[u8]) -> Result<Option<Millis>, ContentError> {
    // Version 1 has long times.
    let (scale, length) = if data.first() == Some(&1) { (20..24, 24..32) } else { (12..16, 16..20) };
    let number = |range| be(data.get(range).ok_or(ContentError::Damaged)?);
    Ok(span(number(length)?, number(scale)?))
}
