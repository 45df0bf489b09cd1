//! Uploads that are not what they say: archives and pages called pictures, pictures of a size that nobody could show, and honest ones with bytes changed.

use std::io::Cursor;

use callboard_contract::ErrorCode;
use callboard_contract::api::chat::{UploadDone, UploadDoneRequest, UploadStart, UploadStartRequest};
use callboard_contract::room::MessageKind;
use callboard_domain::{RequestId, RoomId};
use callboard_tests::{Person, hostile};
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::clients::Clients;
use crate::pool::Pool;
use crate::tally::Tally;

/// So many honest files with bytes changed.
const BENT: usize = 6;

struct File {
    what: &'static str,
    kind: MessageKind,
    content_type: &'static str,
    bytes: Vec<u8>,
    /// Whether nobody may take it.
    never: bool,
}

/// Uploads all of them, each by somebody else, and says that it is done: what was not taken must not be there.
pub(crate) async fn uploads(clients: &Clients, pool: &Pool, rng: &mut StdRng, tally: &mut Tally) {
    let room = pool.newest("room_id").cloned().expect("a room");
    let room: RoomId = serde_json::from_value(room).expect("a room's id");
    for (n, file) in bombs().into_iter().chain((0..BENT).map(|_| bent(rng))).enumerate() {
        let who = &clients.people()[n % clients.people().len()];
        upload(who, room, &file, tally).await;
    }
}

async fn upload(who: &Person, room_id: RoomId, file: &File, tally: &mut Tally) {
    let request = UploadStartRequest {
        request_id: RequestId::generate(),
        room_id,
        kind: file.kind,
        content_type: file.content_type.to_owned(),
        bytes: file.bytes.len() as u64,
        name: hostile::Texts::new(file.bytes.len() as u64).next(),
    };
    let place = match who.app().call::<UploadStart>(&request).await {
        Ok(place) => place,
        Err(callboard_bus::CallError::Api(error))
            if matches!(error.code, ErrorCode::BadRequest | ErrorCode::Limit | ErrorCode::RateLimited) =>
        {
            return;
        }
        Err(error) => panic!("{}: no place: {error}", file.what),
    };
    let (url, content_type, bytes) = (place.url, file.content_type, file.bytes.clone());
    let put = move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        agent.put(&url).header("content-type", content_type).send(&bytes[..]).map(|answer| answer.status().as_u16())
    };
    let status = tokio::task::spawn_blocking(put).await.expect("put").expect("an answer");
    tally.count_upload(status);
    assert!(matches!(status, 204 | 400 | 413 | 415), "{}: answered with {status}", file.what);
    assert!(!(file.never && status == 204), "{} was taken", file.what);
    let done = UploadDoneRequest { request_id: RequestId::generate(), attachment_id: place.attachment_id };
    let found = who.app().call::<UploadDone>(&done).await;
    assert_eq!(found.is_ok(), status == 204, "{}: {status}, then {found:?}", file.what);
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let shade = |n: u32| u8::try_from(n % 256).expect("a byte");
    let picture = RgbImage::from_fn(48, 32, |x, y| image::Rgb([shade(x * 5), shade(y * 7), 90]));
    written(&DynamicImage::ImageRgb8(picture), format)
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

/// A picture that says that it is of another size.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let head = [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes()].concat();
    let mut bytes = picture(ImageFormat::Png);
    bytes.splice(..head.len(), head.iter().copied());
    bytes
}

fn bombs() -> Vec<File> {
    let never = |what, kind, content_type, bytes| File { what, kind, content_type, bytes, never: true };
    let image = |what, bytes| never(what, MessageKind::Image, "image/png", bytes);
    // Forty-nine million points of one shade: few bytes, and much more than may be shown.
    let vast = written(&DynamicImage::ImageLuma8(GrayImage::new(7_000, 7_000)), ImageFormat::Png);
    let zip = [b"PK\x03\x04\x14\0\0\0\x08\0".as_slice(), &[0; 16], b"\x05\0\0\0bombs", &[0xff; 400]].concat();
    let gzip = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03".as_slice(), &[0; 300]].concat();
    let lol =
        "<?xml version=\"1.0\"?><!DOCTYPE s [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><svg>&b;</svg>".as_bytes();
    let gif = [b"GIF89a\xff\xff\xff\xff\xf7\0\0".as_slice(), &[0; 200]].concat();
    let huge_box = [b"\0\0\0\x18ftypisom\0\0\0\0isommp41".as_slice(), &[0xff; 8], b"moov", &[0xff; 200]].concat();
    vec![
        image("a vast picture", vast),
        image("a picture of the greatest size", png_of(u32::MAX, u32::MAX)),
        image("a picture of no size", png_of(0, 0)),
        image("a long line", png_of(50_000_000, 1)),
        image("a zip", zip.clone()),
        image("a zip behind a picture's head", [&b"\x89PNG\r\n\x1a\n"[..], &zip].concat()),
        image("packed zeros", gzip),
        image("entities", lol.to_vec()),
        image("zeros", vec![0; 5_000]),
        never("a wide gif", MessageKind::Gif, "image/gif", gif),
        never("a zip that is heard", MessageKind::Voice, "audio/ogg", zip.clone()),
        never("a zip that is seen", MessageKind::Video, "video/mp4", zip),
        // Only the head of a video is looked at: what plays it must cope with the rest.
        File {
            what: "a box without end",
            kind: MessageKind::Video,
            content_type: "video/mp4",
            bytes: huge_box,
            never: false,
        },
    ]
}

/// An honest picture with some bytes changed, cut off, or written over; it may still be one.
fn bent(rng: &mut StdRng) -> File {
    let formats = [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Png, "image/jpeg"),
        (ImageFormat::Jpeg, "image/png"),
    ];
    let (format, content_type) = formats[rng.random_range(0..formats.len())];
    let mut bytes = picture(format);
    for _ in 0..rng.random_range(1..20) {
        let at = rng.random_range(0..bytes.len());
        bytes[at] = rng.random();
    }
    if rng.random_ratio(1, 4) {
        bytes.truncate(rng.random_range(1..bytes.len()));
    }
    File { what: "a bent picture", kind: MessageKind::Image, content_type, bytes, never: false }
}
