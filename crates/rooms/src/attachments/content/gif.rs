//! GIF: a screen and blocks. Comments, plain texts and data of applications are left out, but for how often it repeats.

use super::{ContentError, Cursor, Picture, check_size};

const IMAGE: u8 = 0x2c;
const EXTENSION: u8 = 0x21;
const END: u8 = 0x3b;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
const REPEATS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];
/// More would hold whoever shows it.
const MAX_FRAMES: usize = 1000;

pub(super) fn read(bytes: &[u8]) -> Result<Picture, ContentError> {
    if !(bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a")) {
        return Err(ContentError::OtherType);
    }
    let mut from = Cursor::new(bytes);
    from.take(6)?;
    let screen = from.take(7)?;
    let size = check_size(short(screen, 0), short(screen, 2))?;
    table(&mut from, screen[4])?;
    let mut kept = bytes[..from.at].to_vec();
    let mut frames = 0;
    loop {
        let start = from.at;
        match from.u8()? {
            IMAGE => {
                let place = from.take(9)?;
                let (right, bottom) = (short(place, 0) + short(place, 4), short(place, 2) + short(place, 6));
                frames += 1;
                if right > size.0 || bottom > size.1 || frames > MAX_FRAMES {
                    return Err(ContentError::Damaged);
                }
                table(&mut from, place[8])?;
                from.u8()?;
                blocks(&mut from)?;
                kept.extend_from_slice(&bytes[start..from.at]);
            }
            EXTENSION => {
                let label = from.u8()?;
                let first = blocks(&mut from)?;
                if label == CONTROL || (label == APPLICATION && REPEATS.contains(&first)) {
                    kept.extend_from_slice(&bytes[start..from.at]);
                }
            }
            END if frames > 0 => {
                kept.push(END);
                return Ok(Picture { bytes: kept, size, orientation: 1 });
            }
            _ => return Err(ContentError::Damaged),
        }
    }
}

fn short(bytes: &[u8], at: usize) -> u32 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]]).into()
}

/// The table of colours that may follow.
fn table(from: &mut Cursor<'_>, flags: u8) -> Result<(), ContentError> {
    if flags & 0x80 != 0 {
        from.take(3 << ((flags & 0x07) + 1))?;
    }
    Ok(())
}

/// Goes over a row of blocks; gives the first.
fn blocks<'a>(from: &mut Cursor<'a>) -> Result<&'a [u8], ContentError> {
    let mut first = None;
    loop {
        let length = from.u8()?;
        let block = from.take(length.into())?;
        if length == 0 {
            return Ok(first.unwrap_or_default());
        }
        first.get_or_insert(block);
    }
}
