//! WebP: chunks in a RIFF file. Only chunks that show something are kept.

use super::{ContentError, Cursor, Picture, check_size, le, place};

const KEPT: [&[u8]; 7] = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"];
/// The flags that say that there are camera data and other descriptions.
const DESCRIBED: u8 = 0x0c;

pub(super) fn read(bytes: &[u8]) -> Result<Picture, ContentError> {
    if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WEBP") {
        return Err(ContentError::OtherType);
    }
    let end = place(u64::from(Cursor::new(&bytes[4..]).le32()?) + 8)?;
    let mut from = Cursor::new(bytes.get(12..end).ok_or(ContentError::Damaged)?);
    let mut kept = Vec::with_capacity(bytes.len());
    let mut size: Option<(u32, u32)> = None;
    while from.left() > 0 {
        let name = from.take(4)?;
        let length = from.le32()?;
        let data = from.take(place(length.into())?)?;
        if length % 2 == 1 {
            from.take(1)?;
        }
        let found = match name {
            b"VP8X" => Some((canvas(data, 4)?, canvas(data, 7)?)),
            b"VP8 " => Some(lossy(data)?),
            b"VP8L" => Some(lossless(data)?),
            _ => None,
        };
        if let Some((width, height)) = found {
            let found = check_size(width, height)?;
            // What stands first says how large it is.
            size.get_or_insert(found);
        }
        if size.is_none() {
            return Err(ContentError::Damaged);
        }
        if KEPT.contains(&name) {
            kept.extend_from_slice(name);
            kept.extend(length.to_le_bytes());
            let start = kept.len();
            kept.extend_from_slice(data);
            if name == b"VP8X" {
                kept[start] &= !DESCRIBED;
            }
            if length % 2 == 1 {
                kept.push(0);
            }
        }
    }
    let size = size.ok_or(ContentError::Damaged)?;
    let length = u32::try_from(kept.len() + 4).map_err(|_| ContentError::Damaged)?;
    let mut whole = b"RIFF".to_vec();
    whole.extend(length.to_le_bytes());
    whole.extend(b"WEBP");
    whole.append(&mut kept);
    Ok(Picture { bytes: whole, size, orientation: 1 })
}

/// One side of the canvas: three bytes, one less than it is.
fn canvas(data: &[u8], at: usize) -> Result<u32, ContentError> {
    let side = le(data.get(at..at + 3).ok_or(ContentError::Damaged)?)? + 1;
    u32::try_from(side).map_err(|_| ContentError::Damaged)
}

fn lossy(data: &[u8]) -> Result<(u32, u32), ContentError> {
    let header = data.get(3..10).filter(|h| h.starts_with(&[0x9d, 0x01, 0x2a])).ok_or(ContentError::Damaged)?;
    let side = |at: usize| u32::from(u16::from_le_bytes([header[at], header[at + 1]]) & 0x3fff);
    Ok((side(3), side(5)))
}

fn lossless(data: &[u8]) -> Result<(u32, u32), ContentError> {
    let bits = data.strip_prefix(&[0x2f]).and_then(|d| d.get(..4)).ok_or(ContentError::Damaged)?;
    let bits = Cursor::new(bits).le32()?;
    Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}
