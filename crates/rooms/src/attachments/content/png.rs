//! PNG: a signature and chunks. Chunks with texts, times and camera data are left out.

use super::{ContentError, Cursor, Picture, check_size, place};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// What shows nothing.
const DROPPED: [&[u8]; 5] = [b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"];
/// Length, name and checksum of a chunk.
const FRAME: usize = 12;

pub(super) fn read(bytes: &[u8]) -> Result<Picture, ContentError> {
    let mut from = Cursor::new(bytes.strip_prefix(SIGNATURE).ok_or(ContentError::OtherType)?);
    let mut kept = SIGNATURE.to_vec();
    let mut size = None;
    loop {
        let start = from.at;
        let length = place(from.be32()?.into())?;
        let name = from.take(4)?;
        let data = from.take(length)?;
        from.take(4)?;
        match (size, name) {
            (None, b"IHDR") => {
                let mut header = Cursor::new(data);
                size = Some(check_size(header.be32()?, header.be32()?)?);
            }
            (None, _) | (Some(_), b"IHDR") => return Err(ContentError::Damaged),
            (Some(_), _) => {}
        }
        if !DROPPED.contains(&name) {
            kept.extend_from_slice(&from.bytes[start..start + length + FRAME]);
        }
        if let (b"IEND", Some(size)) = (name, size) {
            // What follows is no part of the picture.
            return Ok(Picture { bytes: kept, size, orientation: 1 });
        }
    }
}
