//! JPEG: segments, each behind a marker. Segments of applications are left out, but for what colours need; of the camera's data how the
//! picture is turned is kept, and nothing else.

use image::metadata::Orientation;

use super::{ContentError, Cursor, Picture, check_size};

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const EXIF: &[u8] = b"Exif\0\0";
const COLOURS: &[u8] = b"ICC_PROFILE\0";

pub(super) fn read(bytes: &[u8]) -> Result<Picture, ContentError> {
    let mut from = Cursor::new(bytes.strip_prefix(&[0xff, START]).ok_or(ContentError::OtherType)?);
    let mut kept = Vec::with_capacity(bytes.len());
    let (mut size, mut orientation, mut scanned) = (None, 1, false);
    loop {
        let marker = marker(&mut from)?;
        if marker == END {
            break;
        }
        let length = u16::from_be_bytes([from.u8()?, from.u8()?]);
        let data = from.take(length.checked_sub(2).ok_or(ContentError::Damaged)?.into())?;
        match marker {
            0xe1 if data.starts_with(EXIF) && orientation == 1 => {
                let turned = data.get(EXIF.len()..).and_then(Orientation::from_exif_chunk);
                orientation = turned.map_or(1, Orientation::to_exif);
                continue;
            }
            0xe2 if !data.starts_with(COLOURS) => continue,
            // Applications and comments; what JFIF and Adobe say of colours stays.
            0xe1 | 0xe3..=0xed | 0xef | 0xfe => continue,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let [_, h1, h2, w1, w2, ..] = *data else { return Err(ContentError::Damaged) };
                let found = check_size(u16::from_be_bytes([w1, w2]).into(), u16::from_be_bytes([h1, h2]).into())?;
                if size.replace(found).is_some() {
                    return Err(ContentError::Damaged);
                }
            }
            START | 0x00..=0xbf | 0xd0..=0xd7 => return Err(ContentError::Damaged),
            _ => {}
        }
        kept.extend([0xff, marker]);
        kept.extend(length.to_be_bytes());
        kept.extend_from_slice(data);
        if marker == SCAN {
            if size.is_none() {
                return Err(ContentError::Damaged);
            }
            kept.extend_from_slice(scan(&mut from)?);
            scanned = true;
        }
    }
    let size = size.filter(|_| scanned).ok_or(ContentError::Damaged)?;
    let mut whole = vec![0xff, START];
    if orientation != 1 {
        whole.extend(turned(orientation));
    }
    whole.append(&mut kept);
    whole.extend([0xff, END]);
    Ok(Picture { bytes: whole, size, orientation })
}

/// The next marker; it may be filled up in front.
fn marker(from: &mut Cursor<'_>) -> Result<u8, ContentError> {
    if from.u8()? != 0xff {
        return Err(ContentError::Damaged);
    }
    loop {
        let marker = from.u8()?;
        if marker != 0xff {
            return Ok(marker);
        }
    }
}

/// The coded pixels up to the next marker that is not among them.
fn scan<'a>(from: &mut Cursor<'a>) -> Result<&'a [u8], ContentError> {
    let coded = &from.bytes[from.at..];
    let is_end = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
    let end = coded.windows(2).position(is_end).ok_or(ContentError::Damaged)?;
    from.take(end)
}

/// Camera data that say how the picture is turned and nothing else: a directory with the one entry 0x0112.
fn turned(orientation: u8) -> Vec<u8> {
    let mut segment = vec![0xff, 0xe1, 0x00, 0x22];
    segment.extend(EXIF);
    segment.extend(b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0");
    segment.extend([orientation, 0, 0, 0, 0, 0, 0]);
    segment
}
