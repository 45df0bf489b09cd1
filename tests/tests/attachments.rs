//! Pictures and voice notes as people send them, hostile uploads, what tells people that they are meant, and encrypted messages that can be
//! reported.

#[path = "attachments/http.rs"]
mod http;

use callboard_contract::api::chat::{
    Attachment, AttachmentRef, Delete, History, HistoryRequest, MessagePage, Receipt, ReceiptRequest, Send,
    SendRequest, UploadDone, UploadDoneRequest, UploadStart, UploadStartRequest, UploadStarted,
};
use callboard_contract::api::keys::{
    Get as GetKeys, GetRequest, Mine, OneTimeKey, Set as SetKeys, SetRequest, SignedKey,
};
use callboard_contract::api::notices::{Ls, LsRequest, NewNotice, NoticeKind, NoticeLevel, Set as SetNotices};
use callboard_contract::api::rooms::{
    AnswerDirect, AnswerDirectRequest, Create, Direct, DirectRequest, Join, Sanction, SanctionRequest,
};
use callboard_contract::api::session::{Hello, HelloRequest};
use callboard_contract::api::{Nothing, notices};
use callboard_contract::room::{AttachmentView, MessageKind, MessageView, RoomChange, RoomNews};
use callboard_contract::{ErrorCode, Push};
use callboard_domain::{AttachmentId, RequestId, RoomId, SanctionKind};
use callboard_rooms::franking::{Commitment, Franked, FrankingError, FrankingKey, Opening, verify};
use callboard_tests::{House, Options, Person, why};
use data_encoding::BASE64;
use hmac::{Hmac, Mac as _};
use http::{break_off, chunked, get, put};
use image::{DynamicImage, ImageFormat, ImageReader, RgbImage};
use serde_json::{Value, json};
use sha2::Sha256;

fn id() -> RequestId {
    RequestId::generate()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let shade = |n: u32| u8::try_from(n % 256).expect("a byte");
    let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([shade(x), shade(y), 90]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

/// A second of silence, as far as the house looks at it.
fn voice() -> Vec<u8> {
    let page = |time: u64, packet: &[u8]| {
        let length = u8::try_from(packet.len()).expect("short");
        [b"OggS\0\0".as_slice(), &time.to_le_bytes(), &[1, 0, 0, 0], &[0; 8], &[1, length], packet].concat()
    };
    let head = [b"OpusHead\x01\x01".as_slice(), &312_u16.to_le_bytes(), &[0; 7]].concat();
    [page(0, &head), page(0, b"OpusTags"), page(48_312, &[7; 200])].concat()
}

fn asking(room_id: RoomId, kind: MessageKind, content_type: &str, bytes: usize) -> UploadStartRequest {
    UploadStartRequest {
        request_id: id(),
        room_id,
        kind,
        content_type: content_type.to_owned(),
        bytes: bytes as u64,
        name: Some("caf\u{e9} \u{202e}gnp.exe".to_owned()),
    }
}

async fn place(who: &Person, room: RoomId, kind: MessageKind, content_type: &str, bytes: usize) -> UploadStarted {
    who.ask::<UploadStart>(&asking(room, kind, content_type, bytes)).await
}

fn done(attachment_id: AttachmentId) -> UploadDoneRequest {
    UploadDoneRequest { request_id: id(), attachment_id }
}

async fn upload(who: &Person, room: RoomId, kind: MessageKind, content_type: &str, bytes: &[u8]) -> AttachmentView {
    let place = place(who, room, kind, content_type, bytes.len()).await;
    let answer = put(&place.url, content_type, bytes).await;
    assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
    who.ask::<UploadDone>(&done(place.attachment_id)).await
}

fn saying(room: RoomId, more: &Value) -> SendRequest {
    let mut body = json!({ "request_id": id(), "room_id": room });
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    serde_json::from_value(body).expect("a request")
}

async fn hears(who: &Person, message: &MessageView) -> MessageView {
    let read = |push: &Push| match serde_json::from_value::<RoomNews>(push.data.clone()).ok()?.what {
        RoomChange::Message { message } => Some(message),
        _ => None,
    };
    let fits = |push: &Push| {
        push.event == "chat.news" && read(push).is_some_and(|heard| heard.message_id == message.message_id)
    };
    read(&who.hears("a message", fits).await).expect("a message")
}

async fn lounge(host: &Person, others: &[&Person]) -> RoomId {
    let body = json!({ "request_id": id(), "kind": "sub", "name": "Lounge", "access": "public" });
    let room = host.ask::<Create>(&serde_json::from_value(body).expect("a request")).await.room.room_id;
    for other in others {
        other.ask::<Join>(&callboard_tests::entering(room, None)).await;
    }
    room
}

async fn history(who: &Person, room_id: RoomId) -> MessagePage {
    who.ask::<History>(&HistoryRequest { room_id, before: None, after: None, limit: None }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_and_voice_notes_are_sent_seen_and_fetched() {
    let house = House::start(Options::default()).await;
    let (maya, leo, ann) = (house.person("maya").await, house.person("leo").await, house.person("ann").await);
    let room = lounge(&maya, &[&leo, &ann]).await;

    let picture = png(800, 400);
    let file = upload(&maya, room, MessageKind::Image, "image/png", &picture).await;
    assert_eq!((file.width, file.height, file.content_type.as_str()), (Some(800), Some(400), "image/png"));
    assert_eq!(get(&file.url, None).await.status, 200, "her own, before it is sent");
    let request = saying(room, &json!({ "kind": "image", "body": "look", "attachment": file.attachment_id }));
    let sent = maya.ask::<Send>(&request).await;
    assert_eq!(maya.ask::<Send>(&request).await.message_id, sent.message_id, "once, however often");
    let again = saying(room, &json!({ "kind": "image", "attachment": file.attachment_id }));
    assert_eq!(maya.refused::<Send>(&again).await, ErrorCode::NotFound, "a file goes with one message");

    // By the link in the news and by his own of the history.
    let news = hears(&leo, &sent).await.attachment.expect("a picture");
    let own = history(&leo, room).await.items.pop().and_then(|m| m.attachment).expect("a picture");
    assert!(own.url.contains("&for=leo&") && !news.url.contains("&for="), "{} {}", own.url, news.url);
    for link in [&news, &own] {
        let fetched = get(&link.url, None).await;
        assert_eq!((fetched.status, fetched.header("content-type")), (200, "image/png"));
        assert_eq!(fetched.body, picture);
        assert_eq!(fetched.header("x-content-type-options"), "nosniff");
        assert!(fetched.header("content-security-policy").contains("sandbox"));
        let disposition = fetched.header("content-disposition");
        assert!(
            disposition.starts_with("attachment;") && disposition.ends_with("UTF-8''caf%C3%A9%20gnp.exe"),
            "{disposition}"
        );
        assert_eq!(fetched.header("access-control-allow-origin"), "*");
        let small = get(link.thumbnail_url.as_ref().expect("a thumbnail"), None).await;
        let reader = ImageReader::with_format(std::io::Cursor::new(&small.body), ImageFormat::Jpeg);
        assert_eq!(reader.into_dimensions().expect("a jpeg"), (320, 160));
    }

    // A voice note is played from the middle.
    let sound = voice();
    let file = upload(&leo, room, MessageKind::Voice, "audio/ogg", &sound).await;
    assert_eq!(file.length.map(callboard_domain::Millis::as_ms), Some(1000));
    let note = leo.ask::<Send>(&saying(room, &json!({ "kind": "voice", "attachment": file.attachment_id }))).await;
    let heard = hears(&maya, &note).await.attachment.expect("a voice note");
    let part = get(&heard.url, Some("bytes=100-149")).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &sound[100..150]));
    assert_eq!(part.header("content-range"), format!("bytes 100-149/{}", sound.len()));
    assert_eq!(get(&heard.url, Some("bytes=9999-")).await.status, 416);

    // Who is taken out loses his links at once; a forged one never opened.
    let forged = own.url.replace("&for=leo&", "&for=ann&");
    assert_eq!(get(&forged, None).await.status, 403);
    let kick = SanctionRequest {
        request_id: id(),
        room_id: room,
        uid: leo.uid().clone(),
        kind: SanctionKind::Kick,
        length: None,
        reason: why(),
    };
    maya.ask::<Sanction>(&kick).await;
    assert_eq!(get(&own.url, None).await.status, 404);
    assert_eq!(
        leo.refused::<Attachment>(&AttachmentRef { attachment_id: own.attachment_id }).await,
        ErrorCode::NotFound
    );
    let anns = ann.ask::<Attachment>(&AttachmentRef { attachment_id: own.attachment_id }).await;
    assert_eq!(get(&anns.url, None).await.status, 200);

    // What is deleted is gone for all, by whatever link.
    let delete = json!({ "request_id": id(), "room_id": room, "message_ids": [sent.message_id] });
    maya.ask::<Delete>(&serde_json::from_value(delete).expect("a request")).await;
    assert_eq!((get(&anns.url, None).await.status, get(&news.url, None).await.status), (404, 404));
    house.down();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_uploads_are_refused_and_leave_nothing() {
    let house = House::start(Options::default()).await;
    let maya = house.person("maya").await;
    let room = lounge(&maya, &[]).await;
    let honest = png(20, 10);
    let side = 50_000_u32.to_be_bytes();
    let bomb = [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &side, &side, &[8, 6, 0, 0, 0, 0, 0, 0, 0]].concat();
    let zip = b"PK\x03\x04 a zip that is called a picture".to_vec();
    let page = b"<html><script>alert(1)</script></html>".to_vec();

    for (what, content_type, bytes, said, status) in [
        ("a zip", "image/png", &zip, zip.len(), 400),
        ("a page", "image/png", &page, page.len(), 400),
        ("a bomb", "image/png", &bomb, bomb.len(), 413),
        ("another type", "image/jpeg", &honest, honest.len(), 400),
        ("more than was said", "image/png", &honest, honest.len() - 1, 413),
        ("less than was said", "image/png", &honest, honest.len() + 1, 400),
        ("a damaged one", "image/png", &honest[..honest.len() - 9].to_vec(), honest.len() - 9, 400),
    ] {
        let place = place(&maya, room, MessageKind::Image, "image/png", said).await;
        assert_eq!(put(&place.url, content_type, bytes).await.status, status, "{what}");
        assert_eq!(put(&place.url, "image/png", &honest).await.status, 409, "{what}: its place is used up");
        assert_eq!(maya.refused::<UploadDone>(&done(place.attachment_id)).await, ErrorCode::BadRequest, "{what}");
        let send = saying(room, &json!({ "kind": "image", "attachment": place.attachment_id }));
        assert_eq!(maya.refused::<Send>(&send).await, ErrorCode::NotFound, "{what}");
    }

    let fine = place(&maya, room, MessageKind::Image, "image/png", honest.len()).await;
    let other = place(&maya, room, MessageKind::Image, "image/png", honest.len()).await;
    let query = |place: &UploadStarted| place.url.split_once('?').expect("a query").1.to_owned();
    for forged in [
        fine.url.replace("until=", "until=9"),
        fine.url.replace("sig=", "sig=A"),
        fine.url.split_once('?').expect("a query").0.to_owned(),
        fine.url.replace(&query(&fine), &query(&other)),
    ] {
        assert_eq!(put(&forged, "image/png", &honest).await.status, 403, "{forged}");
    }
    assert_eq!(get(&fine.url, None).await.status, 403, "who may write may not read");
    assert_eq!(chunked(&fine.url, &honest, 3).await, 413, "without a length the bytes are counted");
    assert_eq!(put(&other.url, "image/png", &honest).await.status, 204, "and an honest one still comes");

    // An upload that is broken off leaves nothing that could be sent.
    let broken = place(&maya, room, MessageKind::Image, "image/png", honest.len()).await;
    break_off(&broken.url, &honest).await;
    callboard_tests::eventually("a refusal", callboard_tests::PATIENCE, || async {
        (maya.refused::<UploadDone>(&done(broken.attachment_id)).await == ErrorCode::BadRequest).then_some(())
    })
    .await;
    house.down();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_meant_is_told_until_he_has_read_it() {
    let house = House::start(Options::default()).await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let room = lounge(&maya, &[&leo]).await;
    let notice_of = async |who: &Person, message: &MessageView| {
        let read = |push: &Push| serde_json::from_value::<NewNotice>(push.data.clone()).ok();
        let fits = |push: &Push| {
            push.event == "notices.new" && read(push).is_some_and(|n| n.notice.message_id == Some(message.message_id))
        };
        read(&who.hears("a notice", fits).await).expect("a notice")
    };
    let mention =
        maya.ask::<Send>(&saying(room, &json!({ "body": "hello leo", "mentions": ["leo", "stranger"] }))).await;
    let told = notice_of(&leo, &mention).await;
    assert_eq!((told.notice.kind, told.unread, told.notice.seq), (NoticeKind::Mention, 1, Some(mention.seq)));
    let reply = leo.ask::<Send>(&saying(room, &json!({ "body": "hello", "reply_to": mention.seq }))).await;
    let told = notice_of(&maya, &reply).await;
    assert_eq!((told.notice.kind, told.notice.from.as_ref()), (NoticeKind::Reply, Some(leo.uid())));
    assert_eq!(leo.ask::<Hello>(&HelloRequest::default()).await.unread_notices, 1);

    // Reading the message reads the notice.
    let read = ReceiptRequest { room_id: room, delivered_seq: None, read_seq: Some(reply.seq) };
    leo.ask::<Receipt>(&read).await;
    let page = leo.ask::<Ls>(&LsRequest::default()).await;
    assert_eq!((page.unread, page.items.len(), page.items[0].read_at.is_some()), (0, 1, true));

    // Who wants nothing is told nothing; the mention after that comes alone.
    let set = |level| notices::SetRequest { request_id: id(), room_id: room, level, quiet: false };
    leo.ask::<SetNotices>(&set(NoticeLevel::None)).await;
    maya.ask::<Send>(&saying(room, &json!({ "body": "leo?", "mentions": ["leo"] }))).await;
    leo.ask::<SetNotices>(&set(NoticeLevel::All)).await;
    let plain = maya.ask::<Send>(&saying(room, &json!({ "body": "anybody?" }))).await;
    let told = notice_of(&leo, &plain).await;
    assert_eq!((told.notice.kind, told.unread), (NoticeKind::Message, 1));
    house.down();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_in_secret_can_be_proved_and_nothing_else() {
    let house = House::start(Options::default()).await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let key = |n: u8| BASE64.encode(&[n; 32]);
    let publish = SetRequest {
        request_id: id(),
        device: leo.app().device().clone(),
        identity_key: key(1),
        signed_pre_key: SignedKey { id: 1, key: key(2), signature: BASE64.encode(&[3; 64]) },
        one_time_keys: vec![OneTimeKey { id: 4, key: key(4) }],
    };
    leo.ask::<SetKeys>(&publish).await;
    let take = || GetRequest { request_id: id(), uid: leo.uid().clone(), device: None };
    let first = maya.ask::<GetKeys>(&take()).await.devices.remove(0);
    assert_eq!((first.identity_key, first.one_time_key), (key(1), Some(OneTimeKey { id: 4, key: key(4) })));
    assert_eq!(maya.ask::<GetKeys>(&take()).await.devices[0].one_time_key, None, "once");
    assert_eq!(leo.ask::<Mine>(&Nothing {}).await.devices[0].one_time_keys, 0);

    let direct = DirectRequest { request_id: id(), uid: leo.uid().clone() };
    let room = maya.ask::<Direct>(&direct).await.room.room_id;
    leo.ask::<AnswerDirect>(&AnswerDirectRequest { request_id: id(), room_id: room, accept: true }).await;
    let opening = Opening { key: vec![9; 32], plain_text: "I know where you live".to_owned() };
    let mac: Hmac<Sha256> = Hmac::new_from_slice(&opening.key).expect("a key");
    let commitment = BASE64.encode(&mac.chain_update(&opening.plain_text).finalize().into_bytes());
    let body =
        json!({ "kind": "encrypted", "body": BASE64.encode(b"what nobody else can read"), "commitment": commitment });
    let sent = maya.ask::<Send>(&saying(room, &body)).await;
    let bad = json!({ "kind": "encrypted", "body": "AAAA", "commitment": "short" });
    assert_eq!(maya.refused::<Send>(&saying(room, &bad)).await, ErrorCode::BadRequest);

    // Whichever way he got it, he holds the same signature.
    let heard = hears(&leo, &sent).await;
    let franking = heard.franking.clone().expect("signed");
    assert_eq!(history(&leo, room).await.items.last().and_then(|m| m.franking.clone()), Some(franking.clone()));
    let secret = std::fs::read_to_string(house.dir().keys().join("franking.secret")).expect("a secret");
    let house_key = FrankingKey::new(secret.trim());
    let message = Franked {
        commitment: Commitment::read(&franking.commitment).expect("a commitment"),
        room,
        message: heard.message_id,
        author: heard.author.clone(),
        at: heard.at,
    };
    assert_eq!(verify(&house_key, &message, &franking.tag, &opening), Ok(()));
    let made_up = Opening { plain_text: "I love you".to_owned(), ..opening.clone() };
    assert_eq!(verify(&house_key, &message, &franking.tag, &made_up), Err(FrankingError::NotSaid));
    let framed = Franked { author: leo.uid().clone(), ..message.clone() };
    assert_eq!(verify(&house_key, &framed, &franking.tag, &opening), Err(FrankingError::NotOurs));
    house.down();
}
