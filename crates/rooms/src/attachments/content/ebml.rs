//! `WebM`: elements within elements. Recorders in browsers leave the lengths of the outer ones open.

use callboard_domain::Millis;

use super::{ContentError, Cursor, be, place, span};

const HEADER: u64 = 0x1a45_dfa3;
const SEGMENT: u64 = 0x1853_8067;
const INFO: u64 = 0x1549_a966;
const TRACKS: u64 = 0x1654_ae6b;
const TRACK: u64 = 0xae;
const TRACK_TYPE: u64 = 0x83;
const CLUSTER: u64 = 0x1f43_b675;
const GROUP: u64 = 0xa0;
const TIME: u64 = 0xe7;
const BLOCK: u64 = 0xa1;
const SIMPLE_BLOCK: u64 = 0xa3;
const SCALE: u64 = 0x002a_d7b1;
const WEBM: &[u8] = b"webm";
const DOC_TYPE: u64 = 0x4282;
const VIDEO: u64 = 1;
const AUDIO: u64 = 2;
/// Nanoseconds of a unit of time, where nothing is said.
const MILLISECOND: u64 = 1_000_000;

/// How long a file with sound and nothing else plays.
pub(super) fn sound(bytes: &[u8]) -> Result<Option<Millis>, ContentError> {
    let seen = walk(bytes, true)?;
    if seen.tracks.is_empty() || seen.tracks.iter().any(|kind| *kind != AUDIO) {
        return Err(ContentError::OtherType);
    }
    Ok(seen.last.checked_mul(seen.scale).and_then(|ns| span(ns, 1_000_000_000)))
}

/// Whether a file begins as one with a video does.
pub(super) fn is_video(head: &[u8]) -> Result<(), ContentError> {
    let seen = walk(head, false)?;
    let fits = seen.tracks.contains(&VIDEO) && seen.tracks.iter().all(|kind| [VIDEO, AUDIO].contains(kind));
    if fits { Ok(()) } else { Err(ContentError::OtherType) }
}

struct Seen {
    tracks: Vec<u64>,
    scale: u64,
    last: u64,
}

/// Goes over all elements; over those of the beginning alone where the file is not `whole`.
fn walk(bytes: &[u8], whole: bool) -> Result<Seen, ContentError> {
    let mut from = Cursor::new(bytes);
    if bytes.get(..4) != Some(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return Err(ContentError::OtherType);
    }
    let mut seen = Seen { tracks: Vec::new(), scale: MILLISECOND, last: 0 };
    let mut cluster = 0;
    while from.left() > 0 {
        let Some((id, length)) = element(&mut from, whole)? else { break };
        if matches!(id, SEGMENT | INFO | TRACKS | TRACK | CLUSTER | GROUP) {
            // Looked into, whatever length it claims.
            continue;
        }
        let length = place(length.ok_or(ContentError::Damaged)?)?;
        if !whole && length > from.left() {
            break;
        }
        let data = from.take(length)?;
        match id {
            HEADER if !is_webm(data)? => return Err(ContentError::OtherType),
            TRACK_TYPE => seen.tracks.push(be(data)?),
            SCALE => seen.scale = be(data)?,
            TIME => cluster = be(data)?,
            BLOCK | SIMPLE_BLOCK => seen.last = seen.last.max(time_of(data, cluster)?),
            _ => {}
        }
    }
    Ok(seen)
}

/// The next element's id and length; no length where that is left open, nothing where a beginning breaks off.
fn element(from: &mut Cursor<'_>, whole: bool) -> Result<Option<(u64, Option<u64>)>, ContentError> {
    let read = |from: &mut Cursor<'_>| {
        let id = number(from, 4, true)?;
        Ok((id, number(from, 8, false)?))
    };
    match read(from) {
        Ok((id, length)) => Ok(Some((id.ok_or(ContentError::Damaged)?, length))),
        Err(_) if !whole => Ok(None),
        Err(error) => Err(error),
    }
}

/// A number whose first byte says by its leading zeros how long it is. All ones mean that it is not known.
fn number(from: &mut Cursor<'_>, longest: u32, with_mark: bool) -> Result<Option<u64>, ContentError> {
    let first = from.u8()?;
    let more = first.leading_zeros();
    if more >= longest {
        return Err(ContentError::Damaged);
    }
    let mark = 0x80_u8 >> more;
    let head = if with_mark { first } else { first & !mark };
    let rest = from.take(place(more.into())?)?;
    let value = u64::from(head) << (8 * more) | be(rest)?;
    let unknown = (1_u64 << (7 * (more + 1))) - 1;
    Ok((with_mark || value != unknown).then_some(value))
}

fn is_webm(header: &[u8]) -> Result<bool, ContentError> {
    let mut from = Cursor::new(header);
    while from.left() > 0 {
        let (id, length) = (number(&mut from, 4, true)?, number(&mut from, 8, false)?);
        let data = from.take(place(length.ok_or(ContentError::Damaged)?)?)?;
        if id == Some(DOC_TYPE) {
            return Ok(data == WEBM);
        }
    }
    Ok(false)
}

/// When a block is played: its track's number, then its time after the cluster's, which may be before it.
fn time_of(block: &[u8], cluster: u64) -> Result<u64, ContentError> {
    let mut from = Cursor::new(block);
    number(&mut from, 8, false)?;
    let time = from.take(2)?;
    let offset = i16::from_be_bytes([time[0], time[1]]);
    Ok(cluster.saturating_add_signed(offset.into()))
}
