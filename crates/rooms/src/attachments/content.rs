//! What a file is, found from its content alone: what its owner says of it is only compared.
//!
//! Nothing here trusts a length or a size that a file claims: everything is walked within the bytes that are there. Pictures are taken apart
//! and put together again from the parts that show something, so that where and by whom they were taken, and whatever was hung on behind,
//! does not travel on. Their size is read before anything is decoded.

mod ebml;
mod gif;
mod jpeg;
mod mp4;
mod ogg;
mod png;
mod thumbnail;
mod webp;

use callboard_contract::limits::{MAX_IMAGE_BYTES, MAX_PIXELS, MAX_VIDEO_BYTES, MAX_VOICE_BYTES};
use callboard_contract::room::MessageKind;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::Millis;

/// So much of the beginning of a video tells what it is.
pub const HEAD_BYTES: usize = 64 * 1024;

/// No voice note of the size that is taken is longer.
const LONGEST: Millis = Millis::from_secs(24 * 3600);

/// A type of file that can be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileType {
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// A WebP picture.
    Webp,
    /// A GIF picture, moving or not.
    Gif,
    /// Opus sound in Ogg.
    OggAudio,
    /// Sound in `WebM`.
    WebmAudio,
    /// Sound in MP4.
    Mp4Audio,
    /// Video in `WebM`.
    WebmVideo,
    /// Video in MP4.
    Mp4Video,
}

impl FileType {
    /// All types.
    pub const ALL: [Self; 9] = [
        Self::Png,
        Self::Jpeg,
        Self::Webp,
        Self::Gif,
        Self::OggAudio,
        Self::WebmAudio,
        Self::Mp4Audio,
        Self::WebmVideo,
        Self::Mp4Video,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::OggAudio => "audio/ogg",
            Self::WebmAudio => "audio/webm",
            Self::Mp4Audio => "audio/mp4",
            Self::WebmVideo => "video/webm",
            Self::Mp4Video => "video/mp4",
        }
    }

    /// The ending of a file's name.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::OggAudio => "ogg",
            Self::WebmAudio | Self::WebmVideo => "webm",
            Self::Mp4Audio => "m4a",
            Self::Mp4Video => "mp4",
        }
    }

    /// The type with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == name)
    }

    /// Whether a message of a kind can have it attached.
    pub const fn fits(self, kind: MessageKind) -> bool {
        match kind {
            MessageKind::Image => matches!(self, Self::Png | Self::Jpeg | Self::Webp),
            MessageKind::Gif => matches!(self, Self::Gif | Self::Webp),
            MessageKind::Voice => matches!(self, Self::OggAudio | Self::WebmAudio | Self::Mp4Audio),
            MessageKind::Video => matches!(self, Self::WebmVideo | Self::Mp4Video),
            _ => false,
        }
    }

    /// Whether it is taken as it comes, because it may be too large to be held.
    pub const fn is_streamed(self) -> bool {
        matches!(self, Self::WebmVideo | Self::Mp4Video)
    }
}

/// The most bytes that a message of a kind can have attached; none for kinds without a file.
pub const fn max_bytes(kind: MessageKind) -> Option<u64> {
    match kind {
        MessageKind::Image | MessageKind::Gif => Some(MAX_IMAGE_BYTES),
        MessageKind::Voice => Some(MAX_VOICE_BYTES),
        MessageKind::Video => Some(MAX_VIDEO_BYTES),
        _ => None,
    }
}

/// What a file was found to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Width and height in pixels as it is to be shown, for pictures.
    pub size: Option<(u32, u32)>,
    /// How long it plays, for sound, where it says so.
    pub length: Option<Millis>,
}

/// A file that was looked at as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What it is.
    pub found: Found,
    /// What is kept of it.
    pub bytes: Vec<u8>,
    /// A small JPEG of it, for pictures.
    pub thumbnail: Option<Vec<u8>>,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// It is something else.
    #[error("it is not what was said: its content is of another type, or of none that can be attached")]
    OtherType,
    /// It breaks off or contradicts itself.
    #[error("it is damaged or incomplete, or something is hung on to it")]
    Damaged,
    /// It has too many pixels.
    #[error("it has more than {MAX_PIXELS} pixels; make it smaller")]
    TooManyPixels,
    /// It cannot be decoded.
    #[error("it cannot be shown: decoding it failed")]
    Undecodable,
}

impl From<ContentError> for ApiError {
    fn from(error: ContentError) -> Self {
        let code = if error == ContentError::TooManyPixels { ErrorCode::TooLarge } else { ErrorCode::BadRequest };
        Self::new(code, format!("the file was refused: {error}"))
    }
}

/// A picture that was put together again from what shows something.
struct Picture {
    bytes: Vec<u8>,
    size: (u32, u32),
    /// How it is turned, as cameras number it from 1 to 8.
    orientation: u8,
}

/// Looks at a whole picture or voice note. Takes time and memory: call it where nothing else waits, one at a time.
pub fn examine(bytes: Vec<u8>, said: FileType) -> Result<Examined, ContentError> {
    let picture = match said {
        FileType::Png => png::read(&bytes)?,
        FileType::Jpeg => jpeg::read(&bytes)?,
        FileType::Webp => webp::read(&bytes)?,
        FileType::Gif => gif::read(&bytes)?,
        FileType::OggAudio => return Ok(sound(ogg::length(&bytes)?, bytes)),
        FileType::WebmAudio => return Ok(sound(ebml::sound(&bytes)?, bytes)),
        FileType::Mp4Audio => {
            let mut bytes = bytes;
            return Ok(sound(mp4::sound(&mut bytes)?, bytes));
        }
        FileType::WebmVideo | FileType::Mp4Video => return Err(ContentError::OtherType),
    };
    let thumbnail = thumbnail::make(&picture, said)?;
    let (width, height) = picture.size;
    let size = if picture.orientation > 4 { (height, width) } else { (width, height) };
    Ok(Examined { found: Found { size: Some(size), length: None }, bytes: picture.bytes, thumbnail: Some(thumbnail) })
}

/// Looks at the beginning of a video, up to [`HEAD_BYTES`].
pub fn peek(head: &[u8], said: FileType) -> Result<(), ContentError> {
    match said {
        FileType::WebmVideo => ebml::is_video(head),
        FileType::Mp4Video => mp4::is_video(head),
        _ => Err(ContentError::OtherType),
    }
}

fn sound(length: Option<Millis>, bytes: Vec<u8>) -> Examined {
    // Recorders that do not know it write nonsense.
    let length = length.filter(|length| (1..=LONGEST.as_ms()).contains(&length.as_ms()));
    Examined { found: Found { size: None, length }, bytes, thumbnail: None }
}

/// Refuses pictures that would fill the memory of whoever shows them.
fn check_size(width: u32, height: u32) -> Result<(u32, u32), ContentError> {
    if width == 0 || height == 0 {
        return Err(ContentError::Damaged);
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ContentError::TooManyPixels);
    }
    Ok((width, height))
}

/// A place in bytes that moves on and never leaves them.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], ContentError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len()).ok_or(ContentError::Damaged)?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, ContentError> {
        Ok(self.take(1)?[0])
    }

    fn be32(&mut self) -> Result<u32, ContentError> {
        be(self.take(4)?).and_then(|n| u32::try_from(n).map_err(|_| ContentError::Damaged))
    }

    fn le32(&mut self) -> Result<u32, ContentError> {
        le(self.take(4)?).and_then(|n| u32::try_from(n).map_err(|_| ContentError::Damaged))
    }
}

/// A number of at most eight bytes, the highest first.
fn be(bytes: &[u8]) -> Result<u64, ContentError> {
    if bytes.len() > 8 {
        return Err(ContentError::Damaged);
    }
    Ok(bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

/// A number of at most eight bytes, the lowest first.
fn le(bytes: &[u8]) -> Result<u64, ContentError> {
    if bytes.len() > 8 {
        return Err(ContentError::Damaged);
    }
    Ok(bytes.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
}

/// A length of a file as a place in memory.
fn place(n: u64) -> Result<usize, ContentError> {
    usize::try_from(n).map_err(|_| ContentError::Damaged)
}

/// So many units of which so many go into a second.
fn span(units: u64, per_second: u64) -> Option<Millis> {
    let ms = units.checked_mul(1000)?.checked_div(per_second)?;
    i64::try_from(ms).ok().map(Millis::from_ms)
}

#[cfg(test)]
mod tests;
