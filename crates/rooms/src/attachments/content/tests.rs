//! Honest files of each type, and hostile ones.

use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, ImageReader, Rgb, RgbImage};

use super::*;

fn picture(width: u32, height: u32) -> DynamicImage {
    let shade = |n: u32| u8::try_from(n % 256).expect("a byte");
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| Rgb([shade(x), shade(y), shade(x + y)])))
}

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture(width, height).write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

const PICTURES: [(FileType, ImageFormat); 4] = [
    (FileType::Png, ImageFormat::Png),
    (FileType::Jpeg, ImageFormat::Jpeg),
    (FileType::Webp, ImageFormat::WebP),
    (FileType::Gif, ImageFormat::Gif),
];

fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("short");
    // The checksum is the decoder's concern.
    [&length.to_be_bytes(), name, data, &[0; 4]].concat()
}

fn page(serial: u8, time: u64, packet: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0\0".to_vec();
    page.extend(time.to_le_bytes());
    page.extend([serial, 0, 0, 0]);
    page.extend([0; 8]);
    page.extend([1, u8::try_from(packet.len()).expect("short")]);
    page.extend(packet);
    page
}

fn opus() -> Vec<u8> {
    let head = [b"OpusHead\x01\x01".as_slice(), &312_u16.to_le_bytes(), &[0; 7]].concat();
    [page(1, 0, &head), page(1, 0, b"OpusTags"), page(1, 48_000 * 3 + 312, &[7; 40])].concat()
}

fn element(id: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("short") | 0x1000_0000;
    [id, &length.to_be_bytes(), data].concat()
}

/// As recorders of browsers write it: with open lengths.
fn webm(track: u8) -> Vec<u8> {
    let open = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let header = element(&[0x1a, 0x45, 0xdf, 0xa3], &element(&[0x42, 0x82], b"webm"));
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &element(&[0xae], &element(&[0x83], &[track])));
    let cluster = [element(&[0xe7], &[0x07, 0xd0]), element(&[0xa3], &[0x81, 0x01, 0xf4, 0x80, 1, 2, 3])].concat();
    [
        header,
        [&[0x18, 0x53, 0x80, 0x67], &open[..]].concat(),
        tracks,
        [&[0x1f, 0x43, 0xb6, 0x75], &open[..]].concat(),
        cluster,
    ]
    .concat()
}

fn boxed(name: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len() + 8).expect("short");
    [&length.to_be_bytes(), name, data].concat()
}

fn mp4(brand: &[u8], handler: &[u8]) -> Vec<u8> {
    let header = [[0; 12].as_slice(), &1000_u32.to_be_bytes(), &2500_u32.to_be_bytes(), &[0; 80]].concat();
    let handler = boxed(b"hdlr", &[&[0; 8], handler, &[0; 13]].concat());
    let place = boxed(b"udta", b"+52.5200+013.4050/");
    let movie = [boxed(b"mvhd", &header), boxed(b"trak", &boxed(b"mdia", &handler)), place].concat();
    [boxed(b"ftyp", &[brand, &[0; 4]].concat()), boxed(b"moov", &movie), boxed(b"mdat", &[9; 100])].concat()
}

fn with_camera_data(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let data = [b"Exif\0\0", tiff.as_slice(), b"GPS 52.5200 13.4050"].concat();
    let length = u16::try_from(data.len() + 2).expect("short");
    let comment = [&[0xff, 0xfe, 0, 8], b"secret".as_slice()].concat();
    [&jpeg[..2], &[0xff, 0xe1], &length.to_be_bytes(), &data, &comment, &jpeg[2..]].concat()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn pictures_are_measured_and_made_small() {
    for (kind, format) in PICTURES {
        let examined = examine(encoded(800, 400, format), kind).unwrap_or_else(|e| panic!("{kind:?}: {e}"));
        assert_eq!(examined.found, Found { size: Some((800, 400)), length: None }, "{kind:?}");
        let small = examined.thumbnail.expect("a thumbnail");
        let reader = ImageReader::with_format(std::io::Cursor::new(&small), ImageFormat::Jpeg);
        assert_eq!(reader.into_dimensions().expect("a jpeg"), (320, 160), "{kind:?}");
        let again =
            ImageReader::with_format(std::io::Cursor::new(examined.bytes), format).decode().expect("still a picture");
        assert_eq!((again.width(), again.height()), (800, 400), "{kind:?}");
    }
    let tiny =
        examine(encoded(3, 2, ImageFormat::Png), FileType::Png).expect("a picture").thumbnail.expect("a thumbnail");
    let reader = ImageReader::with_format(std::io::Cursor::new(&tiny), ImageFormat::Jpeg);
    assert_eq!(reader.into_dimensions().expect("a jpeg"), (3, 2), "small ones stay small");
}

#[test]
fn where_and_how_a_picture_was_taken_stays_behind_but_not_how_it_is_turned() {
    let taken = with_camera_data(&encoded(40, 20, ImageFormat::Jpeg), 6);
    let examined = examine(taken, FileType::Jpeg).expect("a picture");
    assert_eq!(examined.found.size, Some((20, 40)), "as it is shown");
    let small = examined.thumbnail.expect("a thumbnail");
    for bytes in [&examined.bytes, &small] {
        assert!(!contains(bytes, b"GPS") && !contains(bytes, b"secret"));
    }
    assert!(!contains(&small, b"Exif"));
    let at = examined.bytes.windows(6).position(|w| w == b"Exif\0\0").expect("how it is turned") + 6;
    assert_eq!(Orientation::from_exif_chunk(&examined.bytes[at..]), Some(Orientation::Rotate90));

    let png = encoded(4, 4, ImageFormat::Png);
    let told = [&png[..33], &chunk(b"tEXt", b"where\0at home"), &chunk(b"eXIf", b"GPS"), &png[33..]].concat();
    let kept = examine(told, FileType::Png).expect("a picture").bytes;
    assert_eq!(kept, png);

    let webp = encoded(4, 4, ImageFormat::WebP);
    let mut told = webp.clone();
    told.extend(b"EXIF\x04\0\0\0GPS!");
    let length = u32::try_from(told.len() - 8).expect("short");
    told[4..8].copy_from_slice(&length.to_le_bytes());
    assert_eq!(examine(told, FileType::Webp).expect("a picture").bytes, webp);

    let gif = encoded(4, 4, ImageFormat::Gif);
    let comment = [&[0x21, 0xfe, 4], b"home".as_slice(), &[0]].concat();
    let told = [&gif[..gif.len() - 1], &comment, &[0x3b]].concat();
    assert_eq!(examine(told, FileType::Gif).expect("a picture").bytes, gif);

    let sound = examine(mp4(b"M4A ", b"soun"), FileType::Mp4Audio).expect("a voice note").bytes;
    assert!(!contains(&sound, b"52.5200") && contains(&sound, b"free"));
}

#[test]
fn what_is_hung_on_to_a_picture_is_cut_off() {
    for (kind, format) in PICTURES {
        let honest = encoded(8, 8, format);
        let polyglot = [honest.as_slice(), b"PK\x03\x04 <script>alert(1)</script>"].concat();
        let kept = examine(polyglot, kind).expect("the picture in front").bytes;
        assert!(!contains(&kept, b"PK\x03\x04") && !contains(&kept, b"script"), "{kind:?}");
    }
}

#[test]
fn pictures_that_would_fill_the_memory_are_refused_before_they_are_decoded() {
    let side = 50_000_u32.to_be_bytes();
    let header = chunk(b"IHDR", &[&side[..], &side, &[8, 6, 0, 0, 0]].concat());
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &header, &chunk(b"IDAT", &[0; 20]), &chunk(b"IEND", b"")].concat();
    let gif = [b"GIF89a".as_slice(), &50_000_u16.to_le_bytes(), &50_000_u16.to_le_bytes(), &[0, 0, 0, 0x3b]].concat();
    let frame = [
        &[0xff, 0xd8, 0xff, 0xc0, 0, 11, 8],
        &50_000_u16.to_be_bytes()[..],
        &50_000_u16.to_be_bytes(),
        &[1, 1, 0x11, 0],
    ]
    .concat();
    let canvas =
        [b"VP8X\x0a\0\0\0".as_slice(), &[0; 4], &49_999_u32.to_le_bytes()[..3], &49_999_u32.to_le_bytes()[..3]]
            .concat();
    let length = u32::try_from(canvas.len() + 4).expect("short");
    let webp = [b"RIFF".as_slice(), &length.to_le_bytes(), b"WEBP", &canvas].concat();
    for (bomb, kind) in [(png, FileType::Png), (gif, FileType::Gif), (frame, FileType::Jpeg), (webp, FileType::Webp)] {
        assert!(bomb.len() < 200);
        assert_eq!(examine(bomb, kind), Err(ContentError::TooManyPixels), "{kind:?}");
    }
}

#[test]
fn sound_says_how_long_it_plays() {
    for (bytes, kind, ms) in [
        (opus(), FileType::OggAudio, 3000),
        (webm(2), FileType::WebmAudio, 2500),
        (mp4(b"M4A ", b"soun"), FileType::Mp4Audio, 2500),
    ] {
        let examined = examine(bytes, kind).unwrap_or_else(|e| panic!("{kind:?}: {e}"));
        assert_eq!(examined.found.length, Some(Millis::from_ms(ms)), "{kind:?}");
        assert_eq!(examined.thumbnail, None);
    }
}

#[test]
fn videos_are_known_by_how_they_begin() {
    assert_eq!(peek(&webm(1), FileType::WebmVideo), Ok(()));
    assert_eq!(peek(&webm(1)[..80], FileType::WebmVideo), Ok(()), "the beginning is enough");
    assert_eq!(peek(&mp4(b"isom", b"vide"), FileType::Mp4Video), Ok(()));
    for (bytes, said) in [
        (webm(2), FileType::WebmVideo),
        (webm(1), FileType::Mp4Video),
        (mp4(b"isom", b"vide"), FileType::WebmVideo),
        (mp4(b"M4A ", b"soun"), FileType::Mp4Video),
        (mp4(b"qt  ", b"vide"), FileType::Mp4Video),
        (b"<html>".to_vec(), FileType::Mp4Video),
        (Vec::new(), FileType::WebmVideo),
        (encoded(2, 2, ImageFormat::Png), FileType::WebmVideo),
    ] {
        assert_eq!(peek(&bytes, said), Err(ContentError::OtherType), "{said:?}");
    }
}

#[test]
fn what_is_not_what_was_said_is_refused() {
    let second = [opus(), page(2, 0, b"\x01video")].concat();
    for (bytes, said) in [
        (b"PK\x03\x04 a zip that is called a picture".to_vec(), FileType::Png),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), FileType::Webp),
        (b"MZ\x90\0".to_vec(), FileType::Gif),
        (encoded(2, 2, ImageFormat::Png), FileType::Jpeg),
        (encoded(2, 2, ImageFormat::Jpeg), FileType::Png),
        (encoded(2, 2, ImageFormat::Gif), FileType::Webp),
        (webm(1), FileType::WebmAudio),
        (mp4(b"isom", b"vide"), FileType::Mp4Audio),
        (page(1, 0, b"\x01vorbis"), FileType::OggAudio),
        (second, FileType::OggAudio),
        (Vec::new(), FileType::OggAudio),
        (b"RIFF\x04\0\0\0WAVE".to_vec(), FileType::Webp),
    ] {
        assert_eq!(examine(bytes, said), Err(ContentError::OtherType), "{said:?}");
    }
}

/// Whatever is cut off or changed: an answer, and within what is there.
#[test]
fn damaged_files_are_answered() {
    let mut samples: Vec<(Vec<u8>, FileType)> =
        PICTURES.iter().map(|(kind, format)| (encoded(9, 7, *format), *kind)).collect();
    samples.extend([
        (opus(), FileType::OggAudio),
        (webm(2), FileType::WebmAudio),
        (mp4(b"M4A ", b"soun"), FileType::Mp4Audio),
    ]);
    let mut dice = 0x2545_f491_4f6c_dd1d_u64;
    let mut roll = |sides: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        usize::try_from(dice % u64::try_from(sides).expect("few")).expect("few")
    };
    for (bytes, kind) in samples {
        for end in 0..bytes.len() {
            let cut = bytes[..end].to_vec();
            let _ = peek(&cut, FileType::WebmVideo);
            if let Ok(examined) = examine(cut, kind) {
                assert!(
                    !matches!(kind, FileType::Png | FileType::Jpeg | FileType::Gif | FileType::Webp),
                    "{kind:?} cut at {end}"
                );
                assert!(examined.bytes.len() <= end);
            }
        }
        for _ in 0..500 {
            let mut changed = bytes.clone();
            for _ in 0..=roll(4) {
                let at = roll(changed.len());
                changed[at] = u8::try_from(roll(256)).expect("a byte");
            }
            let _ = peek(&changed, FileType::WebmVideo);
            let _ = peek(&changed, FileType::Mp4Video);
            if let Ok(Examined { found: Found { size: Some((width, height)), .. }, .. }) = examine(changed, kind) {
                assert!(u64::from(width) * u64::from(height) <= MAX_PIXELS, "{kind:?}");
            }
        }
    }
}
