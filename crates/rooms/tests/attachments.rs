//! Attachments in the database: a place is used once, who may send and fetch a file, when it goes; and what proves an encrypted message.

use callboard_contract::ErrorCode;
use callboard_contract::api::chat::UploadStartRequest;
use callboard_contract::limits::{MAX_IMAGE_BYTES, MAX_UNSENT_FILES};
use callboard_contract::room::MessageKind;
use callboard_domain::{AttachmentId, MessageId, Millis, RequestId, RoomId, Uid};
use callboard_rooms::attachments::{self, Found};
use callboard_rooms::franking;
use callboard_store::{Store, StoreError};
use callboard_testbase::Base;

const KEEP: Millis = Millis::from_secs(3600);

fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> ErrorCode {
    match result {
        Err(StoreError::Refused(error)) => error.code,
        other => panic!("not refused: {other:?}"),
    }
}

async fn run(base: &Base, statement: &'static str, id: uuid::Uuid) {
    sqlx::query(statement).bind(id).execute(&base.owner).await.expect("done");
}

async fn room(base: &Base) -> RoomId {
    let id = RoomId::generate();
    let make =
        "insert into rooms.rooms (id, tenant, kind, name, access, state, capacity, members, created_ms, touched_ms)
        values ($1, 'maya', 'sub', 'Lounge', 'public', 'open', 100, 3, 1, 1)";
    run(base, make, id.as_uuid()).await;
    let enter = "insert into rooms.members (room_id, uid, role, state, since_ms, changed) values
        ($1, 'maya', 'host', 'joined', 1, 0), ($1, 'leo', 'member', 'joined', 1, 0), ($1, 'ann', 'member', 'joined', 1, 0), ($1, 'gone', 'member', 'left', 1, 0)";
    run(base, enter, id.as_uuid()).await;
    id
}

fn asking(room_id: RoomId) -> UploadStartRequest {
    UploadStartRequest {
        request_id: RequestId::generate(),
        room_id,
        kind: MessageKind::Image,
        content_type: "image/png".to_owned(),
        bytes: 1000,
        name: Some("a.png".to_owned()),
    }
}

async fn uploaded(store: &Store, who: &str, room: RoomId) -> AttachmentId {
    let id = attachments::start(store, &uid(who), &asking(room), KEEP).await.expect("a place").attachment_id;
    let claimed = attachments::claim(store, id).await.expect("claimed");
    let found = Found { size: Some((40, 30)), length: None };
    attachments::settle(store, &claimed, Ok((&found, 900, true))).await.expect("settled");
    id
}

/// As sending does it.
async fn sent(base: &Base, who: &str, room: RoomId, file: AttachmentId) -> MessageId {
    let mut tx = base.store.begin().await.expect("a transaction");
    let ready = attachments::ready(&mut tx, &[file]).await.expect("read");
    let view = ready[&file].for_message(&uid(who), room, MessageKind::Image).expect("ready");
    attachments::send(&mut tx, &[&view]).await.expect("sent");
    tx.commit().await.expect("committed");
    let id = MessageId::generate();
    sqlx::query(
        "insert into rooms.messages (room_id, seq, id, author, client_id, body_hash, at_ms, kind, body, attachment_id, changed)
         values ($1, (select coalesce(max(seq), 0) + 1 from rooms.messages), $2, $3, $4, '', 1, 'image', '', $5, 1)",
    )
    .bind(room.as_uuid())
    .bind(id.as_uuid())
    .bind(who)
    .bind(id.to_string())
    .bind(file.as_uuid())
    .execute(&base.owner)
    .await
    .expect("a message");
    id
}

#[tokio::test]
async fn a_place_is_given_within_limits_and_used_once() {
    let base = callboard_testbase::fresh().await;
    let (store, leo, room) = (&base.store, uid("leo"), room(&base).await);
    let start = |request: UploadStartRequest| {
        let leo = leo.clone();
        async move { attachments::start(store, &leo, &request, KEEP).await }
    };
    for (request, expected) in [
        (UploadStartRequest { kind: MessageKind::Text, ..asking(room) }, ErrorCode::BadRequest),
        (UploadStartRequest { content_type: "image/svg+xml".to_owned(), ..asking(room) }, ErrorCode::BadRequest),
        (UploadStartRequest { content_type: "audio/ogg".to_owned(), ..asking(room) }, ErrorCode::BadRequest),
        (UploadStartRequest { bytes: 0, ..asking(room) }, ErrorCode::TooLarge),
        (UploadStartRequest { bytes: MAX_IMAGE_BYTES + 1, ..asking(room) }, ErrorCode::TooLarge),
        (asking(RoomId::generate()), ErrorCode::NotFound),
    ] {
        assert_eq!(code(start(request.clone()).await), expected, "{request:?}");
    }
    assert_eq!(code(attachments::start(store, &uid("gone"), &asking(room), KEEP).await), ErrorCode::Forbidden);
    assert_eq!(code(attachments::start(store, &uid("stranger"), &asking(room), KEEP).await), ErrorCode::NotFound);

    let request = asking(room);
    let place = start(request.clone()).await.expect("a place");
    assert_eq!(start(request).await.expect("the same place"), place);
    assert_eq!(
        code(attachments::done(store, &leo, place.attachment_id).await),
        ErrorCode::Conflict,
        "nothing came yet"
    );
    let claims = (0..8).map(|_| {
        let (store, id) = (store.clone(), place.attachment_id);
        tokio::spawn(async move { attachments::claim(&store, id).await })
    });
    let mut won = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        won.extend(claim.await.expect("ran").ok());
    }
    let [claimed] = won[..] else { panic!("used {} times", won.len()) };
    let refusal = callboard_contract::ApiError::new(ErrorCode::BadRequest, "it is no picture");
    attachments::settle(store, &claimed, Err(&refusal)).await.expect("settled");
    assert_eq!(code(attachments::done(store, &leo, place.attachment_id).await), ErrorCode::BadRequest);
    assert_eq!(code(attachments::done(store, &uid("ann"), place.attachment_id).await), ErrorCode::NotFound);

    let late = start(asking(room)).await.expect("a place").attachment_id;
    run(&base, "update rooms.attachments set upload_until_ms = 1 where id = $1", late.as_uuid()).await;
    assert_eq!(code(attachments::claim(store, late).await), ErrorCode::Conflict);
    for _ in 1..MAX_UNSENT_FILES {
        start(asking(room)).await.expect("a place");
    }
    assert_eq!(code(start(asking(room)).await), ErrorCode::Limit);
    base.finish().await;
}

#[tokio::test]
async fn a_file_goes_with_one_message_of_its_owner_and_is_fetched_by_who_may_read_it() {
    let base = callboard_testbase::fresh().await;
    let (store, room) = (&base.store, room(&base).await);
    let file = uploaded(store, "leo", room).await;
    let fetches = async |who: Option<&str>| {
        let who = who.map(uid);
        attachments::fetch(store, file, who.as_ref()).await.map(|f| (f.bytes, f.thumbnail)).map_err(|e| e.to_api().code)
    };
    let (fine, no) = (Ok((900, true)), Err(ErrorCode::NotFound));
    assert_eq!(fetches(Some("leo")).await, fine, "his own, before it is sent");
    assert_eq!((fetches(Some("maya")).await, fetches(None).await), (no, no));

    let mut conn = store.pool().acquire().await.expect("a connection");
    let ready = attachments::ready(&mut conn, &[file, AttachmentId::generate()]).await.expect("read");
    drop(conn);
    assert_eq!(ready.len(), 1);
    let refused = |who: &str, to, kind| ready[&file].for_message(&uid(who), to, kind).expect_err("refused").code;
    assert_eq!(refused("ann", room, MessageKind::Image), ErrorCode::NotFound);
    assert_eq!(refused("leo", RoomId::generate(), MessageKind::Image), ErrorCode::Conflict);
    assert_eq!(refused("leo", room, MessageKind::Gif), ErrorCode::Conflict);

    let message = sent(&base, "leo", room, file).await;
    let mut conn = store.pool().acquire().await.expect("a connection");
    assert!(attachments::ready(&mut conn, &[file]).await.expect("read").is_empty(), "it is sent once");
    let view = attachments::views(&mut conn, &[file]).await.expect("read").remove(&file).expect("it is there");
    assert_eq!((view.width, view.height, view.bytes, view.url), (Some(40), Some(30), 900, attachments::path(file)));
    drop(conn);
    for (who, expected) in
        [(Some("leo"), fine), (Some("ann"), fine), (None, fine), (Some("gone"), no), (Some("stranger"), no)]
    {
        assert_eq!(fetches(who).await, expected, "{who:?}");
    }
    // Held for review, only its author and those who keep order see it.
    run(&base, "update rooms.messages set held = true where id = $1", message.as_uuid()).await;
    for (who, expected) in [(Some("leo"), fine), (Some("maya"), fine), (Some("ann"), no), (None, no)] {
        assert_eq!(fetches(who).await, expected, "{who:?} while it is held");
    }
    run(&base, "update rooms.messages set held = false where id = $1", message.as_uuid()).await;
    run(&base, "update rooms.members set state = 'removed' where room_id = $1 and uid = 'ann'", room.as_uuid()).await;
    assert_eq!(
        (fetches(Some("ann")).await, fetches(Some("maya")).await),
        (no, fine),
        "a link dies with the membership"
    );
    run(&base, "update rooms.messages set deleted_ms = store.now_ms() where id = $1", message.as_uuid()).await;
    assert_eq!((fetches(Some("maya")).await, fetches(Some("leo")).await, fetches(None).await), (no, no, no));
    base.finish().await;
}

#[tokio::test]
async fn files_go_when_they_are_due_and_not_before() {
    let base = callboard_testbase::fresh().await;
    let (store, room) = (&base.store, room(&base).await);
    let unsent = uploaded(store, "leo", room).await;
    let (fresh, old, deleted) =
        (uploaded(store, "leo", room).await, uploaded(store, "leo", room).await, uploaded(store, "leo", room).await);
    sent(&base, "leo", room, fresh).await;
    sent(&base, "leo", room, old).await;
    let message = sent(&base, "leo", room, deleted).await;
    assert!(attachments::retire(store, 100).await.expect("looked").is_empty());

    run(&base, "update rooms.attachments set created_ms = 1 where id = $1", unsent.as_uuid()).await;
    run(&base, "update rooms.attachments set created_ms = 1 where id = $1", fresh.as_uuid()).await;
    run(&base, "update rooms.attachments set expires_ms = 1 where id = $1", old.as_uuid()).await;
    run(&base, "update rooms.messages set deleted_ms = 1 where id = $1", message.as_uuid()).await;
    let mut expected = vec![unsent, old, deleted];
    expected.sort_unstable();
    for round in ["first", "again, because the files may not be deleted yet"] {
        let mut due = attachments::retire(store, 100).await.expect("looked");
        due.sort_unstable();
        assert_eq!(due, expected, "{round}");
    }
    let mut conn = store.pool().acquire().await.expect("a connection");
    assert!(
        attachments::ready(&mut conn, &[unsent]).await.expect("read").is_empty(),
        "what is going is not sent any more"
    );
    drop(conn);
    attachments::gone(store, &expected).await.expect("noted");
    assert!(attachments::retire(store, 100).await.expect("looked").is_empty());
    assert!(attachments::fetch(store, fresh, Some(&uid("maya"))).await.is_ok());
    base.finish().await;
}

#[tokio::test]
async fn an_encrypted_message_is_found_with_what_its_author_committed_himself_to() {
    let base = callboard_testbase::fresh().await;
    let room = room(&base).await;
    let (with, without) = (MessageId::generate(), MessageId::generate());
    for (id, seq, commitment) in [(with, 1_i64, Some(vec![7_u8; 32])), (without, 2, None)] {
        sqlx::query(
            "insert into rooms.messages (room_id, seq, id, author, client_id, body_hash, at_ms, kind, body, commitment, changed)
             values ($1, $2, $3, 'leo', $4, '', 5, 'encrypted', 'AAAA', $5, $2)",
        )
        .bind(room.as_uuid())
        .bind(seq)
        .bind(id.as_uuid())
        .bind(id.to_string())
        .bind(commitment)
        .execute(&base.owner)
        .await
        .expect("a message");
    }
    let mut conn = base.store.pool().acquire().await.expect("a connection");
    let found = franking::of_message(&mut conn, with).await.expect("read").expect("it is there");
    assert_eq!(
        (found.room, found.author, found.at.as_ms(), found.commitment.as_bytes()),
        (room, uid("leo"), 5, &[7; 32][..])
    );
    assert_eq!(franking::of_message(&mut conn, without).await.expect("read"), None);
    drop(conn);
    base.finish().await;
}
