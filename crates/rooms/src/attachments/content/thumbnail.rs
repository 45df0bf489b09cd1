//! A small picture of a picture. The decoder is told how much memory it may take; nothing of the original but pixels goes into it.

use std::io::Cursor;

use callboard_contract::limits::THUMBNAIL_PIXELS;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use super::{ContentError, FileType, Picture};

/// Enough for the largest picture in the widest form that decoders use, with what they need beside it.
const MAX_MEMORY: u64 = 512 * 1024 * 1024;
const QUALITY: u8 = 80;

pub(super) fn make(picture: &Picture, kind: FileType) -> Result<Vec<u8>, ContentError> {
    let format = match kind {
        FileType::Png => ImageFormat::Png,
        FileType::Jpeg => ImageFormat::Jpeg,
        FileType::Webp => ImageFormat::WebP,
        FileType::Gif => ImageFormat::Gif,
        _ => return Err(ContentError::OtherType),
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    limits.max_image_width = Some(picture.size.0);
    limits.max_image_height = Some(picture.size.1);
    let mut reader = ImageReader::with_format(Cursor::new(&picture.bytes), format);
    reader.limits(limits);
    let decoded = reader.decode().map_err(|_| ContentError::Undecodable)?;
    let mut small = if decoded.width().max(decoded.height()) > THUMBNAIL_PIXELS {
        decoded.thumbnail(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS)
    } else {
        decoded
    };
    if let Some(turned) = Orientation::from_exif(picture.orientation) {
        small.apply_orientation(turned);
    }
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    on_white(&small).write_with_encoder(encoder).map_err(|_| ContentError::Undecodable)?;
    Ok(bytes)
}

/// JPEG knows nothing transparent.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let seen = picture.to_rgba8();
    RgbImage::from_fn(seen.width(), seen.height(), |x, y| {
        let [r, g, b, a] = seen.get_pixel(x, y).0;
        let mix = |c: u8| {
            let mixed = (u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a))) / 255;
            u8::try_from(mixed).expect("a mean of bytes is a byte")
        };
        Rgb([mix(r), mix(g), mix(b)])
    })
}
